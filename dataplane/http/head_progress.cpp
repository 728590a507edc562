#include "dataplane/http/head_progress.h"

namespace bellrock::http {

HeadStep advance(HeadProgress& progress, Bytes bytes, const ScanKernel& kernel) {
  using At = HeadProgress::At;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (progress.at == At::kLine) {
      at += kernel.find_control(bytes.data() + at, bytes.size() - at);
      if (at == bytes.size()) break;
    }
    switch (take_byte(progress, bytes[at++])) {
      case ByteVerdict::kFine:
        break;
      case ByteVerdict::kLineEnd:
        if (++progress.lines == 1) return {HeadEvent::kFirstLine, at};
        if (progress.lines > kLinesMax) return {HeadEvent::kStop, at};
        break;
      case ByteVerdict::kHeadEnd:
      case ByteVerdict::kBroken:
        return {HeadEvent::kStop, at};
    }
  }
  return {HeadEvent::kNeedMore, at};
}

}  // namespace bellrock::http
