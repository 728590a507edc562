// Coupons of the visitors who began attempts: the same for each of a visitor's attempts, and of nobody who knows not
// his key.
#include <map>
#include <set>

#include "dataplane/sketch/mapping.h"
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

class DistinctTest : public TrackerTest {
 protected:
  DistinctTest() { checkout_journey().distinct_sessions = true; }
  // Cell and slot of each, and how often it was drawn.
  std::map<std::pair<int, int>, std::uint64_t> coupons() {
    std::map<std::pair<int, int>, std::uint64_t> all;
    for (const auto& [at, cell] : owner().cells.windows()) {
      if (at.second.kind != CellKind::kDistinct) continue;
      EXPECT_EQ(at.second.scope, CellScope::kTotal);
      for (const Duration value : cell.values) ++all[{at.second.item, sketch::slot_of(value)}];
    }
    return all;
  }
};

TEST_F(DistinctTest, EachAttemptOfAVisitorDrawsHisCoupon) {
  for (const std::uint64_t visitor : {1u, 2u, 3u}) {
    for (int i = 0; i < 4; ++i) open(i, visitor);
  }
  std::map<std::pair<int, int>, std::uint64_t> wanted;
  for (const std::uint64_t visitor : {1u, 2u, 3u}) {
    const Coupon coupon = coupon_of(visitor_key(visitor), checkout::kId);
    wanted[{coupon.cell, coupon.slot}] += 4;
  }
  EXPECT_EQ(coupons(), wanted);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 12u);
}

TEST_F(DistinctTest, WhoBeginsNothingDrawsNone) {
  play(step(1, checkout::kConfirmed, Channel::kBeacon));
  Event bot = step(2, checkout::kOpen, Channel::kHttpRequest, 9);
  bot.filter = Filter::kBot;
  play(bot);
  EXPECT_TRUE(coupons().empty());
}

TEST_F(DistinctTest, WhereNobodyAsksThereAreNoCells) {
  checkout_journey().distinct_sessions = false;
  open(1);
  EXPECT_TRUE(coupons().empty());
  for (const CellKey& key : owner().cells.reserved()) EXPECT_NE(key.kind, CellKind::kDistinct);
}

TEST(Coupons, OfEverySlotAreDurationsThatAHistogramCountsThere) {
  for (std::size_t slot = 0; slot < kDistinctLevels * kDistinctPerCell; ++slot) {
    ASSERT_EQ(sketch::slot_of(coupon_time(slot)), static_cast<std::int32_t>(slot));
  }
  static_assert(kDistinctLevels == sketch::kOctaves && kDistinctPerCell == sketch::kBucketsPerOctave);
}

TEST(Coupons, AreRegistersWithLevelsOfHalfTheChanceEach) {
  EXPECT_EQ(coupon_of(0).slot / kDistinctPerCell, kDistinctLevels - 1);
  EXPECT_EQ(coupon_of(~std::uint64_t{0}).slot, kDistinctPerCell - 1);
  EXPECT_EQ(coupon_of(~std::uint64_t{0}).cell, kDistinctCells - 1);
  for (std::size_t level = 0; level < kDistinctLevels - 1; ++level) {
    const Coupon coupon = coupon_of((kDistinctRegisters << level) + 16 * 5 + 3);
    EXPECT_EQ(coupon.cell, 3u);
    EXPECT_EQ(coupon.slot, level * kDistinctPerCell + 5);
  }
}

// Membership cannot be tried out: under another key the same visitor draws another coupon.
TEST(Coupons, UnderAnotherKeyAreOthers) {
  std::set<std::pair<int, int>> drawn;
  for (std::uint64_t key = 1; key <= 200; ++key) {
    const Coupon coupon = coupon_of(SessionKey{{key, 77}}, checkout::kId);
    drawn.insert({coupon.cell, coupon.slot});
  }
  EXPECT_GT(drawn.size(), 180u);
}

}  // namespace
}  // namespace bellrock::journey
