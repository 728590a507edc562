#include "control/slo/change.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

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

// What `bad` of `n` attempts in each slice say, first the others', then the group's own.
std::vector<SameTime> slices(std::initializer_list<std::array<std::uint64_t, 4>> counts) {
  std::vector<SameTime> all;
  for (const auto& [bad1, n1, bad2, n2] : counts) all.push_back({events(bad1, n1), events(bad2, n2)});
  return all;
}

TEST(ChangesAtTheSameTime, OneSliceIsAPlainComparison) {
  for (const auto& [bad1, n1, bad2, n2] : std::vector<std::array<std::uint64_t, 4>>{
           {48, 80, 56, 70}, {0, 1'000, 0, 2'000}, {40, 10'000, 90, 10'000}, {0, 5, 0, 10'000}}) {
    const auto plain = compare(events(bad1, n1), events(bad2, n2), rules());
    const auto same = compare_at_the_same_time(slices({{bad1, n1, bad2, n2}}), rules());
    EXPECT_EQ(same.verdict, plain.verdict);
    EXPECT_EQ(same.reason, plain.reason);
    EXPECT_NEAR(same.difference_low, plain.difference_low, 1e-12);
    EXPECT_NEAR(same.difference_high, plain.difference_high, 1e-12);
  }
}

TEST(ChangesAtTheSameTime, AMorningThatWasBadForOthersAloneIsNoExcuse) {
  // In the morning, without the new release, more than half was bad. At noon it has five times as much as the old one.
  const auto morning = SameTime{events(7'900, 13'000), {}};
  auto day = slices({{1, 1'000, 50, 1'000}, {1, 1'000, 50, 1'000}});
  EXPECT_EQ(compare(morning.others, events(100, 2'000), rules()).verdict, ChangeVerdict::kGood);
  day.push_back(morning);
  EXPECT_EQ(compare_at_the_same_time(day, rules()).verdict, ChangeVerdict::kBad);
}

TEST(ChangesAtTheSameTime, AReleaseThatGrowsThroughABadDayIsNotToBlame) {
  // Both have the same shares in each slice, but the release has most of its attempts where shares are high.
  const auto day = slices({{10, 10'000, 0, 100}, {100, 5'000, 100, 5'000}, {20, 100, 2'000, 10'000}});
  EXPECT_EQ(compare(events(130, 15'100), events(2'100, 15'100), rules()).verdict, ChangeVerdict::kBad);
  EXPECT_NE(compare_at_the_same_time(day, rules()).verdict, ChangeVerdict::kBad);
}

TEST(ChangesAtTheSameTime, WhoNeverRanTogetherIsNotCompared) {
  const auto apart =
      compare_at_the_same_time(std::vector<SameTime>{{events(5, 1'000), {}}, {{}, events(5, 1'000)}}, rules());
  EXPECT_EQ(apart.verdict, ChangeVerdict::kInconclusive);
  EXPECT_EQ(apart.reason, "there is no time at which both had attempts");
  EXPECT_EQ(compare_at_the_same_time({}, rules()).verdict, ChangeVerdict::kInconclusive);
}

TEST(ChangesAtTheSameTime, TheIntervalHoldsTheTruthNineteenTimesInTwenty) {
  std::mt19937_64 random(7);
  int inside = 0;
  constexpr int kRounds = 2'000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<SameTime> day;
    for (const double share : {0.002, 0.02, 0.2}) {
      const auto draw = [&](std::uint64_t n, double p) {
        return events(std::binomial_distribution<std::uint64_t>(n, p)(random), n);
      };
      day.push_back({draw(400, share), draw(300, share + 0.03)});
    }
    const auto result = compare_at_the_same_time(day, rules());
    inside += result.difference_low <= 0.03 && result.difference_high >= 0.03;
  }
  EXPECT_GT(inside, kRounds * 0.93);
  EXPECT_LT(inside, kRounds * 0.985);
}

TEST(Changes, AClearRiseIsBadAndACalmAfternoonIsGood) {
  EXPECT_EQ(compare(events(40, 10'000), events(90, 10'000), rules()).verdict, ChangeVerdict::kBad);
  EXPECT_EQ(compare(events(40, 10'000), events(41, 10'000), rules()).verdict, ChangeVerdict::kGood);
  EXPECT_EQ(compare(events(90, 10'000), events(40, 10'000), rules()).verdict, ChangeVerdict::kGood);
}

TEST(Changes, ARiseBelowTheMarginIsNoneHoweverSurelyThereIsOne) {
  const auto tiny = compare(events(120, 1'200'000), events(240, 1'200'000), rules());
  EXPECT_GT(tiny.difference_low, 0);
  EXPECT_LT(tiny.difference_high, rules().margin);
  EXPECT_EQ(tiny.verdict, ChangeVerdict::kGood);
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
