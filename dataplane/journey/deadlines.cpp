#include "dataplane/journey/deadlines.h"

#include <algorithm>

namespace bellrock::journey {

Deadlines::Deadlines(std::uint32_t slots) : entries_(slots), buckets_(kBuckets), near_(slots) {}

void Deadlines::set(Slot slot, Instant due) {
  clear(slot);
  entry(slot).due = due;
  // With nothing on the wheel its hand may jump, so that it never has to turn through years.
  if (wheel_count_ == 0) tick_ = std::max(tick_, tick_of(due) - kBuckets + 1);
  if (tick_of(due) <= tick_) {
    push_near(slot);
  } else {
    push_wheel(slot);
  }
}

void Deadlines::clear(Slot slot) {
  const std::uint32_t heap_at = entry(slot).heap_at;
  if (heap_at == kInWheel) {
    remove_wheel(slot);
  } else if (heap_at != 0) {
    remove_near(heap_at - 1);
  }
}

Deadlines::Due Deadlines::take(Instant before) {
  while (near_count_ == 0) {
    if (tick_ >= tick_of(before)) return {};
    if (wheel_count_ == 0) {
      tick_ = tick_of(before);
      return {};
    }
    advance_tick();
  }
  const Slot slot = near_[0];
  const Instant due = entry(slot).due;
  if (due >= before) return {};
  remove_near(0);
  return {slot, due};
}

void Deadlines::advance_tick() {
  ++tick_;
  Slot& head = buckets_[static_cast<std::size_t>(tick_ % kBuckets)];
  Slot slot = head;
  head = 0;
  while (slot != 0) {
    const Slot next = entry(slot).next;
    --wheel_count_;
    if (tick_of(entry(slot).due) <= tick_) {
      push_near(slot);
    } else {
      push_wheel(slot);
    }
    slot = next;
  }
}

void Deadlines::push_wheel(Slot slot) {
  Entry& added = entry(slot);
  const std::int64_t tick = std::min(tick_of(added.due), tick_ + kBuckets - 1);
  added.bucket = static_cast<std::uint32_t>(tick % kBuckets);
  Slot& head = buckets_[added.bucket];
  added.heap_at = kInWheel;
  added.before = 0;
  added.next = head;
  if (head != 0) entry(head).before = slot;
  head = slot;
  ++wheel_count_;
}

void Deadlines::remove_wheel(Slot slot) {
  Entry& gone = entry(slot);
  if (gone.next != 0) entry(gone.next).before = gone.before;
  (gone.before != 0 ? entry(gone.before).next : buckets_[gone.bucket]) = gone.next;
  gone.heap_at = 0;
  --wheel_count_;
}

bool Deadlines::earlier(Slot a, Slot b) const {
  const Instant at = entry(a).due;
  const Instant bt = entry(b).due;
  return at != bt ? at < bt : a < b;
}

void Deadlines::place(std::uint32_t at, Slot slot) {
  near_[at] = slot;
  entry(slot).heap_at = at + 1;
}

void Deadlines::push_near(Slot slot) {
  place(near_count_, slot);
  sift_up(near_count_++);
}

void Deadlines::remove_near(std::uint32_t at) {
  entry(near_[at]).heap_at = 0;
  if (at == --near_count_) return;
  place(at, near_[near_count_]);
  sift_up(at);
  sift_down(at);
}

void Deadlines::sift_up(std::uint32_t at) {
  const Slot slot = near_[at];
  while (at > 0 && earlier(slot, near_[(at - 1) / 2])) {
    place(at, near_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(at, slot);
}

void Deadlines::sift_down(std::uint32_t at) {
  const Slot slot = near_[at];
  for (std::uint32_t child = 2 * at + 1; child < near_count_; child = 2 * at + 1) {
    if (child + 1 < near_count_ && earlier(near_[child + 1], near_[child])) ++child;
    if (!earlier(near_[child], slot)) break;
    place(at, near_[child]);
    at = child;
  }
  place(at, slot);
}

}  // namespace bellrock::journey
