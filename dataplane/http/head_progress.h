// The rule of a head, byte by byte: lines that end with CRLF, the last of them empty, no other control byte. The scalar
// scanner runs it over a whole head; a head that arrives in pieces keeps its state between them, so that each byte is
// looked at once and what is wrong shows at the same byte.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/http/char_class.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct HeadProgress {
  enum class At : std::uint8_t { kLine, kLineStart, kCr, kLastCr };
  At at = At::kLine;
  std::uint8_t lines = 0;  // complete ones
};

enum class ByteVerdict : std::uint8_t { kFine, kLineEnd, kHeadEnd, kBroken };

inline ByteVerdict take_byte(HeadProgress& progress, std::uint8_t byte) {
  using At = HeadProgress::At;
  const At before = progress.at;
  if (before == At::kCr) {
    progress.at = At::kLineStart;
    return byte == '\n' ? ByteVerdict::kLineEnd : ByteVerdict::kBroken;
  }
  if (before == At::kLastCr) return byte == '\n' ? ByteVerdict::kHeadEnd : ByteVerdict::kBroken;
  if (byte == '\r') {
    progress.at = before == At::kLineStart ? At::kLastCr : At::kCr;
    return ByteVerdict::kFine;
  }
  progress.at = At::kLine;
  return kIsControl[byte] ? ByteVerdict::kBroken : ByteVerdict::kFine;
}

enum class HeadEvent : std::uint8_t {
  kNeedMore,
  kFirstLine,  // the first line is complete: worth a look, before anything more is kept
  kStop,       // complete, or broken, or too many lines: parse what there is
};
struct HeadStep {
  HeadEvent event = HeadEvent::kNeedMore;
  std::size_t bytes = 0;  // looked at
};

// Goes on with new bytes until something happens.
HeadStep advance(HeadProgress& progress, Bytes bytes, const ScanKernel& kernel);

}  // namespace bellrock::http
