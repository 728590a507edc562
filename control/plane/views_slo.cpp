#include <algorithm>
#include <map>

#include "control/plane/journal.h"
#include "control/plane/policy_json.h"
#include "control/plane/views_course.h"
#include "control/slo/evaluator.h"
#include "control/slo/explain.h"
#include "dataplane/flow/stray.h"

namespace bellrock::plane {
namespace {

using control::SeriesSum;
using control::SloCounts;
using store::SeriesQuery;
using store::StoreSnapshot;

SeriesQuery objective_query(const std::string& journey, const Span& span) {
  SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kTotal;
  query.from = span.from;
  query.to = span.to;
  return query;
}

std::uint64_t lost_of(const std::map<std::string, std::uint64_t>& lost, const std::string& journey) {
  const auto found = lost.find(journey);
  return found == lost.end() ? 0 : found->second;
}

// Good, bad and unknown of one slice or one dimension value.
Json share_json(const SloCounts& counts) {
  const std::uint64_t known = counts.good + counts.bad;
  Json json{{"good", counts.good}, {"bad", counts.bad}, {"unknown", counts.unknown}};
  json["ratio"] = known == 0 ? Json(nullptr) : Json(static_cast<double>(counts.good) / static_cast<double>(known));
  return json;
}

Result<Json, store::StoreError> course_json(StoreSnapshot& snapshot, const slo::Objective& objective,
                                            const Range& range, std::int64_t now) {
  const Span span = span_of(range, now);
  TRY_ASSIGN(const Course slices, course_of(snapshot, objective, span, range.step_s));
  Json json{{"range", range.name}, {"from_unix_s", span.from}, {"to_unix_s", span.to}, {"step_s", range.step_s}};
  json["slices"] = Json::array();
  for (const auto& [start, counts] : slices) {
    Json slice{{"start_unix_s", start}};
    slice.update(share_json(counts));
    json["slices"].push_back(std::move(slice));
  }
  return json;
}

}  // namespace

Json window_json(const Span& span) {
  return {{"from_unix_s", span.from}, {"to_unix_s", span.to}, {"seconds", span.to - span.from}};
}

Result<slo::Events, store::StoreError> events_between(StoreSnapshot& snapshot, const slo::Objective& objective,
                                                      std::int64_t from, std::int64_t to) {
  SeriesQuery query = objective_query(objective.journey, {from, to});
  query.item = objective.name;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  return events_of(slo::tally(objective, sums, 0).counts);
}

View dimensions_json(StoreSnapshot& snapshot, const slo::Objective& objective, const Span& span) {
  constexpr std::size_t kValuesShown = 10;
  SeriesQuery query = objective_query(objective.journey, span);
  query.item = objective.name;
  query.scope = CellScope::kDimensioned;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::string, std::map<std::string, SloCounts>> by_name;
  for (const auto& [key, total] : sums) {
    for (const auto& [name, value] : key.dimensions) slo::add_verdict(objective, key, total.n, by_name[name][value]);
  }
  Json json = Json::array();
  for (const auto& [name, values] : by_name) {
    std::vector<std::pair<std::string, SloCounts>> sorted(values.begin(), values.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.bad > b.second.bad; });
    sorted.resize(std::min(sorted.size(), kValuesShown));
    Json shown = Json::array();
    for (const auto& [value, counts] : sorted) {
      Json one{{"value", value}};
      one.update(share_json(counts));
      shown.push_back(std::move(one));
    }
    json.push_back({{"name", name}, {"values", std::move(shown)}});
  }
  return json;
}

namespace {

// What all objectives of one period share.
struct Period {
  Span span;
  std::int64_t now;
  std::map<std::string, std::uint64_t> lost;
  control::Coverage coverage;
};

Result<Period, store::StoreError> read_period(StoreSnapshot& snapshot, std::int64_t period_s, std::int64_t now) {
  Period period{slo_span(now, period_s), now, {}, {}};
  TRY_ASSIGN(period.lost, snapshot.board_lost(period.span.from, period.span.to));
  TRY_ASSIGN(period.coverage, read_coverage(snapshot, period.span, now));
  return period;
}

// Adds the policy's view to one objective's document.
Status<store::StoreError> add_policy(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                                     const Period& period, const slo::Tally& tally, const WatchState* watched,
                                     Json& json) {
  const Watched* const one = find_watched(watched, objective);
  const slo::Events counted = events_of(tally.counts);
  const bool corrected = one && !one->taken_out.empty();
  slo::Events left = counted;
  if (corrected) {
    TRY_ASSIGN(left, corrected_events(snapshot, objective, period.span, counted, one->taken_out));
  }
  json.update(policy_json(objective, policy_of(catalog, objective), counted, left, one));
  json["corrected"] = corrected ? corrected_json(objective, left) : Json(nullptr);
  return Done{};
}

View one_slo(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
             std::span<const SeriesSum> sums, const Period& period, const WatchState* watched) {
  const auto tally = slo::tally(objective, sums, lost_of(period.lost, objective.journey));
  Json json = to_json(objective, slo::evaluate(objective, tally, period.coverage), tally.other_versions);
  TRY(add_policy(snapshot, catalog, objective, period, tally, watched, json));
  return json;
}

}  // namespace

