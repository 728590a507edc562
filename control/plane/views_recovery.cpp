// What became of errors, by journey and failure step.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "control/plane/views.h"
#include "dataplane/flow/recovery.h"

namespace bellrock::plane {
namespace {

using Counts = std::array<std::uint64_t, kRecoveryKinds>;

// The share of those that are decided; what is unknown may have been either.
Json rate_json(const Counts& counts) {
  const auto [errors, recovered, not_recovered, unknown] = counts;
  const auto share = [](std::uint64_t part, std::uint64_t all) {
    return all == 0 ? Json() : Json(static_cast<double>(part) / static_cast<double>(all));
  };
  const std::uint64_t decided = recovered + not_recovered;
  return {{"value", share(recovered, decided)},
          {"low", share(recovered, decided + unknown)},
          {"high", share(recovered + unknown, decided + unknown)}};
}

Json step_json(const std::string& step, const Counts& counts) {
  Json json{{"step", step}, {"rate", rate_json(counts)}};
  for (std::size_t i = 0; i < kRecoveryKinds; ++i) json[std::string(kRecoveryNames[i])] = counts[i];
  return json;
}

View journey_json(store::StoreSnapshot& snapshot, const CatalogJourney& journey, const Span& span) {
  store::SeriesQuery query;
  query.journey = journey.name;
  query.kind = CellKind::kRecovery;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::string, Counts> steps;
  std::uint64_t other_versions = 0;
  for (const control::SeriesSum& sum : sums) {
    const auto kind = std::find(kRecoveryNames.begin(), kRecoveryNames.end(), sum.key.detail);
    if (kind == kRecoveryNames.end() || sum.key.scope != CellScope::kTotal) continue;
    if (sum.key.version != journey.recovery_version) {
      other_versions += *kind == kRecoveryNames[0] ? sum.total.n : 0;
      continue;
    }
    steps[sum.key.item][static_cast<std::size_t>(kind - kRecoveryNames.begin())] += sum.total.n;
  }
  Json list = Json::array();
  for (const auto& [step, counts] : steps) list.push_back(step_json(step, counts));
  return Json{{"journey", journey.name},
              {"within_s", static_cast<double>(journey.recovery_within) / 1e9},
              {"other_versions", other_versions},
              {"steps", std::move(list)}};
}

}  // namespace

View recovery_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only) {
  const Span span = sum_span_of(range, now);
  Json journeys = Json::array();
  for (const CatalogJourney& journey : catalog) {
    if (journey.recovery_within == 0 || (!only.empty() && journey.name != only)) continue;
    TRY_ASSIGN(Json one, journey_json(snapshot, journey, span));
    journeys.push_back(std::move(one));
  }
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"recovery", std::move(journeys)}};
}

}  // namespace bellrock::plane
