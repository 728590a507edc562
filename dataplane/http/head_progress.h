// Where a head that arrives in pieces stands: each new byte is looked at once, and what is wrong shows as early as it
// does in one piece. The head itself is parsed when it is complete, or broken.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct HeadProgress {
  enum class At : std::uint8_t { kLine, kLineStart, kCr, kLastCr };
  At at = At::kLine;
  std::uint8_t lines = 0;
};

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
