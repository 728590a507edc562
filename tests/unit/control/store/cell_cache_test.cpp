// Cells are merged in memory and written once for a commit: nobody may be able to tell.
#include "control/store/cell_cache.h"

#include "tests/unit/control/store/sqlite_file.h"

namespace bellrock::store {
namespace {

std::vector<ReceivedFrame> all_received(const std::vector<control::DeltaFrame>& frames) {
  std::vector<ReceivedFrame> all;
  for (const auto& frame : frames) all.push_back(received(frame));
  return all;
}

TEST(CellCache, FramesOfOneCommitAddUpAsTheyDoOneByOneAlsoAfterARollUp) {
  const ScratchFolder folder;
  auto store = open(folder);
  std::mt19937_64 random(8);
  Model model;
  std::uint64_t recorded = 0;
  for (std::uint64_t seq = 1; seq <= 120;) {
    std::vector<control::DeltaFrame> frames;
    for (auto n = 1 + random() % 12; n > 0; --n, ++seq) {
      frames.push_back(any_frame(seq, 31, "edge-" + std::to_string(random() % 3)));
      recorded += frames.back().recorded;
      add(model, frames.back());
    }
    ASSERT_TRUE(store->apply(all_received(frames)).ok());
    EXPECT_EQ(sums(*store), model);
    if (random() % 3 == 0) {
      ASSERT_TRUE(store->trim({kStart + 3'600, kStart, 0}).ok());
    }
    if (random() % 4 == 0) store.reset(), store = open(folder);
  }
  const auto sum = (*store->snapshot())->conservation();
  EXPECT_EQ(sum->recorded, recorded);
  EXPECT_EQ(sum->kept, recorded);
  std::uint64_t ever = 0, total = 0;
  const auto lifetime = (*store->snapshot())->lifetime();
  for (const auto& one : *lifetime) ever += one.n;
  for (const auto& [series, sum_of] : model) total += series.scope == CellScope::kTotal ? sum_of.n : 0;
  EXPECT_EQ(ever, total);
}

TEST(CellCache, WhatAFailedCommitHeldIsForgotten) {
  const ScratchFolder folder;
  const auto store = open(folder);
  Model model;
  const auto first = any_frame(1, 32);
  add(model, first);
  ASSERT_TRUE(store->apply(all_received({first})).ok());
  const std::vector<control::DeltaFrame> more{any_frame(2, 32), any_frame(3, 32)};
  for (const char* table : {"cells", "hours"}) {
    Connection other(folder.file("db"), false);
    other.run(("CREATE TRIGGER broken BEFORE INSERT ON " + std::string(table) + " BEGIN SELECT RAISE(ABORT, 'x'); END")
                  .c_str());
    EXPECT_FALSE(store->apply(all_received(more)).ok());
    EXPECT_EQ(sums(*store), model);
    other.run("DROP TRIGGER broken");
  }
  for (const auto& frame : more) add(model, frame);
  const auto applied = store->apply(all_received(more));
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(applied->at(0), Applied::kApplied);
  EXPECT_EQ(sums(*store), model);
}

TEST(CellCache, HoldsNoMoreThanItsBoundAfterAFlush) {
  const ScratchFolder folder;
  (void)open(folder);
  Connection connection(folder.file("db"), false);
  CellCache cells(connection,
                  "SELECT n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM cells "
                  "WHERE series = ? AND start = ?",
                  "INSERT OR REPLACE INTO cells VALUES (?,?,?,?,?,?,?,?,?,?,?)");
  connection.run("BEGIN");
  const control::Histogram one{.n = 1, .buckets = {}};
  for (std::size_t i = 0; i <= CellCache::kCellsMax; ++i) cells.at(1, 10 * static_cast<std::int64_t>(i)).add(one);
  EXPECT_TRUE(cells.full());
  cells.flush();
  EXPECT_FALSE(cells.full());
  EXPECT_EQ(cells.at(1, 10).n, 1u);  // from its table
  EXPECT_EQ(connection.number("SELECT sum(n) FROM cells"), static_cast<std::int64_t>(CellCache::kCellsMax + 1));
  connection.run("ROLLBACK");
}

}  // namespace
}  // namespace bellrock::store
