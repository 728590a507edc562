// Numbered beacons that said something of a page, whether or not their visitors have a record: one that comes twice
// counts once, also where a record began or was forgotten in between. (What else a visitor's beacons say is known by
// the numbers in his record: page_views.h.) Marks of the last ones of a core, on the board, changed through the journal
// only; owned by the owner core. Never allocates; all zero is empty.
//
// A beacon is known by 64 bits of a mix of its visitor's key, which nobody outside of the process can know, its page
// view and its number. A set that is full gives up one of its marks, so that how long one is known is a matter of
// chance: of the last kRoom / 2 nearly all are. Not moved to a board with another number of cores.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/journal.h"
#include "dataplane/flow/event_extras.h"

namespace bellrock::journey {

class SeenBeacons {
 public:
  using Set = std::array<std::uint64_t, 8>;  // one cache line
  static constexpr std::size_t kWays = std::tuple_size_v<Set>;
  static constexpr std::uint32_t kRoom = 32'768;
  // Of 64-byte-aligned memory, for whole sets.
  static constexpr std::size_t bytes_needed(std::uint32_t room) { return room / kWays * sizeof(Set); }

  SeenBeacons(std::span<std::byte> memory, Journal& journal)
      : sets_(reinterpret_cast<Set*>(memory.data()), memory.size() / sizeof(Set)), journal_(journal) {}
  [[nodiscard]] bool on() const { return !sets_.empty(); }

  // False: it has been here. Journals a word at most.
  bool see(const VisitorKey& visitor, std::uint32_t page_view, std::uint32_t number);

 private:
  [[nodiscard]] static std::uint64_t mark_of(const SessionKey& key, std::uint32_t page_view, std::uint32_t number);
  [[nodiscard]] Set& set_of(std::uint64_t mark) const { return sets_[(mark >> 32) % sets_.size()]; }

  std::span<Set> sets_;
  Journal& journal_;
};

}  // namespace bellrock::journey
