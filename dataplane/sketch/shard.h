// One core's cells: counts and latency sketches by key, in the active one of two banks. Called by the owning worker
// only. Every store goes through the journal; nothing is allocated. Bounds: cells, and pages per bank.
//
// A series that finds no cell, or whose cell finds no page, is counted in the overflow cell of the same journey, kind,
// item and detail, so totals stay right whatever the cardinality is. Reserved cells (totals and overflow, reserved
// before anything is counted) always have room: 32 pages of their own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/page_sight.h"
#include "dataplane/sketch/memory.h"

namespace bellrock::sketch {

// Whether a cell under this key may ever hold measured values; the others need no pages.
constexpr bool may_measure(const CellKey& key);

class Shard {
 public:
  // The journal needs room for this many words for each `count` and `add`.
  static constexpr std::size_t kJournalWordsMax = 64;

  static std::size_t keys_bytes(std::uint32_t cells);
  static std::size_t bank_bytes(std::uint32_t cells, std::uint32_t pages);

  Shard(const ShardMemory& memory, std::uint32_t cells, std::uint32_t pages, Journal& journal, Counters& counters);

  // The cell of a key that is there as long as the board. At start only: it commits the journal. After a restart the
  // same key has the same cell.
  std::uint32_t reserve(const CellKey& key);

  void count(const CellKey& key);                      // n += 1, not measured
  void add(const CellKey& key, Duration value);        // n += 1, and the value; a negative one is rejected
  void sum(const CellKey& key, std::uint64_t amount);  // n += 1, and the sum; of kinds that add up
  void count_at(std::uint32_t cell);                   // of reserved cells
  void add_at(std::uint32_t cell, Duration value);
  void sum_at(std::uint32_t cell, std::uint64_t amount);

  void set_active(unsigned bank);
  // Few pages are left in the active bank: time to seal it early.
  [[nodiscard]] bool pages_low() const { return bank_.pool->used > pooled_pages_ - pooled_pages_ / 8; }

 private:
  static constexpr std::uint32_t kNoCell = ~std::uint32_t{0};

  [[nodiscard]] std::size_t lookup_of(const CellKey& key) const;
  std::uint32_t find_or_insert(const CellKey& key);
  std::uint32_t insert(const CellKey& key, std::size_t at);
  [[nodiscard]] std::uint32_t overflow_of(const CellKey& key) const;
  std::uint32_t counting_cell(const CellKey& key);
  void own_pages(std::uint32_t cell);
  void count_in(Cell& cell) { journal_.add(cell.n, 1); }
  bool try_add(std::uint32_t number, Duration value);
  bool place(Cell& cell, std::uint32_t number, std::uint32_t slot);
  bool place_owned(Cell& cell, std::uint32_t first_page, std::uint32_t slot);
  bool place_pooled(Cell& cell, std::uint32_t slot);
  bool promote(Cell& cell, std::uint32_t slot);
  bool increment(Page& page, std::uint32_t slot);
  void add_totals(Cell& cell, std::uint64_t value);
  void reject() { counters_.add(EventCount::kValueRejected); }
  Page& pooled_page(std::uint16_t number) { return bank_.pages[keys_.header->owned_pages + number - 1]; }

  Journal& journal_;
  Counters& counters_;
  KeysView keys_;
  std::array<BankView, 2> banks_;
  BankView bank_;
  std::uint64_t pooled_pages_ = 0;  // of each bank
};

constexpr bool may_measure(const CellKey& key) {
  if (only_counts(key.kind) || adds_up(key.kind)) return false;
  if (key.kind == CellKind::kSplit) return is_measured(static_cast<SplitItem>(key.item));
  if (key.kind != CellKind::kObjective) return true;
  return key.detail == static_cast<std::uint8_t>(Verdict::kGood) ||
         key.detail == static_cast<std::uint8_t>(Verdict::kBad);
}

}  // namespace bellrock::sketch
