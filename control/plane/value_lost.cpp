#include "control/plane/value_lost.h"

#include <algorithm>
#include <map>
#include <set>

#include "control/plane/policy_json.h"
#include "control/plane/users_lost.h"
#include "control/plane/views_course.h"

namespace bellrock::plane {
namespace {

using store::StoreError;
using store::StoreSnapshot;

// Of an objective that calls waiting bad from some time on only, all that waited are: nobody kept how long those waited
// who had something in their cart.
bool is_bad(const slo::Objective& objective, const std::string& outcome) {
  return std::find(objective.bad.begin(), objective.bad.end(), outcome) != objective.bad.end();
}

// The journeys that took values at any time.
Result<std::set<std::string>, StoreError> valued_journeys(StoreSnapshot& snapshot) {
  TRY_ASSIGN(const auto counts, snapshot.lifetime());
  std::set<std::string> journeys;
  for (const auto& [key, n] : counts) {
    if (key.kind == CellKind::kValue) journeys.insert(key.journey);
  }
  return journeys;
}

Json lost_json(const std::vector<ValueLost>& lost) {
  Json json = Json::array();
  for (const auto& one : lost) json.push_back(to_json(one));
  return json;
}

}  // namespace

bool measures_value(const slo::Objective& objective) {
  return !objective.is_latency && !objective.is_consistency && !objective.per_session;
}

Result<std::vector<ValueLost>, StoreError> value_lost(StoreSnapshot& snapshot, const slo::Objective& objective,
                                                      const Span& span) {
  std::vector<ValueLost> all;
  if (!measures_value(objective)) return all;
  store::SeriesQuery query{objective.journey, CellKind::kValue, CellScope::kTotal, "", span.from, span.to};
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  struct Worth {
    control::Uint128 units = 0, unknown_units = 0;
    std::uint64_t attempts = 0, unknown_attempts = 0;
  };
  std::map<std::string, Worth> by_currency;
  for (const auto& [key, total] : sums) {
    const bool unknown = key.item == kOutcomeNames[static_cast<std::size_t>(Outcome::kUnknown)];
    if (!unknown && !is_bad(objective, key.item)) continue;
    Worth& worth = by_currency[key.detail];
    (unknown ? worth.unknown_units : worth.units) += total.sum_ns;
    (unknown ? worth.unknown_attempts : worth.attempts) += total.n;
  }
  for (const auto& [currency, worth] : by_currency) {
    all.push_back(
        {currency, worth.attempts, to_count(worth.units), worth.unknown_attempts, to_count(worth.unknown_units)});
  }
  return all;
}

Json to_json(const ValueLost& lost) {
  return {{"currency", lost.currency},
          {"attempts", lost.attempts},
          {"minor_units", lost.minor_units},
          {"unknown_attempts", lost.unknown_attempts},
          {"unknown_minor_units", lost.unknown_minor_units}};
}

View backlog_view(StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now) {
  const Span span = span_of(range, now);
  Json items = Json::array();
  TRY_ASSIGN(const auto valued, valued_journeys(snapshot));
  for (const auto& journey : catalog) {
    TRY_ASSIGN(auto courses, courses_of(snapshot, journey, span, range.step_s));
    TRY_ASSIGN(const auto sessions, sessions_between(snapshot, journey, span));
    for (const auto& objective : journey.objectives) {
      slo::Events events;
      for (const auto& [start, counts] : courses[objective.name]) events += events_of(counts);
      Json one{{"journey", objective.journey}, {"objective", objective.name}};
      one["counts_visits"] = objective.per_session || objective.is_consistency;
      one["counts"] = to_json(events);
      const auto users = users_lost(objective, events, sessions);
      one["users_lost"] = users ? to_json(*users) : Json(nullptr);
      one["value_lost"] = nullptr;
      if (valued.contains(journey.name) && measures_value(objective)) {
        TRY_ASSIGN(const auto lost, value_lost(snapshot, objective, span));
        one["value_lost"] = lost_json(lost);
      }
      items.push_back(std::move(one));
    }
  }
  return Json{{"now_unix_s", now},    {"range", range.name},    {"from_unix_s", span.from},
              {"to_unix_s", span.to}, {"step_s", range.step_s}, {"items", std::move(items)}};
}

}  // namespace bellrock::plane
