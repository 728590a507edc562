// Merging and reading of histograms. Pure functions, any thread.
// Merging is integer addition, so order and grouping cannot change a bit of the result.
// A quantile is off by at most (b - 1) / (b + 1) = 0.5415 %, b = 2^(1/64), of the value that a full sort would give;
// values at or below 2^-20 s and above 2^12 s have no buckets and are read as the smallest and largest value seen.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "control/flow/delta_frame.h"
#include "control/flow/wide.h"

namespace bellrock::control {

inline constexpr std::int32_t kBucketsPerOctave = 64;                // scale 6
inline constexpr std::int32_t kBucketMin = -20 * kBucketsPerOctave;  // above 2^-20 s
inline constexpr std::int32_t kBucketEnd = 12 * kBucketsPerOctave;   // up to 2^12 s, one past the last index

// A histogram over any length of time: the sum of nanoseconds no longer fits 64 bits.
struct Distribution {
  std::uint64_t n = 0;
  Uint128 sum_ns = 0;
  std::uint64_t min_ns = 0, max_ns = 0;  // of what was measured
  std::uint64_t zero = 0, overflow = 0;
  Buckets buckets;

  friend bool operator==(const Distribution&, const Distribution&) = default;
};

// How many values were measured: n, or 0 in a series that only counts.
template <typename H>
std::uint64_t measured(const H& histogram) {
  std::uint64_t sum = histogram.zero + histogram.overflow;
  for (const auto& [index, count] : histogram.buckets) sum += count;
  return sum;
}

// Whether anything was: a bucket that is there is not empty.
template <typename H>
bool has_measured(const H& histogram) {
  return histogram.zero != 0 || histogram.overflow != 0 || !histogram.buckets.empty();
}

// Adds `from` to `into`, which may be of the wider type.
template <typename Into, typename From>
void merge(Into& into, const From& from) {
  if (has_measured(from)) {
    const bool first = !has_measured(into);
    into.min_ns = first ? from.min_ns : std::min(into.min_ns, from.min_ns);
    into.max_ns = first ? from.max_ns : std::max(into.max_ns, from.max_ns);
  }
  into.n += from.n;
  into.sum_ns += from.sum_ns;
  into.zero += from.zero;
  into.overflow += from.overflow;
  add(into.buckets, from.buckets);
}

// The bounds of a bucket in nanoseconds: (lower, upper].
inline double bucket_lower_ns(std::int32_t index) { return std::exp2(index / double{kBucketsPerOctave}) * 1e9; }
inline double bucket_upper_ns(std::int32_t index) { return bucket_lower_ns(index + 1); }

// The value, in nanoseconds, of rank ceil(q * measured) among the measured values, q in (0, 1]. None without values.
template <typename H>
std::optional<double> quantile(const H& histogram, double q) {
  const std::uint64_t total = measured(histogram);
  if (total == 0) return std::nullopt;
  const auto low = static_cast<double>(histogram.min_ns), high = static_cast<double>(histogram.max_ns);
  // 0.07 * 100 is a little above 7: without the factor its rank would be 8.
  const double exact = std::ceil(q * static_cast<double>(total) * (1 - 1e-12));
  const std::uint64_t rank = exact < 1 ? 1 : std::min(total, static_cast<std::uint64_t>(exact));
  std::uint64_t passed = histogram.zero;
  if (rank <= passed) return low;
  for (const auto& [index, count] : histogram.buckets) {
    passed += count;
    if (rank > passed) continue;
    const double l = bucket_lower_ns(index), u = bucket_upper_ns(index);
    return std::clamp(2 * l * u / (l + u), low, high);
  }
  return high;
}

}  // namespace bellrock::control
