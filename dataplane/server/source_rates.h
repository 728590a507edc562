// How many requests each source may send: a bucket for every source that was seen lately, by hash. Fixed memory, one
// thread, time is an argument. When more sources come than there are places, the one that is furthest from its bound is
// forgotten first, so that newcomers cannot wash away who is being held back without more sources than places.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/time.h"

namespace bellrock::server {

class SourceRates {
 public:
  SourceRates(std::uint32_t per_second, std::uint32_t burst, std::uint32_t sources)
      : interval_(per_second == 0 ? 0 : kSecond / per_second),
        burst_(interval_ * std::max<std::uint32_t>(burst, 1)),
        buckets_(per_second == 0 ? 0 : std::bit_ceil(std::max<std::size_t>(sources, kWays))) {}

  // `hash` is keyed: nobody chooses whom he shares a place with. A bucket is one instant, until which the source's
  // requests so far would take if they came at the permitted rate.
  bool take(std::uint64_t hash, Instant now) {
    if (interval_ == 0) return true;
    Bucket& bucket = find(hash);
    const std::int64_t until = std::max(bucket.until_ns, now.ns);
    if (until - now.ns > burst_ - interval_) return false;
    bucket.until_ns = until + interval_;
    return true;
  }

 private:
  static constexpr std::size_t kWays = 4;
  struct Bucket {
    std::uint64_t hash = 0;
    std::int64_t until_ns = 0;
  };

  Bucket& find(std::uint64_t hash) {
    const std::size_t set = hash & (buckets_.size() - 1) & ~(kWays - 1);
    std::size_t least = set;
    for (std::size_t i = set; i < set + kWays; ++i) {
      if (buckets_[i].hash == hash) return buckets_[i];
      if (buckets_[i].until_ns < buckets_[least].until_ns) least = i;
    }
    buckets_[least] = {hash, 0};
    return buckets_[least];
  }

  Duration interval_;
  Duration burst_;
  HugeArray<Bucket> buckets_;
};

}  // namespace bellrock::server
