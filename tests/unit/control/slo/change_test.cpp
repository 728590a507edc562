#include "control/slo/change.h"

#include <gtest/gtest.h>

#include <random>

namespace bellrock::slo {
namespace {

Events events(std::uint64_t bad, std::uint64_t n, std::uint64_t unknown = 0) { return {n - bad, bad, unknown, 0}; }

ComparisonRules rules() {
  ComparisonRules rules;
  rules.margin = 0.004;
  return rules;
}

TEST(Changes, TheIntervalIsThatOfNewcombesPaper) {
  // Table II of the paper: 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339.
  const auto wide = compare({0, 48, 0, 0}, {0, 56, 0, 0}, rules());
  EXPECT_EQ(wide.verdict, ChangeVerdict::kInconclusive);  // all of them bad on both sides
  const auto result = compare(events(48, 80), events(56, 70), rules());
  EXPECT_NEAR(result.difference_low, 0.0524, 0.0001);
  EXPECT_NEAR(result.difference_high, 0.3339, 0.0001);
}

TEST(Changes, AClearRiseIsBadAndACalmAfternoonIsGood) {
  EXPECT_EQ(compare(events(40, 10'000), events(90, 10'000), rules()).verdict, ChangeVerdict::kBad);
  EXPECT_EQ(compare(events(40, 10'000), events(41, 10'000), rules()).verdict, ChangeVerdict::kGood);
  EXPECT_EQ(compare(events(90, 10'000), events(40, 10'000), rules()).verdict, ChangeVerdict::kGood);
}

TEST(Changes, FewAttemptsAreInconclusiveAndSayHowManyAreNeeded) {
  const auto few = compare(events(0, 10'000), events(0, 5), rules());
  EXPECT_EQ(few.verdict, ChangeVerdict::kInconclusive);
  EXPECT_GT(few.attempts_needed, 30u);
  const auto some = compare(events(4, 1'000), events(5, 1'000), rules());
  EXPECT_EQ(some.verdict, ChangeVerdict::kInconclusive);
  // With so many and the same shares the answer is there.
  const std::uint64_t n = (some.attempts_needed / 2'000 + 1) * 2'000;
  EXPECT_GT(some.attempts_needed, 1'000u);
  EXPECT_EQ(compare(events(n * 9 / 2'000, n), events(n * 9 / 2'000, n), rules()).verdict, ChangeVerdict::kGood);
}

TEST(Changes, NoAttemptsAtAllAreInconclusive) {
  const auto nothing = compare({}, {}, rules());
  EXPECT_EQ(nothing.verdict, ChangeVerdict::kInconclusive);
  EXPECT_EQ(nothing.before, 0);
  EXPECT_GT(nothing.attempts_needed, 0u);
}

TEST(Changes, ManyUnknownAttemptsAreInconclusiveWhateverTheRestSays) {
  EXPECT_EQ(compare(events(40, 10'000), events(90, 10'000, 600), rules()).verdict, ChangeVerdict::kInconclusive);
  EXPECT_EQ(compare(events(40, 10'000, 600), events(41, 10'000), rules()).verdict, ChangeVerdict::kInconclusive);
}

TEST(Changes, AHarmlessChangeIsRarelyCalledBad) {
  std::mt19937_64 random(5);
  std::binomial_distribution<std::uint64_t> bad(5'000, 0.004);
  int called_bad = 0;
  for (int round = 0; round < 4'000; ++round) {
    called_bad +=
        compare(events(bad(random), 5'000), events(bad(random), 5'000), rules()).verdict == ChangeVerdict::kBad;
  }
  EXPECT_LT(called_bad, 4'000 * 35 / 1'000);  // 2.5 % are expected at most
}

TEST(Changes, TheMarginIsHalfOfWhatTheTargetAllows) {
  Objective objective;
  objective.target_e9 = 992'000'000;
  EXPECT_DOUBLE_EQ(margin_of(objective), 0.004);
}

}  // namespace
}  // namespace bellrock::slo
