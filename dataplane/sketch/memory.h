// How one core's cells lie in memory: the key table, which both banks share, and each bank's cells and pages. The
// worker writes it (shard.h), the agent reads and clears sealed banks (bank_reader.h). All of it is zero at first.
//
//   keys: KeysHeader, CellKey[cells], std::uint32_t owned_pages[cells], std::uint32_t lookup[lookup_slots(cells)]
//   bank: PoolHeader, Cell[cells], Page[pages]
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/flow/cell.h"
#include "dataplane/sketch/mapping.h"

namespace bellrock::sketch {

struct ShardMemory {
  std::span<std::byte> keys;                  // Shard::keys_bytes, 64-byte aligned
  std::array<std::span<std::byte>, 2> banks;  // Shard::bank_bytes each, 64-byte aligned
};

// Counts of the buckets of one octave.
struct Page {
  std::array<std::uint32_t, kBucketsPerOctave> counts;
};
static_assert(sizeof(Page) == 256);

inline constexpr std::uint32_t kInlineMax = 32;           // values that a cell holds without pages
inline constexpr std::uint32_t kPooledPagesMax = 65'535;  // of one bank: page numbers in a directory have 16 bits

// Slots of the first `inline_count` values, or a page number for each octave (from 1; 0: no value in it).
struct alignas(64) Places {
  std::array<std::uint16_t, kInlineMax> at;
};
enum class Tier : std::uint8_t { kInline, kDirectory };

// A count, and a histogram of what was measured. n is the sum of all buckets, or nothing was measured.
struct alignas(64) Cell {
  std::uint64_t n;
  std::uint64_t sum_ns, min_ns, max_ns;  // of what was measured; of kinds that add up the sum alone
  std::uint64_t zero, overflow;          // values outside the buckets' range
  std::uint32_t octaves;                 // of a cell with own pages: bit per page in use; `places` is unused then
  std::uint8_t inline_count;
  Tier tier;
  std::uint16_t reserved0;
  std::uint64_t reserved1;
  Places places;
};
static_assert(sizeof(Cell) == 128 && kInlineMax == kOctaves);

struct KeysHeader {
  std::uint64_t used;         // cells that have a key; they are numbered in the order of their arrival
  std::uint64_t owned_pages;  // pages at the start of each bank that belong to reserved cells
  std::uint64_t reserved[6];
};
struct PoolHeader {
  std::uint64_t used;  // pages given away, behind the owned ones
  std::uint64_t reserved[7];
};

constexpr std::size_t lookup_slots(std::uint32_t cells) { return std::bit_ceil(std::size_t{cells} * 2 + 2); }

// Where the parts begin. Offsets depend on nothing but the two sizes.
struct KeysView {
  KeysHeader* header;
  std::span<CellKey> keys;
  std::span<std::uint32_t> owned;   // 1 + the first of the cell's 32 own pages; 0: it has none
  std::span<std::uint32_t> lookup;  // open addressing, 1 + cell; 0: free
};
struct BankView {
  PoolHeader* pool;
  std::span<Cell> cells;
  std::span<Page> pages;
};
std::size_t keys_bytes(std::uint32_t cells);
std::size_t bank_bytes(std::uint32_t cells, std::uint32_t pages);
KeysView view_keys(std::span<std::byte> memory, std::uint32_t cells);
BankView view_bank(std::span<std::byte> memory, std::uint32_t cells, std::uint32_t pages);

}  // namespace bellrock::sketch
