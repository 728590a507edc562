// What the totals are called outside, whatever the protocol: a count, and with it a histogram in seconds or an amount
// of money. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
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
inline constexpr std::size_t kAnyBuckets = std::numeric_limits<std::size_t>::max();  // no bound
inline constexpr double kZeroThresholdSeconds = 1.0 / (1 << 20);

// The buckets that both protocols have, overflow included, at the largest scale that fits. Bucket i of scale s is
// (2^(i/2^s), 2^((i+1)/2^s)] seconds: two neighbours of one scale are a bucket of the next lower one, so nothing is
// lost but the resolution. At scale 0 all values fit into kBucketsLeast.
struct Scaled {
  std::int32_t scale = kScale;
  control::Buckets buckets;
};
enum class Width : std::uint8_t {
  kOccupied,  // buckets that hold something
  kDense      // all from the first to the last
};
inline constexpr std::size_t kBucketsLeast = 33;  // 2^-20 s to 2^12 s, and what is beyond
Scaled buckets_of(const control::Distribution& value, Width width, std::size_t buckets_max);
double sum_seconds(const control::Distribution& value);

}  // namespace bellrock::interop