View slos_view(StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now, const WatchState* watched,
               const Range* range) {
  std::map<std::int64_t, Period> periods;
  Json slos = Json::array();
  const Span shown = range ? span_of(*range, now) : Span{};
  for (const auto& journey : catalog) {
    std::map<std::int64_t, std::vector<SeriesSum>> sums;
    std::map<std::string, Course> courses;
    if (range) {
      TRY_ASSIGN(courses, courses_of(snapshot, journey, shown, range->step_s));
    }
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      const std::int64_t period_s = journey.policies[i].period_s;
      if (!periods.contains(period_s)) {
        TRY_ASSIGN(auto period, read_period(snapshot, period_s, now));
        periods.emplace(period_s, std::move(period));
      }
      const Period& period = periods.at(period_s);
      if (!sums.contains(period_s)) {
        TRY_ASSIGN(sums[period_s], snapshot.sums(objective_query(journey.name, period.span)));
      }
      TRY_ASSIGN(Json one, one_slo(snapshot, catalog, journey.objectives[i], sums[period_s], period, watched));
      if (range) one["course"] = compact_json(courses[journey.objectives[i].name], shown, range->step_s);
      slos.push_back(std::move(one));
    }
  }
  Json json{{"now_unix_s", now}, {"window", window_json(slo_span(now))}};
  if (range) {
    json["course"] = {
        {"range", range->name}, {"from_unix_s", shown.from}, {"to_unix_s", shown.to}, {"step_s", range->step_s}};
  }
  json["slos"] = std::move(slos);
  TRY_ASSIGN(json["composites"], composites_json(snapshot, catalog, now));
  return json;
}

Json outcomes_json(std::span<const SeriesSum> sums, std::uint64_t board_lost) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [key, total] : sums) {
    if (key.kind == CellKind::kOutcome) counts[key.item] += total.n;
  }
  counts["unknown"] += board_lost;
  Json json = Json::object();
  for (const auto& name : kOutcomeNames) json[std::string(name)] = counts[std::string(name)];
  for (const auto& [name, n] : counts) json[name] = n;  // of newer edges too
  return json;
}

namespace {

// Successes that no attempt waited for, and how many attempts may have been seen by two edges, unknown at one and
// without a beginning at the other.
Json strays_json(std::span<const SeriesSum> sums, std::uint64_t unknown) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [key, total] : sums) {
    if (key.kind == CellKind::kStray) counts[key.item] += total.n;
  }
  Json json = Json::object();
  for (const auto& name : kStrayNames) json[std::string(name)] = counts[std::string(name)];
  json["split_bound"] = std::min(unknown, counts[std::string(kStrayNames[0])]);
  return json;
}

// The last change before the alert began, or before now where none fires.
View nearest_change_json(StoreSnapshot& snapshot, const slo::Objective& objective, const Json& slo, std::int64_t now) {
  const Json& alert = slo["alert"];
  const std::int64_t at = alert.is_null() ? now : alert["since_unix_s"].get<std::int64_t>();
  TRY_ASSIGN(const auto changes, read_changes(snapshot));
  const slo::ChangeMarker* nearest = nullptr;
  for (const auto& change : changes) {
    const bool concerns = change.journey.empty() || change.journey == objective.journey;
    if (!concerns || change.at_unix_s > at) continue;
    if (nearest == nullptr || change.at_unix_s > nearest->at_unix_s) nearest = &change;
  }
  if (nearest == nullptr) return Json(nullptr);
  Json json = to_json(*nearest);
  json["before_s"] = at - nearest->at_unix_s;
  return json;
}

}  // namespace

View explain_view(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective, const Range& range,
                  std::int64_t now, const WatchState* watched) {
  TRY_ASSIGN(const Period period, read_period(snapshot, policy_of(catalog, objective).period_s, now));
  const Span& span = period.span;
  const std::uint64_t board_lost = lost_of(period.lost, objective.journey);
  SeriesQuery query = objective_query(objective.journey, span);
  query.kind.reset();
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  const auto tally = slo::tally(objective, sums, board_lost);
  const auto status = slo::evaluate(objective, tally, period.coverage);
  Json json{{"now_unix_s", now}, {"window", window_json(span)}};
  TRY_ASSIGN(json["slo"], one_slo(snapshot, catalog, objective, sums, period, watched));
  json["explanation"] = slo::explain(objective, status);
  TRY_ASSIGN(json["nearest_change"], nearest_change_json(snapshot, objective, json["slo"], now));
  TRY_ASSIGN(json["course"], course_json(snapshot, objective, range, now));
  json["outcomes"] = outcomes_json(sums, board_lost);
  json["stray_successes"] = strays_json(sums, tally.counts.unknown);
  TRY_ASSIGN(json["dimensions"], dimensions_json(snapshot, objective, span));
  return json;
}

}  // namespace bellrock::plane
