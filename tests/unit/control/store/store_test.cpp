// What every back end of the store must do: these tests, and those of the files beside, run on each.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

Applied apply(SeriesStore& store, const DeltaFrame& frame, std::uint8_t digest = 0) {
  const ReceivedFrame one = received(frame, digest);
  const auto applied = store.apply({&one, 1});
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return applied->at(0);
}

SourceStatus only_source(SeriesStore& store) {
  const auto sources = (*store.snapshot())->sources();
  EXPECT_EQ(sources->size(), 1u);
  return sources->at(0);
}

void expect_conserved(SeriesStore& store) {
  const auto all = (*store.snapshot())->conservation();
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

TEST(Store, SumsAreThoseOfThePlainModelWhateverTheOrderAndTheRepeats) {
  for (std::uint64_t seed = 1; seed <= rounds(8); ++seed) {
    std::mt19937_64 random(seed);
    const auto backend = make_backend();
    auto store = backend->open();
    std::vector<DeltaFrame> frames;
    Model model;
    for (std::uint64_t seq = 1; seq <= 40; ++seq) {
      frames.push_back(any_frame(seq, seed, seq % 3 ? "edge-a" : "edge-b"));
      add(model, frames.back());
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < frames.size(); ++i) order.insert(order.end(), 1 + random() % 3, i);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<bool> came(frames.size());
    for (const std::size_t i : order) {
      EXPECT_EQ(apply(*store, frames[i]), came[i] ? Applied::kRepeated : Applied::kApplied);
      came[i] = true;
      if (random() % 20 == 0) {
        store.reset();
        store = backend->open();
      }
    }
    EXPECT_EQ(sums(*store), model);
    expect_conserved(*store);
  }
}

TEST(Store, SumsOverAnyRangeAreThoseOfThePlainModel) {
  const auto backend = make_backend();
  const auto store = backend->open();
  const auto frames = any_frames(60, 3);
  apply_together(*store, frames);
  std::mt19937_64 random(3);
  for (std::uint64_t round = 0; round < rounds(60); ++round) {
    const std::int64_t from = kStart + 10 * static_cast<std::int64_t>(random() % 1'100);
    const std::int64_t to = from + 10 * static_cast<std::int64_t>(random() % 1'100);
    Model model;
    for (const auto& frame : frames) add(model, frame, from, to);
    EXPECT_EQ(sums(*store, from, to), model) << from << " " << to;
  }
}

TEST(Store, SlicesAddUpToTheirSum) {
  const auto backend = make_backend();
  const auto store = backend->open();
  apply_together(*store, any_frames(30, 4));
  const auto snapshot = store->snapshot();
  for (const std::int64_t step : {10, 70, 3'600, 7'200}) {
    SeriesQuery query;
    query.journey = "checkout";
    query.kind = CellKind::kObjective;
    query.from = kStart;
    query.to = kStart + 4 * 3'600;
    Model parts, whole;
    const auto slices = (*snapshot)->slices(query, step);
    const auto total = (*snapshot)->sums(query);
    for (const auto& slice : *slices) {
      EXPECT_EQ((slice.start_unix_s - query.from) % step, 0);
      EXPECT_EQ(slice.key.journey, "checkout");
      merge(parts[slice.key], slice.total);
    }
    for (const auto& sum : *total) whole[sum.key] = sum.total;
    EXPECT_FALSE(whole.empty());
    EXPECT_EQ(parts, whole) << step;
  }
}

TEST(Store, FindsSeriesByJourneyKindItemAndScope) {
  const auto backend = make_backend();
  const auto store = backend->open();
  apply_together(*store, any_frames(5, 5));
  const auto count = [&](const SeriesQuery& query) { return (*store->snapshot())->sums(query)->size(); };
  SeriesQuery query;
  query.to = kEver;
  EXPECT_EQ(count(query), 6u);
  query.scope = CellScope::kDimensioned;
  EXPECT_EQ(count(query), 2u);
  query.scope = CellScope::kTotal;
  query.kind = CellKind::kObjective;
  query.item = "e2e";
  EXPECT_EQ(count(query), 2u);
  query.journey = "search";
  EXPECT_EQ(count(query), 0u);
}

// What nodes tell apart is theirs to say: a code is text, of which the store keeps every byte.
TEST(Store, KeepsErrorsByPageAndCodeWhichAddUpToAll) {
  const auto backend = make_backend();
  auto store = backend->open();
  const std::string codes[] = {"R1", "#9f3c21aa", "<b>\"'\\;--", "__other__", std::string(38, 'x')};
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    DeltaFrame frame = any_frame(seq, 1);
    auto& window = frame.windows.begin()->second;
    for (std::uint64_t i = 0; i < std::size(codes); ++i) {
      control::SeriesKey error{"/cart", 0, CellKind::kError, "", "", CellScope::kTotal, {}};
      window[error].n += i + 1;
      error.scope = CellScope::kDimensioned;
      error.dimensions = {{"code", codes[i]}};
      window[error].n = i + 1;
      frame.recorded += 2 * (i + 1);
    }
    apply(*store, frame);
  }
  store.reset();
  store = backend->open();
  SeriesQuery query;
  query.kind = CellKind::kError;
  query.from = kStart;
  query.to = kEver;
  const auto sums = (*store->snapshot())->sums(query);
  ASSERT_TRUE(sums.ok());
  std::map<std::string, std::uint64_t> by_code;
  std::uint64_t total = 0;
  for (const auto& [key, sum] : *sums) {
    if (key.scope == CellScope::kTotal) total += sum.n;
    if (key.scope == CellScope::kDimensioned) by_code[key.dimensions.at(0).second] += sum.n;
  }
  EXPECT_EQ(total, 3u * 15);
  for (std::uint64_t i = 0; i < std::size(codes); ++i) EXPECT_EQ(by_code[codes[i]], 3 * (i + 1)) << codes[i];
  EXPECT_EQ(by_code.size(), std::size(codes));
  expect_conserved(*store);
}

TEST(Store, TellsACloneFromARepeat) {
  const auto backend = make_backend();
  const auto store = backend->open();
  const DeltaFrame frame = any_frame(1, 6);
  EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  EXPECT_EQ(apply(*store, frame, 1), Applied::kConflict);
  EXPECT_EQ(apply(*store, frame), Applied::kRepeated);
  DeltaFrame other_boot = frame;
  other_boot.boot[5] = 9;
  EXPECT_EQ(apply(*store, other_boot, 1), Applied::kApplied);
  const auto sources = (*store->snapshot())->sources();
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ(sources->at(0).conflicts, 1u);
  EXPECT_EQ(sources->at(0).repeated, 1u);
  expect_conserved(*store);
}

TEST(Store, ForgetsDigestsFarBelowTheOldestFrameHeldAndStillTakesNothingTwice) {
  const auto backend = make_backend();
  const auto store = backend->open();
  DeltaFrame first = any_frame(1, 7);
  apply(*store, first);
  DeltaFrame late = any_frame(2 * kSeqsRemembered, 7);
  late.oldest_seq_held = late.seq - 5;
  apply(*store, late);
  EXPECT_EQ(apply(*store, first), Applied::kRepeated);
  EXPECT_EQ(apply(*store, first, 1), Applied::kRepeated);  // too far back to tell
  EXPECT_EQ(apply(*store, late, 1), Applied::kConflict);
  EXPECT_EQ(only_source(*store).applied, 2u);
}

TEST(Store, CountsDeclaredLossesOnceAndExplainsEveryGap) {
  const auto backend = make_backend();
  const auto store = backend->open();
  const auto send = [&](std::uint64_t seq, std::uint64_t oldest, std::vector<control::SeqRange> lost) {
    DeltaFrame frame = any_frame(seq, 8);
    frame.oldest_seq_held = oldest;
    frame.lost = std::move(lost);
    EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  };
  send(1, 1, {});
  send(6, 6, {{2, 4}});
  EXPECT_EQ(only_source(*store).lost, 3u);
  EXPECT_EQ(only_source(*store).unexplained, 1u);  // 5
  send(5, 1, {});                                  // was on its way
  EXPECT_EQ(only_source(*store).unexplained, 0u);
  send(10, 10, {{2, 4}, {7, 9}});
  EXPECT_EQ(only_source(*store).lost, 6u);
  send(11, 10, {{2, 4}, {7, 9}});  // said again
  EXPECT_EQ(only_source(*store).lost, 6u);
  send(3, 1, {});  // declared lost, and yet it comes
  EXPECT_EQ(only_source(*store).lost, 5u);
  send(12, 12, {{2, 9}});  // joined ranges; 3, 5 and 6 came
  const auto source = only_source(*store);
  EXPECT_EQ(source.lost, 5u);
  EXPECT_EQ(source.unexplained, 0u);
  EXPECT_EQ(source.applied + source.lost, 12u);
}

TEST(Store, KnowsWhenFramesWereLastDeclaredLostThatWereNotBefore) {
  const auto backend = make_backend();
  auto store = backend->open();
  std::int64_t at_ms = 1'764'126'000'000;
  const auto send = [&](std::uint64_t seq, std::vector<control::SeqRange> lost) {
    DeltaFrame frame = any_frame(seq, 8);
    frame.lost = std::move(lost);
    ReceivedFrame one = received(frame);
    one.received_unix_ms = at_ms += 1'000;
    ASSERT_EQ(store->apply({&one, 1})->at(0), Applied::kApplied);
  };
  const auto last_ms = [&] { return only_source(*store).last_lost_unix_ms; };
  send(1, {});
  EXPECT_EQ(last_ms(), 0);
  send(6, {{2, 4}});
  const std::int64_t first = at_ms;
  EXPECT_EQ(last_ms(), first);
  send(7, {{2, 4}});  // said again
  send(8, {{3, 4}});
  EXPECT_EQ(last_ms(), first);
  send(20, {{2, 4}, {10, 12}});
  const std::int64_t second = at_ms;
  EXPECT_EQ(last_ms(), second);
  send(21, {{10, 14}});  // more of it
  EXPECT_EQ(last_ms(), second + 1'000);
  send(22, {{11, 14}, {2, 4}});
  EXPECT_EQ(last_ms(), second + 1'000);
  store.reset();
  store = backend->open();
  EXPECT_EQ(last_ms(), second + 1'000);
}

TEST(Store, TakesASourceThatIsOlderThanItsStoreWithoutAGap) {
  const auto backend = make_backend();
  const auto store = backend->open();
  DeltaFrame frame = any_frame(500, 9);
  frame.oldest_seq_held = 499;
  frame.lost = {{10, 20}};
  apply(*store, frame);
  DeltaFrame older = any_frame(499, 9);
  older.oldest_seq_held = 480;
  apply(*store, older);
  EXPECT_EQ(only_source(*store).unexplained, 0u);
  EXPECT_EQ(only_source(*store).lost, 0u);
}

TEST(Store, KeepsLevelsOfTheNewestFrameOnly) {
  const auto backend = make_backend();
  const auto store = backend->open();
  DeltaFrame two = any_frame(2, 10), one = any_frame(1, 10);
  two.open = {{"checkout", 5}};
  two.counters = {{"a=b", 3}, {"packets", ~0ull}};
  one.open = {{"checkout", 9}};
  apply(*store, two);
  apply(*store, one);
  EXPECT_EQ(only_source(*store).open, two.open);
  EXPECT_EQ(only_source(*store).counters, two.counters);
  DeltaFrame moved = any_frame(1, 11);  // another boot that took the same board over
  moved.boot[3] = 3;
  moved.open = {{"checkout", 6}};
  apply(*store, moved);
  EXPECT_EQ((*store->snapshot())->ledger()->at("checkout").open, 6u);
}

TEST(Store, LedgerHoldsStartsEndsOpenAndLostOfEachJourney) {
  const auto backend = make_backend();
  const auto store = backend->open();
  JourneyLedger expected;
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    DeltaFrame frame = any_frame(seq, 12);
    frame.open = {{"checkout", seq}};
    if (seq == 4) frame.board_lost = {{"checkout", 7}};
    for (const auto& [start, window] : frame.windows) {
      expected.starts += window.at(key("checkout", CellKind::kStart)).n;
      expected.ended += window.at(key("checkout", CellKind::kOutcome, "success")).n;
    }
    apply(*store, frame);
  }
  const auto snapshot = store->snapshot();
  const auto ledger = (*snapshot)->ledger()->at("checkout");
  EXPECT_EQ(ledger.starts, expected.starts);
  EXPECT_EQ(ledger.ended, expected.ended);
  EXPECT_EQ(ledger.open, 10u);
  EXPECT_EQ(ledger.board_lost, 7u);
  EXPECT_EQ((*snapshot)->board_lost(kStart, kStart + 10)->at("checkout"), 7u);
  EXPECT_TRUE((*snapshot)->board_lost(kStart + 3'600, kEver)->empty());
}

TEST(Store, TrimsByAgeAndSaysHowMuch) {
  const auto backend = make_backend();
  const auto store = backend->open();
  Model all, later;
  const auto frames = any_frames(30, 13);
  for (const auto& frame : frames) {
    add(all, frame);
    add(later, frame, kStart + 3'600);
  }
  apply_together(*store, frames);
  ASSERT_TRUE(store->trim({kStart + 3'600, kStart + 3'600, 0}).ok());  // windows of the first hour; the hour stays
  EXPECT_EQ(sums(*store), all);
  expect_conserved(*store);
  ASSERT_TRUE(store->trim({0, 0, kStart + 3'600}).ok());
  EXPECT_EQ(sums(*store), later);
  expect_conserved(*store);
  EXPECT_GT((*store->snapshot())->conservation()->trimmed, 0u);
  const auto lifetime = (*store->snapshot())->lifetime();
  for (const auto& [series, n] : *lifetime) EXPECT_EQ(n, all[series].n);
  EXPECT_EQ(lifetime->size(), 4u);
}

TEST(Store, KeepsRefusedBytesAsideWithinBounds) {
  const auto backend = make_backend();
  const auto store = backend->open();
  for (std::int64_t i = 0; i < kAsideFramesMax + 5; ++i) {
    ASSERT_TRUE(store->keep_aside({i, "not_zstd", bytes("junk")}).ok());
  }
  const auto aside = (*store->snapshot())->aside();
  EXPECT_EQ(aside->refused, static_cast<std::uint64_t>(kAsideFramesMax + 5));
  EXPECT_EQ(aside->kept, static_cast<std::uint64_t>(kAsideFramesMax));
  EXPECT_EQ(aside->last_reason, "not_zstd");
  EXPECT_EQ(aside->last_unix_ms, kAsideFramesMax + 4);
}

TEST(Store, RefusesAFrameThatWouldOverflowACountAndUndoesAllOfIt) {
  const auto backend = make_backend();
  const auto store = backend->open();
  DeltaFrame big = any_frame(1, 14);
  big.windows.clear();
  big.windows[kStart][key("big", CellKind::kStart)].n = (1ull << 62) - 1;
  EXPECT_EQ(apply(*store, big), Applied::kApplied);
  const Model before = sums(*store);
  DeltaFrame more = any_frame(2, 14);
  more.windows[kStart][key("big", CellKind::kStart)].n = 5;
  more.windows[kStart][key("a new series", CellKind::kStart)].n = 5;
  const DeltaFrame good = any_frame(3, 14);
  const ReceivedFrame batch[] = {received(more), received(good)};
  const auto applied = store->apply(batch);
  EXPECT_EQ(applied->at(0), Applied::kTooMany);
  EXPECT_EQ(applied->at(1), Applied::kApplied);
  Model expected = before;
  add(expected, good);
  EXPECT_EQ(sums(*store), expected);
  DeltaFrame renamed = any_frame(4, 14);
  renamed.windows.clear();
  renamed.windows[kStart][key("a new series", CellKind::kStart)].n = 2;
  EXPECT_EQ(apply(*store, renamed), Applied::kApplied);  // its id was not left behind
  EXPECT_EQ(sums(*store).at(key("a new series", CellKind::kStart)).n, 2u);
}

TEST(Store, KeepsSumsOf128Bits) {
  const auto backend = make_backend();
  auto store = backend->open();
  Model model;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    DeltaFrame frame = any_frame(seq, 15);
    frame.windows[kStart][key("big", CellKind::kStep, "pay")] = {1, ~0ull, 1ull << 61, 1ull << 62, 0, 1, {}};
    add(model, frame);
    apply(*store, frame);
  }
  store.reset();
  EXPECT_EQ(sums(*backend->open()), model);
}

TEST(Store, SnapshotsSeeOneMomentWhileFramesGoOn) {
  const auto backend = make_backend();
  const auto store = backend->open();
  apply(*store, any_frame(1, 16));
  const auto snapshot = store->snapshot();
  const auto before = (*snapshot)->conservation();
  std::thread writer([&] {
    for (std::uint64_t seq = 2; seq <= 30; ++seq) apply(*store, any_frame(seq, 16));
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ((*snapshot)->conservation()->recorded, before->recorded);
    expect_conserved(*store);
  }
  writer.join();
  EXPECT_EQ((*snapshot)->conservation()->recorded, before->recorded);
  EXPECT_GT((*store->snapshot())->conservation()->recorded, before->recorded);
}

}  // namespace
}  // namespace bellrock::store
