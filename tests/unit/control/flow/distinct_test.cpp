// How many different visitors there were: how far off the estimate is, and that cores, windows and nodes add up.
#include "control/flow/distinct.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace bellrock::control {
namespace {

using Cells = std::array<Histogram, kDistinctCells>;

void add(Cells& cells, const Coupon& coupon) {
  Histogram& histogram = cells[coupon.cell];
  ++histogram.n;
  ++histogram.buckets[kBucketMin + coupon.slot];
}

DistinctSketch sketch_of(const Cells& cells) {
  DistinctSketch sketch;
  for (std::size_t i = 0; i < kDistinctCells; ++i) merge(sketch, distinct_item(i), cells[i]);
  return sketch;
}

// Straight into the sketch, for many.
void add(DistinctSketch& sketch, const Coupon& coupon) { sketch.seen[coupon.cell].set(coupon.slot); }

SessionKey key_of(std::mt19937_64& random) { return {{random(), random()}}; }

TEST(Distinct, IsOffByItsStandardErrorAndNotToOneSide) {
  std::mt19937_64 random(5);
  constexpr int kRuns = 300;
  for (const std::size_t n : {100u, 1'000u, 5'000u, 30'000u}) {
    double sum = 0, squares = 0;
    for (int run = 0; run < kRuns; ++run) {
      DistinctSketch sketch;
      for (std::size_t i = 0; i < n; ++i) add(sketch, coupon_of(random()));
      const double off = estimate(sketch) / static_cast<double>(n) - 1;
      sum += off;
      squares += off * off;
    }
    const double mean = sum / kRuns, error = std::sqrt(squares / kRuns);
    // The error of 300 runs is itself known to 4 %; three times that.
    EXPECT_LT(error, kDistinctError * 1.13) << n;
    EXPECT_LT(std::abs(mean), 4 * kDistinctError / std::sqrt(kRuns)) << n;
    if (n < 30'000) continue;  // fewer leave registers without their lower levels, and the error smaller
    EXPECT_GT(error, kDistinctError * 0.87) << n << ": the bound is no better than it has to be";
  }
}

TEST(Distinct, OfFewIsAlmostExactAndOfNobodyNothing) {
  EXPECT_EQ(estimate({}), 0);
  std::mt19937_64 random(6);
  DistinctSketch sketch;
  for (int n = 1; n <= 10; ++n) {
    add(sketch, coupon_of(random()));
    EXPECT_NEAR(estimate(sketch), n, 0.1);
  }
}

TEST(Distinct, GrowsOnUpToMoreThanThereAre) {
  DistinctSketch sketch;
  double before = 0;
  for (std::size_t level = 0; level < kDistinctLevels; ++level) {
    for (auto& cell : sketch.seen) {
      for (std::size_t i = 0; i < kDistinctPerCell; ++i) cell.set(level * kDistinctPerCell + i);
    }
    const double now = estimate(sketch);
    EXPECT_GT(now, before);
    before = now;
  }
  EXPECT_GT(before, 1e12) << "every coupon there is";
}

TEST(Distinct, CountsNobodyTwiceWhateverTheCoreTheWindowAndTheOrder) {
  std::mt19937_64 random(7);
  std::vector<SessionKey> visitors;
  for (int i = 0; i < 3'000; ++i) visitors.push_back(key_of(random));
  Cells all{}, cores[4] = {};
  for (int i = 0; i < 20'000; ++i) {
    const Coupon coupon = coupon_of(visitors[random() % visitors.size()], JourneyId{3});
    add(all, coupon);
    add(cores[random() % 4], coupon);
  }
  Cells merged{};
  for (const int core : {2, 0, 3, 1}) {
    for (std::size_t i = 0; i < kDistinctCells; ++i) merge(merged[i], cores[core][i]);
  }
  EXPECT_EQ(merged, all);
  EXPECT_EQ(estimate(sketch_of(merged)), estimate(sketch_of(all)));
  EXPECT_NEAR(estimate(sketch_of(all)), 3'000, 3 * kDistinctError * 3'000);
}

// Two boards have different keys of the same visitors, so what they saw adds up, and one's says nothing of the other's.
TEST(Distinct, OfTwoNodesIsTheSumOfBoth) {
  std::mt19937_64 random(8);
  DistinctSketch one, other, both;
  std::size_t common = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Coupon here = coupon_of(key_of(random), JourneyId{0u}), there = coupon_of(key_of(random), JourneyId{0u});
    add(one, here);
    add(other, there);
    add(both, here);
    add(both, there);
    common += here.cell == there.cell && here.slot == there.slot;
  }
  EXPECT_NEAR(estimate(both), estimate(one) + estimate(other), 3 * kDistinctError * 10'000);
  EXPECT_LT(common, 20u) << "no more than by chance: 5,000 in 3,072";
}

TEST(Distinct, OfAnotherJourneyHasOtherCoupons) {
  std::mt19937_64 random(9);
  std::size_t same = 0;
  for (int i = 0; i < 5'000; ++i) {
    const SessionKey visitor = key_of(random);
    const Coupon here = coupon_of(visitor, JourneyId{0u}), there = coupon_of(visitor, JourneyId{1u});
    same += here.cell == there.cell && here.slot == there.slot;
  }
  EXPECT_LT(same, 20u);
}

TEST(Distinct, TakesNoSeriesThatIsNone) {
  Histogram histogram;
  histogram.n = 1;
  histogram.buckets[kBucketMin] = 1;
  DistinctSketch sketch;
  for (const char* item : {"1024/16", "1024/", "1024/-1", "1024/1x", "2048/0", "", "1024"}) {
    merge(sketch, item, histogram);
    EXPECT_EQ(estimate(sketch), 0) << item;
  }
  histogram.buckets = {{kBucketMin - 1, 1}, {kBucketEnd, 1}, {kBucketMin, 0}};
  merge(sketch, "1024/0", histogram);
  EXPECT_EQ(estimate(sketch), 0);
}

}  // namespace
}  // namespace bellrock::control
