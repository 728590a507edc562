// When each slot is due, earliest first and exactly in order: a lazy timer wheel of coarse ticks, and a small heap for
// the tick that is being worked on. A slot has at most one deadline. Heap memory, taken at construction: the tracker
// fills it again from the session table when a process starts. Owner core's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

class Deadlines {
 public:
  explicit Deadlines(std::uint32_t slots);
  // Of the heap; the buckets' heads, which do not grow with the slots, are not in it.
  static constexpr std::size_t bytes_needed(std::uint32_t slots) { return slots * (sizeof(Entry) + sizeof(Slot)); }

  // Sets or moves the deadline of a slot.
  void set(Slot slot, Instant due);
  void clear(Slot slot);

  struct Due {
    Slot slot = 0;  // 0: nothing is due
    Instant at;
  };
  // Takes the earliest deadline before `before`; of equal ones the lowest slot.
  Due take(Instant before);

 private:
  // 2^30 ns = 1.07 s a tick and 4,096 ticks = 73 minutes: an idle time of half an hour is inserted once; what is
  // further away waits in the last bucket and is put on again.
  static constexpr unsigned kTickBits = 30;
  static constexpr std::int64_t kBuckets = 4'096;
  static constexpr std::uint32_t kInWheel = 0xffff'ffff;

  struct Entry {
    Instant due;
    std::uint32_t heap_at = 0;  // 0: not here; kInWheel; else 1 + index in near_
    Slot next = 0, before = 0;  // within a bucket
    std::uint32_t bucket = 0;
  };

  static std::int64_t tick_of(Instant at) { return at.ns >> kTickBits; }
  [[nodiscard]] const Entry& entry(Slot slot) const { return entries_[slot - 1]; }
  Entry& entry(Slot slot) { return entries_[slot - 1]; }
  [[nodiscard]] bool earlier(Slot a, Slot b) const;
  void push_near(Slot slot);
  void remove_near(std::uint32_t at);
  void sift_up(std::uint32_t at);
  void sift_down(std::uint32_t at);
  void place(std::uint32_t at, Slot slot);
  void push_wheel(Slot slot);
  void remove_wheel(Slot slot);
  void advance_tick();

  std::vector<Entry> entries_;  // by slot - 1
  std::vector<Slot> buckets_;   // first slot of each
  std::vector<Slot> near_;      // binary heap of all slots due in tick_ or before
  std::uint32_t near_count_ = 0;
  std::uint32_t wheel_count_ = 0;
  std::int64_t tick_ = 0;
};

}  // namespace bellrock::journey
