// The values of one open-ended dimension on one core of the board: those that were seen, how often, and which are told
// apart. Written by the owner core (top_values.h), read by whoever gives the counts their names.
//
// An attempt holds the number of an entry; what it comes to is counted under a seat, of which there are as many as
// values are told apart, so that there are never more cells than a configuration says. The text of an entry changes
// only while no count and no attempt can mean the old one, and a seat goes to another entry only while no count can
// mean the one before: both mean one text wherever they are found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace bellrock::journey {

enum class TopState : std::uint8_t { kUnused, kWatched, kToldApart };

struct TopEntry {
  std::uint64_t count = 0;  // times seen, and perhaps up to `error` too many
  std::uint64_t error = 0;
  Instant since;                // when it took over from another text; 0: it is the first
  std::uint64_t last_bank = 0;  // epoch of the last bank in which something was counted under it
  std::array<char, kTopTextBytesMax> text{};
  std::uint8_t size = 0;
  TopState state = TopState::kUnused;

  [[nodiscard]] std::string_view view() const { return {text.data(), size <= text.size() ? std::size_t{size} : 0}; }
};
static_assert(sizeof(TopEntry) == 72);

struct TopTable {
  std::uint64_t used = 0;                     // entries from here on have never been used
  std::uint64_t seats_used = 0;               // likewise
  Instant halved;                             // when counts were halved last
  std::array<std::uint8_t, kTopMax> seats{};  // the entry that has it, from 1, or had it last; none has two
  std::array<std::uint8_t, 20> reserved{};
  std::array<TopEntry, kDimensionValuesMax> entries{};
};
static_assert(sizeof(TopTable) % 64 == 0);

// Text that may be a value: short, visible, and not the name of all the others.
bool is_top_text(std::string_view text);

// The text that entry `value` (from 1) of a table that somebody else writes has; empty: it has none.
std::string_view read_top_text(const TopTable& table, std::uint8_t value, TopEntry& copy);
// The same of a seat (from 1).
std::string_view read_seat_text(const TopTable& table, std::uint8_t seat, TopEntry& copy);

}  // namespace bellrock::journey
