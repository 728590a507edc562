#include "control/slo/evaluator.h"

#include "control/slo/budget.h"

namespace bellrock::slo {
namespace {

using control::ErrorBudget;
using control::Int128;
using control::LatencySummary;
using control::SloCounts;
using control::SloStatus;
using control::Uint128;

constexpr std::string_view name(Verdict verdict) { return kVerdictNames[static_cast<std::size_t>(verdict)]; }

double divide(Uint128 part, Uint128 whole) { return static_cast<double>(part) / static_cast<double>(whole); }

// (allowed - bad) / allowed over `attempts`, both scaled by 10^9.
std::optional<double> left_share(std::uint64_t target_e9, Uint128 attempts, Uint128 bad) {
  const Uint128 allowed = attempts * (kOne - target_e9);
  if (allowed == 0) return std::nullopt;
  return static_cast<double>(static_cast<Int128>(allowed) - static_cast<Int128>(bad * kOne)) /
         static_cast<double>(allowed);
}

ErrorBudget budget_of(const Objective& objective, const SloCounts& counts) {
  const Uint128 bad = counts.bad, unknown = counts.unknown;
  const Uint128 known = bad + counts.good, all = known + unknown;
  const Uint128 allowed = known * (kOne - objective.target_e9);
  ErrorBudget budget;
  budget.allowed = static_cast<double>(allowed) / kOne;
  budget.left = static_cast<double>(static_cast<Int128>(allowed) - static_cast<Int128>(bad * kOne)) / kOne;
  budget.left_ratio = left_share(objective.target_e9, known, bad);
  budget.left_ratio_lower = left_share(objective.target_e9, all, bad + unknown);
  budget.left_ratio_upper = left_share(objective.target_e9, all, bad);
  return budget;
}

std::optional<LatencySummary> latency_of(const control::Distribution& measured) {
  const std::uint64_t n = control::measured(measured);
  if (n == 0) return std::nullopt;
  LatencySummary latency;
  latency.measured = n;
  latency.p50_ns = *quantile(measured, 0.50);
  latency.p75_ns = *quantile(measured, 0.75);
  latency.p95_ns = *quantile(measured, 0.95);
  latency.p99_ns = *quantile(measured, 0.99);
  latency.mean_ns = divide(measured.sum_ns, n);
  latency.min_ns = measured.min_ns;
  latency.max_ns = measured.max_ns;
  return latency;
}

}  // namespace

bool add_verdict(const Objective& objective, const control::SeriesKey& key, std::uint64_t n, SloCounts& counts) {
  if (key.kind != CellKind::kObjective || key.journey != objective.journey || key.item != objective.name ||
      key.version != objective.version) {
    return false;
  }
  if (key.detail == name(Verdict::kGood)) {
    counts.good += n;
  } else if (key.detail == name(Verdict::kBad)) {
    counts.bad += n;
  } else if (key.detail == name(Verdict::kBadFailed)) {
    counts.bad += n;
    counts.bad_failed += n;
  } else if (key.detail == name(Verdict::kBadEnded)) {
    counts.bad += n;
    counts.bad_ended += n;
  } else if (key.detail == name(Verdict::kCensored)) {
    counts.censored += n;
  } else if (key.detail == name(Verdict::kExcluded)) {
    counts.excluded += n;
  } else if (key.detail == name(Verdict::kFunnel)) {
    counts.funnel += n;
  } else {
    counts.unknown += n;
  }
  return true;
}

Tally tally(const Objective& objective, std::span<const control::SeriesSum> sums, std::uint64_t board_lost) {
  Tally tally;
  tally.counts.unknown = tally.counts.board_lost = board_lost;
  for (const auto& [key, total] : sums) {
    if (key.scope != CellScope::kTotal) continue;
    if (add_verdict(objective, key, total.n, tally.counts)) {
      if (objective.is_latency) merge(tally.measured, total);
    } else if (key.kind == CellKind::kObjective && key.journey == objective.journey && key.item == objective.name) {
      tally.other_versions += total.n;
    }
  }
  return tally;
}

SloStatus evaluate(const Objective& objective, const Tally& tally, const control::Coverage& coverage) {
  const SloCounts& counts = tally.counts;
  const Events events{counts.good, counts.bad, counts.unknown, counts.excluded};
  const Uint128 known = Uint128{counts.good} + counts.bad, all = known + counts.unknown;
  SloStatus status;
  status.counts = counts;
  status.state = state_of(events, objective.target_e9, objective.strict);
  status.data = data_state(events, coverage, objective.unknown_bound());
  status.coverage = coverage;
  status.latency = latency_of(tally.measured);
  if (all == 0) return status;
  status.lower = divide(counts.good, all);
  status.upper = divide(Uint128{counts.good} + counts.unknown, all);
  if (known != 0) status.ratio = divide(counts.good, known);
  if (objective.target_e9 != 0) status.budget = budget_of(objective, counts);
  return status;
}

}  // namespace bellrock::slo
