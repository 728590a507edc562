// The rule of a head, byte by byte: a first line, header lines that begin with a token and ':', an empty line, each
// ended by CRLF, no other control byte. The scalar scanner runs it over a whole head; a head that arrives in pieces
// keeps its state between them, so that each byte is looked at once and what is wrong shows at the same byte.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/http/char_class.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct HeadProgress {
  enum class At : std::uint8_t { kFirstLine, kNameStart, kName, kValue, kCr, kLastCr };
  At at = At::kFirstLine;
  std::uint8_t lines = 0;  // complete ones
};

enum class ByteVerdict : std::uint8_t { kFine, kLineEnd, kHeadEnd, kBroken };

inline ByteVerdict take_byte(HeadProgress& progress, std::uint8_t byte) {
  using At = HeadProgress::At;
  switch (progress.at) {
    case At::kFirstLine:
    case At::kValue:
      if (!kIsControl[byte]) return ByteVerdict::kFine;
      progress.at = At::kCr;
      return byte == '\r' ? ByteVerdict::kFine : ByteVerdict::kBroken;
    case At::kNameStart:
      progress.at = byte == '\r' ? At::kLastCr : At::kName;
      return byte == '\r' || kIsToken[byte] ? ByteVerdict::kFine : ByteVerdict::kBroken;
    case At::kName:
      if (byte == ':') progress.at = At::kValue;
      return byte == ':' || kIsToken[byte] ? ByteVerdict::kFine : ByteVerdict::kBroken;
    case At::kCr:
      progress.at = At::kNameStart;
      return byte == '\n' ? ByteVerdict::kLineEnd : ByteVerdict::kBroken;
    case At::kLastCr:
      break;
  }
  return byte == '\n' ? ByteVerdict::kHeadEnd : ByteVerdict::kBroken;
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
