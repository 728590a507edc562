// What request and response heads have in common: header lines, framing values, and which error a broken line is.
// Errors are found in the order of the bytes, so that the same bytes give the same error however they were split.
#pragma once

#include <bit>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/http/header_table.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

inline constexpr HttpError kNoError = HttpError::kCount;

enum class BodyKind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };
struct Framing {
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;  // kLength only; never 0
};

enum class HeadState : std::uint8_t { kComplete, kPartial, kError };
struct HeadResult {
  HeadState state = HeadState::kPartial;
  HttpError error = kNoError;
  std::size_t bytes = 0;  // of a complete head
};

// Content-Length: digits only, below 2^60. False: not that.
bool parse_length(std::string_view value, std::uint64_t& length);

bool equals_ignoring_case(std::string_view text, std::string_view lower_case);
std::string_view trim_slowly(const std::uint8_t* begin, const std::uint8_t* end);
// Without the blanks around it. Nearly every value has one before it and none behind.
inline std::string_view trim(const std::uint8_t* begin, const std::uint8_t* end) {
  if (end - begin >= 2 && *begin == ' ' && begin[1] > ' ' && end[-1] > ' ') return text({begin + 1, end});
  return trim_slowly(begin, end);
}

// The error of a header line: a complete one, with its CR, or one that ends with the byte where the scan stopped.
HttpError header_line_error(Bytes line);

// An error that showed at `byte`.
inline HttpError line_end_error(std::uint8_t byte, HttpError otherwise) {
  return byte == '\r' || byte == '\n' ? HttpError::kBareLineEnd : otherwise;
}

// Checks the names of the header lines, and calls on_known(const KnownHeader&, std::string_view value) -> HttpError for
// each that the table knows. `readable` bytes of the head and behind it may be read.
template <class OnKnown>
HttpError walk_headers(const std::uint8_t* head, std::size_t readable, LineIndex& lines, const ScanKernel& kernel,
                       const HeaderTable& table, OnKnown&& on_known) {
  const std::size_t count = lines.count < kLinesMax ? lines.count : kLinesMax;
  const std::size_t named = kernel.scan_names(head, readable, lines, count);
  std::size_t begin = lines.begin(1);
  for (std::size_t i = 1; i < named; ++i) {
    const std::uint8_t* const line = head + begin;
    const std::size_t name_bytes = lines.name_bytes[i];
    const std::size_t end = lines.ends[i];
    if (const KnownHeader* known = table.find(line, name_bytes, readable - begin)) {
      const HttpError error = on_known(*known, trim(line + name_bytes + 1, head + end));
      if (error != kNoError) [[unlikely]]
        return error;
    }
    begin = end + 2;
  }
  if (named < count) [[unlikely]]
    return header_line_error({head + begin, lines.ends[named] + 1 - begin});
  return kNoError;
}

}  // namespace bellrock::http
