// The timers of one core: a wheel with one entry a connection. It is lazy: a timer that is put off or stopped leaves
// its entry where it is, and an entry that pops early is put in again. So a request and its reply touch the wheel once
// a second at most, however fast they follow each other. Connections that wait for nothing are not in it: idleness is
// found by a slow sweep over the table (stack.h). One thread. Ticks of kTickMs; deadlines beyond the horizon pop early
// once each turn. All memory is taken at construction: 8 bytes a connection, apart from the connections, so that a
// slot's next ones can be fetched ahead.
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "dataplane/responder/table.h"

namespace bellrock::responder {

inline constexpr std::uint32_t kWheelSlots = 1'024;  // × 4 ms: most timers are below its 4 s

class Wheel {
 public:
  explicit Wheel(Table& table) : table_(table), links_(table.capacity(), Links{}) { slots_.fill(kNoConnection); }

  // How far `to` lies after `from`.
  static std::int32_t distance(Tick from, Tick to) { return static_cast<std::int16_t>(to - from); }

  // Sees to it that the connection pops at `tick` or before.
  void require(ConnectionIndex index, Tick tick) {
    Connection& c = table_[index];
    const Tick horizon = static_cast<Tick>(cursor_ + kWheelSlots - 1);
    if (distance(tick, horizon) < 0) tick = horizon;
    if (distance(static_cast<Tick>(cursor_), tick) <= 0) tick = static_cast<Tick>(cursor_ + 1);
    if (c.has(flag::kInWheel)) {
      if (distance(c.wheel_at, tick) >= 0) return;
      remove(index);
    }
    ConnectionIndex& slot = slots_[tick % kWheelSlots];
    occupied_[tick % kWheelSlots / 64] |= std::uint64_t{1} << tick % 64;
    c.wheel_at = tick;
    links_[index] = {slot, kNoConnection};
    if (slot != kNoConnection) links_[slot].previous = index;
    slot = index;
    c.set(flag::kInWheel);
    ++entries_;
  }

  void remove(ConnectionIndex index) {
    Connection& c = table_[index];
    if (!c.has(flag::kInWheel)) return;
    const Links links = links_[index];
    if (links.previous == kNoConnection) {
      slots_[c.wheel_at % kWheelSlots] = links.next;
      if (links.next == kNoConnection)
        occupied_[c.wheel_at % kWheelSlots / 64] &= ~(std::uint64_t{1} << c.wheel_at % 64);
    } else {
      links_[links.previous].next = links.next;
    }
    if (links.next != kNoConnection) links_[links.next].previous = links.previous;
    c.clear(flag::kInWheel);
    --entries_;
  }

  void prefetch(ConnectionIndex index) const { __builtin_prefetch(&links_[index], 1); }

  // Ticks that were gone through since the start.
  [[nodiscard]] std::uint64_t cursor() const { return cursor_; }
  // To the next tick whose slot is occupied, or to `until`.
  void step(std::uint64_t until) {
    if (entries_ == 0) cursor_ = until;
    while (cursor_ < until) {
      ++cursor_;
      const std::uint64_t slots = occupied_[cursor_ % kWheelSlots / 64] >> cursor_ % 64;
      const std::uint64_t empty = slots == 0 ? 63 - cursor_ % 64 : static_cast<std::uint64_t>(std::countr_zero(slots));
      cursor_ = std::min(cursor_ + empty, until);
      if (slots != 0) return;
    }
  }
  // Takes one connection out of the cursor's slot; kNoConnection when there is none.
  ConnectionIndex pop() {
    const ConnectionIndex index = slots_[cursor_ % kWheelSlots];
    if (index == kNoConnection) return index;
    ConnectionIndex ahead = index;
    for (int i = 0; i < 4 && ahead != kNoConnection; ++i) ahead = links_[ahead].next;
    if (ahead != kNoConnection) {
      table_.prefetch(ahead);
      prefetch(ahead);
    }
    remove(index);
    return index;
  }

 private:
  struct Links {
    ConnectionIndex next;
    ConnectionIndex previous;
  };

  Table& table_;
  HugeArray<Links> links_;
  std::array<ConnectionIndex, kWheelSlots> slots_;
  std::array<std::uint64_t, kWheelSlots / 64> occupied_{};  // a bit for each slot
  std::uint32_t entries_ = 0;
  std::uint64_t cursor_ = 0;
};

}  // namespace bellrock::responder
