#include "control/plane/users_lost.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "control/flow/distinct.h"
#include "control/plane/journal.h"

namespace bellrock::plane {
namespace {

constexpr double kTwoSided95 = 1.96;

}  // namespace

Result<std::optional<double>, store::StoreError> sessions_between(store::StoreSnapshot& snapshot,
                                                                  const CatalogJourney& journey, const Span& span) {
  if (!journey.distinct_sessions) return std::optional<double>();
  store::SeriesQuery query;
  query.journey = journey.name;
  query.kind = CellKind::kDistinct;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::uint64_t, control::DistinctSketch> versions;
  for (const auto& sum : sums) control::merge(versions[sum.key.version], sum.key.item, sum.total);
  double sessions = 0;
  for (const auto& [version, sketch] : versions) sessions += control::estimate(sketch);
  return std::optional(sessions);
}

double affected_sessions(double sessions, double bad, double known) {
  if (known <= 0 || sessions <= 0) return 0;
  const double each = std::max(1.0, known / sessions);
  return std::min(bad, sessions * (1 - std::pow(1 - bad / known, each)));
}

std::optional<UsersLost> users_lost(const slo::Objective& objective, const slo::Events& events,
                                    std::optional<double> sessions) {
  const std::uint64_t bad = to_count(events.bad);
  if (objective.per_session || objective.is_consistency) {
    return UsersLost{bad, bad, to_count(events.bad + events.unknown)};
  }
  if (!sessions) return std::nullopt;
  const double off = kTwoSided95 * control::kDistinctError * *sessions;
  const auto known = static_cast<double>(events.known()), unknown = static_cast<double>(events.unknown);
  const auto lost = static_cast<double>(events.bad);
  return UsersLost{
      static_cast<std::uint64_t>(std::llround(affected_sessions(*sessions, lost, known))),
      static_cast<std::uint64_t>(std::floor(affected_sessions(*sessions - off, lost, known + unknown))),
      static_cast<std::uint64_t>(std::ceil(affected_sessions(*sessions + off, lost + unknown, known + unknown)))};
}

Json to_json(const UsersLost& users) {
  return {{"estimate", users.estimate}, {"low", users.low}, {"high", users.high}};
}

}  // namespace bellrock::plane
