// Sums from the cache are those of the tables, whatever came late, was rolled up, deleted or rolled back meanwhile.
#include "control/store/sum_cache.h"

#include <atomic>
#include <thread>

#include "control/store/cached_rows.h"
#include "control/store/touches.h"
#include "tests/unit/control/store/frames.h"
#include "tests/unit/control/store/sqlite_file.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

constexpr std::int64_t kDay = 86'400;

// A frame of a few windows over some days, most of them near `now`.
DeltaFrame late_frame(std::uint64_t seq, std::mt19937_64& random, std::int64_t now) {
  DeltaFrame frame = any_frame(seq, random());
  std::map<std::int64_t, std::map<control::SeriesKey, control::Histogram>> windows;
  for (auto& [start, window] : frame.windows) {
    const std::int64_t back = static_cast<std::int64_t>(random() % (random() % 4 == 0 ? 345'600u : 1'800u));
    windows[(now - back) / 10 * 10] = window;
  }
  frame.windows = std::move(windows);
  frame.recorded = 0;
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [series, histogram] : window) frame.recorded += histogram.n;
  }
  return frame;
}

std::vector<std::tuple<control::SeriesKey, std::int64_t, std::uint64_t>> counts_of(StoreSnapshot& snapshot,
                                                                                   const SeriesQuery& query,
                                                                                   std::int64_t step_s) {
  const auto counts = snapshot.counts(query, step_s);
  std::vector<std::tuple<control::SeriesKey, std::int64_t, std::uint64_t>> all;
  for (const auto& slice : counts->slices) all.emplace_back(counts->keys[slice.series], slice.start_unix_s, slice.n);
  return all;
}

std::map<control::SeriesKey, control::Distribution> sums_of(StoreSnapshot& snapshot, const SeriesQuery& query) {
  std::map<control::SeriesKey, control::Distribution> all;
  const auto sums = snapshot.sums(query);
  for (const auto& [key, total] : *sums) all[key] = total;
  return all;
}

