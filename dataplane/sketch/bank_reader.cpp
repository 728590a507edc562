#include "dataplane/sketch/bank_reader.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <type_traits>

namespace bellrock::sketch {

namespace {

__extension__ using Wide = unsigned __int128;  // hostile sums must not wrap

constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

// Reads each word exactly once: the other process may change it at any time.
template <typename T>
T load(const T& from) {
  static_assert(sizeof(T) % 4 == 0 && alignof(T) >= 4);
  using Word = std::conditional_t<sizeof(T) % 8 == 0 && alignof(T) >= 8, std::uint64_t, std::uint32_t>;
  T copy;
  auto* words = reinterpret_cast<Word*>(const_cast<T*>(&from));
  for (std::size_t i = 0; i < sizeof(T) / sizeof(Word); ++i) {
    const Word word = std::atomic_ref(words[i]).load(std::memory_order_relaxed);
    std::memcpy(reinterpret_cast<std::byte*>(&copy) + i * sizeof(Word), &word, sizeof word);
  }
  return copy;
}

bool is_zero(const Cell& cell) {
  static constexpr Cell kZero{};
  return std::memcmp(&cell, &kZero, sizeof cell) == 0;
}

// The sums of a measured cell belong to its values; those of a cell that only counts are 0, but for one that adds up
// what it counts.
bool plausible(const CellCounts& counts) {
  if (adds_up(counts.key.kind)) {
    return !counts.measured && counts.min_ns == 0 && counts.max_ns == 0 && counts.sum_ns <= Wide{counts.n} * kAmountMax;
  }
  if (!counts.measured) return counts.sum_ns == 0 && counts.min_ns == 0 && counts.max_ns == 0;
  return counts.min_ns <= counts.max_ns && Wide{counts.n} * counts.min_ns <= counts.sum_ns &&
         counts.sum_ns <= Wide{counts.n} * counts.max_ns;
}

}  // namespace

BankReader::BankReader(const ShardMemory& memory, std::uint32_t cells, std::uint32_t pages)
    : keys_(view_keys(memory.keys, cells)),
      banks_{view_bank(memory.banks[0], cells, pages), view_bank(memory.banks[1], cells, pages)} {}

std::uint32_t BankReader::used() const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(load(keys_.header->used), keys_.keys.size()));
}

bool BankReader::any(unsigned bank) const {
  const auto& cells = banks_[bank].cells;
  return std::any_of(cells.begin(), cells.begin() + used(), [](const Cell& cell) { return load(cell.n) != 0; });
}

std::uint64_t BankReader::owned_pages() const {
  return std::min<std::uint64_t>(load(keys_.header->owned_pages), banks_[0].pages.size());
}

// The page of a cell's octave: kNoPage when it has none, or past the end when the cell is damaged.
std::uint64_t BankReader::page_of(const Cell& cell, std::uint32_t owned, std::uint32_t octave) const {
  if (owned != 0) return (cell.octaves >> octave & 1) ? std::uint64_t{owned} - 1 + octave : kNoPage;
  const std::uint16_t number = cell.places.at[octave];
  return number == 0 ? kNoPage : owned_pages() + number - 1;
}

Result<bool> BankReader::read(unsigned bank, std::uint32_t number, CellCounts& out) const {
  const Cell cell = load(banks_[bank].cells[number]);
  if (cell.n == 0) return false;
  out.key = std::bit_cast<CellKey>(load(reinterpret_cast<const std::array<std::uint32_t, 4>&>(keys_.keys[number])));
  out.n = cell.n;
  out.sum_ns = cell.sum_ns;
  out.min_ns = cell.min_ns;
  out.max_ns = cell.max_ns;
  out.zero = cell.zero;
  out.overflow = cell.overflow;
  out.buckets.clear();
  const bool inside = load(keys_.owned[number]) == 0 && cell.tier == Tier::kInline
                          ? read_inline(cell, out)
                          : read_pages(banks_[bank], cell, number, out);
  Wide sum = out.zero;
  sum += out.overflow;
  for (const auto& [index, count] : out.buckets) sum += count;
  out.measured = sum != 0;
  if (!inside || (out.measured && sum != out.n) || !plausible(out)) return Failure{Error{"damaged cell", number}};
  return true;
}

bool BankReader::read_inline(const Cell& cell, CellCounts& out) const {
  if (cell.inline_count > kInlineMax) return false;
  Places sorted = cell.places;
  const auto end = sorted.at.begin() + cell.inline_count;
  std::sort(sorted.at.begin(), end);
  for (auto at = sorted.at.begin(); at != end; ++at) {
    if (*at >= kSlots) return false;
    const std::int32_t index = index_of_slot(*at);
    if (!out.buckets.empty() && out.buckets.back().first == index) {
      ++out.buckets.back().second;
    } else {
      out.buckets.emplace_back(index, 1);
    }
  }
  return true;
}

bool BankReader::read_pages(const BankView& bank, const Cell& cell, std::uint32_t number, CellCounts& out) const {
  const std::uint32_t owned = load(keys_.owned[number]);
  for (std::uint32_t octave = 0; octave < kOctaves; ++octave) {
    const std::uint64_t page = page_of(cell, owned, octave);
    if (page == kNoPage) continue;
    if (page >= bank.pages.size()) return false;
    const auto first = static_cast<std::int32_t>(octave) * kBucketsPerOctave;
    for (std::int32_t i = 0; i < kBucketsPerOctave; ++i) {
      const std::uint32_t count = load(bank.pages[page].counts[static_cast<std::size_t>(i)]);
      if (count != 0) out.buckets.emplace_back(index_of_slot(first + i), count);
    }
  }
  return true;
}

// Pages before what leads to them: a clear that was cut off finds them again.
void BankReader::clear(unsigned number) {
  const BankView& bank = banks_[number];
  const std::uint64_t owned = owned_pages();
  const std::uint64_t pooled = std::min<std::uint64_t>(load(bank.pool->used), bank.pages.size() - owned);
  if (pooled != 0) std::memset(&bank.pages[owned], 0, pooled * sizeof(Page));
  for (std::uint32_t i = 0; i < used(); ++i) {
    const Cell cell = load(bank.cells[i]);
    if (is_zero(cell)) continue;
    clear_owned(bank, cell, i);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::memset(static_cast<void*>(&bank.cells[i]), 0, sizeof(Cell));
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(bank.pool->used).store(0, std::memory_order_release);
}

void BankReader::clear_owned(const BankView& bank, const Cell& cell, std::uint32_t number) {
  const std::uint32_t owned = load(keys_.owned[number]);
  for (std::uint32_t octave = 0; owned != 0 && octave < kOctaves; ++octave) {
    const std::uint64_t page = page_of(cell, owned, octave);
    if (page < bank.pages.size()) std::memset(&bank.pages[page], 0, sizeof(Page));
  }
}

}  // namespace bellrock::sketch
