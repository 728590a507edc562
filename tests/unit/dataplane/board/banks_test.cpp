#include "dataplane/board/banks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "dataplane/sketch/bank_reader.h"
#include "dataplane/sketch/shard.h"
#include "tests/unit/dataplane/board/board_fixture.h"

namespace bellrock::board {
namespace {

// One core's worker, as far as counting goes.
struct Worker {
  explicit Worker(Board& board)
      : core(board.core(0)),
        journal(board.journal(0)),
        banks(core, journal),
        shard(core.shard, board.sizes().cells, board.sizes().pages, journal, counters),
        total(shard.reserve(CellKey{.journey = {}, .kind = CellKind::kOutcome})) {
    shard.set_active(banks.active());
  }
  void seal(std::int64_t next_window, std::vector<std::uint64_t> open = {}) {
    banks.seal(next_window, open);
    shard.set_active(banks.active());
  }
  CoreView core;
  Journal journal;
  Counters counters;
  Banks banks;
  sketch::Shard shard;
  std::uint32_t total;
};

class BanksTest : public testing::Test {
 protected:
  Board board_ = std::move(*Board::create_anonymous(small_spec(1)));
  BankDrain drain_{board_.core(0)};
};

TEST_F(BanksTest, TheTurnGoesFromSealedToDrained) {
  Worker worker(board_);
  worker.banks.start(100);
  EXPECT_EQ(worker.banks.active(), 0u);
  EXPECT_EQ(worker.banks.window(), 100);
  EXPECT_TRUE(worker.banks.may_seal());
  EXPECT_FALSE(worker.banks.asked());
  EXPECT_FALSE(drain_.waiting()->has_value());

  drain_.ask();
  EXPECT_TRUE(worker.banks.asked());
  worker.core.counters[5] = 42;
  worker.seal(101, {7, 8});
  EXPECT_FALSE(worker.banks.asked());
  EXPECT_EQ(worker.banks.active(), 1u);
  EXPECT_EQ(worker.banks.window(), 101);
  EXPECT_FALSE(worker.banks.may_seal());

  ASSERT_EQ(*drain_.waiting(), std::optional<std::uint64_t>(1));
  EXPECT_EQ(drain_.header(1).window, 100);
  EXPECT_EQ(drain_.header(1).epoch, 1u);
  EXPECT_EQ(drain_.header(1).open[1], 8u);
  EXPECT_EQ(drain_.header(1).counters[5], 42u);
  drain_.ask();  // not while one waits
  EXPECT_FALSE(worker.banks.asked());
  drain_.mark_drained(1);
  EXPECT_TRUE(worker.banks.may_seal());
  worker.seal(102, {});
  EXPECT_EQ(worker.banks.active(), 0u);
  EXPECT_EQ(drain_.header(*(*drain_.waiting())).window, 101);
}

TEST_F(BanksTest, EpochsThatContradictEachOtherAreAnError) {
  Worker worker(board_);
  worker.core.control.sealed.store(5);
  EXPECT_FALSE(drain_.waiting().ok());
  worker.core.control.sealed.store(0);
  worker.core.control.drained.store(3);
  EXPECT_FALSE(drain_.waiting().ok());
}

// Killed between the next window's name and the turn itself: the old bank is still the active one, with its window.
TEST_F(BanksTest, AKillBeforeTheTurnLeavesTheBankOpen) {
  {
    Worker worker(board_);
    worker.banks.start(100);
    worker.shard.add_at(worker.total, kSecond);
    worker.journal.commit();
    worker.seal(101, {1});
    worker.core.control.sealed.store(0);  // as if the last store had not happened
  }
  ASSERT_TRUE(board_.roll_back().ok());
  Worker next(board_);
  EXPECT_EQ(next.banks.active(), 0u);
  EXPECT_EQ(next.banks.window(), 100);
  EXPECT_FALSE(drain_.waiting()->has_value());
  next.seal(103, {2});
  EXPECT_EQ(next.banks.window(), 103);
  EXPECT_EQ(drain_.header(1).open[0], 2u);
}

// A worker counts and seals when asked; the agent reads and clears. Nothing is lost and nothing is counted twice.
// Under the thread sanitizer this shows that the two never touch the same word without an order.
TEST_F(BanksTest, WorkerAndAgentSideBySideLoseNothing) {
  std::atomic<bool> stop = false;
  std::uint64_t counted = 0, counted_sum = 0;
  std::thread worker_thread([&] {
    Worker worker(board_);
    worker.banks.start(1);
    std::mt19937_64 random(1);
    while (!stop.load(std::memory_order_relaxed)) {
      const auto value = static_cast<Duration>(random() % kSecond);
      worker.shard.add_at(worker.total, value);
      CellKey key{.journey = {}, .kind = CellKind::kOutcome, .scope = CellScope::kDimensioned};
      key.values[0] = static_cast<std::uint8_t>(random() % 20);
      worker.shard.add(key, value);
      worker.counters.take_each(
          [&](CounterId id, std::uint64_t by) { worker.journal.add(worker.core.counters[id], by); });
      worker.journal.commit();
      ++counted;
      counted_sum += static_cast<std::uint64_t>(value);
      if (worker.banks.asked() && worker.banks.may_seal()) worker.seal(worker.banks.window() + 1, {counted});
    }
    if (worker.banks.may_seal()) worker.seal(0, {counted});
  });
  sketch::BankReader reader(board_.core(0).shard, board_.sizes().cells, board_.sizes().pages);
  std::uint64_t harvested = 0, harvested_sum = 0, recorded = 0, rounds = 0;
  const auto harvest = [&] {
    const auto epoch = *drain_.waiting();
    if (!epoch) return false;
    sketch::CellCounts counts;
    for (std::uint32_t cell = 0; cell < reader.used(); ++cell) {
      const Result<bool> read = reader.read(BankDrain::bank_of(*epoch), cell, counts);
      EXPECT_TRUE(read.ok());
      if (!read.ok() || !*read) continue;
      harvested += counts.n;
      harvested_sum += counts.sum_ns;
    }
    recorded = drain_.header(*epoch).counters[counter::id(EventCount::kRecorded)];
    EXPECT_EQ(recorded, harvested);  // as of this seal, to the last value
    EXPECT_EQ(drain_.header(*epoch).open[0] * 2, harvested);
    reader.clear(BankDrain::bank_of(*epoch));
    drain_.mark_drained(*epoch);
    return true;
  };
  while (rounds < 100) {
    drain_.ask();
    rounds += harvest();
  }
  stop = true;
  worker_thread.join();
  while (harvest()) {
  }
  // The worker leaves its last bank open when the agent has not drained the other yet.
  Worker last(board_);
  last.seal(0, {counted});
  harvest();
  EXPECT_EQ(harvested, 2 * counted);
  EXPECT_EQ(harvested_sum, 2 * counted_sum);
}

}  // namespace
}  // namespace bellrock::board
