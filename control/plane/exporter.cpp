#include "control/plane/exporter.h"

#include <algorithm>
#include <utility>

#include "control/interop/otlp.h"
#include "control/interop/remote_write.h"

namespace bellrock::plane {

Exporter::Exporter(ExportTargets targets, std::string version, std::int64_t started_unix_ms)
    : targets_(std::move(targets)), version_(std::move(version)), started_unix_ms_(started_unix_ms) {}

void Exporter::push(std::int64_t now_unix_ms) {
  if (!wanted()) return;
  const interop::Totals totals = totals_.totals();
  if (totals.empty()) return;
  now_unix_ms = std::max(now_unix_ms, pushed_unix_ms_ + 1);
  pushed_unix_ms_ = now_unix_ms;
  if (!targets_.remote_write.empty()) {
    outbox_.put({targets_.remote_write,
                 interop::remote_write_body(totals, targets_.instance, now_unix_ms, targets_.buckets_max),
                 interop::remote_write_headers, "remote write", interop::kRemoteWriteType});
  }
  if (!targets_.otlp.empty()) {
    outbox_.put(
        {targets_.otlp,
         interop::otlp_body(totals, {version_, targets_.instance, started_unix_ms_, targets_.buckets_max}, now_unix_ms),
         {},
         "otlp",
         interop::kOtlpType});
  }
}

std::string Exporter::news() {
  if (totals_.left_out() != 0 && !std::exchange(told_left_out_, true))
    return "there are more than " + std::to_string(interop::kTotalsMax) + " series: the others are left out";
  std::string now = outbox_.last_error();
  if (now == told_) return {};
  told_ = now;
  return now;
}

}  // namespace bellrock::plane
