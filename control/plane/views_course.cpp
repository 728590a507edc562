#include "control/plane/views_course.h"

#include <algorithm>
#include <set>
#include <vector>

#include "control/slo/budget.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using slo::Burned;
using slo::Events;
using store::StoreSnapshot;

store::SeriesQuery verdicts_query(const std::string& journey, const std::string& objective, const Span& span) {
  store::SeriesQuery query;
  query.journey = journey;
  query.item = objective;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kTotal;
  query.from = span.from;
  query.to = span.to;
  return query;
}

// Sums over any span that begins and ends with slices.
class Sums {
 public:
  explicit Sums(const Course& course) {
    Events sum;
    for (const auto& [start, counts] : course) {
      starts_.push_back(start);
      before_.push_back(sum);
      sum += events_of(counts);
    }
    before_.push_back(sum);
  }
  [[nodiscard]] Events sum(std::int64_t from, std::int64_t to) const {
    Events events = before(to);
    events -= before(from);
    return events;
  }

 private:
  [[nodiscard]] const Events& before(std::int64_t unix_s) const {
    const auto at = std::lower_bound(starts_.begin(), starts_.end(), unix_s) - starts_.begin();
    return before_[static_cast<std::size_t>(at)];
  }
  std::vector<std::int64_t> starts_;
  std::vector<Events> before_;
};

Json header(const slo::Objective& objective, const Range& range, const Span& span, std::int64_t now) {
  return {{"now_unix_s", now},     {"journey", objective.journey}, {"objective", objective.name},
          {"range", range.name},   {"from_unix_s", span.from},     {"to_unix_s", span.to},
          {"step_s", range.step_s}};
}

// All windows of the pairs that slices of `resolution` can be added up to, the shortest first.
std::vector<std::int64_t> windows_of(const slo::Policy& policy, std::int64_t resolution) {
  std::set<std::int64_t> windows;
  for (const auto& pair : policy.pairs) {
    for (const std::int64_t seconds : {pair.short_s, pair.long_s}) {
      if (seconds % resolution == 0) windows.insert(seconds);
    }
  }
  return {windows.begin(), windows.end()};
}

// [burn rate, good, bad, unknown]
Json reading(const Events& events, std::uint64_t target_e9) {
  return {or_null(Burned{events.bad, events.all(), target_e9}.share()), to_count(events.good), to_count(events.bad),
          to_count(events.unknown)};
}

constexpr std::int64_t kBudgetPoints = 168;  // a week of hours, or four weeks of four hours

// Whole hours, so that a period of any length has about as many points as a chart has room for.
std::int64_t budget_step(std::int64_t period_s) {
  const std::int64_t hours = period_s / kHourSeconds;
  return std::max<std::int64_t>(1, (hours + kBudgetPoints - 1) / kBudgetPoints) * kHourSeconds;
}

Json left_of(const Burned& burned) {
  const auto share = burned.share();
  return share ? Json(1 - *share) : Json(nullptr);
}

}  // namespace

Result<std::map<std::string, Course>, store::StoreError> courses_of(StoreSnapshot& snapshot,
                                                                    const CatalogJourney& journey, const Span& span,
                                                                    std::int64_t step_s) {
  TRY_ASSIGN(const auto counts, snapshot.counts(verdicts_query(journey.name, "", span), step_s));
  std::map<std::string, Course> courses;
  std::map<std::string, const slo::Objective*> known;
  for (const auto& objective : journey.objectives) known.emplace(objective.name, &objective);
  for (const auto& slice : counts.slices) {
    const auto& key = counts.keys[slice.series];
    const auto found = known.find(key.item);
    if (found == known.end()) continue;
    slo::add_verdict(*found->second, key, slice.n, courses[key.item][slice.start_unix_s]);
  }
  return courses;
}

Result<Course, store::StoreError> course_of(StoreSnapshot& snapshot, const slo::Objective& objective, const Span& span,
                                            std::int64_t step_s) {
  TRY_ASSIGN(const auto counts, snapshot.counts(verdicts_query(objective.journey, objective.name, span), step_s));
  Course course;
  for (const auto& slice : counts.slices) {
    slo::add_verdict(objective, counts.keys[slice.series], slice.n, course[slice.start_unix_s]);
  }
  return course;
}

Json compact_json(const Course& course, const Span& span, std::int64_t step_s) {
  Json json = Json::array();
  for (const auto& [start, counts] : course) {
    json.push_back({(start - span.from) / step_s, counts.good, counts.bad, counts.unknown});
  }
  return json;
}

Json slices_json(const Course& course, const Events& period, std::uint64_t target_e9) {
  Json slices = Json::array();
  for (const auto& [start, counts] : course) {
    const Events events = events_of(counts);
    Json one{{"start_unix_s", start}};
    one.update(to_json(events));
    one["burn_rate"] = or_null(Burned{events.bad, events.all(), target_e9}.share());
    one["burned"] = or_null(Burned{events.bad, period.known(), target_e9}.share());
    slices.push_back(std::move(one));
  }
  return slices;
}

