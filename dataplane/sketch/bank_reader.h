// Reads and clears one core's sealed banks. Called by the agent, or by replay, between "sealed" and "drained". The
// writer of the memory reads hostile bytes, so nothing found there is trusted: each word is read once and compared with
// a bound before it is used. Never touches memory outside the spans it was given.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/sketch/memory.h"

namespace bellrock::sketch {

// What one cell of a sealed bank holds.
struct CellCounts {
  CellKey key;
  std::uint64_t n = 0, sum_ns = 0, min_ns = 0, max_ns = 0, zero = 0, overflow = 0;
  std::vector<std::pair<std::int32_t, std::uint64_t>> buckets;  // (index, count), ascending, no zeros
  bool measured = false;                                        // else everything but n is 0
};

class BankReader {
 public:
  BankReader(const ShardMemory& memory, std::uint32_t cells, std::uint32_t pages);

  // Cells that may hold something: [0, used()).
  [[nodiscard]] std::uint32_t used() const;
  [[nodiscard]] bool any(unsigned bank) const;  // a count is in this bank

  // True: `out` has what the cell holds. False: nothing. Error: the cell is damaged; its number is the detail.
  Result<bool> read(unsigned bank, std::uint32_t cell, CellCounts& out) const;

  // Makes the bank as it was at first. May be repeated after it was cut off anywhere.
  void clear(unsigned bank);

 private:
  bool read_inline(const Cell& cell, CellCounts& out) const;
  bool read_pages(const BankView& bank, const Cell& cell, std::uint32_t number, CellCounts& out) const;
  void clear_owned(const BankView& bank, const Cell& cell, std::uint32_t number);
  [[nodiscard]] std::uint64_t owned_pages() const;
  [[nodiscard]] std::uint64_t page_of(const Cell& cell, std::uint32_t owned, std::uint32_t octave) const;

  KeysView keys_;
  std::array<BankView, 2> banks_;
};

}  // namespace bellrock::sketch
