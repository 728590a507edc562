#include <algorithm>
#include <optional>

#include "control/plane/policy_json.h"
#include "control/plane/user_minutes.h"
#include "control/plane/value_lost.h"
#include "control/plane/views_course.h"
#include "control/plane/views_events.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using slo::Events;
using store::StoreSnapshot;

// Changes in the day before it was noticed, the nearest first.
Result<Json, store::StoreError> changes_before(StoreSnapshot& snapshot, const KeptIncident& kept) {
  TRY_ASSIGN(auto markers, read_changes(snapshot));
  std::sort(markers.begin(), markers.end(), [](const auto& a, const auto& b) { return a.at_unix_s > b.at_unix_s; });
  Json json = Json::array();
  for (const auto& marker : markers) {
    const bool concerns = marker.journey.empty() || marker.journey == kept.journey;
    const bool before =
        marker.at_unix_s <= kept.incident.detected && marker.at_unix_s > kept.incident.onset - kDaySeconds;
    if (concerns && before) json.push_back(to_json(marker));
  }
  return json;
}

Result<Json, store::StoreError> outcomes_of(StoreSnapshot& snapshot, const std::string& journey, const Span& span) {
  store::SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kOutcome;
  query.scope = CellScope::kTotal;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  return outcomes_json(sums, 0);
}

// What was counted while it lasted, and what corrections leave of it. As long as minutes are kept; afterwards what is
// left is what was known when it closed.
struct Cost {
  std::optional<Events> counted;
  Events left;
  std::vector<slo::Correction> corrections;
};

Result<Cost, store::StoreError> cost_of(StoreSnapshot& snapshot, const slo::Objective& objective,
                                        const KeptIncident& kept, const std::vector<slo::Correction>& corrections,
                                        const Span& span, std::int64_t now) {
  Cost cost{std::nullopt, kept.incident.events, {}};
  cost.corrections = slo::in_force(corrections, kept.journey, kept.objective, span.from, span.to, now);
  if (cost.corrections.empty() || !has_minutes(span.from, now)) return cost;
  const auto out = slo::taken_out(corrections, kept.journey, kept.objective, now);
  TRY_ASSIGN(cost.counted, events_between(snapshot, objective, span.from, span.to));
  TRY_ASSIGN(cost.left, corrected_events(snapshot, objective, span, *cost.counted, out));
  return cost;
}

Json corrected_json(const Cost& cost) {
  if (cost.corrections.empty()) return nullptr;
  Json json{{"counts", to_json(cost.left)}, {"corrections", Json::array()}};
  json["counted"] = cost.counted ? to_json(*cost.counted) : Json(nullptr);
  for (const auto& one : cost.corrections) json["corrections"].push_back(to_json(one));
  return json;
}

Status<store::StoreError> add_review(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                                     const KeptIncident& kept, std::int64_t now, Json& json) {
  const auto& incident = kept.incident;
  const slo::Policy& policy = policy_of(catalog, objective);
  const std::int64_t minute = now - now % slo::kMinuteSeconds;
  const std::int64_t until = incident.open() ? minute : std::min(minute, incident.closed);
  const Span span{incident.onset, incident.recovered != 0 ? incident.recovered : until};
  const Span period = slo_span(until, policy.period_s);  // an incident is held against the budget that it took of
  TRY_ASSIGN(const Events all, events_between(snapshot, objective, period.from, period.to));
  json["target_text"] = to_json(objective, {}, 0).at("target_text");
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  TRY_ASSIGN(const Cost cost, cost_of(snapshot, objective, kept, corrections, span, now));
  const auto out = slo::taken_out(corrections, kept.journey, kept.objective, now);
  TRY_ASSIGN(const Events budget, corrected_events(snapshot, objective, period, all, out));
  json["corrected"] = corrected_json(cost);
  json["budget_share"] = or_null(slo::Burned{cost.left.bad, budget.known(), objective.target_e9}.share());
  slo::Incident judged = incident;
  judged.events = cost.left;
  json["postmortem"] = !kept.withdrawn && slo::asks_for_postmortem(judged, budget, objective, policy);
  TRY_ASSIGN(json["dimensions"], dimensions_json(snapshot, objective, span));
  TRY_ASSIGN(json["outcomes"], outcomes_of(snapshot, kept.journey, span));
  TRY_ASSIGN(json["storyboards"], storyboards_json(snapshot, kept.journey, "", span));
  json["minutes_kept"] = has_minutes(span.from, now);
  json["user_minutes"] = nullptr;
  if (has_minutes(span.from, now)) {
    TRY_ASSIGN(const auto minutes, user_minutes(snapshot, objective, span));
    json["user_minutes"] = to_json(minutes);
  }
  json["value_lost"] = Json::array();
  TRY_ASSIGN(const auto lost, value_lost(snapshot, objective, span));
  for (const auto& one : lost) json["value_lost"].push_back(to_json(one));
  const std::int64_t before = incident.onset - kHourSeconds;
  constexpr std::int64_t kSlicesMax = 240;  // as many as a chart has room for
  std::int64_t step = slo::kMinuteSeconds;
  while ((span.to - before) / step > kSlicesMax) step *= 2;
  TRY_ASSIGN(const Course course, course_of(snapshot, objective, {before, span.to}, step));
  json["course"] = {{"from_unix_s", before}, {"to_unix_s", span.to}, {"step_s", step}};
  json["course"]["slices"] = slices_json(course, all, objective.target_e9);
  return Done{};
}

}  // namespace

View incidents_view(StoreSnapshot& snapshot, bool open_only, std::int64_t now) {
  TRY_ASSIGN(const auto kept, read_incidents(snapshot, store::kJournalMax));
  constexpr std::size_t kShown = 1'000;
  Json incidents = Json::array();
  std::size_t older = 0;
  for (const auto& one : kept) {
    if (open_only && !one.incident.open()) continue;
    if (incidents.size() == kShown) {
      ++older;
    } else {
      incidents.push_back(to_json(one));
    }
  }
  return Json{{"now_unix_s", now}, {"incidents", std::move(incidents)}, {"older", older}};
}

View incident_view(StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t id, std::int64_t now) {
  TRY_ASSIGN(const auto all, read_incidents(snapshot, store::kJournalMax));
  const auto kept = std::find_if(all.begin(), all.end(), [&](const KeptIncident& one) { return one.id == id; });
  if (kept == all.end()) return Json(nullptr);
  Json json{{"now_unix_s", now}, {"incident", to_json(*kept)}};
  TRY_ASSIGN(json["changes"], changes_before(snapshot, *kept));
  // An objective that is no longer configured has its counts, but no target to hold them against.
  if (const auto* const objective = find_objective(catalog, kept->journey, kept->objective)) {
    TRY(add_review(snapshot, catalog, *objective, *kept, now, json));
  }
  return json;
}

}  // namespace bellrock::plane
