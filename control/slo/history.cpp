#include "control/slo/history.h"

#include <algorithm>

namespace bellrock::slo {
namespace {

// Also before the epoch, where / would round up.
std::int64_t minute_of(std::int64_t unix_s) {
  return unix_s / kMinuteSeconds - static_cast<std::int64_t>(unix_s % kMinuteSeconds < 0);
}

}  // namespace

Events& Events::operator+=(const Events& other) {
  good += other.good;
  bad += other.bad;
  unknown += other.unknown;
  excluded += other.excluded;
  return *this;
}

Events& Events::operator-=(const Events& other) {
  good -= other.good;
  bad -= other.bad;
  unknown -= other.unknown;
  excluded -= other.excluded;
  return *this;
}

bool History::add(std::int64_t unix_s, const Events& events) {
  const std::int64_t minute = minute_of(unix_s);
  if (minutes_.empty()) {
    first_ = minute;
  } else if (minute < first_) {
    const std::int64_t end = first_ + static_cast<std::int64_t>(minutes_.size());
    if (end - minute > static_cast<std::int64_t>(kMinutesMax)) return false;
    minutes_.insert(minutes_.begin(), static_cast<std::size_t>(first_ - minute), Events{});
    first_ = minute;
    before_.clear();
  }
  reach(minute);
  const auto index = static_cast<std::size_t>(minute - first_);
  minutes_[index] += events;
  before_.resize(std::min(before_.size(), index + 1));
  return true;
}

// Grows up to `minute`; a leap of the clock costs at most kMinutesMax minutes.
void History::reach(std::int64_t minute) {
  const std::int64_t oldest = minute - static_cast<std::int64_t>(kMinutesMax) + 1;
  if (oldest > first_) forget_before(oldest * kMinuteSeconds);
  if (minutes_.empty()) first_ = std::max(first_, oldest);
  const auto size = static_cast<std::size_t>(minute - first_ + 1);
  if (size > minutes_.size()) minutes_.resize(size);
}

void History::clear_from(std::int64_t unix_s) {
  const std::int64_t index = std::max<std::int64_t>(0, minute_of(unix_s) - first_);
  if (index >= static_cast<std::int64_t>(minutes_.size())) return;
  std::fill(minutes_.begin() + index, minutes_.end(), Events{});
  before_.resize(std::min(before_.size(), static_cast<std::size_t>(index) + 1));
}

void History::forget_before(std::int64_t unix_s) {
  const std::int64_t count =
      std::clamp<std::int64_t>(minute_of(unix_s) - first_, 0, static_cast<std::int64_t>(minutes_.size()));
  if (count == 0) return;
  minutes_.erase(minutes_.begin(), minutes_.begin() + count);
  first_ += count;
  before_.clear();
  if (minutes_.capacity() / 2 <= minutes_.size()) return;
  minutes_.shrink_to_fit();
  before_.shrink_to_fit();
}

Events History::up_to(std::int64_t minute) const {
  const auto index = static_cast<std::size_t>(
      std::clamp<std::int64_t>(minute - first_, 0, static_cast<std::int64_t>(minutes_.size())));
  if (before_.empty()) before_.emplace_back();
  for (std::size_t i = before_.size(); i <= index; ++i) {
    before_.push_back(before_.back());
    before_.back() += minutes_[i - 1];
  }
  return before_[index];
}

Events History::sum(std::int64_t from, std::int64_t to) const {
  Events events;
  if (from >= to) return events;
  events = up_to(minute_of(to));
  events -= up_to(minute_of(from));
  return events;
}

}  // namespace bellrock::slo
