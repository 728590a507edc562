// Frames that are old are folded: every answer stays what it was, and the table stays small.
#include <gtest/gtest.h>

#include <algorithm>

#include "control/store/clickhouse_fold.h"
#include "control/store/sqlite_store.h"
#include "tests/system/clickhouse/clickhouse_backend.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

struct Sent {
  DeltaFrame frame;
  std::int64_t received_ms = 0;
  [[nodiscard]] ReceivedFrame received() const {
    ReceivedFrame one = store::received(frame);
    one.received_unix_ms = received_ms;
    return one;
  }
};

// Three nodes over days: gaps, ranges that are declared lost, some of whose frames come all the same, frames that come
// late, a node that goes silent, boards that move and boards that are lost.
std::vector<Sent> history(std::mt19937_64& random, int hours) {
  std::vector<Sent> all;
  std::map<std::string, std::uint64_t> newest;
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int step = 0; step < 3 * hours; ++step) {
    for (const char* node : {"edge-a", "edge-b", "edge-c"}) {
      if (node[5] == 'c' && step > hours && step < 2 * hours) continue;
      std::uint64_t& seq = newest[node];
      seq += 1 + below(150);
      Sent sent{any_frame(seq, 51, node), (kStart + 1'200 * step) * 1'000 + static_cast<std::int64_t>(below(60'000))};
      DeltaFrame& frame = sent.frame;
      std::map<std::int64_t, std::map<control::SeriesKey, control::Histogram>> windows;
      for (auto& [start, series] : frame.windows) windows[start + 1'200 * step] = std::move(series);
      frame.windows = decltype(frame.windows)(windows.begin(), windows.end());
      frame.sent_unix_ms = sent.received_ms;
      frame.oldest_seq_held = seq - std::min<std::uint64_t>(seq - 1, below(900));
      const std::uint64_t first = std::max<std::uint64_t>(1, seq - std::min<std::uint64_t>(seq, 1 + below(1'500)));
      if (first < seq && below(4) == 0) frame.lost = {{first, std::min(seq - 1, first + below(90))}};
      frame.open = {{"checkout", below(50)}};
      frame.counters = {{"packets", seq}};
      if (below(3) == 0) frame.edge = control::EdgeState{below(2) == 0, sent.received_ms};
      if (below(9) == 0) frame.board_lost = {{"checkout", below(5)}};
      frame.board_id[1] = static_cast<std::uint8_t>(step / 50);
      all.push_back(std::move(sent));
    }
  }
  for (std::size_t i = 0; i + 7 < all.size(); i += 1 + below(9)) std::swap(all[i].frame, all[i + below(7)].frame);
  return all;
}

void expect_same(SeriesStore& folded, SeriesStore& plain) {
  const auto left = std::move(*folded.snapshot()), right = std::move(*plain.snapshot());
  auto is = left->sources(), should = right->sources();
  ASSERT_TRUE(is.ok()) << is.error().message;
  const auto by_node = [](const SourceStatus& a, const SourceStatus& b) { return a.node < b.node; };
  std::sort(should->begin(), should->end(), by_node);
  ASSERT_EQ(is->size(), should->size());
  for (std::size_t i = 0; i < is->size(); ++i) {
    const SourceStatus &a = is->at(i), &b = should->at(i);
    EXPECT_EQ(a.node, b.node);
    EXPECT_EQ(a.board_id, b.board_id) << a.node;
    EXPECT_EQ(a.newest_seq, b.newest_seq) << a.node;
    EXPECT_EQ(a.oldest_seq_held, b.oldest_seq_held) << a.node;
    EXPECT_EQ(a.applied, b.applied) << a.node;
    EXPECT_EQ(a.repeated, b.repeated) << a.node;
    EXPECT_EQ(a.lost, b.lost) << a.node;
    EXPECT_EQ(a.last_lost_unix_ms, b.last_lost_unix_ms) << a.node;
    EXPECT_EQ(a.recorded, b.recorded) << a.node;
    EXPECT_EQ(a.unexplained, b.unexplained) << a.node;
    EXPECT_EQ(a.open, b.open) << a.node;
    EXPECT_EQ(a.counters, b.counters) << a.node;
    EXPECT_EQ(a.edge, b.edge) << a.node;
  }
  const auto ledger = left->ledger()->at("checkout"), other = right->ledger()->at("checkout");
  EXPECT_EQ(std::tie(ledger.starts, ledger.ended, ledger.open, ledger.board_lost),
            std::tie(other.starts, other.ended, other.open, other.board_lost));
  EXPECT_EQ(left->heard(0, kEver)->minutes, right->heard(0, kEver)->minutes);
  EXPECT_EQ(left->heard(0, kEver)->first, right->heard(0, kEver)->first);
  EXPECT_EQ(*left->board_lost(kStart + 7'200, kEver), *right->board_lost(kStart + 7'200, kEver));
  EXPECT_EQ(left->conservation()->recorded, right->conservation()->recorded);
  EXPECT_EQ(left->conservation()->kept, right->conservation()->kept);
  EXPECT_EQ(left->conservation()->trimmed, right->conservation()->trimmed);
}

TEST(Fold, AnswersAreThoseOfSqliteWhateverWasFoldedAndEachFrameCountsOnce) {
  ClickHouseBackend backend;
  auto store = backend.open();
  const auto other = backend.open();  // of another centre, which knows of nothing that the first one took
  const ScratchFolder folder;
  const auto plain = std::move(*open_sqlite(folder.file("db")));
  std::mt19937_64 random(51);
  constexpr int kHours = 60;
  constexpr std::size_t kTogether = 9;
  const std::vector<Sent> all = history(random, kHours);
  std::uint64_t rows_most = 0;
  for (std::size_t at = 0; at < all.size(); at += kTogether) {
    std::vector<ReceivedFrame> batch;
    for (std::size_t i = at; i < std::min(all.size(), at + kTogether); ++i) batch.push_back(all[i].received());
    if (at > 0 && random() % 2 == 0) batch.push_back(all[random() % at].received());  // one of before, however old
    const auto is = (random() % 4 == 0 ? *other : *store).apply(batch), should = plain->apply(batch);
    ASSERT_TRUE(is.ok()) << is.error().message;
    EXPECT_EQ(*is, *should);
    if (random() % 8 != 0) continue;
    const std::int64_t now = all[at].received_ms / 1'000;
    const Retention keep{now - 6 * 3'600, now - 20 * 3'600, random() % 2 == 0 ? 0 : now - 40 * 3'600};
    ASSERT_TRUE(store->trim(keep).ok());
    ASSERT_TRUE(plain->trim(keep).ok());
    if (random() % 4 == 0) store = backend.open();
    rows_most = backend.client().select("SELECT count() FROM frames").count();
  }
  const std::int64_t end = all.back().received_ms / 1'000;
  ASSERT_TRUE(store->trim({end, end - 20 * 3'600, end - 40 * 3'600}).ok());
  ASSERT_TRUE(plain->trim({end, end - 20 * 3'600, end - 40 * 3'600}).ok());
  expect_same(*store, *plain);
  expect_same(*other, *plain);
  // A bound by time: three nodes, a frame every 20 minutes, and what comes between one roll-up and the next.
  EXPECT_LT(rows_most, (kHoursOfFrames + 10) * 9);
  EXPECT_GT(backend.client().select("SELECT count() FROM sources").count(), 0u);
  EXPECT_FALSE(sums(*store).empty());
  EXPECT_EQ(sums(*store), sums(*plain));
  for (std::size_t i = 0; i < all.size(); i += 9) {
    const ReceivedFrame again = all[i].received();
    EXPECT_EQ(other->apply({&again, 1})->at(0), Applied::kRepeated) << i;
  }
}

TEST(Fold, AKilledFoldLeavesNothingThatCounts) {
  ClickHouseBackend backend;
  const auto store = backend.open();
  std::mt19937_64 random(52);
  const std::vector<Sent> all = history(random, 30);
  std::vector<ReceivedFrame> batch;
  for (const auto& sent : all) {
    batch.push_back(sent.received());
    if (batch.size() < 9 && &sent != &all.back()) continue;
    ASSERT_TRUE(store->apply(batch).ok());
    batch.clear();
  }
  const auto before = (*store->snapshot())->sources();
  {
    // All that a fold writes, without the row that makes it count.
    const auto client = backend.client();
    const View view = load_view(client);
    View next = view;
    next.first_hour = ~0u;
    fold_frames(client, view, next, 77);
    EXPECT_EQ(next.frames_run, 77u);
  }
  const auto same = [&](const std::vector<SourceStatus>& now) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      EXPECT_EQ(now[i].applied, before->at(i).applied);
      EXPECT_EQ(now[i].lost, before->at(i).lost);
      EXPECT_EQ(now[i].unexplained, before->at(i).unexplained);
    }
  };
  same(*(*store->snapshot())->sources());
  const std::int64_t now = all.back().received_ms / 1'000;
  ASSERT_TRUE(store->trim({now - 6 * 3'600, 0, 0}).ok());
  ASSERT_TRUE(store->trim({now - 6 * 3'600, 0, 0}).ok());
  EXPECT_LT(backend.client().select("SELECT count() FROM frames").count(), all.size());
  same(*(*store->snapshot())->sources());
}

}  // namespace
}  // namespace bellrock::store
