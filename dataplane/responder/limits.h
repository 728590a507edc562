// What one source, and all of them together, may ask of a core. Plain structs, one thread, no clock.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/siphash.h"

namespace bellrock::responder {

// A token bucket: `per_second` in the long run, as many at once.
class RateLimit {
 public:
  explicit RateLimit(std::uint32_t per_second)
      : per_second_(per_second), milli_tokens_(per_second * std::uint64_t{1'000}) {}

  bool take(std::uint32_t now_ms) {
    const std::uint32_t passed = std::min<std::uint32_t>(now_ms - last_ms_, 1'000);
    last_ms_ = now_ms;
    milli_tokens_ = std::min(milli_tokens_ + std::uint64_t{passed} * per_second_, per_second_ * std::uint64_t{1'000});
    if (milli_tokens_ < 1'000) return false;
    milli_tokens_ -= 1'000;
    return true;
  }

 private:
  std::uint32_t per_second_;
  std::uint64_t milli_tokens_;
  std::uint32_t last_ms_ = 0;
};

// Connections of each source (IPv4 address, IPv6 /64) in two rows of counters under keyed hashes: never below the
// truth, and above it only for a source that meets others in both rows.
class SourceCounts {
 public:
  SourceCounts(std::uint32_t connections, SipKey secret)
      : secret_(secret), counts_(2 * std::bit_ceil(std::size_t{connections} + 1)), mask_(counts_.size() / 2 - 1) {}

  [[nodiscard]] std::uint32_t of(std::uint64_t source) const {
    const auto [a, b] = places(source);
    return std::min(counts_[a], counts_[b]);
  }
  void add(std::uint64_t source) {
    const auto [a, b] = places(source);
    ++counts_[a];
    ++counts_[b];
  }
  void remove(std::uint64_t source) {
    const auto [a, b] = places(source);
    --counts_[a];
    --counts_[b];
  }

 private:
  struct Places {
    std::size_t a, b;
  };
  [[nodiscard]] Places places(std::uint64_t source) const {
    const std::uint64_t hash = siphash64(secret_, {reinterpret_cast<const std::uint8_t*>(&source), sizeof source});
    return {hash & mask_, mask_ + 1 + (hash >> 32 & mask_)};
  }

  SipKey secret_;
  HugeArray<std::uint32_t> counts_;
  std::size_t mask_;
};

}  // namespace bellrock::responder
