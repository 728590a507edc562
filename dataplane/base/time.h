// Instants and durations in nanoseconds. Nothing here reads a clock: time is an argument everywhere below the worker.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace bellrock {

using Duration = std::int64_t;  // nanoseconds

inline constexpr Duration kMicrosecond = 1'000;
inline constexpr Duration kMillisecond = 1'000'000;
inline constexpr Duration kSecond = 1'000'000'000;
inline constexpr Duration kMinute = 60 * kSecond;
inline constexpr Duration kHour = 60 * kMinute;

// Nanoseconds since the Unix epoch, as the capture clock gives them. 0 means "not seen".
struct Instant {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration by) { return {at.ns + by}; }
  friend constexpr Instant operator-(Instant at, Duration by) { return {at.ns - by}; }
  friend constexpr Duration operator-(Instant later, Instant earlier) { return later.ns - earlier.ns; }
  [[nodiscard]] constexpr bool seen() const { return ns != 0; }
};

inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

// Counts are kept per window of packet time; a window is named by its number since the epoch.
inline constexpr Duration kWindow = 10 * kSecond;
// Windows count from 1, so that 0, which fresh memory holds, is none of them: captures may begin at time zero.
constexpr std::int64_t window_of(Instant at) { return at.ns / kWindow + 1; }
constexpr Instant window_start(std::int64_t window) { return {(window - 1) * kWindow}; }

}  // namespace bellrock
