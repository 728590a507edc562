// What is SQLite's own: its file, its lock, and files of older versions.
#include <gtest/gtest.h>

#include "control/store/schema.h"
#include "control/store/sqlite.h"
#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"
#include "tests/unit/control/store/sqlite_file.h"

namespace bellrock::store {

class SqliteBackend : public Backend {
 public:
  Result<std::unique_ptr<SeriesStore>, StoreError> try_open_with(const SeriesLimits& limits) override {
    return open_sqlite(folder_.file("db"), SumCache::kBytesMax, limits);
  }

  void expect_hours_are_their_parts(std::int64_t kept_from) override {
    Connection connection(folder_.file("db"), true);
    Statement rows(
        connection,
        "SELECT h.n, (SELECT coalesce(sum(n), 0) FROM cells WHERE series = h.series AND start >= h.start AND "
        "start < h.start + 3600) + (SELECT coalesce(sum(n), 0) FROM minutes WHERE series = h.series AND "
        "start >= h.start AND start < h.start + 3600) FROM hours h WHERE h.start >= ?");
    int seen = 0;
    for (rows.start(kept_from); rows.next(); ++seen) EXPECT_EQ(rows.integer(0), rows.integer(1));
    EXPECT_GT(seen, 0);
  }

 private:
  ScratchFolder folder_;
};

std::unique_ptr<Backend> make_backend() { return std::make_unique<SqliteBackend>(); }
std::uint64_t rounds(std::uint64_t most) { return most; }

namespace {

Applied apply(SeriesStore& store, const control::DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  const auto applied = store.apply({&one, 1});
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return applied->at(0);
}

TEST(SqliteStore, MakesTheFolderItLivesInOrSaysWhyNot) {
  const ScratchFolder folder;
  EXPECT_TRUE(open_sqlite(folder.file("not/yet/there/db")).ok());
  const auto refused = open_sqlite("/proc/no/db");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("/proc/no: cannot be created: "), std::string::npos)
      << refused.error().message;
}

TEST(SqliteStore, IsOpenInOneProcessAtATimeAndRefusesForeignFiles) {
  const ScratchFolder folder;
  auto store = open(folder);
  const auto second = open_sqlite(folder.file("db"));
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(second.error().in_use);
  store.reset();
  EXPECT_TRUE(open_sqlite(folder.file("db")).ok());
  { Connection(folder.file("foreign"), false).run("CREATE TABLE t (x)"); }
  EXPECT_FALSE(open_sqlite(folder.file("foreign")).ok());
}

TEST(SqliteStore, AJournalThatIsFullStillHasWhatIsInItRewritten) {
  const ScratchFolder folder;
  JournalEntry entry{0, kStart, "incident", "checkout", "success", "open", "{}"};
  { ASSERT_TRUE(open(folder)->write_journal(entry).ok()); }
  Connection(folder.file("db"), false)
      .run(
          "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
          "INSERT INTO journal SELECT i, 0, 'change', '', '', '', '{}' FROM n");
  const auto store = open(folder);
  entry.body = "{\"closed\":true}";
  EXPECT_TRUE(store->write_journal(entry).ok());
  EXPECT_EQ((*store->snapshot())->journal("incident", 2)->at(0).body, entry.body);
  entry.key = "another";
  EXPECT_FALSE(store->write_journal(entry).ok());
  entry.key.clear();
  EXPECT_FALSE(store->write_journal(entry).ok());
}

const std::string kNotIn2 =
    "DROP TABLE minutes; DROP TABLE heard; DROP TABLE journal; DROP TABLE storyboards; "
    "DROP TABLE losses; DROP TABLE clocks; DROP TABLE newest_minutes; ";

const std::string kNotIn5 = "DROP TABLE losses; DROP TABLE clocks; DROP TABLE newest_minutes; ";

TEST(SqliteStore, AStoreOfVersion2KeepsItsEdges) {
  const ScratchFolder folder;
  auto frame = any_frame(1, 1);
  frame.edge = {true, 7};
  { EXPECT_EQ(apply(*open(folder), frame), Applied::kApplied); }
  { Connection(folder.file("db"), false).run((kNotIn2 + "PRAGMA user_version = 2").c_str()); }
  const auto store = open(folder);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).edge, frame.edge);
  ASSERT_TRUE(store->write_journal({0, kStart, "change", "", "", "", "{}"}).ok());
}

TEST(SqliteStore, AStoreOfVersion4HadItsLossesWhenItWasLastHeardOfAtTheLatest) {
  const ScratchFolder folder;
  auto frame = any_frame(5, 1), other = any_frame(5, 1, "edge-b");
  frame.oldest_seq_held = other.oldest_seq_held = 1;
  frame.lost = {{2, 3}};
  {
    const auto store = open(folder);
    EXPECT_EQ(apply(*store, frame), Applied::kApplied);
    EXPECT_EQ(apply(*store, other), Applied::kApplied);
  }
  { Connection(folder.file("db"), false).run((kNotIn5 + "PRAGMA user_version = 4").c_str()); }
  const auto sources = *(*open(folder)->snapshot())->sources();
  ASSERT_EQ(sources.size(), 2u);
  for (const auto& one : sources) {
    EXPECT_EQ(one.last_lost_unix_ms, one.node == "edge-b" ? 0 : one.last_seen_unix_ms);
  }
}

