#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

void apply(SeriesStore& store, const DeltaFrame& frame) {
  const ReceivedFrame one = received(frame, 0);
  const auto applied = store.apply({&one, 1});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->at(0), Applied::kApplied);
}

void expect_conserved(SeriesStore& store) {
  const auto all = (*store.snapshot())->conservation();
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

TEST(Rollup, NothingIsLostOrDoubledWhateverComesLateAndWheneverItRuns) {
  for (std::uint64_t seed = 1; seed <= rounds(6); ++seed) {
    std::mt19937_64 random(seed);
    const auto backend = make_backend();
    const auto store = backend->open();
    std::vector<DeltaFrame> frames;
    Model model;
    for (std::uint64_t seq = 1; seq <= 60; ++seq) {
      frames.push_back(any_frame(seq, seed));  // windows in any order over three hours: many come late
      add(model, frames.back());
      apply(*store, frames.back());
      if (random() % 6 == 0) {
        const std::int64_t fine = kStart + 3'600 * static_cast<std::int64_t>(random() % 4);
        ASSERT_TRUE(store->trim({fine, 0, 0}).ok());
        backend->expect_hours_are_their_parts(0);
      }
    }
    EXPECT_EQ(sums(*store), model);
    expect_conserved(*store);
    // Sums over any whole minutes, latencies included, are those of a store that never rolled up.
    const auto other = make_backend();
    const auto plain = other->open();
    apply_together(*plain, frames);
    for (std::uint64_t round = 0; round < rounds(40); ++round) {
      const std::int64_t from = kStart + 60 * static_cast<std::int64_t>(random() % 160);
      const std::int64_t to = from + 60 * static_cast<std::int64_t>(random() % 160);
      EXPECT_EQ(sums(*store, from, to), sums(*plain, from, to));
    }
  }
}

TEST(Rollup, MinutesGoAtTheirAgeAndTheirHoursStay) {
  const auto backend = make_backend();
  const auto store = backend->open();
  Model all;
  const auto frames = any_frames(60, 5);
  for (const auto& frame : frames) add(all, frame);
  apply_together(*store, frames);
  ASSERT_TRUE(store->trim({kStart + 7'200, kStart + 3'600, 0}).ok());
  EXPECT_EQ(sums(*store), all);
  expect_conserved(*store);
  backend->expect_hours_are_their_parts(kStart + 3'600);
  SeriesQuery query;
  query.from = kStart;
  query.to = kStart + 7'200;
  const auto counts = (*store->snapshot())->counts(query, 60);
  ASSERT_FALSE(counts->slices.empty());
  for (const auto& slice : counts->slices) EXPECT_GE(slice.start_unix_s, kStart + 3'600);  // before, only hours
}

TEST(Rollup, CountsAreThoseOfTheSlicesBeforeAndAfter) {
  const auto backend = make_backend();
  const auto store = backend->open();
  apply_together(*store, any_frames(60, 6));
  SeriesQuery query;
  query.from = kStart;
  query.to = kStart + 4 * 3'600;
  for (const bool rolled_up : {false, true}) {
    if (rolled_up) {
      ASSERT_TRUE(store->trim({kStart + 3'600, 0, 0}).ok());
    }
    for (const std::int64_t step : {60, 300, 3'600}) {
      auto snapshot = store->snapshot();
      const auto slices = (*snapshot)->slices(query, step);
      const auto counts = (*snapshot)->counts(query, step);
      std::map<std::pair<control::SeriesKey, std::int64_t>, std::uint64_t> want, got;
      for (const auto& one : *slices) want[{one.key, one.start_unix_s}] += one.total.n;
      for (const auto& one : counts->slices) got[{counts->keys[one.series], one.start_unix_s}] += one.n;
      EXPECT_EQ(got, want) << step;
      EXPECT_GT(got.size(), 3u);
    }
  }
}

TEST(Journal, EntriesAreAddedAndThoseWithAKeyRewritten) {
  const auto backend = make_backend();
  const auto store = backend->open();
  const JournalEntry mark{0, kStart, "change", "checkout", "", "", R"({"version":"1"})"};
  ASSERT_TRUE(store->write_journal(mark).ok());
  ASSERT_TRUE(store->write_journal(mark).ok());
  JournalEntry incident{0, kStart + 5, "incident", "checkout", "success", "checkout/success/1", "open"};
  const auto first = store->write_journal(incident);
  incident.body = "closed";
  const auto second = store->write_journal(incident);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  auto snapshot = store->snapshot();
  const auto changes = (*snapshot)->journal("change", 10), incidents = (*snapshot)->journal("incident", 10);
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_GT(changes->at(0).id, changes->at(1).id);
  EXPECT_EQ(changes->at(0).journey, "checkout");
  ASSERT_EQ(incidents->size(), 1u);
  EXPECT_EQ(incidents->at(0).body, "closed");
  EXPECT_EQ((*snapshot)->journal("change", 1)->size(), 1u);
  EXPECT_FALSE(store->write_journal({0, 0, "change", "", "", "", std::string(kJournalBodyMax + 1, 'x')}).ok());
}

TEST(Heard, MinutesWithoutAFrameAreKnown) {
  const auto backend = make_backend();
  const auto store = backend->open();
  EXPECT_FALSE((*store->snapshot())->heard(0, kEver)->first.has_value());
  std::uint64_t seq = 0;
  for (const std::int64_t minute : {0, 0, 1, 5}) {
    DeltaFrame frame = any_frame(++seq, 8);
    frame.sent_unix_ms = (kStart + 60 * minute + 7) * 1'000;
    ReceivedFrame one = received(frame, 0);
    one.received_unix_ms = frame.sent_unix_ms + 50;
    ASSERT_TRUE(store->apply({&one, 1}).ok());
  }
  const auto heard = (*store->snapshot())->heard(kStart, kStart + 600);
  EXPECT_EQ(heard->minutes, 3);
  EXPECT_EQ(heard->first, kStart);
  EXPECT_EQ((*store->snapshot())->heard(kStart + 60, kStart + 300)->minutes, 1);
}

TEST(Touched, TheOldestWindowThatFramesBroughtIsSaidOnce) {
  const auto backend = make_backend();
  const auto store = backend->open();
  EXPECT_FALSE(store->take_oldest_touched().has_value());
  const DeltaFrame first = any_frame(1, 9), second = any_frame(2, 9);
  apply(*store, first);
  apply(*store, second);
  EXPECT_EQ(store->take_oldest_touched(), std::min(first.windows.begin()->first, second.windows.begin()->first));
  EXPECT_FALSE(store->take_oldest_touched().has_value());
  const ReceivedFrame again = received(first, 0);
  ASSERT_TRUE(store->apply({&again, 1}).ok());
  EXPECT_FALSE(store->take_oldest_touched().has_value());
}

}  // namespace
}  // namespace bellrock::store
