#include "dataplane/sketch/shard.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/base/check.h"

namespace bellrock::sketch {

namespace {

struct KeyWords {
  std::uint64_t low, high;
};

KeyWords words_of(const CellKey& key) {
  KeyWords words;
  std::memcpy(&words, &key, sizeof words);
  return words;
}

// Keys are built from the configuration's ids, so nobody outside can choose them: a multiplicative hash is enough.
std::uint64_t hash_of(const CellKey& key) {
  const KeyWords words = words_of(key);
  const std::uint64_t mixed = (words.low ^ std::rotl(words.high * 0x9e3779b97f4a7c15, 32)) * 0xd6e8feb86659fd93;
  return mixed ^ (mixed >> 32);
}

bool same(const CellKey& a, const CellKey& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

constexpr std::uint32_t octave_of(std::uint32_t slot) { return slot / kBucketsPerOctave; }

}  // namespace

std::size_t Shard::keys_bytes(std::uint32_t cells) { return sketch::keys_bytes(cells); }
std::size_t Shard::bank_bytes(std::uint32_t cells, std::uint32_t pages) { return sketch::bank_bytes(cells, pages); }

Shard::Shard(const ShardMemory& memory, std::uint32_t cells, std::uint32_t pages, Journal& journal, Counters& counters)
    : journal_(journal),
      counters_(counters),
      keys_(view_keys(memory.keys, cells)),
      banks_{view_bank(memory.banks[0], cells, pages), view_bank(memory.banks[1], cells, pages)},
      bank_(banks_[0]) {
  CHECK(keys_.header->used <= cells && keys_.header->owned_pages <= pages);
  pooled_pages_ = std::min<std::uint64_t>(pages - keys_.header->owned_pages, kPooledPagesMax);
}

void Shard::set_active(unsigned bank) { bank_ = banks_[bank & 1]; }

std::uint32_t Shard::reserve(const CellKey& key) {
  const std::size_t at = lookup_of(key);
  if (keys_.lookup[at] != 0) return keys_.lookup[at] - 1;
  const std::uint32_t cell = insert(key, at);
  CHECK(cell != kNoCell);  // board::sizes_for leaves room for every reserved cell
  if (may_measure(key)) own_pages(cell);
  journal_.commit();
  return cell;
}

// Pooled pages lie behind the owned ones, so pages can be owned only while the pool is untouched.
void Shard::own_pages(std::uint32_t cell) {
  const std::uint64_t first = keys_.header->owned_pages;
  const bool untouched = banks_[0].pool->used == 0 && banks_[1].pool->used == 0;
  if (!untouched || first + kOctaves > bank_.pages.size()) return;
  journal_.set(keys_.owned[cell], static_cast<std::uint32_t>(first + 1));
  journal_.set<std::uint64_t>(keys_.header->owned_pages, first + kOctaves);
  pooled_pages_ = std::min<std::uint64_t>(bank_.pages.size() - keys_.header->owned_pages, kPooledPagesMax);
}

// Of what needs no pages: the key's own cell, or the overflow; kNoCell: there is neither.
std::uint32_t Shard::counting_cell(const CellKey& key) {
  counters_.add(EventCount::kRecorded);
  const std::uint32_t cell = find_or_insert(key);
  if (cell != kNoCell) return cell;
  counters_.add(EventCount::kSeriesOverflow);
  return overflow_of(key);
}

void Shard::count(const CellKey& key) {
  const std::uint32_t cell = counting_cell(key);
  if (cell == kNoCell) return reject();
  count_in(bank_.cells[cell]);
}

void Shard::sum(const CellKey& key, std::uint64_t amount) {
  const std::uint32_t cell = counting_cell(key);
  if (cell == kNoCell) return reject();
  journal_.add(bank_.cells[cell].sum_ns, amount);
  count_in(bank_.cells[cell]);
}

void Shard::sum_at(std::uint32_t cell, std::uint64_t amount) {
  counters_.add(EventCount::kRecorded);
  journal_.add(bank_.cells[cell].sum_ns, amount);
  count_in(bank_.cells[cell]);
}

void Shard::count_at(std::uint32_t cell) {
  counters_.add(EventCount::kRecorded);
  count_in(bank_.cells[cell]);
}

void Shard::add(const CellKey& key, Duration value) {
  counters_.add(EventCount::kRecorded);
  if (value < 0) return reject();
  const std::uint32_t cell = find_or_insert(key);
  if (cell != kNoCell && try_add(cell, value)) return;
  counters_.add(EventCount::kSeriesOverflow);
  const std::uint32_t overflow = overflow_of(key);
  if (overflow == kNoCell || overflow == cell || !try_add(overflow, value)) reject();
}

void Shard::add_at(std::uint32_t cell, Duration value) {
  counters_.add(EventCount::kRecorded);
  if (value < 0 || !try_add(cell, value)) reject();
}

// Where the key is, or the free slot where it belongs. At least half of the slots are free.
std::size_t Shard::lookup_of(const CellKey& key) const {
  const std::size_t mask = keys_.lookup.size() - 1;
  std::size_t at = hash_of(key) & mask;
  while (keys_.lookup[at] != 0 && !same(keys_.keys[keys_.lookup[at] - 1], key)) at = (at + 1) & mask;
  return at;
}

std::uint32_t Shard::find_or_insert(const CellKey& key) {
  const std::size_t at = lookup_of(key);
  return keys_.lookup[at] != 0 ? keys_.lookup[at] - 1 : insert(key, at);
}

std::uint32_t Shard::insert(const CellKey& key, std::size_t at) {
  const auto cell = static_cast<std::uint32_t>(keys_.header->used);
  if (cell >= keys_.keys.size()) return kNoCell;
  const KeyWords words = words_of(key);
  auto* to = reinterpret_cast<std::uint64_t*>(&keys_.keys[cell]);
  journal_.set(to[0], words.low);
  journal_.set(to[1], words.high);
  journal_.set(keys_.lookup[at], cell + 1);
  journal_.set<std::uint64_t>(keys_.header->used, cell + 1);
  return cell;
}

std::uint32_t Shard::overflow_of(const CellKey& key) const {
  CellKey overflow = key;
  overflow.scope = CellScope::kOverflow;
  overflow.values = {};
  const std::size_t at = lookup_of(overflow);
  return keys_.lookup[at] != 0 ? keys_.lookup[at] - 1 : kNoCell;
}

bool Shard::try_add(std::uint32_t number, Duration value) {
  Cell& cell = bank_.cells[number];
  const std::int32_t slot = slot_of(value);
  if (slot == kZeroSlot) {
    journal_.add(cell.zero, 1);
  } else if (slot == kOverflowSlot) {
    journal_.add(cell.overflow, 1);
  } else if (!place(cell, number, static_cast<std::uint32_t>(slot))) {
    return false;
  }
  add_totals(cell, static_cast<std::uint64_t>(value));
  return true;
}

void Shard::add_totals(Cell& cell, std::uint64_t value) {
  if (cell.n == 0 || value < cell.min_ns) journal_.set(cell.min_ns, value);
  if (cell.n == 0 || value > cell.max_ns) journal_.set(cell.max_ns, value);
  journal_.add(cell.sum_ns, value);
  journal_.add(cell.n, 1);
}

bool Shard::place(Cell& cell, std::uint32_t number, std::uint32_t slot) {
  const std::uint32_t owned = keys_.owned[number];
  if (owned != 0) return place_owned(cell, owned - 1, slot);
  if (cell.tier == Tier::kDirectory) return place_pooled(cell, slot);
  if (cell.inline_count == kInlineMax) return promote(cell, slot);
  journal_.set(cell.places.at[cell.inline_count], static_cast<std::uint16_t>(slot));
  journal_.add(cell.inline_count, 1);
  return true;
}

bool Shard::place_owned(Cell& cell, std::uint32_t first_page, std::uint32_t slot) {
  const std::uint32_t octave = octave_of(slot);
  if ((cell.octaves >> octave & 1) == 0) journal_.set(cell.octaves, cell.octaves | (1u << octave));
  return increment(bank_.pages[first_page + octave], slot);
}

bool Shard::place_pooled(Cell& cell, std::uint32_t slot) {
  std::uint16_t& page = cell.places.at[octave_of(slot)];
  if (page == 0) {
    if (bank_.pool->used >= pooled_pages_) return false;
    journal_.add(bank_.pool->used, 1);
    journal_.set(page, static_cast<std::uint16_t>(bank_.pool->used));
  }
  return increment(pooled_page(page), slot);
}

// Moves the inline values to pages and adds one more. The pages are filled before the tier changes.
bool Shard::promote(Cell& cell, std::uint32_t slot) {
  std::uint32_t octaves = 1u << octave_of(slot);
  for (const std::uint16_t held : cell.places.at) octaves |= 1u << octave_of(held);
  const auto needed = static_cast<std::uint64_t>(std::popcount(octaves));
  if (bank_.pool->used + needed > pooled_pages_) return false;
  Places directory{};
  auto next = static_cast<std::uint16_t>(bank_.pool->used);
  for (std::uint32_t octave = 0; octave < kOctaves; ++octave) {
    if (octaves >> octave & 1) directory.at[octave] = ++next;
  }
  journal_.set<std::uint64_t>(bank_.pool->used, next);
  for (const std::uint16_t held : cell.places.at) increment(pooled_page(directory.at[octave_of(held)]), held);
  increment(pooled_page(directory.at[octave_of(slot)]), slot);
  journal_.set_record(cell.places, directory);
  journal_.set(cell.inline_count, std::uint8_t{0});
  journal_.set(cell.tier, Tier::kDirectory);
  return true;
}

// False: 2^32 - 1 values are in this bucket; a window would have to last an hour at a million values a second.
bool Shard::increment(Page& page, std::uint32_t slot) {
  std::uint32_t& count = page.counts[slot % kBucketsPerOctave];
  if (count == ~std::uint32_t{0}) return false;
  journal_.add(count, 1);
  return true;
}

}  // namespace bellrock::sketch
