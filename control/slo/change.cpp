#include "control/slo/change.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "control/slo/budget.h"

namespace bellrock::slo {
namespace {

constexpr double kZ = 1.959963984540054;  // 95 %, two-sided

struct Score {
  double share = 0, low = 0, high = 0;
  double half = 0;  // of the interval, before it is cut at 0 and 1
};

// Wilson's score interval.
Score score(double bad, double n, double z = kZ) {
  const double p = bad / n, z2 = z * z;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half), half};
}

struct Interval {
  double low, high;
};

Interval difference(const Score& a, const Score& b) {
  const double d = b.share - a.share;
  return {d - std::hypot(b.share - b.low, a.high - a.share), d + std::hypot(b.high - b.share, a.share - a.low)};
}

// One group in one stratum, whose weight is a share of 1.
struct Stratum {
  double bad, n, weight;
};

// Yan and Su's interval of a weighted share: each stratum's score interval at a level at which their weighted sum has
// 95 %. Of one stratum it is the score interval.
Score score(std::span<const Stratum> strata) {
  const auto spread = [](const Stratum& one) { return score(one.bad, one.n, kZ).half / kZ; };
  double squares = 0, sum = 0;
  for (const auto& one : strata) {
    squares += std::pow(one.weight * spread(one), 2);
    sum += one.weight * spread(one);
  }
  Score all;
  for (const auto& one : strata) {
    const Score own = score(one.bad, one.n, kZ * std::sqrt(squares) / sum);
    all.share += one.weight * own.share;
    all.low += one.weight * own.low;
    all.high += one.weight * own.high;
  }
  return all;
}

// With so many in each group, and `share` of them bad on both sides, a rise by the margin is ruled out.
std::uint64_t needed(double share, double margin) {
  if (margin <= 0) return 0;
  const auto enough = [&](std::uint64_t n) {
    const Score both = score(share * static_cast<double>(n), static_cast<double>(n));
    return difference(both, both).high < margin;
  };
  constexpr std::uint64_t kMax = std::uint64_t{1} << 40;
  std::uint64_t low = 0, high = 1;
  while (high < kMax && !enough(high)) low = high, high *= 2;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

bool too_unknown(const Events& events, std::uint64_t max_unknown_e9) {
  return events.all() != 0 && compare_share(events.unknown, events.all(), max_unknown_e9) > 0;
}

// Of one slice or of several alike: `a` and `b` are the shares with their intervals, the counts what they are of.
Comparison judge(const Events& before, const Events& after, const Score& a, const Score& b,
                 const ComparisonRules& rules) {
  Comparison result;
  result.margin = rules.margin;
  result.before = a.share;
  result.after = b.share;
  const auto n1 = static_cast<double>(before.known()), n2 = static_cast<double>(after.known());
  const std::uint64_t to_tell =
      needed(n1 + n2 == 0 ? 0 : static_cast<double>(before.bad + after.bad) / (n1 + n2), rules.margin);
  if (before.known() < rules.attempts_min || after.known() < rules.attempts_min) {
    result.attempts_needed = std::max(to_tell, rules.attempts_min);
    result.reason = "too few attempts whose end is known";
    return result;
  }
  const Interval interval = difference(a, b);
  result.difference_low = interval.low;
  result.difference_high = interval.high;
  if (too_unknown(before, rules.max_unknown_e9) || too_unknown(after, rules.max_unknown_e9)) {
    result.reason = "too many attempts are unknown";
  } else if (result.difference_high < rules.margin) {
    result.verdict = ChangeVerdict::kGood;
    result.reason = "a rise by the margin is ruled out";
  } else if (result.difference_low > 0) {
    result.verdict = ChangeVerdict::kBad;
    result.reason = "a larger share of the attempts is bad, by more than chance";
  } else {
    result.attempts_needed = to_tell;
    result.reason = "neither a rise nor its absence is shown yet";
  }
  return result;
}

Score score_of(const Events& events) {
  return events.known() == 0 ? Score{} : score(static_cast<double>(events.bad), static_cast<double>(events.known()));
}

}  // namespace

double margin_of(const Objective& objective) {
  return static_cast<double>(kOne - std::min(objective.target_e9, kOne)) / kOne / 2;
}

Comparison compare(const Events& before, const Events& after, const ComparisonRules& rules) {
  return judge(before, after, score_of(before), score_of(after), rules);
}

Comparison compare_at_the_same_time(std::span<const SameTime> slices, const ComparisonRules& rules) {
  Events others, own;
  std::vector<Stratum> a, b;
  double weights = 0;
  for (const auto& slice : slices) {
    const auto n1 = static_cast<double>(slice.others.known()), n2 = static_cast<double>(slice.own.known());
    if (n1 == 0 || n2 == 0) continue;
    others += slice.others;
    own += slice.own;
    const double weight = n1 * n2 / (n1 + n2);
    weights += weight;
    a.push_back({static_cast<double>(slice.others.bad), n1, weight});
    b.push_back({static_cast<double>(slice.own.bad), n2, weight});
  }
  for (auto* const strata : {&a, &b}) {
    for (auto& one : *strata) one.weight /= weights;
  }
  Comparison result = judge(others, own, a.empty() ? Score{} : score(a), b.empty() ? Score{} : score(b), rules);
  if (a.empty()) result.reason = "there is no time at which both had attempts";
  return result;
}

}  // namespace bellrock::slo
