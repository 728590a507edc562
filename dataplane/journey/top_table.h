// The values of one open-ended dimension on one core of the board: those that were seen, how often, and which are told
// apart. Written by the owner core (top_values.h), read by whoever gives the counts their names.
//
// The text of an entry changes only while no count and no attempt can mean the old one, so that an entry's number means
// one text wherever it is found.
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
  std::uint64_t used = 0;  // entries from here on have never been used
  Instant halved;          // when counts were halved last
  std::array<TopEntry, kDimensionValuesMax> entries{};
};
static_assert(sizeof(TopTable) % 64 == 0);

// Text that may be a value: short, visible, and not the name of all the others.
bool is_top_text(std::string_view text);

// The text that entry `value` (from 1) of a table that somebody else writes has; empty: it has none.
std::string_view read_top_text(const TopTable& table, std::uint8_t value, TopEntry& copy);

}  // namespace bellrock::journey