View history_view(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective, const Range& range,
                  std::int64_t now) {
  const Span period = slo_span(now, policy_of(catalog, objective).period_s), span = span_of(range, now);
  TRY_ASSIGN(const Events all, events_between(snapshot, objective, period.from, period.to));
  TRY_ASSIGN(const Course course, course_of(snapshot, objective, span, range.step_s));
  Json json = header(objective, range, span, now);
  json["slices"] = slices_json(course, all, objective.target_e9);
  return json;
}

View burn_view(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective, const Range& range,
               std::int64_t now) {
  const Span span = span_of(range, now);
  const std::int64_t resolution = range.step_s % kHourSeconds == 0 ? kHourSeconds : slo::kMinuteSeconds;
  const auto windows = windows_of(policy_of(catalog, objective), resolution);
  const std::int64_t longest = windows.empty() ? 0 : windows.back();
  TRY_ASSIGN(const Course course, course_of(snapshot, objective, {span.from - longest, span.to}, resolution));
  const Sums sums(course);
  const std::int64_t last = now - now % resolution + (resolution == kHourSeconds ? resolution : 0);
  Json points = Json::array();
  for (std::int64_t at = span.from + range.step_s;; at += range.step_s) {
    const std::int64_t end = std::min(at, last);
    Json readings = Json::array();
    for (const std::int64_t window : windows) {
      readings.push_back(reading(sums.sum(end - window, end), objective.target_e9));
    }
    points.push_back({{"at_unix_s", end}, {"readings", std::move(readings)}});
    if (at >= last) break;
  }
  Json json = header(objective, range, span, now);
  json["windows_s"] = windows;
  json["points"] = std::move(points);
  return json;
}

View budget_view(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective, std::int64_t now) {
  const std::int64_t period_s = policy_of(catalog, objective).period_s;
  const Span span = slo_span(now, period_s);
  const std::int64_t step = budget_step(period_s);
  TRY_ASSIGN(const Course course, course_of(snapshot, objective, span, step));
  TRY_ASSIGN(const auto lost, snapshot.board_lost(span.from, span.to));
  Events all;
  for (const auto& [start, counts] : course) all += events_of(counts);
  Json slices = slices_json(course, all, objective.target_e9);
  Events so_far;
  for (std::size_t i = 0; const auto& [start, counts] : course) {
    so_far += events_of(counts);
    slices[i]["left"] = left_of({so_far.bad, all.known(), objective.target_e9});
    slices[i++]["left_lower"] = left_of({so_far.bad + so_far.unknown, all.all(), objective.target_e9});
  }
  const auto found = lost.find(objective.journey);
  Json json{{"now_unix_s", now}, {"journey", objective.journey}, {"objective", objective.name}};
  json["from_unix_s"] = span.from;
  json["to_unix_s"] = span.to;
  json["step_s"] = step;
  json["counts"] = to_json(all);
  json["board_lost"] = found == lost.end() ? 0 : found->second;  // by the period only: in no slice
  json["slices"] = std::move(slices);
  return json;
}

View breakdown_view(StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range, std::int64_t now) {
  const Span span = span_of(range, now);
  Json json = header(objective, range, span, now);
  TRY_ASSIGN(json["dimensions"], dimensions_json(snapshot, objective, span));
  return json;
}

View timeline_view(StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range, std::int64_t now) {
  const Span span = span_of(range, now);
  TRY_ASSIGN(const auto kept, read_incidents(snapshot));
  TRY_ASSIGN(const auto changes, read_changes(snapshot));
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  const auto concerns = [&](const std::string& journey, const std::string& name) {
    return (journey.empty() || journey == objective.journey) && (name.empty() || name == objective.name);
  };
  Json json = header(objective, range, span, now);
  json["incidents"] = json["changes"] = json["corrections"] = Json::array();
  for (const auto& one : kept) {
    const std::int64_t end = one.retired ? one.incident.closed : one.incident.recovered;
    const bool over = end != 0 && end < span.from;
    if (concerns(one.journey, one.objective) && !over) json["incidents"].push_back(to_json(one));
  }
  for (const auto& one : changes) {
    const bool inside = one.at_unix_s >= span.from && one.at_unix_s < span.to;
    if (inside && concerns(one.journey, "")) json["changes"].push_back(to_json(one));
  }
  for (const auto& one : corrections) {
    const bool inside = one.to > span.from && one.from < span.to;
    if (inside && concerns(one.journey, one.objective)) json["corrections"].push_back(to_json(one));
  }
  return json;
}

}  // namespace bellrock::plane
