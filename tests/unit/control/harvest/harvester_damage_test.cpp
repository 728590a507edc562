#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "control/harvest/harvester.h"
#include "tests/unit/control/harvest/harvest_fixture.h"

namespace bellrock::harvest {
namespace {

// The edge reads hostile bytes; the agent must survive whatever a taken-over edge writes. Any word of anything that the
// harvester reads may hold anything: it never reads outside (the address sanitizer watches), and what it gives out is
// whole: names exist, and every histogram's buckets add up to its count or to nothing.
class DamagedBoard : public testing::Test {
 protected:
  void check(const control::DeltaFrame& frame) {
    std::uint64_t sum = 0;
    for (const auto& [start, series] : frame.windows) {
      ASSERT_EQ(start % 10, 0);
      for (const auto& [key, histogram] : series) {
        ASSERT_TRUE(key.journey == "checkout" || key.journey == "search");
        std::uint64_t measured = histogram.zero + histogram.overflow;
        for (const auto& [index, count] : histogram.buckets) measured += count;
        ASSERT_TRUE(measured == histogram.n || measured == 0);
        sum += histogram.n;
      }
    }
    ASSERT_EQ(sum, frame.recorded);
  }
};

TEST_F(DamagedBoard, NoWordOfItCanLeadTheHarvesterAstray) {
  const journey::Definition definition = shop();
  board::Board board = make_board(definition, 2);
  CountingWorker first(board, 0), second(board, 1);
  std::mt19937_64 random(2);
  for (CountingWorker* worker : {&first, &second}) {
    worker->start(100);
    for (int i = 0; i < 200; ++i) {
      worker->begin(static_cast<unsigned>(i & 1));
      worker->succeed(static_cast<unsigned>(i & 1), static_cast<Duration>(random() % kMinute),
                      {static_cast<std::uint8_t>(i % 3), static_cast<std::uint8_t>(i % 4)});
    }
    worker->seal(101, {1, 2});
  }
  const board::CoreView view = board.core(0);
  const auto as_bytes = [](auto& object) { return std::as_writable_bytes(std::span(&object, 1)); };
  const std::span<std::byte> regions[] = {as_bytes(view.control), as_bytes(*view.banks[0]), as_bytes(*view.banks[1]),
                                          view.shard.keys, view.shard.banks[0]};
  std::size_t harmed = 0, words = 0;
  Harvester intact(board, definition);
  const std::uint64_t whole = intact.collect()->recorded;
  for (const std::span<std::byte> region : regions) {
    std::vector<std::byte> good(region.begin(), region.end());
    for (std::size_t at = 0; at + 8 <= region.size(); at += 8 * (1 + random() % 5), ++words) {
      const std::uint64_t values[] = {~std::uint64_t{0}, random(), 0, random() % 100'000, std::uint64_t{1} << 63};
      std::memcpy(region.data() + at, &values[random() % 5], 8);
      Harvester harvester(board, definition);
      const auto frame = harvester.collect();
      if (frame) {
        ASSERT_NO_FATAL_FAILURE(check(*frame));
        harmed += frame->recorded != whole;
      }
      std::copy(good.begin(), good.end(), region.begin());
    }
  }
  EXPECT_GT(words, 1'000u);
  EXPECT_GT(harmed, 10u);
}

TEST_F(DamagedBoard, ADamagedCellIsLeftOutAndCountedTheRestStays) {
  const journey::Definition definition = shop();
  board::Board board = make_board(definition, 1);
  CountingWorker worker(board, 0);
  worker.start(100);
  worker.begin(0);
  worker.succeed(0, kSecond, {1, 1});
  worker.seal(101);
  auto bank = sketch::view_bank(board.core(0).shard.banks[0], board.sizes().cells, board.sizes().pages);
  ++bank.cells[1].n;  // the outcome's total
  Harvester harvester(board, definition);
  const auto frame = harvester.collect();
  ASSERT_TRUE(frame);
  EXPECT_EQ(harvester.damaged_cells(), 1u);
  EXPECT_EQ(frame->recorded, 2u);
  harvester.mark_drained();
  EXPECT_TRUE(worker.banks().may_seal());
}

TEST_F(DamagedBoard, ABankOfAnImpossibleWindowIsLeftOutAndGivenBack) {
  const journey::Definition definition = shop();
  board::Board board = make_board(definition, 1);
  CountingWorker worker(board, 0);
  worker.start(-5);
  worker.begin(0);
  worker.seal(101);
  Harvester harvester(board, definition);
  const auto frame = harvester.collect();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->windows.empty());
  EXPECT_EQ(harvester.damaged_banks(), 1u);
  harvester.mark_drained();
  EXPECT_TRUE(worker.banks().may_seal());
}

}  // namespace
}  // namespace bellrock::harvest
