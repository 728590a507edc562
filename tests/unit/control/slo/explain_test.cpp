#include "control/slo/explain.h"

#include <gtest/gtest.h>

#include "control/slo/evaluator.h"

namespace bellrock::slo {
namespace {

TEST(Explain, PercentagesAreCutAndNeverRoundedUpToATarget) {
  EXPECT_EQ(percent_text(0.9919999), "99.199 %");
  EXPECT_EQ(percent_text(0.999999), "99.999 %");
  EXPECT_EQ(percent_text(0.992), "99.200 %");
  EXPECT_EQ(percent_text(0.29), "29.000 %");
  EXPECT_EQ(percent_text(1), "100.000 %");
  EXPECT_EQ(percent_text(0), "0.000 %");
}

TEST(Explain, DecimalsAreWrittenAsTheyWereRead) {
  EXPECT_EQ(decimal_text(992'000'000), "0.992");
  EXPECT_EQ(decimal_text(999'999'999), "0.999999999");
  EXPECT_EQ(decimal_text(kOne), "1");
  EXPECT_EQ(decimal_text(0), "0");
}

TEST(Explain, DurationsHaveAUnitThatFits) {
  EXPECT_EQ(duration_text(3e9), "3 s");
  EXPECT_EQ(duration_text(812e6), "812 ms");
  EXPECT_EQ(duration_text(1'234e6), "1.23 s");
  EXPECT_EQ(duration_text(95'400), "95.4 µs");
  EXPECT_EQ(duration_text(3e11), "5 min");
  EXPECT_EQ(duration_text(3'001 * 60e9), "2.08 days");
  EXPECT_EQ(duration_text(36 * 3'600e9), "36 h");
}

TEST(Explain, EveryFigureIsShownWithItsSum) {
  Objective objective;
  objective.target_e9 = 992'000'000;
  objective.strict = true;
  Tally tally;
  tally.counts.good = 992;
  tally.counts.bad = 4;
  tally.counts.unknown = 4;
  const auto lines = explain(objective, evaluate(objective, tally, {}));
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "ratio = good / (good + bad) = 992 / (992 + 4) = 99.598 %");
  EXPECT_EQ(lines[1], "lower bound = good / (good + bad + unknown) = 992 / (992 + 4 + 4) = 99.200 %");
  EXPECT_EQ(lines[2], "upper bound = (good + unknown) / (good + bad + unknown) = (992 + 4) / (992 + 4 + 4) = 99.600 %");
  EXPECT_EQ(lines[3], "unproven: 99.2 % lies between the bounds, the unknown attempts decide");
  EXPECT_EQ(lines[4], "budget = (1 - 0.992) * (992 + 4) = 7.968 bad attempts; left = 7.968 - 4 = 3.968");
}

TEST(Explain, WhatMakesItPartialIsSaidEachByItself) {
  Objective objective;
  objective.target_e9 = 992'000'000;
  objective.has_max_unknown = true;
  objective.max_unknown_e9 = 1'000'000;
  Tally tally;
  tally.counts.good = 992;
  tally.counts.unknown = 4;
  const auto last_of = [&](const control::Coverage& coverage) {
    return explain(objective, evaluate(objective, tally, coverage)).back();
  };
  EXPECT_EQ(last_of({60, 60}), "partial: more than 0.001 of the attempts are unknown");
  const auto both = explain(objective, evaluate(objective, tally, {57, 60}));
  EXPECT_EQ(both[both.size() - 2], "partial: no node reported in 3 of 60 minutes");
  EXPECT_EQ(both.back(), "partial: more than 0.001 of the attempts are unknown");
  tally.counts.unknown = 0;
  EXPECT_EQ(last_of({57, 60}), "partial: no node reported in 3 of 60 minutes");
  EXPECT_EQ(last_of({60, 60, "3 of 4 nodes are not heard of"}), "partial: 3 of 4 nodes are not heard of");
  EXPECT_EQ(last_of({60, 60}).find("partial"), std::string::npos);
}

TEST(Explain, RulesAreSaidInWords) {
  Objective objective;
  objective.is_latency = true;
  objective.from = "pay";
  objective.to = "confirmed";
  objective.threshold = 3 * kSecond;
  EXPECT_EQ(rule_text(objective), "pay → confirmed < 3 s");
  objective.or_equal = true;
  EXPECT_EQ(rule_text(objective), "pay → confirmed ≤ 3 s");
  Objective steady;
  steady.is_consistency = true;
  steady.of = "fast";
  steady.min_attempts = 2;
  EXPECT_EQ(rule_text(steady), "sessions with at least 2 attempts that all met fast");
  Objective session;
  session.per_session = true;
  session.count_from = "pay";
  EXPECT_EQ(rule_text(session), "sessions whose last attempt that reached pay succeeded");
  Objective success;
  success.count_from = "pay";
  success.bad = {"failed.system", "abandoned.waiting"};
  success.excluded = {"failed.user"};
  EXPECT_EQ(rule_text(success),
            "attempts that reached pay and succeeded; bad: failed.system, abandoned.waiting; excluded: failed.user");
}

}  // namespace
}  // namespace bellrock::slo
