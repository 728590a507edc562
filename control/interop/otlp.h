// Totals as an OTLP/HTTP metrics request in protobuf: counts as monotonic sums, what was measured as exponential
// histograms of scale 6 or what fits, both cumulative since `started_unix_ms`. Pure.
// Cumulative, since totals that only grow say the same when a message is lost, repeated or late. Deltas would need to
// be taken exactly once by a receiver that cannot say which it has: after a time-out nobody knows. Who needs deltas
// puts the collector's `cumulativetodelta` behind it. Source: OpenTelemetry protocol 1.0, metrics data model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/interop/cumulative.h"
#include "control/interop/families.h"

namespace bellrock::interop {

struct OtlpOrigin {
  std::string_view version;               // of this program
  std::string_view instance;              // which of several that send the same series
  std::int64_t started_unix_ms = 0;       // since when totals count
  std::size_t buckets_max = kAnyBuckets;  // of a histogram, empty ones between others included
};

std::string otlp_body(const Totals& totals, const OtlpOrigin& origin, std::int64_t now_unix_ms);
inline constexpr const char* kOtlpType = "application/x-protobuf";

}  // namespace bellrock::interop
