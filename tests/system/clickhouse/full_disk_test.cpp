// A disk whose last pages run out while the server writes: it may answer that rows are written whose part it throws
// away when it starts again. What a centre acknowledges must be there after a kill all the same, once.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "control/store/clickhouse_client.h"
#include "tests/system/clickhouse/server.h"
#include "tests/system/fleet/small_disk.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

constexpr std::int64_t kPage = 4'096;
constexpr int kMegabytes = 384;
// How far below what a write needs the disk ends, and how far above: the files that are flushed last take a few pages.
constexpr std::int64_t kBelow = 12 * kPage, kAbove = 2 * kPage;

// All of one window, so that each takes as many pages as the others.
DeltaFrame frame_of(std::uint64_t seq) {
  DeltaFrame frame = any_frame(seq, 71);
  auto window = std::move(frame.windows.begin()->second);
  window[key("checkout", CellKind::kStart)].n = 1 + seq % 4;
  frame.recorded = 0;
  for (const auto& [series, histogram] : window) frame.recorded += histogram.n;
  frame.windows.clear();
  frame.windows[kStart] = std::move(window);
  return frame;
}

class FullDisk : public testing::Test {
 protected:
  std::unique_ptr<SeriesStore> open() {
    auto store = open_clickhouse(options_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return std::move(store).value();
  }

  ReceivedFrame received_at(const DeltaFrame& frame) const {
    ReceivedFrame one = received(frame);
    one.received_unix_ms += hour_ * 3'600'000;
    return one;
  }

  // Whether it is acknowledged at once.
  bool is_taken(SeriesStore& store, const DeltaFrame& frame) {
    const ReceivedFrame one = received_at(frame);
    const auto applied = store.apply({&one, 1});
    if (!applied.ok()) return false;
    EXPECT_LE(applied->at(0), Applied::kRepeated);
    return true;
  }

  // Again until it is acknowledged, as an agent does it, while there is room.
  void send(SeriesStore& store, const DeltaFrame& frame) {
    std::string why;
    for (int i = 0; i < 1'000; ++i) {
      const ReceivedFrame one = received_at(frame);
      const auto applied = store.apply({&one, 1});
      if (applied.ok()) {
        EXPECT_LE(applied->at(0), Applied::kRepeated);
        return;
      }
      why = applied.error().message;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "not taken in ten seconds: " << why;
  }

  // Bytes of the disk; sends some.
  std::int64_t what_frames_need(SeriesStore& store, std::uint64_t& seq) {
    stop_merges();
    std::int64_t before = 0;
    for (int i = 0; i < 3; ++i) {
      before = disk_.left();
      send(store, frame_of(++seq));
    }
    return before - disk_.left();
  }

  void stop_merges() const { ClickHouseClient(options_).run_outside("SYSTEM STOP MERGES"); }

  void expect_each_once(SeriesStore& store, std::uint64_t frames) {
    Model model;
    for (std::uint64_t seq = 1; seq <= frames; ++seq) add(model, frame_of(seq));
    const auto snapshot = store.snapshot();
    ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
    EXPECT_TRUE(sums(**snapshot) == model);
    const auto all = (*snapshot)->conservation();
    ASSERT_TRUE(all.ok()) << all.error().message;
    std::uint64_t recorded = 0;
    for (const auto& [series, total] : model) recorded += total.n;
    EXPECT_EQ(all->recorded, recorded);
    EXPECT_EQ(all->kept + all->trimmed, recorded);
    const auto sources = (*snapshot)->sources();
    ASSERT_TRUE(sources.ok()) << sources.error().message;
    EXPECT_EQ(sources->at(0).applied, frames);
  }

  // The server, killed, and a centre that knows nothing.
  void expect_each_once_after_a_kill(std::uint64_t frames) {
    server_.kill();
    server_.start();
    const auto store = open();
    expect_each_once(*store, frames);
    for (std::uint64_t seq = 1; seq <= frames; ++seq) EXPECT_TRUE(is_taken(*store, frame_of(seq))) << seq;
    expect_each_once(*store, frames);
    ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
    expect_each_once(*store, frames);
  }

  const ScratchFolder scratch_;
  const fleet::SmallDisk disk_{scratch_.file("disk"), kMegabytes};
  ClickHouseServer server_{disk_.folder() / "clickhouse", std::nullopt, scratch_.file("log")};
  const ClickHouseOptions options_ = server_.options("full");
  std::int64_t hour_ = 0;  // of receipt, after the first
};

TEST_F(FullDisk, AnAcknowledgedFrameIsCountedOnceWhereverThePagesRanOut) {
  const auto store = open();
  std::uint64_t seq = 0, refused = 0;
  const std::int64_t need = what_frames_need(*store, seq);
  for (std::int64_t bytes = need - kBelow; bytes <= need + kAbove; bytes += kPage) {
    const DeltaFrame frame = frame_of(++seq);
    disk_.fill(bytes);
    const bool taken = is_taken(*store, frame);
    disk_.free();
    if (taken) continue;
    ++refused;
    send(*store, frame);
  }
  EXPECT_GT(refused, 0u);
  expect_each_once(*store, seq);
  expect_each_once_after_a_kill(seq);
}

TEST_F(FullDisk, ASecondCentreDoesNotAcknowledgeWhatOnlyTheMemoryOfTheServerHas) {
  const auto first = open(), second = open();
  std::uint64_t seq = 0;
  const std::int64_t need = what_frames_need(*first, seq);
  for (std::int64_t bytes = need - kBelow; bytes <= need + kAbove; bytes += kPage) {
    const DeltaFrame frame = frame_of(++seq);
    disk_.fill(bytes);
    (void)is_taken(*first, frame);
    const bool taken = is_taken(*second, frame);
    disk_.free();
    if (!taken) send(*second, frame);
  }
  expect_each_once(*first, seq);
  expect_each_once(*second, seq);
  expect_each_once_after_a_kill(seq);
}

// Frames of hour after hour, so that a roll-up can delete what the one before replaced. The last that it writes is what
// it counts by.
TEST_F(FullDisk, ARollUpDeletesNothingBeforeWhatReplacesItIsOnTheDisk) {
  std::uint64_t seq = 0;
  std::int64_t need = 0;  // bytes
  {
    ClickHouseOptions options = options_;
    options.settle = std::chrono::seconds(1'800);  // what is deleted would be taken off what is written
    const auto store = std::move(*open_clickhouse(options));
    stop_merges();
    constexpr int kHours = 20;
    for (int i = 0; i < kHours; ++i, ++hour_) send(*store, frame_of(++seq));
    for (int i = 0; i < 3; ++i, ++hour_) {
      send(*store, frame_of(++seq));
      const std::int64_t before = disk_.left();
      ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
      need = before - disk_.left();
    }
  }
  int refused = 0;
  for (std::int64_t bytes = need - 5 * kPage; bytes <= need + kPage; bytes += kPage, ++hour_) {
    const auto store = open();
    stop_merges();
    send(*store, frame_of(++seq));
    disk_.fill(bytes);
    refused += store->trim({kEver, 0, 0}).ok() ? 0 : 1;
    disk_.free();
    (void)store->trim({kEver, 0, 0});  // of no more frames: it deletes what the one before replaced
    server_.kill();
    server_.start();
    expect_each_once(*open(), seq);
  }
  EXPECT_GT(refused, 0);
  expect_each_once_after_a_kill(seq);
}

}  // namespace
}  // namespace bellrock::store
