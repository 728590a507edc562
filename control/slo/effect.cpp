#include "control/slo/effect.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>

namespace bellrock::slo {
namespace {

constexpr double kZ = 1.959963984540054;  // 95 %, two-sided
constexpr double kStep = 100e6;           // 100 ms

using boost::math::chi_squared;

struct Slope {
  double value = 0, variance = 0;
};

void judge(double low, double high, EffectEstimate& estimate) {
  estimate.low = low;
  estimate.high = high;
  estimate.verdict = low > 0 ? EffectVerdict::kRaises : high < 0 ? EffectVerdict::kLowers : EffectVerdict::kNoneSeen;
}

EffectEstimate not_enough(EffectEstimate estimate, std::string reason) {
  estimate.verdict = EffectVerdict::kNotEnoughData;
  estimate.reason = std::move(reason);
  return estimate;
}

std::string few(const EffectEstimate& estimate) {
  return std::to_string(estimate.so) + " of " + std::to_string(estimate.n) + " attempts ended so; " +
         std::to_string(kEventsMin) + " are needed, and as many that did not";
}

// By more than chance. What is compared has enough attempts for its variance to be believed.
bool differ(std::span<const Slope> slopes) {
  double weights = 0, sum = 0, q = 0;
  for (const Slope& slope : slopes) weights += 1 / slope.variance, sum += slope.value / slope.variance;
  for (const Slope& slope : slopes) q += std::pow(slope.value - sum / weights, 2) / slope.variance;
  if (slopes.size() < 2 || !std::isfinite(q)) return false;
  return cdf(complement(chi_squared(static_cast<double>(slopes.size() - 1)), q)) < kDifferenceP;
}

constexpr const char* kDiffer = "the strata differ from each other by more than chance: there is no one effect";

// --- table

// Those of one stratum that were answered and whose end is known.
struct Row {
  double score = 0;  // in steps of 100 ms
  double n = 0, so = 0;
};
struct Table {
  std::vector<Row> rows;
  double n = 0, so = 0, mean = 0, spread = 0;  // of scores: their mean, and the sum of squares around it
  [[nodiscard]] bool tells() const { return spread > 0; }
  // Of the scores around their mean and how the attempts ended.
  [[nodiscard]] double product() const {
    double sum = 0;
    for (const Row& row : rows) sum += row.so * (row.score - mean);
    return sum;
  }
  // HC3, before it is divided by the square of the spread of all that the slope is of.
  [[nodiscard]] double residues(double slope, double spread_of_all) const {
    double sum = 0;
    for (const Row& row : rows) {
      const double distance = row.score - mean, fitted = so / n + slope * distance;
      const double free = std::max(1 - 1 / n - distance * distance / spread_of_all, 0.05);
      const double squares = row.so * (1 - fitted) * (1 - fitted) + (row.n - row.so) * fitted * fitted;
      sum += distance * distance * squares / (free * free);
    }
    return sum;
  }
};

// The first band of the slowest that are left out.
std::size_t end_of(std::span<const StratumCounts> strata) {
  std::array<double, kBands> n{};
  double all = 0, above = 0;
  for (const StratumCounts& stratum : strata) {
    for (std::size_t band = 0; band < kBands; ++band) {
      const WaitCounts& counts = stratum.at(Wait::kAnswered, band);
      n[band] += static_cast<double>(counts.so + counts.otherwise);
      all += static_cast<double>(counts.so + counts.otherwise);
    }
  }
  std::size_t end = kBands;
  while (end > 1 && above + n[end - 1] <= kSlowestLeftOut * all) above += n[--end];
  return end;
}

Table table_of(const StratumCounts& stratum, std::size_t end) {
  Table table;
  for (std::size_t band = 0; band < end; ++band) {
    const WaitCounts& counts = stratum.at(Wait::kAnswered, band);
    const auto n = static_cast<double>(counts.so + counts.otherwise);
    if (n == 0) continue;
    table.rows.push_back({(counts.so_ns + counts.otherwise_ns) / n / kStep, n, static_cast<double>(counts.so)});
    table.n += n;
    table.so += table.rows.back().so;
    table.mean += n * table.rows.back().score;
  }
  table.mean /= std::max(table.n, 1.0);
  for (const Row& row : table.rows) table.spread += row.n * (row.score - table.mean) * (row.score - table.mean);
  return table;
}

std::optional<Slope> slope_of(const Table& table) {
  const auto enough = static_cast<double>(kComparedMin);
  if (table.so < enough || table.n - table.so < enough) return std::nullopt;
  const double slope = table.product() / table.spread;
  const double variance = table.residues(slope, table.spread) / (table.spread * table.spread);
  return variance > 0 ? std::optional(Slope{slope, variance}) : std::nullopt;
}

// --- hazard

// A sum of counts, each with its weight.
struct Weighed {
  double sum = 0, variance = 0;         // Σ w x, Σ w² x
  double weights = 0, squares = 0;      // Σ w, Σ w²
  double answers = 0, covered = 0;      // all, and those that come where enough wait
  std::uint64_t at_risk = 0, left = 0;  // where the first band begins; in bands where enough wait
  std::size_t cells = 0;
};

Weighed weigh(const StratumCounts& stratum) {
  Weighed weighed;
  const auto bands = at_risk(stratum);
  weighed.at_risk = bands.front().at_risk;
  for (const BandAtRisk& band : bands) {
    weighed.answers += static_cast<double>(band.answered);
    if (band.at_risk < kAtRiskMin || band.waited_ns <= 0) continue;
    const double weight = static_cast<double>(band.answered) * kStep / band.waited_ns;
    const auto left = static_cast<double>(band.left);
    weighed.covered += static_cast<double>(band.answered);
    weighed.left += band.left;
    weighed.sum += weight * left;
    weighed.variance += weight * weight * left;
    if (weight == 0) continue;
    weighed.weights += weight;
    weighed.squares += weight * weight;
    ++weighed.cells;
  }
  return weighed;
}

// Bounds of the sum, by the gamma distribution that has its mean and variance.
std::pair<double, double> bounds(const Weighed& all) {
  const auto quantile_of = [](double mean, double variance, double p) {
    return variance / (2 * mean) * quantile(chi_squared(2 * mean * mean / variance), p);
  };
  const auto cells = static_cast<double>(all.cells);
  const double low = all.sum > 0 ? quantile_of(all.sum, all.variance, 0.025) : 0;
  return {low, quantile_of(all.sum + all.weights / cells, all.variance + all.squares / cells, 0.975)};
}

}  // namespace

bool add(const control::SeriesSum& series, std::span<const std::string> so, StratumCounts& counts) {
  const auto name = control::read_effect_detail(series.key.detail);
  if (!name) return false;
  WaitCounts& wait = counts.waits[name->slot];
  const auto ns = static_cast<double>(series.total.sum_ns);
  const std::string_view outcome = kOutcomeNames[static_cast<std::size_t>(name->outcome)];
  if (name->outcome == Outcome::kUnknown) {
    wait.unknown += series.total.n;
    wait.unknown_ns += ns;
  } else if (std::find(so.begin(), so.end(), outcome) != so.end()) {
    wait.so += series.total.n;
    wait.so_ns += ns;
  } else {
    wait.otherwise += series.total.n;
    wait.otherwise_ns += ns;
  }
  return true;
}

std::optional<Share> share_of(std::uint64_t events, std::uint64_t n) {
  if (n == 0) return std::nullopt;
  const auto size = static_cast<double>(n);
  const double p = static_cast<double>(events) / size, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * size)) / (1 + z2 / size);
  const double half = kZ * std::sqrt(p * (1 - p) / size + z2 / (4 * size * size)) / (1 + z2 / size);
  return Share{p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Share rate_of(std::uint64_t events, double waited_ns) {
  const auto n = static_cast<double>(events);
  const double exposure = waited_ns / kStep;
  const double low = events == 0 ? 0 : quantile(chi_squared(2 * n), 0.025) / 2;
  return {n / exposure, low / exposure, quantile(chi_squared(2 * n + 2), 0.975) / 2 / exposure};
}

std::array<BandAtRisk, kBands> at_risk(const StratumCounts& stratum) {
  std::array<BandAtRisk, kBands> bands{};
  std::uint64_t waiting = 0;  // beyond the band
  for (std::size_t band = kBands; band-- > 0;) {
    const WaitCounts& answered = stratum.at(Wait::kAnswered, band);
    const WaitCounts& ended = stratum.at(Wait::kEnded, band);
    const std::uint64_t here = answered.n() + ended.n();
    const auto from = static_cast<double>(band_from(band));
    const double width = band + 1 < kBands ? static_cast<double>(band_from(band + 1)) - from : 0;
    const double waited = answered.ns() + ended.ns() - static_cast<double>(here) * from;
    bands[band] = {.at_risk = here + waiting,
                   .left = ended.so,
                   .answered = answered.n(),
                   .waited_ns = std::max(waited, 0.0) + static_cast<double>(waiting) * width};
    waiting += here;
  }
  return bands;
}

EffectEstimate table_effect(std::span<const StratumCounts> strata) {
  const std::size_t end = end_of(strata);
  EffectEstimate estimate;
  std::vector<Table> tables;
  std::vector<Slope> slopes;
  double product = 0, spread = 0, residues = 0;
  for (const StratumCounts& stratum : strata) {
    Table table = table_of(stratum, end);
    if (!table.tells()) continue;  // all of one latency: says nothing about others
    estimate.n += static_cast<std::uint64_t>(table.n);
    estimate.so += static_cast<std::uint64_t>(table.so);
    product += table.product();
    spread += table.spread;
    if (const auto slope = slope_of(table)) slopes.push_back(*slope);
    tables.push_back(std::move(table));
  }
  if (estimate.so < kEventsMin || estimate.n - estimate.so < kEventsMin) return not_enough(estimate, few(estimate));
  if (differ(slopes)) return not_enough(estimate, kDiffer);
  estimate.per_100ms = product / spread;
  for (const Table& table : tables) residues += table.residues(estimate.per_100ms, spread);
  const double half = kZ * std::sqrt(residues) / spread;
  judge(estimate.per_100ms - half, estimate.per_100ms + half, estimate);
  return estimate;
}

EffectEstimate hazard_effect(std::span<const StratumCounts> strata) {
  EffectEstimate estimate;
  Weighed all;
  std::vector<Slope> slopes;
  for (const StratumCounts& stratum : strata) {
    const Weighed one = weigh(stratum);
    estimate.n += one.at_risk;
    estimate.so += one.left;
    all.sum += one.sum;
    all.variance += one.variance;
    all.weights += one.weights;
    all.squares += one.squares;
    all.answers += one.answers;
    all.covered += one.covered;
    all.cells += one.cells;
    // As many counts of weight one as would be as certain.
    const bool certain = one.variance > 0 && one.sum * one.sum / one.variance >= static_cast<double>(kComparedMin);
    if (certain) slopes.push_back({one.sum / one.covered, one.variance / (one.covered * one.covered)});
  }
  if (estimate.so < kEventsMin || estimate.n - estimate.so < kEventsMin) return not_enough(estimate, few(estimate));
  if (all.cells == 0 || all.covered < kCoveredMin * all.answers) {
    return not_enough(estimate, "most answers come where fewer than " + std::to_string(kAtRiskMin) + " still wait");
  }
  if (differ(slopes)) return not_enough(estimate, kDiffer);
  estimate.per_100ms = all.sum / all.covered;
  const auto [low, high] = bounds(all);
  judge(low / all.covered, high / all.covered, estimate);
  return estimate;
}

}  // namespace bellrock::slo
