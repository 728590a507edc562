// What the totals are called outside, whatever the protocol: a count, or a count with its histogram in seconds. Pure.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "control/interop/cumulative.h"

namespace bellrock::interop {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;  // sorted by name

struct Family {
  std::string_view prometheus, otlp;  // names; of Prometheus without _total
  std::string_view help;
};

struct Sample {
  const Family* family = nullptr;
  Labels labels;
  const control::Distribution* value = nullptr;
  bool measured = false;  // a histogram; else the count n
};

// Views into `totals`. A series with measured values is there twice: as a count, and as a histogram of what was
// measured.
std::vector<Sample> samples_of(const Totals& totals);

// Beyond the last bucket's end, 2^12 s: such values are written as if they stood right behind it.
inline constexpr std::int32_t kOverflowBucket = control::kBucketEnd;
inline constexpr std::int32_t kScale = 6;
inline constexpr double kZeroThresholdSeconds = 1.0 / (1 << 20);

// The buckets that both protocols have, overflow included.
std::map<std::int32_t, std::uint64_t> buckets_of(const control::Distribution& value);
double sum_seconds(const control::Distribution& value);

}  // namespace bellrock::interop
