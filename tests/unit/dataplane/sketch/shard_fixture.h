// A shard on plain memory, as the board would give it, and what its banks hold as comparable values.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "dataplane/sketch/bank_reader.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::sketch {

inline CellKey key_of(unsigned journey, CellKind kind, CellScope scope = CellScope::kTotal, unsigned value = 0) {
  CellKey key{.journey = JourneyId(journey), .kind = kind, .scope = scope};
  if (scope == CellScope::kDimensioned) {
    key.values[0] = static_cast<std::uint8_t>(value % 250 + 1);
    key.values[1] = static_cast<std::uint8_t>(value / 250);
  }
  return key;
}

// One series, added up over banks and cores; merging is integer addition, so that grouping cannot matter.
struct Totals {
  std::uint64_t n = 0, sum = 0, min = 0, max = 0, zero = 0, overflow = 0;
  std::map<std::int32_t, std::uint64_t> buckets;

  void merge(const CellCounts& counts) {
    if (counts.measured) {
      const bool first = buckets.empty() && zero == 0 && overflow == 0;
      min = first ? counts.min_ns : std::min(min, counts.min_ns);
      max = first ? counts.max_ns : std::max(max, counts.max_ns);
    }
    n += counts.n;
    sum += counts.sum_ns;
    zero += counts.zero;
    overflow += counts.overflow;
    for (const auto& [index, count] : counts.buckets) buckets[index] += count;
  }
  friend bool operator==(const Totals&, const Totals&) = default;
};
using AllTotals = std::map<CellKey, Totals>;

class TestShard {
 public:
  TestShard(std::uint32_t cells, std::uint32_t pages)
      : cells_(cells),
        pages_(pages),
        bytes_(total(cells, pages)),
        region_(new (std::align_val_t(64)) std::byte[bytes_]) {
    std::memset(region_, 0, bytes_);
    reopen();
  }
  TestShard(const TestShard&) = delete;
  TestShard& operator=(const TestShard&) = delete;
  ~TestShard() { ::operator delete[](region_, std::align_val_t(64)); }

  // As a process that attaches to the same memory.
  void reopen() {
    journal_ = std::make_unique<Journal>(region_, bytes_, record_.get());
    counters_ = std::make_unique<Counters>();
    shard_ = std::make_unique<Shard>(memory(), cells_, pages_, *journal_, *counters_);
  }

  ShardMemory memory() {
    const std::size_t keys = sketch::keys_bytes(cells_), bank = sketch::bank_bytes(cells_, pages_);
    const std::span<std::byte> all(region_, bytes_);
    return {all.first(keys), {all.subspan(keys, bank), all.subspan(keys + bank, bank)}};
  }
  std::span<std::byte> region() { return {region_, bytes_}; }
  JournalRecord& record() { return *record_; }
  Journal& journal() { return *journal_; }
  Counters& counters() { return *counters_; }
  Shard& operator*() { return *shard_; }
  Shard* operator->() { return shard_.get(); }
  BankReader reader() { return {memory(), cells_, pages_}; }

  void totals_of(unsigned bank, AllTotals& into) {
    const BankReader banks = reader();
    CellCounts counts;
    for (std::uint32_t cell = 0; cell < banks.used(); ++cell) {
      const Result<bool> read = banks.read(bank, cell, counts);
      CHECK(read.ok());
      if (*read) into[counts.key].merge(counts);
    }
  }
  AllTotals totals(unsigned bank = 0) {
    AllTotals all;
    totals_of(bank, all);
    return all;
  }

 private:
  static std::size_t total(std::uint32_t cells, std::uint32_t pages) {
    return sketch::keys_bytes(cells) + 2 * sketch::bank_bytes(cells, pages);
  }

  std::uint32_t cells_, pages_;
  std::size_t bytes_;
  std::byte* region_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Counters> counters_;
  std::unique_ptr<Shard> shard_;
};

}  // namespace bellrock::sketch
