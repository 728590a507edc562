// Counts of one objective by minute, and exact sums over any span of minutes. One thread; time is an argument.
// Bounded by kMinutesMax: what is older than that before the newest minute is forgotten. Late counts may change any
// minute that is held; sums over a span cost two look-ups once the minutes before it have been added up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/flow/wide.h"

namespace bellrock::slo {

inline constexpr std::int64_t kMinuteSeconds = 60;

// What was counted for an objective. Sums of event counts only, never of ratios.
struct Events {
  control::Uint128 good = 0, bad = 0, unknown = 0, excluded = 0;

  [[nodiscard]] control::Uint128 known() const { return good + bad; }
  [[nodiscard]] control::Uint128 all() const { return good + bad + unknown; }

  friend bool operator==(const Events&, const Events&) = default;
  Events& operator+=(const Events& other);
  Events& operator-=(const Events& other);  // of a part of it
};

class History {
 public:
  static constexpr std::size_t kMinutesMax = 45 * 24 * 60;

  // Adds to the minute that holds `unix_s`. False when it lies before what is held.
  bool add(std::int64_t unix_s, const Events& events);
  // Sets every minute from the one of `unix_s` on to nothing, to be read again.
  void clear_from(std::int64_t unix_s);
  void forget_before(std::int64_t unix_s);

  // Of [from, to), both rounded down to minutes.
  [[nodiscard]] Events sum(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] Events at(std::int64_t unix_s) const { return sum(unix_s, unix_s + kMinuteSeconds); }

  [[nodiscard]] bool empty() const { return minutes_.empty(); }
  [[nodiscard]] std::int64_t first() const { return first_ * kMinuteSeconds; }
  // One past the newest minute.
  [[nodiscard]] std::int64_t end() const {
    return (first_ + static_cast<std::int64_t>(minutes_.size())) * kMinuteSeconds;
  }

 private:
  [[nodiscard]] Events up_to(std::int64_t minute) const;  // sum of the minutes before
  void reach(std::int64_t minute);

  std::int64_t first_ = 0;  // minutes since the epoch
  std::vector<Events> minutes_;
  mutable std::vector<Events> before_;  // before_[i] = sum of minutes_[0, i); filled as far as asked for
};

}  // namespace bellrock::slo
