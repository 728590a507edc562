#include "control/harvest/harvester.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "dataplane/sketch/mapping.h"
#include "tests/unit/control/harvest/harvest_fixture.h"

namespace bellrock::harvest {
namespace {

using control::DeltaFrame;
using control::SeriesKey;

SeriesKey outcome_series(std::vector<std::pair<std::string, std::string>> dimensions = {}) {
  return {.journey = "checkout",
          .version = 11,
          .kind = CellKind::kOutcome,
          .item = "success",
          .detail = "",
          .scope = dimensions.empty() ? CellScope::kTotal : CellScope::kDimensioned,
          .dimensions = std::move(dimensions)};
}

class HarvesterTest : public testing::Test {
 protected:
  void open_board(std::uint32_t workers, Harvester::Mode mode) {
    board_ = std::make_unique<board::Board>(make_board(definition_, workers));
    harvester_ = std::make_unique<Harvester>(*board_, definition_, mode);
    workers_.clear();
    for (std::uint32_t i = 0; i < workers; ++i) workers_.push_back(std::make_unique<CountingWorker>(*board_, i));
  }
  journey::Definition definition_ = shop();
  std::unique_ptr<board::Board> board_;
  std::unique_ptr<Harvester> harvester_;
  std::vector<std::unique_ptr<CountingWorker>> workers_;
};

TEST_F(HarvesterTest, NothingSealedIsNoFrame) {
  open_board(2, Harvester::Mode::kLive);
  workers_[0]->start(100);
  workers_[0]->succeed(0, kSecond);
  EXPECT_FALSE(harvester_->collect());
}

TEST_F(HarvesterTest, AFrameHasTheSumsOfAllCoresUnderTheirNames) {
  open_board(2, Harvester::Mode::kLive);
  for (auto& worker : workers_) worker->start(100);
  workers_[0]->begin(0);
  workers_[0]->succeed(0, kSecond, {1, 0});
  workers_[1]->succeed(0, 3 * kSecond, {1, 0});
  workers_[1]->succeed(0, 0, {2, 3});
  workers_[0]->count(counter::id(PacketCount::kPackets), 5);
  workers_[1]->count(counter::id(PacketCount::kPackets), 6);
  workers_[0]->seal(101, {4, 1});
  workers_[1]->seal(101, {5, 0});
  const auto frame = harvester_->collect();
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->windows.size(), 1u);
  const auto& window = frame->windows.at(990);
  EXPECT_EQ(window.size(), 4u);
  const control::Histogram total = window.at(outcome_series());
  EXPECT_EQ(total.n, 3u);
  EXPECT_EQ(total.sum_ns, 4'000'000'000u);
  EXPECT_EQ(total.min_ns, 0u);
  EXPECT_EQ(total.max_ns, 3'000'000'000u);
  EXPECT_EQ(total.zero, 1u);
  EXPECT_EQ(total.buckets, (control::Buckets{{sketch::index(1.0), 1}, {sketch::index(3.0), 1}}));
  EXPECT_EQ(window.at(outcome_series({{"device", "__other__"}, {"release", "r1"}})).n, 2u);
  EXPECT_EQ(window.at(outcome_series({{"device", "desktop"}, {"release", "r2"}})).n, 1u);
  EXPECT_EQ(frame->recorded, 7u);
  EXPECT_EQ(frame->open, (std::map<std::string, std::uint64_t>{{"checkout", 9}, {"search", 1}}));
  EXPECT_EQ(frame->counters.at("packets"), 11u);
  EXPECT_EQ(frame->counters.at("event.recorded"), 7u);
  EXPECT_EQ(frame->board_id, board_->board_id());
  EXPECT_EQ(frame->snapshot, board_->snapshot_hash());
}

TEST_F(HarvesterTest, UntilItIsMarkedDrainedTheSameFrameComesAgain) {
  open_board(1, Harvester::Mode::kLive);
  workers_[0]->start(100);
  workers_[0]->succeed(0, kSecond);
  workers_[0]->seal(101);
  const auto first = harvester_->collect();
  Harvester after_restart(*board_, definition_);
  const auto again = after_restart.collect();
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->windows, again->windows);
  ASSERT_EQ(after_restart.parts().size(), 1u);
  EXPECT_FALSE(workers_[0]->banks().may_seal());
  after_restart.mark_drained(0, after_restart.parts()[0].epoch);
  EXPECT_TRUE(workers_[0]->banks().may_seal());
  EXPECT_FALSE(harvester_->collect());
  EXPECT_EQ(harvester_->open(), first->open);  // levels and counters stay readable
  EXPECT_EQ(harvester_->counters(), first->counters);
}

TEST_F(HarvesterTest, AReplayFrameWaitsForEveryCore) {
  open_board(2, Harvester::Mode::kReplay);
  for (auto& worker : workers_) worker->start(100);
  workers_[0]->succeed(0, kSecond);
  workers_[0]->seal(101);
  EXPECT_FALSE(harvester_->collect());
  workers_[1]->seal(102);  // it saw no packet of window 101
  const auto frame = harvester_->collect();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->recorded, 2u);
  EXPECT_EQ(harvester_->parts().size(), 2u);
}

TEST_F(HarvesterTest, FinishTakesWhatIsLeftInTheOrderOfWindows) {
  open_board(2, Harvester::Mode::kReplay);
  workers_[0]->start(105);
  workers_[1]->start(103);
  for (auto& worker : workers_) {
    worker->succeed(0, kSecond);
    worker->seal(200);
  }
  std::vector<std::int64_t> windows;
  harvester_->finish([&](DeltaFrame&& frame) { windows.push_back(frame.windows.begin()->first); });
  EXPECT_EQ(windows, (std::vector<std::int64_t>{1'020, 1'040}));
}

// The same values over 1, 2, 3 and 4 cores give the same frames.
TEST_F(HarvesterTest, ReplayFramesDoNotDependOnTheNumberOfCores) {
  std::vector<std::vector<DeltaFrame>> runs;
  std::vector<std::map<std::string, std::uint64_t>> totals;
  for (const std::uint32_t cores : {1u, 2u, 3u, 4u}) {
    open_board(cores, Harvester::Mode::kReplay);
    for (auto& worker : workers_) worker->start(100);
    std::mt19937_64 random(8), split(cores);
    std::vector<DeltaFrame> frames;
    for (std::int64_t window = 100; window < 112; ++window) {
      for (int i = 0; i < 200; ++i) {
        const auto value = static_cast<Duration>(random() % (10 * kSecond));
        const std::array<std::uint8_t, 2> dimensions{static_cast<std::uint8_t>(random() % 3),
                                                     static_cast<std::uint8_t>(random() % 4)};
        CountingWorker& worker = *workers_[split() % cores];
        worker.begin(0);
        worker.succeed(0, value, dimensions);
        worker.count(counter::id(PacketCount::kPackets));
      }
      for (auto& worker : workers_) ASSERT_TRUE(worker->seal(window + 1));
      harvester_->drain([&](DeltaFrame&& frame) { frames.push_back(std::move(frame)); });
    }
    ASSERT_EQ(frames.size(), 12u);
    runs.push_back(std::move(frames));
    totals.push_back(harvester_->counters());
  }
  for (const auto& frames : runs) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].windows, runs[0][i].windows);
      EXPECT_EQ(frames[i].open, runs[0][i].open);
      EXPECT_EQ(frames[i].recorded, runs[0][i].recorded);
    }
  }
  for (const auto& counters : totals) EXPECT_EQ(counters, totals[0]);
}

