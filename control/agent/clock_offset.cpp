#include "control/agent/clock_offset.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace bellrock::agent {

namespace {

constexpr std::int64_t kCentreUnixMsMax = (std::int64_t{1} << 34) * 1'000;  // the year 2514
constexpr std::int64_t kUsPerMs = 1'000;

template <typename Clock>
std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

std::int64_t wall_less_steady(const Moment& moment) { return moment.wall_us - moment.steady_us; }

// Halves away from zero: rounding is the same for a clock that is ahead and one that is behind.
std::int64_t rounded_ms(std::int64_t us) { return (us + (us < 0 ? -kUsPerMs / 2 : kUsPerMs / 2)) / kUsPerMs; }

}  // namespace

Moment read_clocks() {
  const std::int64_t steady_us = now_us<std::chrono::steady_clock>();
  return {steady_us, now_us<std::chrono::system_clock>()};
}

bool ClockOffset::add(const Moment& sent, const Moment& got, std::int64_t received_unix_ms,
                      std::int64_t answered_unix_ms) {
  if (received_unix_ms <= 0 || answered_unix_ms < received_unix_ms || answered_unix_ms > kCentreUnixMsMax) return false;
  const std::int64_t whole_us = got.steady_us - sent.steady_us;
  const std::int64_t held_us = (answered_unix_ms - received_unix_ms) * kUsPerMs;
  // Held for longer than the frame was away: its clock stepped meanwhile, or it lies.
  if (whole_us < 0 || held_us > whole_us + kUsPerMs) return false;
  const std::int64_t apart_us = wall_less_steady(sent);
  if (std::abs(wall_less_steady(got) - apart_us) > kStepUs) {
    count_ = 0;
    return false;
  }
  // What was measured before a step is of another clock.
  if (count_ != 0 && std::abs(samples_[(count_ - 1) % kSamplesMax].wall_us - apart_us) > kStepUs) count_ = 0;
  // The middle of both, (T2 + T3) / 2 and (T1 + T4) / 2: where both ways took the same time, the same moment.
  const std::int64_t centre_us = received_unix_ms * kUsPerMs + held_us / 2;
  const std::int64_t steady_us = sent.steady_us + whole_us / 2;
  samples_[count_++ % kSamplesMax] = {centre_us - steady_us, apart_us, got.steady_us,
                                      std::max<std::int64_t>(0, whole_us - held_us)};
  return true;
}

std::int64_t ClockOffset::uncertain_us(const Sample& sample, const Moment& now) {
  const std::int64_t age_us = std::max<std::int64_t>(0, now.steady_us - sample.taken_us);
  return sample.round_trip_us / 2 + kPrecisionUs + age_us / 1'000'000 * kDriftPpm;
}

std::optional<control::ClockState> ClockOffset::at(const Moment& now) const {
  const Sample* best = nullptr;
  for (std::size_t i = 0; i < std::min(count_, kSamplesMax); ++i) {
    const Sample& sample = samples_[i];
    if (std::abs(wall_less_steady(now) - sample.wall_us) > kStepUs) continue;
    if (best == nullptr || uncertain_us(sample, now) < uncertain_us(*best, now)) best = &sample;
  }
  if (best == nullptr) return std::nullopt;
  return control::ClockState{rounded_ms(best->centre_us - wall_less_steady(now)),
                             (uncertain_us(*best, now) + kUsPerMs - 1) / kUsPerMs};
}

}  // namespace bellrock::agent
