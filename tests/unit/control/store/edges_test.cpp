// What the store keeps of each node's edge.
#include <gtest/gtest.h>

#include "control/store/sqlite.h"
#include "control/store/sqlite_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

Applied apply(SeriesStore& store, const control::DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  const auto applied = store.apply({&one, 1});
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return applied->at(0);
}

TEST(SqliteStore, KeepsTheEdgesStateOfTheNewestFrame) {
  const ScratchFolder folder;
  const auto store = open(folder);
  const auto after = [&](std::uint64_t seq, std::optional<control::EdgeState> edge) {
    auto frame = any_frame(seq, 1);
    frame.edge = edge;
    EXPECT_EQ(apply(*store, frame), Applied::kApplied);
    return (*store->snapshot())->sources()->at(0).edge;
  };
  EXPECT_EQ(after(2, std::nullopt), std::nullopt);
  EXPECT_EQ(after(4, control::EdgeState{true, 5}), (control::EdgeState{true, 5}));
  EXPECT_EQ(after(3, control::EdgeState{false, 4}), (control::EdgeState{true, 5}));
  EXPECT_EQ(after(5, control::EdgeState{false, 6}), (control::EdgeState{false, 6}));
  EXPECT_EQ(after(6, std::nullopt), std::nullopt);
}

const std::string kNotIn2 = "DROP TABLE minutes; DROP TABLE heard; DROP TABLE journal; ";

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

}  // namespace
}  // namespace bellrock::store