// When the worker is dead the agent closes its bank; open attempts follow from starts and ends.
TEST_F(HarvesterTest, ADeadEdgesBanksAreSealedWithTheLevelsThatFollow) {
  open_board(2, Harvester::Mode::kLive);
  for (auto& worker : workers_) worker->start(100);
  for (int i = 0; i < 5; ++i) workers_[0]->begin(0);
  workers_[0]->succeed(0, kSecond);
  workers_[0]->seal(101, {4, 0});
  ASSERT_TRUE(harvester_->collect());
  harvester_->mark_drained();
  workers_[0]->begin(0);
  workers_[0]->begin(1);
  workers_[0]->succeed(0, kSecond);
  workers_[0]->succeed(0, kSecond);
  // An event that was cut off by the kill.
  workers_[0]->shard().count(cell_key(1, CellKind::kStart));

  ASSERT_TRUE(board_->roll_back().ok());
  harvester_->seal_for_dead_edge();
  const auto frame = harvester_->collect();
  ASSERT_TRUE(frame);
  EXPECT_EQ(harvester_->parts().size(), 1u);  // the other core had counted nothing
  EXPECT_EQ(frame->open, (std::map<std::string, std::uint64_t>{{"checkout", 3}, {"search", 1}}));
  EXPECT_EQ(frame->windows.begin()->first, 1'000);
  EXPECT_EQ(frame->windows.begin()->second.at(outcome_series()).n, 2u);
  harvester_->mark_drained();
  harvester_->seal_for_dead_edge();
  EXPECT_FALSE(harvester_->collect());  // nothing new, nothing sealed

  CountingWorker next(*board_, 0);  // a new edge goes on in the same window
  EXPECT_EQ(next.banks().window(), 101);
}

TEST_F(HarvesterTest, CountersAloneAreReasonEnoughToSealForADeadEdge) {
  open_board(1, Harvester::Mode::kLive);
  workers_[0]->start(100);
  workers_[0]->count(counter::id(Drop::kNotTcp), 3);
  harvester_->seal_for_dead_edge();
  const auto frame = harvester_->collect();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->windows.empty());
  EXPECT_EQ(frame->counters.at("drops.not_tcp"), 3u);
}

TEST_F(HarvesterTest, AskReachesEveryCoreWhoseOtherBankIsFree) {
  open_board(2, Harvester::Mode::kLive);
  for (auto& worker : workers_) worker->start(1);
  workers_[1]->seal(2);
  harvester_->ask();
  EXPECT_TRUE(workers_[0]->banks().asked());
  EXPECT_FALSE(workers_[1]->banks().asked());
}

}  // namespace
}  // namespace bellrock::harvest
