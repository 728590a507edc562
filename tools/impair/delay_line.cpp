#include "tools/impair/delay_line.h"

#include <algorithm>

namespace bellrock::impair {

bool DelayLine::later(const Waiting& a, const Waiting& b) {
  return a.due_us != b.due_us ? a.due_us > b.due_us : a.order > b.order;
}

void DelayLine::put(std::int64_t now_us, int direction, std::vector<Outgoing>&& out) {
  for (Outgoing& one : out) {
    const int leaves = one.to_sender ? 1 - direction : direction;
    heap_.push_back({now_us + one.delay_us, order_++, {leaves, std::move(one.frame)}});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  out.clear();
}

std::optional<DelayLine::Due> DelayLine::take(std::int64_t now_us) {
  if (heap_.empty() || heap_.front().due_us > now_us) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Due due = std::move(heap_.back().due);
  heap_.pop_back();
  return due;
}

std::optional<std::int64_t> DelayLine::next_us() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front().due_us);
}

std::uint64_t DelayLine::held(int direction) const {
  const auto same = [&](const Waiting& waiting) { return waiting.due.direction == direction; };
  return static_cast<std::uint64_t>(std::count_if(heap_.begin(), heap_.end(), same));
}

}  // namespace bellrock::impair
