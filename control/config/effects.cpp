#include <algorithm>
#include <utility>

#include "control/config/journey_scope.h"
#include "control/config/outcomes.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
std::optional<ObjectiveId> latency_to(const Value& value, StepId step, const JourneyScope& scope) {
  const auto& objectives = scope.journey.objectives;
  const std::string& name = scope.journey.steps[step.index()].name;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    if (objectives[i].sli != journey::Sli::kLatency || objectives[i].to != step) continue;
    if (objectives[i].name == name) return ObjectiveId{i};
    found.push_back(i);
  }
  if (found.size() == 1) return ObjectiveId{found.front()};
  if (found.empty()) {
    value.error(Code::kEffect, "no latency is measured to the step " + shown(name),
                "give the step one: latency: {from: STEP, op: lt, value: 1s}");
  } else {
    value.error(Code::kEffect, "several latencies are measured to the step " + shown(name),
                "give the step its own: latency: {from: STEP, op: lt, value: 1s}");
  }
  return std::nullopt;
}

namespace {

using journey::Effect;

std::optional<bool> read_true(const Value& value) {
  constexpr Choice<bool> kTrue[] = {{"true", true}};
  return read_choice(value, kTrue);
}

// {step: pay_ok, latency: true}
std::optional<ObjectiveId> read_cause(const Value& value, JourneyScope& scope, std::string& name) {
  Fields fields(value);
  const auto step_value = fields.need("step", "add the step whose latency it is, for example step: pay_ok");
  bool latency = false;
  const bool timed = fields.need_into("latency", latency, read_true);
  fields.finish();
  const auto step = step_value ? read_step_name(*step_value, scope) : std::nullopt;
  if (!step) return std::nullopt;
  name = scope.journey.steps[step->index()].name;
  return timed && scope.steps_good ? latency_to(*step_value, *step, scope) : std::nullopt;
}

void read_methods(const Value& list, Effect& effect) {
  constexpr Choice<bool> kMethods[] = {{"table", false}, {"hazard", true}};
  for (const Value& value : read_list(list, std::size(kMethods)).value_or(std::vector<Value>{})) {
    const auto hazard = read_choice(value, kMethods);
    if (hazard) (*hazard ? effect.hazard : effect.table) = true;
  }
}

std::optional<std::uint8_t> read_stratum(const Value& value, const JourneyScope& scope) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  std::vector<std::string_view> names;
  for (const DimensionId id : scope.journey.dimensions) {
    names.push_back(scope.tables.definition.dimensions[id.index()].name);
  }
  const auto found = std::find(names.begin(), names.end(), *text);
  if (found != names.end()) return static_cast<std::uint8_t>(found - names.begin());
  if (*text == "returning") return Effect::kReturning;
  names.emplace_back("returning");
  const std::string_view meant = nearest(*text, names);
  value.error(Code::kNoDimension, "the journey has no dimension named " + shown(*text),
              meant.empty() ? "use " + one_of(names) + ", or add it to `dimensions`"
                            : "did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

bool read_strata(const Value& list, const JourneyScope& scope, Effect& effect) {
  const auto values = read_list(list, kStrataMax);
  if (!values) return false;
  for (const Value& value : *values) {
    const auto stratum = read_stratum(value, scope);
    if (!stratum) return false;
    if (std::find(effect.strata.begin(), effect.strata.end(), *stratum) != effect.strata.end()) {
      value.error(Code::kDuplicateName, shown(value.node->text) + " is a stratum twice", "remove one of them");
      return false;
    }
    effect.strata.push_back(*stratum);
  }
  return true;
}

bool has_room(const Value& value, const Effect& effect, JourneyScope& scope) {
  auto& effects = scope.journey.effects;
  const auto same = [&effect](const Effect& other) { return other.name == effect.name; };
  if (std::any_of(effects.begin(), effects.end(), same)) {
    value.error(Code::kDuplicateName, "the journey correlates with another cause named " + shown(effect.name),
                "give one of the two a name: NAME");
    return false;
  }
  effects.push_back(effect);
  if (has_room_for(value, effect.of, scope)) return true;
  effects.pop_back();
  return false;
}

void read_effect(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  Effect effect;
  const auto name = fields.find("name");
  const auto cause = fields.need("cause", "add cause, for example cause: {step: pay_ok, latency: true}");
  const auto outcomes = fields.need("effect", "add effect, for example effect: [abandoned]");
  const auto methods = fields.find("method");
  const auto strata = fields.find("strata");
  fields.finish();
  if (!fields.is_map() || !cause || !outcomes) return;
  const auto of = read_cause(*cause, scope, effect.name);
  if (name) effect.name = read_name(*name).value_or(std::string{});
  effect.outcomes = read_outcomes(*outcomes).value_or(std::uint16_t{0});
  if (methods) {
    read_methods(*methods, effect);
  } else {
    effect.table = effect.hazard = true;
  }
  const bool strata_good = !strata || read_strata(*strata, scope, effect);
  if (!of || effect.name.empty() || effect.outcomes == 0 || (!effect.table && !effect.hazard) || !strata_good) return;
  effect.of = *of;
  has_room(value, effect, scope);
}

}  // namespace

bool has_room_for(const Value& value, ObjectiveId latency, const JourneyScope& scope) {
  if (*kept_latency(scope.journey, latency) < kMarksMax) return true;
  value.error(Code::kTooMany, "an attempt keeps more than " + std::to_string(kMarksMax) +
                                  " times: of steps where latencies begin, and latencies of causes and of feedback");
  return false;
}

void read_effects(const Value& list, JourneyScope& scope) {
  for (const Value& value : read_list(list, kEffectsMax).value_or(std::vector<Value>{})) read_effect(value, scope);
}

}  // namespace bellrock::config
