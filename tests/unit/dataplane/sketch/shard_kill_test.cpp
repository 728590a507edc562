#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/sketch/shard_fixture.h"

namespace bellrock::sketch {
namespace {

// A kill can fall between any two stores. Since stores become visible in program order, the memory is then what the
// first k stores of the event made of it. The record has every store's place and old value, so all of these states can
// be built from the final one by taking stores back one at a time, and each of them must roll back to the state before
// the event.
class KilledShard : public testing::Test {
 protected:
  using Memory = std::vector<std::byte>;
  static Memory copy(std::span<std::byte> from) { return {from.begin(), from.end()}; }

  // Puts the k-th last store back by hand, leaving the record as it was when that store was about to happen: its entry
  // written and counted, the word not yet changed; or before the entry was counted.
  void check_all_kills(TestShard& shard, const Memory& before) {
    const Memory after = copy(shard.region());
    const auto record = std::make_unique<JournalRecord>(shard.record());
    Memory at_kill = after;
    for (std::uint64_t stores = record->count;; --stores) {
      for (const std::uint64_t counted : {stores, stores + 1}) {
        if (counted > record->count) continue;
        std::copy(at_kill.begin(), at_kill.end(), shard.region().begin());
        shard.record() = *record;
        shard.record().count = counted;
        Journal recovery(shard.region().data(), shard.region().size(), &shard.record());
        ASSERT_TRUE(recovery.roll_back());
        ASSERT_TRUE(std::equal(before.begin(), before.end(), shard.region().begin())) << stores << " of " << counted;
      }
      if (stores == 0) break;
      const JournalEntry& entry = record->entries[stores - 1];
      std::memcpy(at_kill.data() + entry.offset, &entry.before, 8);
    }
    std::copy(after.begin(), after.end(), shard.region().begin());
    shard.record() = *record;
  }
};

TEST_F(KilledShard, IsAsBeforeTheEventWhereverTheKillFalls) {
  TestShard shard(12, 3 * kOctaves + 24);
  const std::uint32_t total = shard->reserve(key_of(0, CellKind::kOutcome));
  shard->reserve(key_of(0, CellKind::kOutcome, CellScope::kOverflow));
  const std::uint32_t starts = shard->reserve(key_of(0, CellKind::kStart));
  std::mt19937_64 random(3);
  for (int event = 0; event < 400; ++event) {
    const Memory before = copy(shard.region());
    const Duration value = static_cast<Duration>(random() % (1ull << (8 + random() % 36)));
    shard->count_at(starts);
    shard->add_at(total, value);
    shard->add(key_of(0, CellKind::kOutcome, CellScope::kDimensioned, static_cast<unsigned>(random() % 12)), value);
    ASSERT_NO_FATAL_FAILURE(check_all_kills(shard, before));
    shard.journal().commit();
  }
}

// What is there after a kill and a roll-back is whole: every cell's buckets add up to its n (`totals` refuses others).
TEST_F(KilledShard, BucketsAddUpAfterEveryKillAndCountsGoOn) {
  TestShard shard(12, 2 * kOctaves + 16);
  std::mt19937_64 random(4);
  std::uint64_t committed = 0;
  for (int round = 0; round < 500; ++round) {
    const std::uint32_t total = shard->reserve(key_of(0, CellKind::kOutcome));
    shard->reserve(key_of(0, CellKind::kOutcome, CellScope::kOverflow));
    for (std::uint64_t events = random() % 5; events-- > 0; ++committed) {
      shard->add_at(total, static_cast<Duration>(random() % kHour));
      shard->add(key_of(0, CellKind::kOutcome, CellScope::kDimensioned, static_cast<unsigned>(random() % 20)), 7);
      shard.journal().commit();
    }
    shard->add_at(total, static_cast<Duration>(random() % kHour));  // killed before its commit
    shard->add(key_of(0, CellKind::kOutcome, CellScope::kDimensioned, static_cast<unsigned>(random() % 20)), 7);
    ASSERT_TRUE(Journal(shard.region().data(), shard.region().size(), &shard.record()).roll_back());
    shard.reopen();
    std::uint64_t sum = 0;
    const AllTotals all = shard.totals();
    for (const auto& [key, totals] : all) sum += totals.n;
    ASSERT_EQ(sum, 2 * committed);
  }
}

// The agent may be killed while it clears: it clears again.
TEST_F(KilledShard, AClearThatWasCutOffIsFinishedByTheNext) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 200; ++round) {
    TestShard shard(24, 2 * kOctaves + 64);
    const std::uint32_t total = shard->reserve(key_of(0, CellKind::kOutcome));
    for (int i = 0; i < 300; ++i) {
      shard->add_at(total, static_cast<Duration>(random() % kMinute));
      shard->add(key_of(0, CellKind::kOutcome, CellScope::kDimensioned, static_cast<unsigned>(random() % 9)), i);
      shard.journal().commit();
    }
    // Clears pages and cells up to a random point, in the order in which `clear` does.
    const std::span<std::byte> bank = shard.memory().banks[0];
    const Memory full = copy(bank);
    shard.reader().clear(0);
    BankView view = view_bank(bank, 24, 2 * kOctaves + 64);
    const std::size_t pages_at =
        static_cast<std::size_t>(reinterpret_cast<std::byte*>(view.pages.data()) - bank.data());
    const std::size_t cut = random() % (bank.size() - 64);
    // Pages are the last part of a bank but are cleared first.
    const std::size_t pages_cut = std::min(cut, bank.size() - pages_at);
    std::copy(full.begin(), full.end(), bank.begin());
    std::fill_n(bank.begin() + static_cast<std::ptrdiff_t>(pages_at), pages_cut, std::byte{0});
    const std::size_t cells_cut = (cut - pages_cut) / sizeof(Cell) * sizeof(Cell);
    std::fill_n(bank.begin() + sizeof(PoolHeader), std::min(cells_cut, pages_at - sizeof(PoolHeader)), std::byte{0});
    shard.reader().clear(0);
    ASSERT_TRUE(std::all_of(bank.begin(), bank.end(), [](std::byte b) { return b == std::byte{0}; }));
  }
}

}  // namespace
}  // namespace bellrock::sketch
