#include "control/slo/change.h"

#include <algorithm>
#include <cmath>

#include "control/slo/budget.h"

namespace bellrock::slo {
namespace {

constexpr double kZ = 1.959963984540054;  // 95 %, two-sided

struct Score {
  double share, low, high;
};

// Wilson's score interval.
Score score(double bad, double n) {
  const double p = bad / n, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

struct Interval {
  double low, high;
};

Interval difference(const Score& a, const Score& b) {
  const double d = b.share - a.share;
  return {d - std::hypot(b.share - b.low, a.high - a.share), d + std::hypot(b.high - b.share, a.share - a.low)};
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

}  // namespace

double margin_of(const Objective& objective) {
  return static_cast<double>(kOne - std::min(objective.target_e9, kOne)) / kOne / 2;
}

Comparison compare(const Events& before, const Events& after, const ComparisonRules& rules) {
  Comparison result;
  result.margin = rules.margin;
  const auto n1 = static_cast<double>(before.known()), n2 = static_cast<double>(after.known());
  const auto bad1 = static_cast<double>(before.bad), bad2 = static_cast<double>(after.bad);
  const std::uint64_t to_tell = needed(n1 + n2 == 0 ? 0 : (bad1 + bad2) / (n1 + n2), rules.margin);
  const bool few = before.known() < rules.attempts_min || after.known() < rules.attempts_min;
  if (n1 != 0) result.before = bad1 / n1;
  if (n2 != 0) result.after = bad2 / n2;
  if (few) {
    result.attempts_needed = std::max(to_tell, rules.attempts_min);
    result.reason = "too few attempts whose end is known";
    return result;
  }
  const Score a = score(bad1, n1), b = score(bad2, n2);
  const Interval interval = difference(a, b);
  result.difference_low = interval.low;
  result.difference_high = interval.high;
  if (too_unknown(before, rules.max_unknown_e9) || too_unknown(after, rules.max_unknown_e9)) {
    result.reason = "too many attempts are unknown";
  } else if (result.difference_low > 0) {
    result.verdict = ChangeVerdict::kBad;
    result.reason = "a larger share of the attempts is bad, by more than chance";
  } else if (result.difference_high < rules.margin) {
    result.verdict = ChangeVerdict::kGood;
    result.reason = "a rise by the margin is ruled out";
  } else {
    result.attempts_needed = to_tell;
    result.reason = "neither a rise nor its absence is shown yet";
  }
  return result;
}

}  // namespace bellrock::slo
