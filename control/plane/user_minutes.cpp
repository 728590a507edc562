#include "control/plane/user_minutes.h"

#include <cmath>
#include <map>
#include <utility>

#include "control/flow/distinct.h"
#include "control/plane/journal.h"
#include "control/plane/users_lost.h"
#include "control/plane/views_course.h"
#include "control/slo/history.h"

namespace bellrock::plane {
namespace {

using store::StoreError;
using store::StoreSnapshot;

// How many sessions began attempts, by minute. Those of another version of the journey are others.
Result<std::map<std::int64_t, double>, StoreError> sessions_of(StoreSnapshot& snapshot, const std::string& journey,
                                                               const Span& span) {
  store::SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kDistinct;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto slices, snapshot.slices(query, slo::kMinuteSeconds));
  std::map<std::pair<std::int64_t, std::uint64_t>, control::DistinctSketch> sketches;
  for (const auto& slice : slices) {
    control::merge(sketches[{slice.start_unix_s, slice.key.version}], slice.key.item, slice.total);
  }
  std::map<std::int64_t, double> sessions;
  for (const auto& [which, sketch] : sketches) sessions[which.first] += control::estimate(sketch);
  return sessions;
}

}  // namespace

Result<UserMinutes, StoreError> user_minutes(StoreSnapshot& snapshot, const slo::Objective& objective,
                                             const Span& span) {
  UserMinutes all;
  if (span.to - span.from > kUserMinutesSeconds) {
    TRY_ASSIGN(const slo::Events events, events_between(snapshot, objective, span.from, span.to));
    all.at_most = to_count(events.bad);
    return all;
  }
  TRY_ASSIGN(const Course course, course_of(snapshot, objective, span, slo::kMinuteSeconds));
  TRY_ASSIGN(const auto sessions, sessions_of(snapshot, objective.journey, span));
  double estimate = 0;
  for (const auto& [minute, counts] : course) {
    all.at_most += counts.bad;
    const auto began = sessions.find(minute);
    if (began == sessions.end()) continue;
    estimate += affected_sessions(began->second, static_cast<double>(counts.bad),
                                  static_cast<double>(counts.good + counts.bad));
  }
  if (!sessions.empty()) all.estimate = static_cast<std::uint64_t>(std::llround(estimate));
  return all;
}

Json to_json(const UserMinutes& minutes) {
  Json json{{"at_most", minutes.at_most}, {"estimate", nullptr}};
  if (minutes.estimate) json["estimate"] = *minutes.estimate;
  return json;
}

}  // namespace bellrock::plane
