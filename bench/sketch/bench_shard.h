// A shard with all that it stands on, in ordinary memory.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "dataplane/base/check.h"
#include "dataplane/sketch/bank_reader.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::sketch {

class BenchShard {
 public:
  static constexpr std::uint32_t kCells = 4'096, kPages = 65'536;

  BenchShard() {
    const std::size_t keys = keys_bytes(kCells), bank = bank_bytes(kCells, kPages);
    bytes_ = (keys + 2 * bank + 4'095) / 4'096 * 4'096;
    memory_ = static_cast<std::byte*>(std::aligned_alloc(4'096, bytes_));
    std::fill_n(memory_, bytes_, std::byte{0});
    const std::span<std::byte> all(memory_, bytes_);
    shard_memory_ = {all.first(keys), {all.subspan(keys, bank), all.subspan(keys + bank, bank)}};
    journal_ = std::make_unique<Journal>(memory_, bytes_, record_.get());
    shard_ = std::make_unique<Shard>(shard_memory_, kCells, kPages, *journal_, *counters_);
  }
  BenchShard(const BenchShard&) = delete;
  BenchShard& operator=(const BenchShard&) = delete;
  ~BenchShard() { std::free(memory_); }
  void commit() {
    counters_->take_each([](CounterId, std::uint64_t) {});
    journal_->commit();
  }
  [[nodiscard]] std::uint64_t total() const {
    const BankReader reader(shard_memory_, kCells, kPages);
    CellCounts counts;
    std::uint64_t n = 0;
    for (std::uint32_t cell = 0; cell < reader.used(); ++cell) {
      const auto read = reader.read(0, cell, counts);
      CHECK(read.ok());
      n += *read ? counts.n : 0;
    }
    return n;
  }
  Shard* operator->() { return shard_.get(); }

 private:
  std::size_t bytes_ = 0;
  std::byte* memory_ = nullptr;
  ShardMemory shard_memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Shard> shard_;
};

}  // namespace bellrock::sketch
