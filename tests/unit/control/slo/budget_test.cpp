#include "control/slo/budget.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "control/slo/burn_rate.h"
#include "control/slo/composite.h"
#include "control/slo/correction.h"

namespace bellrock::slo {
namespace {

using boost::multiprecision::cpp_int;
using control::DataState;
using control::SloState;

constexpr std::uint64_t kCheckout = 992'000'000;

Events events(std::uint64_t good, std::uint64_t bad, std::uint64_t unknown = 0) { return {good, bad, unknown, 0}; }

cpp_int big(control::Uint128 value) {
  return (cpp_int(static_cast<std::uint64_t>(value >> 64)) << 64) + static_cast<std::uint64_t>(value);
}

TEST(Budget, ExactlyAtAStrictTargetIsNotMet) {
  EXPECT_EQ(state_of(events(992, 8), kCheckout, true), SloState::kMissed);
  EXPECT_EQ(state_of(events(992, 8), kCheckout, false), SloState::kMet);
  EXPECT_EQ(state_of(events(993, 8), kCheckout, true), SloState::kMet);
  EXPECT_EQ(state_of(events(991, 8), kCheckout, false), SloState::kMissed);
}

TEST(Budget, OneOfAHundredThousandAndThenOneOfTwoIsTwoOfAHundredThousandAndTwo) {
  History history;
  history.add(0, events(99'999, 1));
  history.add(3'600, events(1, 1));
  const Events both = history.sum(0, 7'200);
  // The mean of the two hourly ratios would be 25 %.
  EXPECT_LT(compare_share(both.bad, both.all(), kOne / 100'000 * 2), 0);     // below 0.002 %
  EXPECT_GT(compare_share(both.bad, both.all(), kOne / 1'000'000 * 19), 0);  // above 0.0019 %
  const Budget budget = budget_of(both, 999'000'000);
  EXPECT_NEAR(*budget.known.share(), 0.02, 0.0001);
  EXPECT_FALSE(budget.known.at_least(20'000'000));
  EXPECT_TRUE(budget.known.at_least(19'999'000));
}

TEST(Budget, AShareOfTheBudgetIsReachedExactlyAndNotBefore) {
  EXPECT_TRUE(budget_of(events(996, 4), kCheckout).known.at_least(kOne / 2));
  EXPECT_FALSE(budget_of(events(997, 4), kCheckout).known.at_least(kOne / 2));
  EXPECT_TRUE(budget_of(events(992, 8), kCheckout).known.at_least(kOne));
  const Budget unknown = budget_of(events(992, 4, 4), kCheckout);
  EXPECT_FALSE(unknown.lower.at_least(kOne));
  EXPECT_TRUE(unknown.upper.at_least(kOne));
}

TEST(Budget, WithATargetOfOneAnyBadAttemptIsMoreThanAnyShare) {
  EXPECT_FALSE(budget_of(events(5, 0), kOne).known.at_least(1));
  EXPECT_TRUE(budget_of(events(5, 1), kOne).known.at_least(5 * kOne));
  EXPECT_FALSE(budget_of(events(5, 1), kOne).known.share().has_value());
}

TEST(Budget, NoDataIsSaidInFourWays) {
  const std::uint64_t unknown_max = 8'000'000;
  EXPECT_EQ(data_state({}, {0, 60}, unknown_max), DataState::kNone);
  EXPECT_EQ(data_state({}, {60, 60}, unknown_max), DataState::kQuiet);
  EXPECT_EQ(data_state({}, {59, 60}, unknown_max), DataState::kPartial);
  EXPECT_EQ(data_state({}, {60, 60, "1 of 4 is silent"}, unknown_max), DataState::kPartial);
  EXPECT_EQ(data_state(events(992, 0, 8), {60, 60, "1 of 4 is silent"}, unknown_max), DataState::kPartial);
  EXPECT_EQ(data_state(events(992, 0, 8), {60, 60}, unknown_max), DataState::kFull);
  EXPECT_EQ(data_state(events(991, 0, 8), {60, 60}, unknown_max), DataState::kPartial);
  EXPECT_EQ(data_state(events(991, 0, 8), {60, 60}, std::nullopt), DataState::kFull);
  EXPECT_EQ(data_state(events(992, 0, 8), {59, 60}, unknown_max), DataState::kPartial);
}

// A history as a plain list of what was counted when, and sums over it in integers of any size.
struct Oracle {
  struct Entry {
    std::int64_t at;
    Events events;
  };
  std::vector<Entry> entries;
  std::vector<Minutes> out;

  struct Sum {
    cpp_int good = 0, bad = 0, unknown = 0;
    [[nodiscard]] cpp_int all() const { return good + bad + unknown; }
  };
  [[nodiscard]] Sum sum(std::int64_t from, std::int64_t to) const {
    Sum sum;
    for (const auto& [at, one] : entries) {
      const std::int64_t minute = at - at % 60;
      bool taken = minute < from || minute >= to;
      for (const auto& span : out) taken |= minute >= span.from && minute < span.to;
      if (taken) continue;
      sum.good += big(one.good);
      sum.bad += big(one.bad);
      sum.unknown += big(one.unknown);
    }
    return sum;
  }
};

SloState oracle_state(const Oracle::Sum& sum, std::uint64_t target, bool strict) {
  if (sum.all() == 0) return SloState::kNoData;
  const cpp_int lower = sum.good * kOne, upper = (sum.good + sum.unknown) * kOne, at = sum.all() * target;
  if (strict ? lower > at : lower >= at) return SloState::kMet;
  return (strict ? upper <= at : upper < at) ? SloState::kMissed : SloState::kUnproven;
}

// bad / (attempts * (1 - target)) >= share, as integers.
bool oracle_burned(const cpp_int& bad, const cpp_int& attempts, std::uint64_t target, std::uint64_t share) {
  if (bad == 0) return share == 0;
  return bad * kOne * kOne >= attempts * (kOne - target) * share;
}

std::uint64_t any_target(std::mt19937_64& random) {
  const std::uint64_t usual[] = {900'000'000, kCheckout, 999'000'000, 999'990'000, kOne};
  return random() % 3 ? usual[random() % 5] : random() % (kOne + 1);
}

// Counts near the target, where a bit decides; now and then as large as a store can hold.
Events any_events(std::mt19937_64& random, std::uint64_t target) {
  if (random() % 10 == 0) return {};
  if (random() % 10 == 0)
    return events(random() >> 2, random() >> (2 + random() % 62), random() >> (2 + random() % 62));
  const std::uint64_t scale = 1 + random() % 1'000;
  Events some = events(target / 1'000'000 * scale, (kOne - target) / 1'000'000 * scale, random() % 3);
  if (random() % 2) some.bad += random() % 2;
  return some;
}

TEST(Budget, AgreesWithIntegersOfAnySizeOnTenThousandHistories) {
  int states[4] = {}, burned_yes = 0, burns_yes = 0;
  for (unsigned seed = 0; seed < 10'000; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t target = any_target(random);
    const bool strict = random() % 2;
    constexpr std::int64_t kStart = 1'700'000'040;
    History history;
    Oracle oracle;
    for (std::size_t i = 0, n = random() % 40; i < n; ++i) {
      oracle.entries.push_back({kStart + 10 * static_cast<std::int64_t>(random() % 2'000), any_events(random, target)});
      history.add(oracle.entries.back().at, oracle.entries.back().events);
    }
    std::vector<Correction> corrections;
    for (std::size_t i = 0, n = random() % 3; i < n; ++i) {
      Correction one;
      one.id = i + 1;
      one.from = kStart + 60 * static_cast<std::int64_t>(random() % 300);
      one.to = one.from + 60 * static_cast<std::int64_t>(random() % 60);
      oracle.out.push_back({one.from, one.to});
      corrections.push_back(one);
    }
    const auto out = taken_out(corrections, "checkout", "success", kStart);
    const std::int64_t from = kStart + 60 * static_cast<std::int64_t>(random() % 100);
    const std::int64_t to = from + 60 * static_cast<std::int64_t>(random() % 300);
    const Events got = corrected_sum(history, out, from, to);
    const Oracle::Sum want = oracle.sum(from, to);
    ASSERT_EQ(big(got.good), want.good) << seed;
    ASSERT_EQ(big(got.bad), want.bad) << seed;
    ASSERT_EQ(big(got.unknown), want.unknown) << seed;
    const SloState state = state_of(got, target, strict);
    ASSERT_EQ(state, oracle_state(want, target, strict)) << seed;
    ++states[static_cast<int>(state)];

    const std::uint64_t share = random() % 2 ? kOne : random() % (4 * kOne);
    const Budget budget = budget_of(got, target);
    const cpp_int known = want.good + want.bad;
    const bool burned = budget.known.at_least(share);
    burned_yes += burned;
    ASSERT_EQ(burned, oracle_burned(want.bad, known, target, share)) << seed;
    ASSERT_EQ(budget.lower.at_least(share), oracle_burned(want.bad, want.all(), target, share)) << seed;
    ASSERT_EQ(budget.upper.at_least(share), oracle_burned(want.bad + want.unknown, want.all(), target, share)) << seed;

    for (const auto& pair : default_pairs((random() % 2 ? 28 : 30) * kDaySeconds)) {
      const cpp_int left = want.bad * kOne * kOne * pair.long_s;
      const cpp_int right = want.all() * pair.share_e9 * pair.period_s * (kOne - target);
      ASSERT_EQ(burns(got, pair, target), left > right) << seed;
      burns_yes += left > right;
    }
    // Which of two budgets is used up further, by cross-multiplication.
    const Events other = any_events(random, kCheckout);
    const Burned a{got.bad, got.known(), target}, b{other.bad, other.known(), kCheckout};
    const cpp_int allowed_a = known * (kOne - target), allowed_b = big(other.known()) * (kOne - kCheckout);
    if (allowed_a != 0 && allowed_b != 0) {
      ASSERT_EQ(burned_more(a, b), want.bad * allowed_b > big(other.bad) * allowed_a) << seed;
    }
  }
  for (const int count : states) EXPECT_GT(count, 100);
  EXPECT_GT(burned_yes, 1'000);
  EXPECT_GT(burns_yes, 1'000);
}

TEST(Composite, AttemptsAreSummedAndRatiosNeverAveraged) {
  const Member members[] = {{events(99'999, 1), 999'000'000, 1}, {events(1, 1), 999'000'000, 1}};
  EXPECT_EQ(composite_events(CompositeKind::kAttempt, members), events(100'000, 2));
}

TEST(Composite, WeightsMultiplyAttempts) {
  const Member members[] = {{events(90, 10, 1), kCheckout, 3}, {events(100, 0), kCheckout, 1}};
  EXPECT_EQ(composite_events(CompositeKind::kWeighted, members), events(370, 30, 3));
}

TEST(Composite, TheLeastHealthyMemberHasUsedTheLargestShareOfItsOwnBudget) {
  // 10 of 1,000 at 99 % is all of it; 4 of 1,000 at 99.9 % is four times of it.
  const Member members[] = {{events(990, 10), 990'000'000, 1}, {events(996, 4), 999'000'000, 1}, {{}, kOne, 1}};
  EXPECT_EQ(least_healthy(members), 1u);
  EXPECT_EQ(composite_events(CompositeKind::kLeastHealthy, members), events(996, 4));
  EXPECT_FALSE(least_healthy(std::span(members).last(1)).has_value());
  EXPECT_EQ(composite_events(CompositeKind::kLeastHealthy, {}), Events{});
}

Composite by(CompositeKind kind, std::uint64_t target_e9 = 990'000'000) {
  Composite composite;
  composite.kind = kind;
  composite.target_e9 = target_e9;
  return composite;
}

TEST(Composite, OfAttemptsIsJudgedAsOneObjectiveOfTheirSum) {
  const Member members[] = {{events(980, 10), kCheckout}, {events(10, 0), kCheckout}};
  const auto status = evaluate(by(CompositeKind::kAttempt), members, {});
  EXPECT_EQ(status.state, control::SloState::kMet);  // 990 of 1,000
  EXPECT_FALSE(status.partial);
  EXPECT_DOUBLE_EQ(*status.lower, 0.99);
  EXPECT_DOUBLE_EQ(*status.upper, 0.99);
  EXPECT_NEAR(*status.left, 0, 1e-12);
  auto strict = by(CompositeKind::kAttempt);
  strict.strict = true;
  EXPECT_EQ(evaluate(strict, members, {}).state, control::SloState::kMissed);
}

TEST(Composite, UnknownAttemptsLeaveBoundsAndMayDecide) {
  const Member members[] = {{events(980, 5, 10), kCheckout, 2}, {events(10, 0), kCheckout}};
  auto composite = by(CompositeKind::kWeighted);
  composite.max_unknown_e9 = 10'000'000;
  const auto status = evaluate(composite, members, {});
  EXPECT_EQ(status.state, control::SloState::kUnproven);
  EXPECT_FALSE(status.partial);  // 1 % is not more than 1 %
  EXPECT_EQ(status.events, events(1'970, 10, 20));
  EXPECT_DOUBLE_EQ(*status.lower, 0.985);
  EXPECT_DOUBLE_EQ(*status.upper, 0.995);
  EXPECT_LT(*status.left_lower, *status.left);
  EXPECT_LT(*status.left, *status.left_upper);
}

TEST(Composite, TheLeastHealthyIsMetOnlyIfAllAreByTheirOwnTargets) {
  const Member met{events(999, 1), 990'000'000}, missed{events(9, 91), 500'000'000};
  const Member unproven{events(90, 0, 10), 950'000'000}, none{{}, 990'000'000};
  const auto state = [](std::vector<Member> members) {
    return evaluate(by(CompositeKind::kLeastHealthy), members, {}).state;
  };
  EXPECT_EQ(state({met, met}), control::SloState::kMet);
  EXPECT_EQ(state({met, unproven}), control::SloState::kUnproven);
  EXPECT_EQ(state({met, unproven, missed}), control::SloState::kMissed);
  EXPECT_EQ(state({none, none}), control::SloState::kNoData);
  const Member members[] = {met, none};
  const auto status = evaluate(by(CompositeKind::kLeastHealthy), members, {});
  EXPECT_EQ(status.state, control::SloState::kMet);
  EXPECT_TRUE(status.partial);  // nobody knows about the other
  EXPECT_EQ(status.worst, 0u);
  EXPECT_NEAR(*status.left, 0.9, 1e-12);
}

TEST(Composite, WithoutAnyAttemptHasNoFigures) {
  for (const auto kind : {CompositeKind::kAttempt, CompositeKind::kWeighted, CompositeKind::kLeastHealthy}) {
    const Member members[] = {{{}, kCheckout}, {{}, kCheckout}};
    const auto status = evaluate(by(kind), members, {});
    EXPECT_EQ(status.state, control::SloState::kNoData);
    EXPECT_FALSE(status.partial);  // it has no part that is known better
    EXPECT_FALSE(status.lower || status.upper || status.left || status.left_lower || status.left_upper || status.worst);
  }
}

TEST(Composite, OfAnyKindIsPartialWhereNobodyReportedForAPart) {
  const Member members[] = {{events(980, 10), kCheckout}, {events(10, 0), kCheckout}};
  for (const auto kind : {CompositeKind::kAttempt, CompositeKind::kWeighted, CompositeKind::kLeastHealthy}) {
    EXPECT_FALSE(evaluate(by(kind), members, {60, 60}).partial);
    EXPECT_TRUE(evaluate(by(kind), members, {59, 60}).partial);
  }
}

TEST(Composite, WithATargetOfOneAnyBadAttemptIsTheWorst) {
  const Member members[] = {{events(0, 1'000), 990'000'000, 1}, {events(999'999, 1), kOne, 1}};
  EXPECT_EQ(least_healthy(members), 1u);
}

}  // namespace
}  // namespace bellrock::slo
