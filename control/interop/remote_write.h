// Totals as a Prometheus remote write request: protobuf, compressed with snappy. Pure. Counts are counters, histograms
// are native ones of schema 6 or what fits, which a Prometheus takes from 2.40 on.
// Source: Prometheus Remote-Write 1.0 specification; native histograms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/interop/cumulative.h"
#include "control/interop/families.h"

namespace bellrock::interop {

// Every series has the label `centre`, whose value is `instance`, unless that is empty: several centres send series of
// the same names. A histogram has at most `buckets_max` buckets that hold something.
inline constexpr std::string_view kCentreLabel = "centre";
std::string remote_write_body(const Totals& totals, std::string_view instance, std::int64_t now_unix_ms,
                              std::size_t buckets_max = kAnyBuckets);
inline constexpr const char* kRemoteWriteType = "application/x-protobuf";
std::vector<std::pair<std::string, std::string>> remote_write_headers();

}  // namespace bellrock::interop
