#include <algorithm>
#include <map>

#include "control/plane/views.h"
#include "control/slo/effect.h"

namespace bellrock::plane {
namespace {

using slo::EffectEstimate;
using slo::StratumCounts;

constexpr std::size_t kStrataShown = 20;

struct Counts {
  StratumCounts all;  // whatever the stratum
  std::vector<StratumCounts> strata;
  std::uint64_t unplaced = 0, other_versions = 0;
  [[nodiscard]] std::uint64_t n() const {
    std::uint64_t sum = 0;
    for (const auto& wait : all.waits) sum += wait.n();
    return sum;
  }
};

Result<Counts, store::StoreError> counts_of(store::StoreSnapshot& snapshot, const CatalogJourney& journey,
                                            const CatalogEffect& effect, const Span& span) {
  store::SeriesQuery query;
  query.journey = journey.name;
  query.kind = CellKind::kEffect;
  query.item = effect.name;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  Counts counts;
  std::map<std::vector<std::pair<std::string, std::string>>, StratumCounts> strata;
  for (const auto& series : sums) {
    const bool total = series.key.scope == CellScope::kTotal;
    if (series.key.version != effect.version) {
      if (total) counts.other_versions += series.total.n;
    } else if (total) {
      slo::add(series, effect.outcomes, counts.all);
    } else if (series.key.scope == CellScope::kOverflow) {
      counts.unplaced += series.total.n;
    } else {
      slo::add(series, effect.outcomes, strata[series.key.dimensions]);
    }
  }
  for (auto& [values, stratum] : strata) {
    stratum.values = values;
    counts.strata.push_back(std::move(stratum));
  }
  if (effect.strata.empty()) counts.strata.push_back(counts.all);
  return counts;
}

Json to_json(const EffectEstimate& estimate) {
  const auto figure = [&](double value) { return estimate.known() ? Json(value) : Json(nullptr); };
  return {{"verdict", slo::kEffectVerdictNames[static_cast<std::size_t>(estimate.verdict)]},
          {"reason", estimate.known() ? Json(nullptr) : Json(estimate.reason)},
          {"n", estimate.n},
          {"events", estimate.so},
          {"per_100ms", figure(estimate.per_100ms)},
          {"low", figure(estimate.low)},
          {"high", figure(estimate.high)}};
}

Json band_json(std::size_t band) {
  const bool last = band + 1 == kBands;
  return {{"from_ns", band_from(band)}, {"to_ns", last ? Json(nullptr) : Json(band_from(band + 1))}};
}

// Whatever the stratum: the figures as they are.
Json table_bands(const StratumCounts& all) {
  Json bands = Json::array();
  for (std::size_t band = 0; band < kBands; ++band) {
    const auto& counts = all.at(Wait::kAnswered, band);
    if (counts.n() == 0) continue;
    const auto share = slo::share_of(counts.so, counts.so + counts.otherwise);
    Json one = band_json(band);
    one["mean_ns"] = counts.ns() / static_cast<double>(counts.n());
    one["n"] = counts.so + counts.otherwise;
    one["events"] = counts.so;
    one["unknown"] = counts.unknown;
    one["share"] = share ? Json(share->value) : Json(nullptr);
    one["low"] = share ? Json(share->low) : Json(nullptr);
    one["high"] = share ? Json(share->high) : Json(nullptr);
    bands.push_back(std::move(one));
  }
  return bands;
}

Json hazard_bands(const StratumCounts& all) {
  Json bands = Json::array();
  const auto at_risk = slo::at_risk(all);
  for (std::size_t band = 0; band < kBands; ++band) {
    const auto& here = at_risk[band];
    if (here.at_risk == 0) continue;
    const bool enough = here.at_risk >= slo::kAtRiskMin && here.waited_ns > 0;
    Json one = band_json(band);
    one["at_risk"] = here.at_risk;
    one["left"] = here.left;
    one["answered"] = here.answered;
    one["waited_ns"] = here.waited_ns;
    const auto rate = enough ? std::optional(slo::rate_of(here.left, here.waited_ns)) : std::nullopt;
    one["per_100ms"] = rate ? Json(rate->value) : Json(nullptr);
    one["low"] = rate ? Json(rate->low) : Json(nullptr);
    one["high"] = rate ? Json(rate->high) : Json(nullptr);
    bands.push_back(std::move(one));
  }
  return bands;
}

// Without a stratum for many of them, those that have one are a choice nobody made.
EffectEstimate placed(EffectEstimate estimate, const Counts& counts) {
  if (static_cast<double>(counts.unplaced) <= slo::kUnplacedMax * static_cast<double>(counts.n())) return estimate;
  estimate.verdict = slo::EffectVerdict::kNotEnoughData;
  estimate.reason = std::to_string(counts.unplaced) +
                    " attempts found no room in their stratum: give the edge more "
                    "`limits.cells_per_core`, or name fewer strata";
  return estimate;
}

template <typename Estimate, typename Bands>
Json method_json(const Counts& counts, Estimate&& estimate, Bands&& bands) {
  std::vector<const StratumCounts*> largest;
  const auto n_of = [&](const StratumCounts* one) { return estimate(std::span(one, 1)).n; };
  for (const StratumCounts& one : counts.strata) largest.push_back(&one);
  std::stable_sort(largest.begin(), largest.end(), [&](auto* a, auto* b) { return n_of(a) > n_of(b); });
  largest.resize(std::min(largest.size(), kStrataShown));
  Json strata = Json::array();
  for (const StratumCounts* one : largest) {
    if (one->values.empty()) continue;
    Json values = Json::object();
    for (const auto& [name, value] : one->values) values[name] = value;
    strata.push_back({{"values", values}, {"estimate", to_json(estimate(std::span(one, 1)))}});
  }
  return {{"estimate", to_json(placed(estimate(std::span(counts.strata)), counts))},
          {"crude", to_json(estimate(std::span(&counts.all, 1)))},
          {"bands", bands(counts.all)},
          {"strata", std::move(strata)},
          {"strata_in_all", counts.strata.size()}};
}

Json effect_json(const CatalogJourney& journey, const CatalogEffect& effect, const Counts& counts) {
  std::uint64_t unknown = 0;
  for (const auto& wait : counts.all.waits) unknown += wait.unknown;
  Json json{{"journey", journey.name},     {"effect", effect.name},
            {"step", effect.step},         {"from", effect.from},
            {"outcomes", effect.outcomes}, {"strata", effect.strata},
            {"observational", true},       {"attempts", counts.n()},
            {"unknown", unknown},          {"undated", counts.all.at(Wait::kUndated, 0).n()},
            {"unplaced", counts.unplaced}, {"other_versions", counts.other_versions}};
  json["table"] = effect.table ? method_json(counts, slo::table_effect, table_bands) : Json(nullptr);
  json["hazard"] = effect.hazard ? method_json(counts, slo::hazard_effect, hazard_bands) : Json(nullptr);
  return json;
}

}  // namespace

View effects_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                  std::string_view only) {
  const Span span = sum_span_of(range, now);
  Json effects = Json::array();
  for (const auto& journey : catalog) {
    if (!only.empty() && journey.name != only) continue;
    for (const auto& effect : journey.effects) {
      TRY_ASSIGN(const Counts counts, counts_of(snapshot, journey, effect, span));
      effects.push_back(effect_json(journey, effect, counts));
    }
  }
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"effects", std::move(effects)}};
}

}  // namespace bellrock::plane
