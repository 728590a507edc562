#include "control/slo/burn_rate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bellrock::slo {
namespace {

constexpr std::uint64_t kCheckout = 992'000'000;

TEST(BurnRate, FactorsAreThoseOfTheWorkbookForThirtyAndTwentyEightDays) {
  const auto factors = [](std::int64_t days) {
    std::vector<double> all;
    for (const auto& pair : default_pairs(days * kDaySeconds)) all.push_back(pair.factor());
    return all;
  };
  const auto thirty = factors(30), four_weeks = factors(28);
  const double want_thirty[] = {14.4, 6, 3, 1}, want_four_weeks[] = {13.44, 5.6, 2.8, 14.0 / 15};
  ASSERT_EQ(thirty.size(), 4u);
  ASSERT_EQ(four_weeks.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(thirty[i], want_thirty[i], 1e-12);
    EXPECT_NEAR(four_weeks[i], want_four_weeks[i], 1e-12);
  }
}

TEST(BurnRate, ShortPeriodsKeepOnlyThePairsThatMeanSomething) {
  const auto week = default_pairs(7 * kDaySeconds);
  ASSERT_EQ(week.size(), 2u);
  EXPECT_NEAR(week[0].factor(), 3.36, 1e-12);
  EXPECT_NEAR(week[1].factor(), 1.4, 1e-12);
  EXPECT_TRUE(default_pairs(kDaySeconds).empty());
}

TEST(BurnRate, NoDefaultPageIsForWhatLeavesTheTargetMet) {
  for (std::int64_t hours = 1; hours <= 45 * 24; ++hours) {
    for (const auto& pair : default_pairs(hours * kHourSeconds)) {
      EXPECT_GE(pair.factor(), pair.severity == Severity::kPage ? 1 : 0.9) << hours;
    }
  }
  EXPECT_EQ(default_pairs(50 * kHourSeconds).size(), 1u);
  EXPECT_EQ(default_pairs(119 * kHourSeconds).size(), 1u);
  EXPECT_EQ(default_pairs(120 * kHourSeconds).size(), 2u);
}

TEST(BurnRate, APairThatNoWindowCanBeBadEnoughForIsFound) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  EXPECT_FALSE(can_fire(pairs[0], 900'000'000));  // 14.4 * 0.1
  EXPECT_TRUE(can_fire(pairs[1], 900'000'000));   // 6 * 0.1
  EXPECT_TRUE(can_fire(pairs[0], kCheckout));
  BurnPair edge{Severity::kPage, kHourSeconds, 300, kOne / 10, 10 * kHourSeconds};  // a factor of 1
  EXPECT_FALSE(can_fire(edge, 0));
  EXPECT_TRUE(can_fire(edge, 1));
}

TEST(BurnRate, AFullOutageIsSeenAfterItsShareOfTheLongWindow) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  EXPECT_EQ(seconds_to_hold(pairs[0], kCheckout, kOne), 415);  // 3600 * 14.4 * 0.008 = 414.72 s, 6.9 min
  EXPECT_EQ(seconds_to_hold(pairs[0], kCheckout, kOne / 2), 830);
  EXPECT_EQ(seconds_to_hold(pairs[0], kCheckout, 115'200'000), std::nullopt);  // at the rate, never above it
  EXPECT_EQ(seconds_to_hold(pairs[3], kCheckout, kOne), 2'074);
}

TEST(BurnRate, ExactlyAtTheRateDoesNotBurn) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  EXPECT_FALSE(burns({10'000 - 1'152, 1'152, 0, 0}, pairs[0], kCheckout));
  EXPECT_TRUE(burns({10'000 - 1'153, 1'153, 0, 0}, pairs[0], kCheckout));
  EXPECT_FALSE(burns({}, pairs[0], kCheckout));
  const auto four_weeks = default_pairs(28 * kDaySeconds);  // 14 / 15 * 0.008 = 112 / 15,000
  EXPECT_FALSE(burns({15'000 - 112, 112, 0, 0}, four_weeks[3], kCheckout));
  EXPECT_TRUE(burns({14'999 - 112, 112, 0, 0}, four_weeks[3], kCheckout));
}

TEST(BurnRate, UnknownAttemptsDoNotBurn) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  EXPECT_TRUE(burns({8'000, 2'000, 0, 0}, pairs[0], kCheckout));
  EXPECT_FALSE(burns({8'000, 2'000, 10'000, 0}, pairs[0], kCheckout));
  EXPECT_FALSE(burns({0, 0, 10'000, 0}, pairs[0], kCheckout));
}

TEST(BurnRate, OneFailureOfAFewAttemptsDoesNotPassTheGate) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  const LowTrafficGate gate;
  for (std::uint64_t n = 1; n <= 8; ++n) {
    const Events one{n - 1, 1, 0, 0};
    EXPECT_TRUE(burns(one, pairs[0], kCheckout)) << n;  // without a gate it would page
    EXPECT_FALSE(passes(gate, one, pairs[0], kCheckout)) << n;
  }
  EXPECT_TRUE(passes(gate, {5, 5, 0, 0}, pairs[0], kCheckout));
}

TEST(BurnRate, TheGateIsTheLowerBoundOfWilson) {
  const auto pairs = default_pairs(30 * kDaySeconds);
  const LowTrafficGate gate{1, 1.96};
  const double limit = 14.4 * 0.008;
  int passed = 0;
  for (std::uint64_t n = 1; n <= 400; n += 3) {
    for (std::uint64_t bad = 1; bad <= n; ++bad) {
      const double p = static_cast<double>(bad) / static_cast<double>(n), count = static_cast<double>(n);
      const double z2 = gate.z * gate.z;
      const double low = (p + z2 / (2 * count) - gate.z * std::sqrt(p * (1 - p) / count + z2 / (4 * count * count))) /
                         (1 + z2 / count);
      if (std::abs(low - limit) < 1e-9) continue;
      const bool passes_gate = passes(gate, {n - bad, bad, 0, 0}, pairs[0], kCheckout);
      EXPECT_EQ(passes_gate, low > limit) << bad << " of " << n;
      passed += passes_gate;
    }
  }
  EXPECT_GT(passed, 1'000);
}

}  // namespace
}  // namespace bellrock::slo
