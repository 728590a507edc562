#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "control/flow/distinct.h"
#include "control/plane/views.h"

namespace bellrock::plane {
namespace {

constexpr double kTwoSided95 = 1.96;

View journey_json(store::StoreSnapshot& snapshot, const CatalogJourney& journey, const Span& span) {
  store::SeriesQuery query;
  query.journey = journey.name;
  query.kind = CellKind::kDistinct;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  control::DistinctSketch sketch;
  std::uint64_t starts = 0, other_versions = 0;
  for (const control::SeriesSum& sum : sums) {
    const bool same = sum.key.version == journey.version;
    (same ? starts : other_versions) += sum.total.n;
    if (same) control::merge(sketch, sum.key.item, sum.total);
  }
  const double sessions = control::estimate(sketch);
  const double off = kTwoSided95 * control::kDistinctError * sessions;
  const auto whole = [starts](double n) {  // each session began at least one
    return std::min(starts, static_cast<std::uint64_t>(std::llround(std::max(n, 0.0))));
  };
  return Json{{"journey", journey.name},
              {"sessions", whole(sessions)},
              {"low", whole(std::floor(sessions - off))},
              {"high", whole(std::ceil(sessions + off))},
              {"starts", starts},
              {"other_versions", other_versions}};
}

}  // namespace

View sessions_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only) {
  const Span span = span_of(range, now);
  Json journeys = Json::array();
  for (const CatalogJourney& journey : catalog) {
    if (!journey.distinct_sessions || (!only.empty() && journey.name != only)) continue;
    TRY_ASSIGN(Json one, journey_json(snapshot, journey, span));
    journeys.push_back(std::move(one));
  }
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"standard_error", control::kDistinctError},
              {"sessions", std::move(journeys)}};
}

}  // namespace bellrock::plane
