// What a device and the program that steers to it say of packets which no worker sees: lost and passed ones. Asking is
// some system calls, so a thread that carries no packets does it once a second (look); one worker takes what is new
// into its counters (take), which costs it one load when there is nothing.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "dataplane/base/counters.h"
#include "dataplane/io/dpdk_env.h"
#include "dataplane/steer/maps.h"

namespace bellrock::app {

class PortCounts {
 public:
  explicit PortCounts(const io::DpdkEnv& env) : env_(env) {}
  // Before workers run. counted: what the board has of the program's counts, which go on from there.
  void set_steering(steer::Maps& maps, const steer::Counts& counted);

  void look();                    // any thread
  void take(Counters& counters);  // one worker's thread

 private:
  enum : std::size_t { kMissed, kNoBuffer, kSteered, kSize = kSteered + STEER_VERDICTS };

  const io::DpdkEnv& env_;
  steer::Maps* maps_ = nullptr;
  std::mutex looking_;
  std::array<std::atomic<std::uint64_t>, kSize> seen_{};  // none of them ever falls
  std::atomic<std::uint64_t> looks_{0};
  std::uint64_t taken_looks_ = 0;
  std::array<std::uint64_t, kSize> taken_{};
};

}  // namespace bellrock::app
