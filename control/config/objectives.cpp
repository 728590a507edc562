#include <algorithm>
#include <utility>

#include "control/config/journey_scope.h"
#include "control/config/outcomes.h"
#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Objective;
using journey::Sli;
using journey::Step;
using journey::StepKind;

constexpr Choice<Sli> kSlis[] = {
    {"success", Sli::kSuccess}, {"latency", Sli::kLatency}, {"consistency", Sli::kConsistency}};
constexpr std::string_view kLaterSlis[] = {"web_vitals", "webvitals", "feedback", "frustration"};

std::optional<StepId> first_of(const JourneyScope& scope, StepKind kind) {
  const auto& steps = scope.journey.steps;
  const auto found = std::find_if(steps.begin(), steps.end(), [kind](const Step& step) { return step.kind == kind; });
  if (found == steps.end()) return std::nullopt;
  return StepId(static_cast<std::size_t>(found - steps.begin()));
}

bool can_count_from(const Value& value, StepId id, const JourneyScope& scope) {
  const StepKind kind = scope.journey.steps[id.index()].kind;
  if (kind == StepKind::kSuccess || kind == StepKind::kFailure || kind == StepKind::kCancel) {
    value.error(Code::kCountFrom, shown(value.node->text) + " ends an attempt, so no ratio could be counted from it");
    return false;
  }
  const bool commits = first_of(scope, StepKind::kCommit) || first_of(scope, StepKind::kAck);
  if (!scope.steps_good || commits || kind == StepKind::kStart) return true;
  value.error(Code::kNoCommit, "the journey has neither a commit nor an ack, so it can only be counted from its start");
  return false;
}

// The step that is counted from; nothing, reported, when it cannot be.
std::optional<StepId> read_count_from(Fields& fields, const JourneyScope& scope) {
  const auto value = fields.find("count_from");
  if (!value) return first_of(scope, StepKind::kStart);
  const auto id = read_step_name(*value, scope);
  if (!id || !can_count_from(*value, *id, scope)) return std::nullopt;
  return id;
}

void read_success(const Value& value, Fields& fields, Objective& objective, JourneyScope& scope) {
  const auto count_from = read_count_from(fields, scope);
  read_outcome_lists(fields, objective);
  if (!count_from) return;
  objective.count_from = *count_from;
  if (!scope.steps_good) return;
  lint_outcome_lists(value, objective, scope);
  if (!first_of(scope, StepKind::kSuccess)) value.warning(Code::kNeverGood, "no step of the journey is a success");
}

// A share of unknown attempts that may be 0.
std::optional<std::uint64_t> read_share_e9(const Value& value) {
  if (value.is_scalar() && !value.node->quoted && parse_decimal_e9(value.node->text) == 0) return 0;
  return read_ratio_e9(value);
}

void add_objective(const Value& place, Objective objective, JourneyScope& scope) {
  auto& objectives = scope.journey.objectives;
  const bool taken = std::any_of(objectives.begin(), objectives.end(),
                                 [&objective](const Objective& other) { return other.name == objective.name; });
  if (taken) {
    place.error(Code::kDuplicateName, "the journey has another objective named " + shown(objective.name));
  } else if (objectives.size() == kObjectivesMax) {
    place.error(Code::kTooMany, "more than " + std::to_string(kObjectivesMax) + " objectives in one journey");
  } else {
    objectives.push_back(std::move(objective));
  }
}

void read_objective(const Value& value, JourneyScope& scope, std::vector<ConsistencyNote>& consistencies) {
  Fields fields(value);
  Objective objective;
  const auto name = fields.need("name");
  const bool named = name && read_name(*name);
  const auto sli = fields.need("sli", "add `sli: success`, `sli: latency` or `sli: consistency`");
  const auto kind = sli ? read_choice(*sli, kSlis, kLaterSlis) : std::nullopt;
  if (!kind) return;  // its other keys depend on it
  objective.sli = *kind;
  if (named) objective.name = name->node->text;
  fields.into("strict", objective.strict, read_bool);
  objective.has_max_unknown = fields.into("max_unknown", objective.max_unknown_e9, read_share_e9);
  fields.later({"alerts", "window", "budget"});
  if (*kind == Sli::kConsistency) {
    fields.need_into("target", objective.target_e9, read_ratio_e9);
    if (auto note = read_consistency(fields, objective)) consistencies.push_back(std::move(*note));
  } else if (*kind == Sli::kSuccess) {
    fields.need_into("target", objective.target_e9, read_ratio_e9);
    read_success(value, fields, objective, scope);
  } else {
    if (!fields.find("target")) value.warning(Code::kNoTarget, "the objective has no target");
    fields.into("target", objective.target_e9, read_ratio_e9);
    read_latency(fields, std::nullopt, objective, scope);
  }
  fields.finish();
  if (named) add_objective(*name, std::move(objective), scope);
}

// latency: {from: pay, op: lt, value: 800ms, target: 0.99} at a step: an objective of the step's name.
void read_step_objective(std::size_t index, JourneyScope& scope) {
  const Value value = *scope.notes[index].latency;
  Fields fields(value);
  Objective objective;
  objective.name = scope.journey.steps[index].name;
  objective.sli = Sli::kLatency;
  fields.into("strict", objective.strict, read_bool);
  if (!fields.find("target")) value.warning(Code::kNoTarget, "the step's latency has no target");
  fields.into("target", objective.target_e9, read_ratio_e9);
  read_latency(fields, StepId(index), objective, scope);
  fields.finish();
  add_objective(value, std::move(objective), scope);
}

}  // namespace

void read_objectives(const Value* list, JourneyScope& scope) {
  std::vector<ConsistencyNote> consistencies;
  if (list != nullptr) {
    for (const Value& value : read_list(*list, 4 * kObjectivesMax).value_or(std::vector<Value>{})) {
      read_objective(value, scope, consistencies);
    }
  }
  for (std::size_t i = 0; i < scope.notes.size(); ++i) {
    if (scope.notes[i].latency) read_step_objective(i, scope);
  }
  for (const ConsistencyNote& note : consistencies) resolve_consistency(note, scope.journey);
}

}  // namespace bellrock::config
