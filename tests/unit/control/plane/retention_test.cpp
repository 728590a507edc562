#include "control/plane/retention.h"

#include <gtest/gtest.h>

#include "control/plane/range.h"
#include "control/store/sqlite_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::plane {
namespace {

constexpr std::int64_t kKept = 35 * kDaySeconds;

struct Kept {
  Kept() : store(std::move(*store::open_sqlite(folder.file("db")))) {}

  // A frame that was sent at `at` by the node's clock and came at `received` by the centre's.
  void send(std::int64_t at, std::int64_t received) {
    ++seq;
    control::DeltaFrame frame = store::any_frame(seq, seq);
    frame.sent_unix_ms = at * 1'000;
    store::ReceivedFrame one{&frame, {}, received * 1'000};
    one.digest[0] = static_cast<std::uint8_t>(seq);
    ASSERT_TRUE(store->apply({&one, 1}).ok());
  }
  [[nodiscard]] store::Retention at(std::int64_t now) const { return *retention_at(*store, now, kKept); }
  [[nodiscard]] store::Conservation sums() const { return *(*store->snapshot())->conservation(); }

  store::ScratchFolder folder;
  std::unique_ptr<store::SeriesStore> store;
  std::uint64_t seq = 0;
};

TEST(Retention, FollowsTheClockWhileNodesAreHeard) {
  Kept kept;
  const std::int64_t now = store::kStart + 7 * kDaySeconds;
  EXPECT_EQ(kept.at(now).before, now - kKept);  // nobody was ever heard
  kept.send(now - 3'600, now);
  EXPECT_EQ(kept.at(now).before, now - kKept);
  EXPECT_EQ(kept.at(now).minutes_before, now - kKept);  // hours are not kept longer
  EXPECT_EQ(retention_at(*kept.store, now, 400 * kDaySeconds)->minutes_before, now - kMinutesSeconds);
  EXPECT_EQ(kept.at(now).fine_before, now - kFineSeconds);
}

TEST(Retention, AClockThatIsFarAheadDeletesNothing) {
  Kept kept;
  const std::int64_t now = store::kStart + 3 * 3'600, ahead = now + 40 * kDaySeconds;
  for (std::int64_t at = store::kStart; at <= now; at += 600) kept.send(at, at);
  const auto before = kept.sums();
  EXPECT_GT(kept.at(ahead).before, now + kAheadSeconds - kKept);
  EXPECT_LE(kept.at(ahead).before, now + kAheadSeconds - kKept + 60);
  kept.send(now + 60, ahead);  // nodes go on by their own clocks
  ASSERT_TRUE(kept.store->trim(kept.at(ahead)).ok());
  EXPECT_EQ(kept.sums().trimmed, 0u);
  EXPECT_GE(kept.sums().kept, before.kept);
  EXPECT_EQ(kept.sums().recorded, kept.sums().kept);
}

TEST(Retention, ANodeWhoseClockIsFarBehindHoldsNothingBack) {
  Kept kept;
  const std::int64_t now = store::kStart + 100 * kDaySeconds;
  kept.send(store::kStart, now);
  kept.send(now, now);
  EXPECT_EQ(kept.at(now).before, now - kKept);
}

}  // namespace
}  // namespace bellrock::plane
