// What the totals are called outside, whatever the protocol: a count, and with it a histogram in seconds or an amount
// of money. Pure.
#pragma once

#include <cstdint>
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

enum class Reads : std::uint8_t { kCount, kAmount, kHistogram };

struct Sample {
  const Family* family = nullptr;
  Labels labels;
  const control::Distribution* value = nullptr;
  Reads reads = Reads::kCount;

  [[nodiscard]] bool measured() const { return reads == Reads::kHistogram; }
  // Of a count or an amount.
  [[nodiscard]] control::Uint128 number() const { return reads == Reads::kAmount ? value->sum_ns : value->n; }
};

// Views into `totals`. A series with measured values is there twice: as a count, and as a histogram of what was
// measured; one of money as a count, and as an amount.
std::vector<Sample> samples_of(const Totals& totals);

// Beyond the last bucket's end, 2^12 s: such values are written as if they stood right behind it.
inline constexpr std::int32_t kOverflowBucket = control::kBucketEnd;
inline constexpr std::int32_t kScale = 6;
inline constexpr double kZeroThresholdSeconds = 1.0 / (1 << 20);

// The buckets that both protocols have, overflow included.
control::Buckets buckets_of(const control::Distribution& value);
double sum_seconds(const control::Distribution& value);

}  // namespace bellrock::interop
