// A histogram that costs a peer as little as one can: 64 buckets to each power of two, one increment.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace bellrock::bench {

class Latencies {
 public:
  void add(std::uint64_t microseconds) {
    const int bits = static_cast<int>(std::bit_width(microseconds | 63));
    ++buckets_[static_cast<std::size_t>(bits - 6) * 64 + (microseconds >> (bits - 6) & 63)];
    ++count_;
    sum_ += microseconds;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  std::array<std::uint64_t, 64 * 59> buckets_{};
  std::uint64_t count_ = 0, sum_ = 0;
};

}  // namespace bellrock::bench
