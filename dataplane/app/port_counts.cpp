#include "dataplane/app/port_counts.h"

#include <algorithm>
#include <utility>

namespace bellrock::app {

void PortCounts::set_steering(steer::Maps& maps, const steer::Counts& counted) {
  static_assert(counter::kSize<SteerCount> == STEER_VERDICTS);
  maps_ = &maps;
  std::copy(counted.begin(), counted.end(), taken_.begin() + kSteered);
  for (std::size_t i = 0; i < counted.size(); ++i) seen_[kSteered + i].store(counted[i], std::memory_order_relaxed);
}

void PortCounts::look() {
  const std::lock_guard lock(looking_);
  const auto see = [&](std::size_t what, std::uint64_t now) {
    if (now > seen_[what].load(std::memory_order_relaxed)) seen_[what].store(now, std::memory_order_relaxed);
  };
  const io::DpdkStats stats = env_.stats();
  see(kMissed, stats.missed);
  see(kNoBuffer, stats.no_buffer);
  if (maps_ != nullptr) {
    const auto steered = maps_->counts();  // an error: the next time, perhaps
    for (std::size_t i = 0; steered.ok() && i < steered->size(); ++i) see(kSteered + i, (*steered)[i]);
  }
  looks_.fetch_add(1, std::memory_order_release);
}

void PortCounts::take(Counters& counters) {
  const std::uint64_t looks = looks_.load(std::memory_order_acquire);
  if (looks == taken_looks_) return;
  taken_looks_ = looks;
  const auto gained = [&](std::size_t what) {
    const std::uint64_t now = seen_[what].load(std::memory_order_relaxed);
    return now - std::exchange(taken_[what], now);
  };
  counters.add(PacketCount::kPortMissed, gained(kMissed));
  counters.add(PacketCount::kPortNoBuffer, gained(kNoBuffer));
  for (std::size_t i = 0; i < STEER_VERDICTS; ++i) counters.add(static_cast<SteerCount>(i), gained(kSteered + i));
}

}  // namespace bellrock::app
