// Where visitors click on pages: counts of a grid by page, device and kind, over a period (`clicks: {grid: …}` of a
// Site). On the board, two tables for each core. The worker counts into one of them, through its journal; at the
// period's end that table goes with the bank that is sealed, and the agent reads and clears it with that bank
// (board/banks.h). Never allocates. All zero is empty.
//
// A table holds so many different places of pages; clicks on more, and clicks that do not say where, are counted beside
// them by page, device and kind. So the sum of a table is the clicks that came to it, whatever they said.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::journey {

inline constexpr std::size_t kClickGroups = (1 + kClickPagesMax) * kDeviceNames.size() * kClickKinds;

// Clicks of one page, device and kind that have no place in the table.
struct ClickRest {
  std::uint32_t unplaced = 0;  // did not say where they were
  std::uint32_t no_room = 0;   // the table was full
};

// A place of a page, device and kind: key 0 is free.
struct ClickSlot {
  std::uint32_t key = 0;
  std::uint32_t n = 0;
};

struct alignas(64) ClickTable {
  std::uint64_t clicks = 0;    // in all: slots and rest
  std::uint64_t recorded = 0;  // of these, in the counter of what was recorded
  std::uint64_t used = 0;      // slots
  std::uint64_t reserved[5] = {};
  std::array<ClickRest, kClickGroups> rest{};
};
static_assert(sizeof(ClickTable) % 64 == 0 && sizeof(ClickSlot) == 8);

constexpr std::size_t click_slots(std::uint32_t places) { return std::bit_ceil(2 * std::size_t{places}); }

// What a table says of one place, or of those without: `place` is kNoClickPlace then.
struct ClickCount {
  Click click;
  std::uint64_t n = 0;
  bool no_room = false;
};

class ClickMap {
 public:
  // Of both tables of a core, 64-byte aligned, for so many places each.
  static constexpr std::size_t bytes_needed(std::uint32_t places) {
    return 2 * (sizeof(ClickTable) + click_slots(places) * sizeof(ClickSlot));
  }

  // Goes on with what it finds. `places` may be 0 where nothing is to be counted.
  ClickMap(std::span<std::byte> memory, std::uint32_t places, Journal& journal);

  [[nodiscard]] bool on() const { return places_ != 0; }
  // Which of the two is counted into: as the active bank says.
  void enter(std::uint64_t table) { table_ = on() ? &table_at(table) : nullptr; }
  [[nodiscard]] bool empty() const { return !on() || table_->clicks == 0; }

  // Journals at most four words.
  void count(const Click& click);
  // How many clicks are in the table and not yet in the counter of what was recorded; they are from here on, so what
  // it returns has to be added there with the same commit.
  std::uint64_t take_unrecorded();

  // The table of another core or board, whose worker is gone. Without the journal: for a board that nobody has seen.
  void add_unseen(ClickMap& from, std::uint64_t from_table);

 private:
  [[nodiscard]] ClickTable& table_at(std::uint64_t table) const;
  [[nodiscard]] std::span<ClickSlot> slots() const;
  ClickSlot* slot_of(std::uint32_t key);
  void add(std::uint32_t key, std::uint32_t group, std::uint32_t n);

  std::span<std::byte> memory_;
  std::uint32_t places_;
  Journal& journal_;
  ClickTable* table_ = nullptr;
};

// The agent's side, between "sealed" and "drained". Reads each word once and believes nothing: what is no count of one
// of the first `pages` pages is left out. False: something was.
bool read_click_table(std::span<const std::byte> memory, std::uint32_t places, std::uint64_t table, std::size_t pages,
                      const std::function<void(const ClickCount&)>& on_count);
// May be repeated after it was cut off anywhere.
void clear_click_table(std::span<std::byte> memory, std::uint32_t places, std::uint64_t table);

}  // namespace bellrock::journey
