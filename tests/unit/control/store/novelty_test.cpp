// What of a node is too new, or too much: names, boots. On every back end.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

Applied apply(SeriesStore& store, const DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  const auto applied = store.apply({&one, 1});
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return applied->at(0);
}

void expect_conserved(SeriesStore& store) {
  const auto all = (*store.snapshot())->conservation();
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

// Its new counts would be taken for repeats of what it sent under these numbers once.
TEST(Novelty, ANodeThatIsPutBackFarBehindWhatItHadSentIsToldSo) {
  const auto backend = make_backend();
  {
    const auto store = backend->open();
    DeltaFrame first = any_frame(7, 7), newest = any_frame(2 * kSeqsRemembered, 7);
    newest.oldest_seq_held = newest.seq;
    newest.sent_unix_ms += 1'800'000;
    apply(*store, first);
    apply(*store, newest);
  }
  const auto store = backend->open();
  DeltaFrame again = any_frame(7, 8);
  again.sent_unix_ms += 1'800'000;  // of the backup: it may have been taken
  EXPECT_EQ(apply(*store, again), Applied::kRepeated);
  again.sent_unix_ms += 60'000;
  EXPECT_EQ(apply(*store, again), Applied::kConflict);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).conflicts, 1u);
  expect_conserved(*store);
}

// A frame with a series of the node's own, of 5 counts, and with others of 2 each.
DeltaFrame frame_of_names(const std::string& node, std::uint64_t seq, std::uint64_t first, std::uint64_t count) {
  DeltaFrame frame;
  frame.node = node;
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = seq;
  frame.sent_unix_ms = kStart * 1'000;
  auto& window = frame.windows[kStart];
  window[key("a", CellKind::kStart, node.c_str())].n = 5;
  for (std::uint64_t i = first; i < first + count; ++i)
    window[key("b", CellKind::kStart, std::to_string(i).c_str())].n = 2;
  frame.recorded = 5 + 2 * count;
  return frame;
}

TEST(Novelty, WhoBringsTooManyNamesLosesTheseAndNobodyElseAnything) {
  const auto backend = make_backend();
  const auto store = backend->open({.node_series_a_day = 6});
  const auto kept = [&] { return (*store->snapshot())->conservation()->kept; };
  EXPECT_EQ(apply(*store, frame_of_names("good", 1, 0, 1)), Applied::kApplied);
  EXPECT_TRUE((*store->snapshot())->problems().empty());
  EXPECT_EQ(apply(*store, frame_of_names("evil", 1, 100, 9)), Applied::kApplied);
  constexpr std::uint64_t kGood = 5 + 2, kEvil = 5 + 5 * 2;
  EXPECT_EQ(kept(), kGood + kEvil);
  const auto said = (*store->snapshot())->problems();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0],
            "new series were left out of frames 4 times since the start, with 8 counts; the last were of node evil: it "
            "has brought 6 today, the most that one node may");
  EXPECT_EQ(apply(*store, frame_of_names("evil", 1, 100, 9)), Applied::kRepeated);
  EXPECT_EQ(apply(*store, frame_of_names("evil", 2, 100, 9)), Applied::kApplied);  // those that are known
  EXPECT_EQ(kept(), kGood + 2 * kEvil);
  EXPECT_EQ(apply(*store, frame_of_names("good", 2, 0, 5)), Applied::kApplied);
  EXPECT_EQ(kept(), kGood + 2 * kEvil + 5 + 5 * 2);
  const DeltaFrame more = frame_of_names("evil", 3, 100, 9);
  ReceivedFrame tomorrow = received(more);
  tomorrow.received_unix_ms += 86'400'000;
  EXPECT_EQ(store->apply({&tomorrow, 1})->at(0), Applied::kApplied);
  EXPECT_EQ(kept(), kGood + 2 * kEvil + 5 + 5 * 2 + 5 + 9 * 2);
  expect_conserved(*store);
}

TEST(Novelty, TotalsAreTakenBeforeTheirDimensions) {
  const auto backend = make_backend();
  const auto store = backend->open({.node_series_a_day = 6});
  DeltaFrame frame = any_frame(1, 9);
  frame.windows.clear();
  auto& window = frame.windows[kStart];
  for (const char* journey : {"a", "b"}) {
    for (const CellKind kind : {CellKind::kStart, CellKind::kOutcome}) {
      control::SeriesKey series = key(journey, kind);
      window[series].n = 1;
      series.scope = CellScope::kDimensioned;
      for (const char* device : {"phone", "tablet", "desktop"}) {
        series.dimensions = {{"device", device}};
        window[series].n = 1;
      }
    }
  }
  frame.recorded = 16;
  EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  const auto ledger = (*store->snapshot())->ledger();
  for (const char* journey : {"a", "b"}) {
    EXPECT_EQ(ledger->at(journey).starts, 1u) << journey;
    EXPECT_EQ(ledger->at(journey).ended, 1u) << journey;
  }
  EXPECT_EQ((*store->snapshot())->conservation()->kept, 6u);
  expect_conserved(*store);
}

TEST(Novelty, ANodeThatComesUnderTooManyBootsInADayIsRefusedAndTheOthersAreNot) {
  const auto backend = make_backend();
  const auto store = backend->open({.node_boots_a_day = 3});
  DeltaFrame frame = any_frame(1, 9);
  const auto as = [&](std::uint8_t boot) -> const DeltaFrame& {
    frame.boot[0] = boot;
    return frame;
  };
  for (std::uint8_t boot = 1; boot <= 3; ++boot) EXPECT_EQ(apply(*store, as(boot)), Applied::kApplied);
  EXPECT_EQ(apply(*store, as(4)), Applied::kTooMany);
  EXPECT_EQ(apply(*store, as(2)), Applied::kRepeated);
  EXPECT_EQ(apply(*store, any_frame(1, 9, "other")), Applied::kApplied);
  ReceivedFrame tomorrow = received(as(4));
  tomorrow.received_unix_ms += 86'400'000;
  EXPECT_EQ(store->apply({&tomorrow, 1})->at(0), Applied::kApplied);
  EXPECT_EQ((*store->snapshot())->sources()->size(), 5u);
  expect_conserved(*store);
}

}  // namespace
}  // namespace bellrock::store
