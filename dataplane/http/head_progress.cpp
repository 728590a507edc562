#include "dataplane/http/head_progress.h"

#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

using At = HeadProgress::At;

HeadEvent on_line_feed(HeadProgress& progress) {
  if (progress.at == At::kLastCr) return HeadEvent::kStop;
  progress.at = At::kLineStart;
  if (++progress.lines == 1) return HeadEvent::kFirstLine;
  return progress.lines > kLinesMax ? HeadEvent::kStop : HeadEvent::kNeedMore;
}

}  // namespace

HeadStep advance(HeadProgress& progress, Bytes bytes, const ScanKernel& kernel) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint8_t byte = bytes[at];
    if (progress.at == At::kCr || progress.at == At::kLastCr) {
      ++at;
      if (byte != '\n') return {HeadEvent::kStop, at};
      const HeadEvent event = on_line_feed(progress);
      if (event != HeadEvent::kNeedMore) return {event, at};
      continue;
    }
    if (!kIsControl[byte]) {
      progress.at = At::kLine;
      at += kernel.find_control(bytes.data() + at, bytes.size() - at);
      continue;
    }
    ++at;
    if (byte != '\r') return {HeadEvent::kStop, at};
    progress.at = progress.at == At::kLineStart ? At::kLastCr : At::kCr;
  }
  return {HeadEvent::kNeedMore, at};
}

}  // namespace bellrock::http
