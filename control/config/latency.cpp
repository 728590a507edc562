#include <algorithm>

#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::FailedRule;
using journey::Objective;
using journey::StepKind;
using journey::SupersededRule;

constexpr Choice<bool> kOps[] = {{"lt", false}, {"lte", true}};
constexpr Choice<FailedRule> kFailedRules[] = {{"bad", FailedRule::kBad}, {"exclude", FailedRule::kExclude}};
constexpr Choice<SupersededRule> kSupersededRules[] = {{"censor", SupersededRule::kCensor},
                                                       {"bad", SupersededRule::kBad}};
constexpr Choice<bool> kBothHttp[] = {{"edge", true}};

bool ends_attempt(StepKind kind) {
  return kind == StepKind::kSuccess || kind == StepKind::kFailure || kind == StepKind::kCancel;
}

// Whether an attempt can pass `from` and then `to`.
bool check_order(const Value& place, StepId from, StepId to, const JourneyScope& scope) {
  const auto& steps = scope.journey.steps;
  if (from == to) {
    place.error(Code::kLatencyEnd, "a latency from a step to itself");
  } else if (steps[to.index()].kind == StepKind::kStart) {
    place.error(Code::kLatencyEnd,
                "the latency ends at " + shown(steps[to.index()].name) + ", which begins an attempt");
  } else if (ends_attempt(steps[from.index()].kind)) {
    place.error(Code::kLatencyEnd,
                "the latency begins at " + shown(steps[from.index()].name) + ", which ends an attempt");
  } else if (from.value > to.value) {
    place.error(Code::kFromAfterTo,
                shown(steps[from.index()].name) + " is listed after " + shown(steps[to.index()].name));
  } else {
    return true;
  }
  return false;
}

// A duration between two HTTP messages is the edge's; one that ends with a beacon is in a field of that beacon.
void choose_clock(const Value& place, Objective& objective, const JourneyScope& scope) {
  const std::uint8_t from = scope.notes[objective.from.index()].channels;
  const std::uint8_t to = scope.notes[objective.to.index()].channels;
  if (from == 0 || to == 0) return;
  objective.edge_clock = (from & kHttpChannels) != 0 && (to & kHttpChannels) != 0;
  const bool ends_by_beacon = (to & kBeaconChannel) != 0;
  if (to == kReportChannel || from == kReportChannel) {
    place.error(Code::kClock, "a report comes long after what it tells of, and no clock says when that was",
                "measure between steps that HTTP or a beacon carries");
    return;
  }
  if (ends_by_beacon && !objective.has_client_clock) {
    place.error(Code::kClock, "a beacon ends the latency, and its arrival is not when it happened");
  } else if (!ends_by_beacon && !objective.edge_clock) {
    place.error(Code::kClock, "a beacon begins the latency and none ends it, so neither clock sees both ends",
                "measure to a step that a beacon carries, or from one that HTTP carries");
  }
}

// False when the client's field could not be read: then nothing follows from its absence.
bool read_clocks(const Value& value, Objective& objective, JourneyScope& scope) {
  Fields fields(value);
  const auto client = fields.find("client");
  if (client) {
    if (const auto clock = read_clock(*client, scope.tables)) {
      objective.has_client_clock = true;
      objective.client_clock = *clock;
    }
  }
  bool edge = true;
  fields.into("both_http", edge, [](const Value& word) { return read_choice(word, kBothHttp); });
  fields.finish();
  return fields.is_map() && client.has_value() == objective.has_client_clock;
}

// An attempt knows when it started; the times of other steps are kept because a latency begins there.
void mark_step(const Value& place, StepId step, JourneyScope& scope) {
  auto& marks = scope.journey.marks;
  if (scope.journey.steps[step.index()].kind == StepKind::kStart) return;
  if (std::find(marks.begin(), marks.end(), step) != marks.end()) return;
  if (marks.size() < kMarksMax) {
    marks.push_back(step);
    return;
  }
  place.error(Code::kTooMany, "latencies of one journey begin at more than " + std::to_string(kMarksMax) + " steps");
}

}  // namespace

void read_latency(Fields& fields, std::optional<StepId> to, Objective& objective, JourneyScope& scope) {
  const auto from_value = fields.need("from");
  const auto from = from_value ? read_step_name(*from_value, scope) : std::nullopt;
  if (!to) {
    const auto to_value = fields.need("to");
    to = to_value ? read_step_name(*to_value, scope) : std::nullopt;
    fields.into("failed", objective.failed, [](const Value& word) { return read_choice(word, kFailedRules); });
    fields.into("superseded", objective.superseded,
                [](const Value& word) { return read_choice(word, kSupersededRules); });
  }
  fields.need_into("op", objective.or_equal, [](const Value& word) { return read_choice(word, kOps); });
  fields.need_into("value", objective.threshold, read_duration);
  const auto clock = fields.find("clock");
  const bool clock_good = !clock || read_clocks(*clock, objective, scope);
  if (!from || !to) return;
  objective.from = *from;
  objective.to = *to;
  if (!check_order(*from_value, *from, *to, scope)) return;
  if (clock_good) choose_clock(fields.map(), objective, scope);
  mark_step(*from_value, *from, scope);
}

}  // namespace bellrock::config