// Any question that views ask, over any span.
void expect_same_answers(SeriesStore& cached, SeriesStore& plain, std::mt19937_64& random, std::int64_t now) {
  const auto one = cached.snapshot(), other = plain.snapshot();
  for (const std::int64_t step : {10, 60, 900, 3'600, 8 * 3'600, 7 * 86'400}) {
    const std::int64_t unit = step % 3'600 == 0 ? 3'600 : std::min<std::int64_t>(step, 60);
    SeriesQuery query;
    query.from = (now - static_cast<std::int64_t>(random() % 518'400u)) / unit * unit;
    query.to = random() % 2 ? now - now % 3'600 + 3'600 : now / 10 * 10;
    ASSERT_EQ(counts_of(**one, query, step), counts_of(**other, query, step)) << step;
    ASSERT_EQ(sums_of(**one, query), sums_of(**other, query));
    ASSERT_EQ(sums_of(**one, query), sums_of(**other, query));
  }
  const auto kept = (*one)->conservation();
  ASSERT_EQ(kept->kept, (*other)->conservation()->kept);
  ASSERT_EQ(kept->recorded, kept->kept + kept->trimmed);
}

void apply_to(SeriesStore& store, const DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  const auto applied = store.apply({&one, 1});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
}

TEST(SumCache, GivesTheAnswersOfTheTablesOnRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::mt19937_64 random(seed);
    const ScratchFolder folder, other;
    // Some have so little room that they forget all the time.
    const auto cached = open_sqlite(folder.file("db"), seed % 4 == 0 ? 20'000 : SumCache::kBytesMax);
    const auto plain = open_sqlite(other.file("db"), 0);
    std::int64_t now = kStart + 5 * kDay;
    for (std::uint64_t seq = 1; seq <= 120; ++seq) {
      now += static_cast<std::int64_t>(random() % 1'200);
      const DeltaFrame frame = late_frame(seq, random, now);
      apply_to(**cached, frame);
      apply_to(**plain, frame);
      if (random() % 10 == 0) apply_to(**cached, frame);  // a repeat changes nothing
      if (random() % 15 == 0) {
        const Retention keep{now - 6 * 3'600, now - static_cast<std::int64_t>(1 + random() % 3) * kDay, now - 4 * kDay};
        ASSERT_TRUE((*cached)->trim(keep).ok());
        ASSERT_TRUE((*plain)->trim(keep).ok());
      }
      if (random() % 3 == 0) expect_same_answers(**cached, **plain, random, now);
    }
    expect_same_answers(**cached, **plain, random, now);
  }
}

TEST(SumCache, AReaderSeesEveryAcknowledgedFrameAndOneMomentOnly) {
  const ScratchFolder folder;
  const auto store = open(folder);
  const std::int64_t window = kStart + kDay / 2;
  DeltaFrame frame = any_frame(1, 1);
  const auto write = [&](std::uint64_t seq, std::int64_t at) {
    frame.seq = seq;
    frame.windows.clear();
    frame.windows[at][key("checkout", CellKind::kStart)].n = 1;
    frame.recorded = 1;
    apply_to(*store, frame);
  };
  write(1, window);
  write(2, kStart + 9 * kDay);  // the present, so that the window lies in the past
  constexpr std::uint64_t kFrames = 600;
  std::atomic<std::uint64_t> acknowledged = 1;
  std::thread writer([&] {
    for (std::uint64_t n = 2; n <= kFrames; ++n) {
      write(n + 1, window);
      acknowledged = n;
    }
  });
  SeriesQuery query;
  query.from = kStart - kStart % kDay;
  query.to = query.from + 3 * kDay;
  for (std::uint64_t seen = 0; seen < kFrames;) {
    const std::uint64_t at_least = acknowledged;
    const auto snapshot = store->snapshot();
    const std::uint64_t by_day = sums_of(**snapshot, query).begin()->second.n;
    std::uint64_t by_hour = 0, by_minute = 0;
    for (const auto& [series, start, n] : counts_of(**snapshot, query, 3'600)) by_hour += n;
    for (const auto& [series, start, n] : counts_of(**snapshot, query, 60)) by_minute += n;
    EXPECT_GE(by_day, at_least);
    EXPECT_GE(by_day, seen);
    EXPECT_EQ(by_hour, by_day);
    EXPECT_EQ(by_minute, by_day);
    const auto all = (*snapshot)->conservation();
    EXPECT_EQ(all->recorded, all->kept);
    seen = by_day;
    if (::testing::Test::HasFailure()) break;
  }
  writer.join();
}

TEST(SumCache, OfAllTimeIsReadAtOnceInsteadOfPartByPart) {
  const ScratchFolder folder;
  const auto store = open(folder);
  apply_to(*store, any_frame(1, 1));
  Model model;
  add(model, any_frame(1, 1));
  EXPECT_EQ(sums(*store, 0, kEver), model);
  SeriesQuery query;
  query.to = kEver;
  const auto snapshot = store->snapshot();
  for (const std::int64_t step : {60, 3'600}) {
    std::uint64_t n = 0, expected = 0;
    for (const auto& [series, start, count] : counts_of(**snapshot, query, step)) n += count;
    for (const auto& [series, total] : model) expected += total.n;
    EXPECT_EQ(n, expected) << step;
  }
}

TEST(SumCache, IsUsedForAllButTheNewestPartAndForAllBeforeTheFirstFrame) {
  Touches touches;
  SumCache cache(SumCache::kBytesMax);
  const std::int64_t day = kStart - kStart % kDay;
  const auto usable = [&](std::int64_t start) {
    return CacheView{&cache, touches.state(), touches.state()}.version(&TouchState::days, start).has_value();
  };
  EXPECT_TRUE(usable(day));
  DeltaFrame frame;
  frame.windows[kStart] = {};
  const ReceivedFrame one = received(frame);
  touches.begin({&one, 1});
  touches.end(true);
  EXPECT_FALSE(usable(day));
  EXPECT_TRUE(usable(day - kDay));
  // A write between the two looks at the state may or may not be in the snapshot.
  CacheView view{&cache, touches.state(), nullptr};
  frame.windows[kStart - kDay] = {};
  touches.begin({&one, 1});
  touches.end(true);
  view.after = touches.state();
  EXPECT_FALSE(view.version(&TouchState::days, day - kDay).has_value());
  EXPECT_TRUE(view.version(&TouchState::days, day - 2 * kDay).has_value());
}

TEST(SumCache, SettledHoursAreAllButTheNewestTwoWithWholeDaysApart) {
  Touches touches;
  SumCache cache(SumCache::kBytesMax);
  constexpr std::int64_t kHour = 3'600;
  const std::int64_t day = kStart - kStart % kDay, newest = day + 9 * kHour;
  DeltaFrame frame;
  const auto write = [&](std::int64_t at) {
    frame.windows.clear();
    frame.windows[at] = {};
    const ReceivedFrame one = received(frame);
    touches.begin({&one, 1});
    touches.end(true);
  };
  const auto spans = [&] {
    const CacheView view{&cache, touches.state(), touches.state()};
    return settled_spans(view, day - 3 * kDay + 5 * kHour, day + kDay);
  };
  write(newest);
  const auto settled = spans();
  ASSERT_EQ(settled.size(), 3u);
  EXPECT_EQ(settled[0].from, day - 3 * kDay + 5 * kHour);
  EXPECT_EQ(settled[0].to, day - 2 * kDay);
  EXPECT_EQ(settled[1].to, day);
  EXPECT_EQ(settled[2].to, newest - kHour);
  write(newest);
  write(newest - kHour);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(spans()[i].fingerprint, settled[i].fingerprint) << i;
  write(day - kDay + 10);  // late: only the whole days are others
  EXPECT_EQ(spans()[0].fingerprint, settled[0].fingerprint);
  EXPECT_NE(spans()[1].fingerprint, settled[1].fingerprint);
  EXPECT_EQ(spans()[2].fingerprint, settled[2].fingerprint);
  EXPECT_TRUE(settled_spans(CacheView{}, day, day + kDay).empty());
}

TEST(KeptDays, ASnapshotOfBeforeADeletionStillSeesAllThatItHad) {
  const ScratchFolder folder;
  const auto store = open(folder);
  const auto write = [&](std::uint64_t seq, std::int64_t at) {
    DeltaFrame frame = any_frame(seq, 1);
    frame.windows.clear();
    frame.windows[at][key("checkout", CellKind::kStart)].n = seq;
    frame.recorded = seq;
    apply_to(*store, frame);
  };
  write(1, kStart);
  write(2, kStart + 9 * kDay);
  const auto before = store->snapshot();
  EXPECT_EQ((*before)->conservation()->kept, 3u);
  const std::int64_t now = kStart + 10 * kDay;
  ASSERT_TRUE(store->trim({now - 6 * 3'600, now - kDay, now - 4 * kDay}).ok());
  const auto after = store->snapshot();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((*after)->conservation()->kept, 2u);
    EXPECT_EQ((*after)->conservation()->trimmed, 1u);
    EXPECT_EQ((*before)->conservation()->kept, 3u);
  }
}

// The days of a table while their deletion is under way, as snapshots of before and after its commit see them.
class DuringADeletion : public ::testing::Test {
 protected:
  static constexpr std::int64_t kOld = kStart - kStart % kDay, kNew = kOld + 9 * kDay;

  DuringADeletion() {
    connection_.run("CREATE TABLE series (id INTEGER PRIMARY KEY)");
    connection_.run("CREATE TABLE hours (series INTEGER, start INTEGER, n INTEGER)");
    connection_.run("INSERT INTO series VALUES (1)");
    insert(kOld, 1);
    insert(kNew, 2);
  }
  void insert(std::int64_t start, std::uint64_t n) {
    Statement(connection_, "INSERT INTO hours VALUES (1,?,?)").start(start, n).run();
  }
  // A frame's counts, with its transaction.
  void write(std::int64_t start, std::uint64_t n) {
    DeltaFrame frame;
    frame.windows[start] = {};
    const ReceivedFrame one = received(frame);
    touches_.begin({&one, 1});
    insert(start, n);
    touches_.end(true);
  }
  std::uint64_t kept(std::shared_ptr<const TouchState> before) {
    return sum_kept(connection_, CacheView{&cache_, std::move(before), touches_.state()});
  }
  std::uint64_t kept() { return kept(touches_.state()); }

  ScratchFolder folder_;
  Connection connection_{folder_.file("db"), false};
  SumCache cache_{1 << 20};
  Touches touches_;
};

TEST_F(DuringADeletion, DaysThatStayAreNotReadAgain) {
  EXPECT_EQ(kept(), 3u);
  touches_.begin_trim(kNew, kNew);
  connection_.run("UPDATE hours SET n = n + 100");  // nobody says so: what is read again shows it
  EXPECT_EQ(kept(), 103u);
  EXPECT_EQ(kept(), 103u);
}

TEST_F(DuringADeletion, ADayThatIsGoneInOneSnapshotIsStillThereInAnother) {
  EXPECT_EQ(kept(), 3u);
  touches_.begin_trim(kNew, kNew);
  const auto under_way = touches_.state();
  connection_.run("BEGIN");
  connection_.run("DELETE FROM hours WHERE n = 1");
  EXPECT_EQ(kept(), 2u);
  connection_.run("ROLLBACK");  // the other one
  EXPECT_EQ(kept(), 3u);
  connection_.run("DELETE FROM hours WHERE n = 1");
  touches_.end(true);
  EXPECT_EQ(kept(under_way), 2u);
  EXPECT_EQ(kept(), 2u);
}

TEST_F(DuringADeletion, ThatFailsADayThatCameLateIsStillCounted) {
  EXPECT_EQ(kept(), 3u);
  write(kOld - 9 * kDay, 10);
  touches_.begin_trim(kNew, kNew);
  touches_.end(false);
  EXPECT_EQ(kept(), 13u);
}

TEST_F(DuringADeletion, ThatIsOverBeforeASnapshotHasBegunADayOfBeforeItIsStillCounted) {
  EXPECT_EQ(kept(), 3u);
  const auto before = touches_.state();
  write(kOld - 9 * kDay, 10);  // the snapshot sees it, and nothing of the deletion
  touches_.begin_trim(kNew, kNew);
  touches_.end(true);
  EXPECT_EQ(kept(before), 13u);
}

TEST_F(DuringADeletion, OfManyDaysAllAreReadAtOnceAndNoneIsForgotten) {
  for (int day = 1; day <= 20; ++day) write(kOld - day * kDay, 10);
  EXPECT_EQ(kept(), 203u);
  touches_.begin_trim(kNew, kNew);
  connection_.run("BEGIN");
  connection_.run("DELETE FROM hours WHERE n <> 2");
  EXPECT_EQ(kept(), 2u);
  connection_.run("ROLLBACK");
  EXPECT_EQ(kept(), 203u);
}

TEST_F(DuringADeletion, NothingIsLearntOfWhatAllDaysAre) {
  touches_.begin_trim(kNew, kNew);
  connection_.run("BEGIN");
  connection_.run("DELETE FROM hours WHERE n = 1");
  EXPECT_EQ(kept(), 2u);
  connection_.run("ROLLBACK");
  EXPECT_EQ(kept(), 3u);
}

TEST_F(DuringADeletion, WhatIsWrittenMeanwhileIsReadAgain) {
  EXPECT_EQ(kept(), 3u);
  touches_.begin_trim(kNew, kNew);
  DeltaFrame frame;
  frame.windows[kNew] = {};
  frame.windows[kNew + kDay] = {};
  const ReceivedFrame one = received(frame);
  touches_.begin({&one, 1});
  insert(kNew, 10);
  insert(kNew + kDay, 20);
  EXPECT_EQ(kept(), 33u);
  touches_.end(true);
  EXPECT_EQ(kept(), 33u);
}

TEST(Touches, APartThatIsBeingWrittenToHasNoVersion) {
  Touches touches;
  DeltaFrame frame;
  frame.windows[kStart] = {};
  const ReceivedFrame one = received(frame);
  const std::int64_t day = kStart - kStart % kDay;
  const auto version = [&] { return touches.state()->days.version(day); };
  EXPECT_EQ(version(), 0u);
  touches.begin({&one, 1});
  EXPECT_FALSE(version().has_value());
  EXPECT_EQ(touches.state()->days.version(day - kDay), 0u);
  touches.end(true);
  const auto written = version();
  ASSERT_TRUE(written.has_value());
  EXPECT_NE(written, 0u);
  touches.begin_trim(day, day);
  EXPECT_EQ(version(), written);
  EXPECT_FALSE(touches.state()->days.version(day - kDay).has_value());
  touches.end(true);
  EXPECT_NE(touches.state()->days.version(day - kDay), 0u);
  EXPECT_EQ(version(), written);
}

}  // namespace
}  // namespace bellrock::store
