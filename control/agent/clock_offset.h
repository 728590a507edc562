// How far this machine's clock is off the centre's, from the frames that are sent anyway: each answer says when the
// centre had the frame and when it answered, which with the agent's own times are the four of RFC 5905 section 8.
// Between frames the offset follows the steady clock; a wall clock that has stepped since takes what was measured
// before with it. Pure, one thread. The centre's times are a claim: what cannot be is left out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "control/flow/delta_frame.h"

namespace bellrock::agent {

// One moment on both clocks, microseconds. `steady_us` is read first: what passes between the two only widens a round
// trip that begins here.
struct Moment {
  std::int64_t steady_us = 0;
  std::int64_t wall_us = 0;  // Unix time
};
Moment read_clocks();

class ClockOffset {
 public:
  // A frame sent at `sent`, its answer read at `got`; in between, by its own clock, the centre had it from
  // `received_unix_ms` to `answered_unix_ms` (0: it did not say). False: left out.
  bool add(const Moment& sent, const Moment& got, std::int64_t received_unix_ms, std::int64_t answered_unix_ms);

  // The sample that is least uncertain now. None: there is none, or the wall clock has stepped since.
  [[nodiscard]] std::optional<control::ClockState> at(const Moment& now) const;

  // Samples that are kept; the heartbeat brings one every ten seconds.
  static constexpr std::size_t kSamplesMax = 8;
  // Wall and steady clock apart by more than when a sample was taken: a step, or a sleep.
  static constexpr std::int64_t kStepUs = 100'000;
  // What a clock gains or loses at most while no frame is answered: the kernel steers a clock by 500 ppm at most
  // (adjtimex(2), MAXFREQ).
  static constexpr std::int64_t kDriftPpm = 500;
  // Times in the answer are whole milliseconds, cut: half of it in the round trip, one in the offset, and half of one
  // where the offset is rounded.
  static constexpr std::int64_t kPrecisionUs = 2'000;

 private:
  struct Sample {
    std::int64_t centre_us = 0;  // the centre's time less the steady clock's
    std::int64_t wall_us = 0;    // this machine's time less the steady clock's, when the frame was sent
    std::int64_t taken_us = 0;   // steady
    std::int64_t round_trip_us = 0;
  };
  static std::int64_t uncertain_us(const Sample& sample, const Moment& now);

  std::array<Sample, kSamplesMax> samples_{};
  std::size_t count_ = 0;  // ever, since the last step
};

}  // namespace bellrock::agent