TEST(SqliteStore, AStoreOfVersion5KnowsNoClockUntilAFrameSaysIt) {
  const ScratchFolder folder;
  { EXPECT_EQ(apply(*open(folder), any_frame(1, 1)), Applied::kApplied); }
  { Connection(folder.file("db"), false).run("DROP TABLE clocks; DROP TABLE newest_minutes; PRAGMA user_version = 5"); }
  const auto store = open(folder);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).clock, std::nullopt);
  auto frame = any_frame(2, 1);
  frame.clock = {-30'000, 7};
  EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).clock, frame.clock);
}

TEST(SqliteStore, AStoreOfVersion6TellsWhatWentBackByWhenItWasLastHeardOf) {
  const ScratchFolder folder;
  auto frame = any_frame(2 * kSeqsRemembered, 1);
  frame.oldest_seq_held = frame.seq;
  { EXPECT_EQ(apply(*open(folder), frame), Applied::kApplied); }
  { Connection(folder.file("db"), false).run("DROP TABLE newest_minutes; PRAGMA user_version = 6"); }
  const auto store = open(folder);
  auto old = any_frame(5, 1);
  EXPECT_EQ(apply(*store, old), Applied::kRepeated);
  old.sent_unix_ms += 60'000;
  EXPECT_EQ(apply(*store, old), Applied::kConflict);
}

TEST(SqliteStore, ForgetsNamesOfWhichNothingIsKeptWhereTheyTakeMoreThanHalfTheRoom) {
  const ScratchFolder folder;
  const auto open_for = [&](std::size_t all) {
    return std::move(*open_sqlite(folder.file("db"), SumCache::kBytesMax, SeriesLimits{.all = all}));
  };
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kStart * 1'000;
  auto& window = frame.windows[kStart];
  for (const char* device : {"phone", "tablet", "desktop"}) {
    auto one = key("search", CellKind::kObjective, "fast", "good", CellScope::kDimensioned);
    one.dimensions = {{"device", device}};
    window[one].n = 1;
  }
  window[key("search", CellKind::kObjective, "fast", "good")].n = 3;
  frame.recorded = 6;
  EXPECT_EQ(apply(*open_for(100), frame), Applied::kApplied);
  const auto names = [&] { return Connection(folder.file("db"), true).number("SELECT count(*) FROM series"); };
  const Retention all_gone{kStart + 7'200, kStart + 7'200, kStart + 7'200};
  ASSERT_TRUE(open_for(8)->trim(all_gone).ok());
  EXPECT_EQ(names(), 4);  // no more than half of the room
  const auto store = open_for(7);
  ASSERT_TRUE(store->trim(all_gone).ok());
  EXPECT_EQ(names(), 1);
  EXPECT_EQ((*store->snapshot())->lifetime()->at(0).n, 3u);
  ++frame.seq;
  EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  EXPECT_EQ(names(), 4);
}

TEST(SqliteStore, AFullStoreTakesWhatItKnowsAndSaysWhatItDoesNot) {
  const ScratchFolder folder;
  const auto store = std::move(*open_sqlite(folder.file("db"), SumCache::kBytesMax, SeriesLimits{.all = 2}));
  control::DeltaFrame frame;
  frame.node = "edge";
  for (const char* item : {"a", "b", "c", "d"}) {
    frame.windows[kStart][key("checkout", CellKind::kStart, item)].n = 10;
    ++frame.seq;
    frame.recorded += 10;
    EXPECT_EQ(apply(*store, frame), Applied::kApplied) << item;
  }
  const auto snapshot = std::move(*store->snapshot());
  EXPECT_EQ(snapshot->conservation()->recorded, 10u + 20 + 20 + 20);
  EXPECT_EQ(snapshot->conservation()->kept, 10u + 20 + 20 + 20);
  EXPECT_EQ(snapshot->problems().at(0),
            "new series were left out of frames 3 times since the start, with 30 counts; the last were of node edge: "
            "the store holds 2, the most that it takes");
}

TEST(SqliteStore, AStoreOfVersion1GoesOn) {
  const ScratchFolder folder;
  { EXPECT_EQ(apply(*open(folder), any_frame(1, 1)), Applied::kApplied); }
  { Connection(folder.file("db"), false).run(("DROP TABLE edges; " + kNotIn2 + "PRAGMA user_version = 1").c_str()); }
  const auto store = open(folder);
  EXPECT_EQ(apply(*store, any_frame(1, 1)), Applied::kRepeated);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).edge, std::nullopt);
  auto frame = any_frame(2, 1);
  frame.edge = {true, 7};
  EXPECT_EQ(apply(*store, frame), Applied::kApplied);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).edge, frame.edge);
}

TEST(SqliteStore, AStoreOfVersion1IsTakenOverWithItsSums) {
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

}  // namespace
}  // namespace bellrock::store
