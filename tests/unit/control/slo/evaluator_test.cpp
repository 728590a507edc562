#include "control/slo/evaluator.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

namespace bellrock::slo {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using control::DataState;
using control::SeriesKey;
using control::SeriesSum;
using control::SloCounts;
using control::SloState;

Objective checkout() {
  Objective objective;
  objective.journey = "checkout";
  objective.name = "success";
  objective.version = 7;
  objective.target_e9 = 992'000'000;
  objective.strict = true;
  return objective;
}

control::SloStatus status(const Objective& objective, std::uint64_t good, std::uint64_t bad, std::uint64_t unknown,
                          const control::Coverage& coverage = {}) {
  Tally tally;
  tally.counts.good = good;
  tally.counts.bad = bad;
  tally.counts.unknown = unknown;
  return evaluate(objective, tally, coverage);
}

SeriesSum sum(const char* journey, const char* item, const char* detail, std::uint64_t n, std::uint64_t version = 7,
              CellScope scope = CellScope::kTotal) {
  SeriesSum one;
  one.key = SeriesKey{journey, version, CellKind::kObjective, item, detail, scope, {}};
  one.total.n = n;
  return one;
}

TEST(Evaluator, WhatHasNoTargetIsNeitherMetNorMissedAndHasNoBudget) {
  Objective objective;
  const auto none = status(objective, 900, 100, 5);
  EXPECT_EQ(none.state, SloState::kNoTarget);
  EXPECT_FALSE(none.budget.has_value());
  EXPECT_EQ(none.ratio, 0.9);
}

TEST(Evaluator, ExactlyAtAStrictTargetIsNotMet) {
  Objective objective = checkout();
  EXPECT_EQ(status(objective, 992, 8, 0).state, SloState::kMissed);
  EXPECT_EQ(status(objective, 993, 8, 0).state, SloState::kMet);
  objective.strict = false;
  EXPECT_EQ(status(objective, 992, 8, 0).state, SloState::kMet);
  EXPECT_EQ(status(objective, 991, 8, 0).state, SloState::kMissed);
}

TEST(Evaluator, UnknownAttemptsMakeItUnprovenOnlyWhereTheyDecide) {
  Objective objective = checkout();
  EXPECT_EQ(status(objective, 9'990, 10, 70).state, SloState::kMet);       // 9990 / 10070 = 0.99206
  EXPECT_EQ(status(objective, 9'990, 10, 71).state, SloState::kUnproven);  // 9990 / 10071 = 0.99196
  EXPECT_EQ(status(objective, 900, 100, 10'000).state, SloState::kMissed);
  EXPECT_EQ(status(objective, 0, 0, 1).state, SloState::kUnproven);
  EXPECT_EQ(status(objective, 984, 8, 8).state,
            SloState::kMissed);  // the upper bound is the target, and that is not above it
  objective.strict = false;
  EXPECT_EQ(status(objective, 984, 8, 8).state, SloState::kUnproven);
}

TEST(Evaluator, NoDataIsNeverMet) {
  const auto nothing = status(checkout(), 0, 0, 0);
  EXPECT_EQ(nothing.state, SloState::kNoData);
  EXPECT_FALSE(nothing.ratio || nothing.lower || nothing.upper || nothing.budget);
  EXPECT_EQ(nothing.data, DataState::kNone);
}

TEST(Evaluator, ManyUnknownAttemptsArePartialAsWell) {
  Objective objective = checkout();
  EXPECT_EQ(status(objective, 0, 0, 5).data, DataState::kFull);  // no bound was set
  objective.has_max_unknown = true;
  objective.max_unknown_e9 = 8'000'000;
  EXPECT_EQ(status(objective, 992, 0, 8).data, DataState::kFull);  // exactly at the bound
  EXPECT_EQ(status(objective, 991, 0, 8).data, DataState::kPartial);
}

TEST(Evaluator, MinutesInWhichNobodyReportedMakeItPartialWhateverTheCountsSay) {
  EXPECT_EQ(status(checkout(), 992, 0, 0, {60, 60}).data, DataState::kFull);
  EXPECT_EQ(status(checkout(), 992, 0, 0, {59, 60}).data, DataState::kPartial);
  EXPECT_EQ(status(checkout(), 0, 0, 0, {59, 60}).data, DataState::kPartial);
  EXPECT_EQ(status(checkout(), 0, 0, 0, {60, 60}).data, DataState::kQuiet);
}

TEST(Evaluator, BudgetIsWhatTheTargetAllowsLessWhatWasBad) {
  const auto half = status(checkout(), 996, 4, 0);
  EXPECT_DOUBLE_EQ(half.budget->allowed, 8.0);
  EXPECT_DOUBLE_EQ(half.budget->left, 4.0);
  EXPECT_DOUBLE_EQ(*half.budget->left_ratio, 0.5);
  EXPECT_DOUBLE_EQ(*status(checkout(), 980, 20, 0).budget->left_ratio, -1.5);
  const auto unknown = status(checkout(), 992, 4, 4);
  EXPECT_DOUBLE_EQ(*unknown.budget->left_ratio_lower, 0.0);
  EXPECT_DOUBLE_EQ(*unknown.budget->left_ratio_upper, 0.5);
  Objective perfect = checkout();
  perfect.target_e9 = kOne;
  EXPECT_FALSE(status(perfect, 5, 0, 0).budget->left_ratio.has_value());
}

TEST(Evaluator, TalliesItsOwnTotalSeriesAndNothingElse) {
  const std::vector<SeriesSum> sums{
      sum("checkout", "success", "good", 1),
      sum("checkout", "success", "bad", 2),
      sum("checkout", "success", "bad.failed", 4),
      sum("checkout", "success", "unknown", 8),
      sum("checkout", "success", "excluded", 16),
      sum("checkout", "success", "funnel", 32),
      sum("checkout", "success", "good", 64, 8),
      sum("checkout", "success", "good", 128, 7, CellScope::kDimensioned),
      sum("checkout", "e2e", "good", 256),
      sum("search", "success", "good", 512),
      sum("checkout", "success", "newer", 1'024),
      sum("checkout", "success", "bad.ended", 4'096),
      sum("checkout", "success", "censored", 8'192),
  };
  const Tally all = tally(checkout(), sums, 2'048);
  EXPECT_EQ(all.counts, (SloCounts{.good = 1,
                                   .bad = 6 + 4'096,
                                   .bad_failed = 4,
                                   .bad_ended = 4'096,
                                   .unknown = 8 + 1'024 + 2'048,
                                   .board_lost = 2'048,
                                   .excluded = 16,
                                   .censored = 8'192,
                                   .funnel = 32}));
  EXPECT_EQ(all.other_versions, 64u);
}

TEST(Evaluator, PercentilesComeFromGoodAndBadTogether) {
  Objective objective = checkout();
  objective.is_latency = true;
  SeriesSum good = sum("checkout", "success", "good", 90), bad = sum("checkout", "success", "bad", 10);
  good.total.sum_ns = 90 * control::Uint128{1'000'000'000};
  good.total.min_ns = good.total.max_ns = 1'000'000'000;
  good.total.buckets = {{-1, 90}};
  bad.total.sum_ns = 10 * control::Uint128{4'000'000'000};
  bad.total.min_ns = bad.total.max_ns = 4'000'000'000;
  bad.total.buckets = {{127, 10}};
  const std::vector<SeriesSum> sums{good, bad, sum("checkout", "success", "bad.failed", 50)};
  const auto latency = evaluate(objective, tally(objective, sums, 0), {}).latency;
  ASSERT_TRUE(latency);
  EXPECT_EQ(latency->measured, 100u);
  EXPECT_NEAR(latency->p50_ns, 1e9, 1e9 * 0.0055);
  EXPECT_NEAR(latency->p95_ns, 4e9, 4e9 * 0.0055);
  EXPECT_DOUBLE_EQ(latency->mean_ns, 1.3e9);
}

// The same rules in rational numbers of any size.
SloState oracle_state(const Objective& objective, const cpp_int& good, const cpp_int& bad, const cpp_int& unknown) {
  const cpp_int all = good + bad + unknown;
  if (all == 0) return SloState::kNoData;
  const cpp_rational target(objective.target_e9, kOne), lower(good, all), upper(good + unknown, all);
  if (objective.strict ? lower > target : lower >= target) return SloState::kMet;
  if (objective.strict ? upper <= target : upper < target) return SloState::kMissed;
  return SloState::kUnproven;
}

TEST(Evaluator, AgreesWithRationalArithmeticOnRandomHistories) {
  std::mt19937_64 random(17);
  int states[4] = {};
  for (int round = 0; round < 20'000; ++round) {
    Objective objective = checkout();
    objective.strict = random() % 2;
    const std::uint64_t denominator = std::uint64_t{1} << (random() % 3 ? random() % 10 : random() % 40);
    objective.target_e9 = random() % 4 ? 992'000'000 : random() % (kOne + 1);
    objective.has_max_unknown = random() % 2;
    objective.max_unknown_e9 = random() % 2 ? 8'000'000 : random() % kOne;
    // Windows that add up, at or near the target: scaled 992 of 1000, one more or less, some of it unknown.
    std::uint64_t good = 992 * denominator, bad = 8 * denominator, unknown = 0;
    good += random() % 3;
    bad += random() % 3;
    const std::uint64_t moved = random() % 2 ? 0 : random() % (8 * denominator);
    (random() % 2 ? good : bad) -= std::min(moved, bad);
    unknown += moved + random() % 2;
    if (random() % 5 == 0) good = random() >> 2, bad = random() >> 2, unknown = random() >> (2 + random() % 60);
    if (random() % 50 == 0) good = bad = unknown = 0;

    const auto got = status(objective, good, bad, unknown);
    EXPECT_EQ(got.state, oracle_state(objective, good, bad, unknown)) << good << " " << bad << " " << unknown;
    ++states[static_cast<int>(got.state)];
    const cpp_int all = cpp_int(good) + bad + unknown;
    if (all == 0) continue;
    const cpp_rational share(unknown, all);
    EXPECT_EQ(got.data == DataState::kPartial,
              objective.has_max_unknown && share > cpp_rational(objective.max_unknown_e9, kOne));
    if (cpp_int(good) + bad == 0) continue;
    const cpp_rational budget = cpp_rational(kOne - objective.target_e9, kOne) * (cpp_int(good) + bad);
    EXPECT_NEAR(got.budget->left, (budget - bad).convert_to<double>(), 1e-9 * budget.convert_to<double>() + 1e-6);
    EXPECT_NEAR(*got.ratio, cpp_rational(good, cpp_int(good) + bad).convert_to<double>(), 1e-12);
  }
  for (const int count : states) EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace bellrock::slo
