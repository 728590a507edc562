// Events that are held back for a while before the tracker sees them, so that beacons which overtook each other on
// their way go back into their order (`reorder_wait` of an Identity). On the board, one for each owner core, used by
// its worker only and changed through its journal: what is held survives the process. Never allocates. All zero is
// empty.
//
// Each message has a place, and leaves in the order of places: that of arrival, or of time where several producers
// share no other order. When a numbered beacon comes and later numbers of its visitor's page view are held, the places
// stay and the beacons change them: the lowest number takes the earliest place and stands at the time of that arrival,
// the next one at the next. So as many messages arrive at each moment as did, and any order of arrival within the wait
// gives the same events at the same times. Page views are not put in order, and neither is what has no number.
//
// Every event of a core is held equally long, for the longest wait of all identities: a core has one time, which lags
// by that much. A beacon takes places of its own identity's wait only.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/flow/event.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// Of all identities; 0: no event is held.
Duration longest_reorder_wait(const Definition& definition);

class HeldEvents {
 public:
  // Of 64-byte-aligned memory for this many events, all zero at first.
  static constexpr std::size_t bytes_needed(std::uint32_t events) {
    return sizeof(Header) + events * (sizeof(Slot) + sizeof(Place)) + bucket_count(events) * sizeof(Index);
  }
  // How many wait in such memory, as whoever wrote it says.
  static std::uint32_t count_in(std::span<const std::byte> memory);

  // Goes on with what it finds. `events` may be 0 where nothing is to be held.
  HeldEvents(const Definition& definition, std::span<std::byte> memory, std::uint32_t events, Journal& journal);

  // Places in the order of time, whatever the order of arrival. Before the first event.
  void order_by_time() { by_time_ = true; }

  [[nodiscard]] bool on() const { return wait_ > 0; }
  [[nodiscard]] Duration wait() const { return wait_; }
  [[nodiscard]] bool empty() const { return header_->count == 0; }
  [[nodiscard]] bool full() const { return header_->count == slots_.size(); }

  // The first has waited: at `now` nothing can come any more that belongs before it.
  [[nodiscard]] bool due(Instant now) const { return !empty() && now - place(header_->first).time > wait_; }
  // The first is of a time that a clock had before it was set back.
  [[nodiscard]] bool ahead_of(Instant now) const { return !empty() && place(header_->first).time - now > wait_; }

  // Needs !full(), and everything that was popped to be committed: the memory of what is free is written without the
  // journal. Journals at most kWordsMax words. True: it was put before others that had come earlier.
  bool put(const Event& event);
  static constexpr std::size_t kWordsMax = 32 + 8 * kReorderStepsMax;

  // The first, at the time at which it stands; until `pop` or `put`. Needs !empty().
  const Event& first();
  void pop();

 private:
  using Index = std::uint32_t;  // 1 + index; 0: none

  struct Header {
    std::uint32_t count;
    Index first, last;  // places
    Index latest;       // slot of the event that was put last, while it is held
    std::uint32_t places_used, slots_used;
    Index free_place, free_slot;
    std::array<std::uint64_t, 4> reserved;
  };
  static_assert(sizeof(Header) == 64);

  // When one message came, and which one stands there.
  struct Place {
    Instant time, edge_time;
    Index before = 0, after = 0;  // in the order in which they leave; `after` also in the list of free places
    Index older = 0, newer = 0;   // of those in order by number, in the same bucket
    Index slot = 0;
    std::uint32_t number = 0;
    std::uint32_t owner_hash = 0, page_view = 0;
    IdentityId identity;
    bool in_bucket = false;
    std::array<std::uint8_t, 6> reserved{};
  };
  static_assert(sizeof(Place) == 56);

  struct Slot {
    Index more;  // the next event of the same message, or the next free slot
    std::uint32_t reserved;
    Event event;
  };

  static constexpr std::size_t bucket_count(std::uint32_t events) {
    return events == 0 ? 0 : std::bit_ceil(std::size_t{events} * 2);
  }
  [[nodiscard]] const Place& place(Index i) const { return places_[i - 1]; }
  Place& place(Index i) { return places_[i - 1]; }
  Slot& slot(Index i) { return slots_[i - 1]; }
  Index& bucket_of(const Place& place);

  Index take_slot(const Event& event);
  Index take_place(const Place& content);
  bool continues_latest(const Event& event);
  void link(Index at);
  void link_in_bucket(Index at);
  void leave_bucket(Index at);
  bool sort(Index arrived);
  [[nodiscard]] bool same_page_view(Index a, Index b) const;
  [[nodiscard]] bool comes_after(Index a, Index b);
  void exchange(Index a, Index b);
  void release_place(Index at);

  Journal& journal_;
  Duration wait_;
  std::array<Duration, kIdentitiesMax> waits_{};
  bool by_time_ = false;
  Header* header_ = nullptr;
  std::span<Slot> slots_;
  std::span<Place> places_;
  std::span<Index> buckets_;
};

}  // namespace bellrock::journey
