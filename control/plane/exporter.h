// Sends totals to other systems every few seconds: Prometheus by remote write, OpenTelemetry by OTLP over HTTP. Counts
// what is applied from the moment it is made; a restart begins anew, as counters may. What could not be sent is in the
// next message again. add() on the intake's thread, push() on the main one.
#pragma once

#include <cstdint>
#include <string>

#include "control/interop/cumulative.h"
#include "control/interop/families.h"
#include "control/plane/outbox.h"

namespace bellrock::plane {

struct ExportTargets {
  std::string remote_write, otlp;                  // URLs with their path; empty: none
  std::string instance{};                          // which of several centres sends them
  std::size_t buckets_max = interop::kAnyBuckets;  // of a histogram
};

class Exporter {
 public:
  Exporter(ExportTargets targets, std::string version, std::int64_t started_unix_ms);

  [[nodiscard]] bool wanted() const { return !targets_.remote_write.empty() || !targets_.otlp.empty(); }
  void add(const control::DeltaFrame& frame) { totals_.add(frame); }
  // Each push is at least 1 ms later than the one before, whatever the clock says: Prometheus refuses a sample that is
  // not.
  void push(std::int64_t now_unix_ms);
  // What went wrong, where it is not what was said before; empty: nothing new.
  [[nodiscard]] std::string news();

 private:
  const ExportTargets targets_;
  const std::string version_;
  const std::int64_t started_unix_ms_;
  std::int64_t pushed_unix_ms_ = 0;
  interop::Cumulative totals_;
  std::string told_;
  bool told_left_out_ = false;
  Outbox outbox_;
};

}  // namespace bellrock::plane
