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
std::string_view trim(const std::uint8_t* begin, const std::uint8_t* end);

// The error of a header line that is not complete, or whose name ends wrongly: `line` runs up to and including the
// byte that broke it, or further.
HttpError header_line_error(Bytes line);

// The error of the line that the scan stopped in, or that there are too many of them; kNoError: the head is partial.
inline HttpError line_end_error(std::uint8_t byte, HttpError otherwise) {
  return byte == '\r' || byte == '\n' ? HttpError::kBareLineEnd : otherwise;
}

namespace internal {
// Names longer than the 64 bits that are looked at first.
std::size_t long_name_bytes(const LineIndex& lines, std::size_t begin);
}  // namespace internal

// Checks every header line and calls on_known(const KnownHeader&, std::string_view value) -> HttpError for those that
// the table knows.
template <class OnKnown>
HttpError walk_headers(const std::uint8_t* head, const LineIndex& lines, const HeaderTable& table, OnKnown&& on_known) {
  const std::size_t count = lines.count < kLinesMax ? lines.count : kLinesMax;
  std::size_t begin = lines.begin(1);
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t end = lines.ends[i];
    auto name_bytes = static_cast<std::size_t>(std::countr_zero(lines.not_token_from(begin)));
    if (name_bytes == 64) [[unlikely]]
      name_bytes = internal::long_name_bytes(lines, begin);
    if (name_bytes == 0 || head[begin + name_bytes] != ':' || head[end] != '\r') [[unlikely]] {
      return header_line_error({head + begin, end + 1 - begin});
    }
    if (const KnownHeader* known = table.find(head + begin, name_bytes)) {
      const HttpError error = on_known(*known, trim(head + begin + name_bytes + 1, head + end));
      if (error != kNoError) [[unlikely]]
        return error;
    }
    begin = end + 2;
  }
  return kNoError;
}

}  // namespace bellrock::http
