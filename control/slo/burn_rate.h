// Multi-window, multi-burn-rate alerting (The Site Reliability Workbook, chapter 5): which pairs of windows, how fast
// the budget must burn, and whether it does. Pure arithmetic, any thread; windows are in seconds and whole minutes.
//
// A pair holds when in both its windows bad / (good + bad + unknown) > factor * (1 - target): even if every unknown
// attempt was good. Unknown attempts wake nobody up; that there are too many of them is a data state.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "control/slo/history.h"
#include "control/slo/objective.h"

namespace bellrock::slo {

inline constexpr std::int64_t kHourSeconds = 3'600;
inline constexpr std::int64_t kDaySeconds = 24 * kHourSeconds;

enum class Severity : std::uint8_t { kPage, kTicket };
inline constexpr std::array<std::string_view, 2> kSeverityNames{"page", "ticket"};

// factor = share of the budget * period / long window. Kept as a fraction, since 0.1 * 28 d / 3 d has no end.
struct BurnPair {
  Severity severity = Severity::kPage;
  std::int64_t long_s = 0, short_s = 0;
  std::uint64_t share_e9 = 0;  // of the budget that is gone when the long window at this rate is over
  std::int64_t period_s = 0;   // of the objective

  [[nodiscard]] double factor() const;
  friend bool operator==(const BurnPair&, const BurnPair&) = default;
};

// 2 % in 1 h and 5 % in 6 h page, 10 % in 1 d and 10 % in 3 d are tickets: 14.4, 6, 3 and 1 for 30 days; 13.44, 5.6,
// 2.8 and 0.933 for 28. For shorter periods only those pairs remain whose long window is at most a ninth of the period
// and whose factor is at least 1, or 0.9 of a ticket: what burns slower does not use the budget up, and wakes nobody.
std::vector<BurnPair> default_pairs(std::int64_t period_s);

// False when factor * (1 - target) >= 1: no window can be that bad.
bool can_fire(const BurnPair& pair, std::uint64_t target_e9);

// Seconds after which the pair holds when, after a time without failures and with even traffic, `error_e9` of the
// attempts are bad; rounded up. None when it never does. The low-traffic gate may hold it back for longer.
std::optional<std::int64_t> seconds_to_hold(const BurnPair& pair, std::uint64_t target_e9, std::uint64_t error_e9);

// bad / all > factor * (1 - target), exactly.
bool burns(const Events& events, const BurnPair& pair, std::uint64_t target_e9);

// Keeps a handful of attempts from waking somebody up.
struct LowTrafficGate {
  std::uint64_t failures_min = 3;  // bad attempts in the long window
  double z = 1.96;                 // the lower Wilson bound of this many standard deviations must burn too
};
// Whether the failures of the long window are more than chance at factor * (1 - target).
bool passes(const LowTrafficGate& gate, const Events& events, const BurnPair& pair, std::uint64_t target_e9);
// The opposite: whether so few failures are more than chance at that rate (the upper Wilson bound is below it).
bool clears(const LowTrafficGate& gate, const Events& events, const BurnPair& pair, std::uint64_t target_e9);

}  // namespace bellrock::slo
