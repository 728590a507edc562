#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "control/store/schema.h"
#include "control/store/sqlite.h"
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

// Every hour of every series is what its windows and minutes add up to, as far as those are kept.
void expect_hours_are_their_parts(const ScratchFolder& folder, std::int64_t kept_from) {
  Connection connection(folder.file("db"), true);
  Statement rows(connection,
                 "SELECT h.n, (SELECT coalesce(sum(n), 0) FROM cells WHERE series = h.series AND start >= h.start AND "
                 "start < h.start + 3600) + (SELECT coalesce(sum(n), 0) FROM minutes WHERE series = h.series AND "
                 "start >= h.start AND start < h.start + 3600) FROM hours h WHERE h.start >= ?");
  int seen = 0;
  for (rows.start(kept_from); rows.next(); ++seen) EXPECT_EQ(rows.integer(0), rows.integer(1));
  EXPECT_GT(seen, 0);
}

void expect_conserved(SeriesStore& store) {
  const auto all = (*store.snapshot())->conservation();
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

TEST(Rollup, NothingIsLostOrDoubledWhateverComesLateAndWheneverItRuns) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    std::mt19937_64 random(seed);
    const ScratchFolder folder;
    const auto store = open(folder);
    std::vector<DeltaFrame> frames;
    Model model;
    for (std::uint64_t seq = 1; seq <= 60; ++seq) {
      frames.push_back(any_frame(seq, seed));  // windows in any order over three hours: many come late
      add(model, frames.back());
      apply(*store, frames.back());
      if (random() % 6 == 0) {
        const std::int64_t fine = kStart + 3'600 * static_cast<std::int64_t>(random() % 4);
        ASSERT_TRUE(store->trim({fine, 0, 0}).ok());
        expect_hours_are_their_parts(folder, 0);
      }
    }
    EXPECT_EQ(sums(*store), model);
    expect_conserved(*store);
    // Sums over any whole minutes, latencies included, are those of a store that never rolled up.
    const ScratchFolder other;
    const auto plain = open(other);
    for (const auto& frame : frames) apply(*plain, frame);
    for (int round = 0; round < 40; ++round) {
      const std::int64_t from = kStart + 60 * static_cast<std::int64_t>(random() % 160);
      const std::int64_t to = from + 60 * static_cast<std::int64_t>(random() % 160);
      EXPECT_EQ(sums(*store, from, to), sums(*plain, from, to));
    }
  }
}

TEST(Rollup, MinutesGoAtTheirAgeAndTheirHoursStay) {
  const ScratchFolder folder;
  const auto store = open(folder);
  Model all;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) {
    const DeltaFrame frame = any_frame(seq, 5);
    add(all, frame);
    apply(*store, frame);
  }
  ASSERT_TRUE(store->trim({kStart + 7'200, kStart + 3'600, 0}).ok());
  EXPECT_EQ(sums(*store), all);
  expect_conserved(*store);
  expect_hours_are_their_parts(folder, kStart + 3'600);
  Connection connection(folder.file("db"), true);
  const std::string first = std::to_string(kStart + 3'600);
  EXPECT_EQ(connection.number(("SELECT count(*) FROM minutes WHERE start < " + first).c_str()), 0);
  EXPECT_GT(connection.number("SELECT count(*) FROM minutes"), 0);
  EXPECT_EQ(connection.number(("SELECT count(*) FROM cells WHERE start < " + first).c_str()), 0);
}

TEST(Rollup, CountsAreThoseOfTheSlicesBeforeAndAfter) {
  const ScratchFolder folder;
  const auto store = open(folder);
  for (std::uint64_t seq = 1; seq <= 60; ++seq) apply(*store, any_frame(seq, 6));
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

TEST(Rollup, AStoreOfVersion1IsTakenOver) {
  const ScratchFolder folder;
  {
    Connection old(folder.file("db"), false);
    old.run(kSchema);
    old.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    old.run("PRAGMA user_version = 1");
  }
  {
    const auto store = open(folder);
    apply(*store, any_frame(1, 7));
    ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
    ASSERT_TRUE(store->write_journal({0, kStart, "change", "", "", "", "{}"}).ok());
  }
  const auto again = open(folder);
  Model model;
  add(model, any_frame(1, 7));
  EXPECT_EQ(sums(*again), model);
}

TEST(Journal, EntriesAreAddedAndThoseWithAKeyRewritten) {
  const ScratchFolder folder;
  const auto store = open(folder);
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
  const ScratchFolder folder;
  const auto store = open(folder);
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
  const ScratchFolder folder;
  const auto store = open(folder);
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
