#include <algorithm>
#include <utility>

#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::FailureClass;
using journey::Step;
using journey::StepKind;

constexpr Choice<StepKind> kKinds[] = {{"start", StepKind::kStart},     {"commit", StepKind::kCommit},
                                       {"ack", StepKind::kAck},         {"success", StepKind::kSuccess},
                                       {"failure", StepKind::kFailure}, {"cancel", StepKind::kCancel},
                                       {"observe", StepKind::kObserve}};
constexpr Choice<FailureClass> kClasses[] = {
    {"user", FailureClass::kUser}, {"business", FailureClass::kBusiness}, {"system", FailureClass::kSystem}};

bool ends_attempt(StepKind kind) {
  return kind == StepKind::kSuccess || kind == StepKind::kFailure || kind == StepKind::kCancel;
}

bool read_step_class(Fields& fields, bool kind_known, Step& step) {
  const auto value = fields.find("class");
  if (!kind_known) return false;
  if (value && step.kind != StepKind::kFailure) {
    value->error(Code::kClass, "only a failure has a class", "remove `class`");
    return false;
  }
  if (!value && step.kind == StepKind::kFailure) {
    fields.map().error(Code::kClass, "the failure has no class", "add class: user, business or system");
    return false;
  }
  if (!value) return true;
  const auto failure_class = read_choice(*value, kClasses);
  if (failure_class) step.failure_class = *failure_class;
  return failure_class.has_value();
}

// The name even where it is not a good one, so that objectives which use it are not refused as well.
std::string read_step_label(Fields& fields, const JourneyScope& scope) {
  const auto value = fields.need("name");
  if (!value || !read_name(*value)) return value && value->is_scalar() ? value->node->text : std::string{};
  const auto& steps = scope.journey.steps;
  const std::string& name = value->node->text;
  if (std::any_of(steps.begin(), steps.end(), [&name](const Step& step) { return step.name == name; })) {
    value->error(Code::kDuplicateName, "the journey has another step named " + shown(name));
  }
  return name;
}

void read_step(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  Step step;
  StepNote note{value, 0, {}};
  step.name = read_step_label(fields, scope);
  const bool kind_known =
      fields.need_into("kind", step.kind, [](const Value& kind) { return read_choice(kind, kKinds); });
  const bool class_good = read_step_class(fields, kind_known, step);
  fields.into("optional", step.optional, read_bool);
  fields.into("repeatable", step.repeatable, read_bool);
  if (fields.into("within", step.within, read_duration) && kind_known && step.kind == StepKind::kStart) {
    fields.find("within")->error(Code::kWithin, "nothing comes before a start that it could be within a time of");
  }
  if (const auto match = fields.need("match")) {
    if (const auto read = read_match(*match, scope.tables)) {
      step.root = read->root;
      note.channels = read->channels;
      scope.journey.synthetic = scope.journey.synthetic || read->synthetic;
      step.on_http_response = read->channels == kResponseChannel;
    }
  }
  note.latency = fields.find("latency");
  fields.finish();
  scope.steps_good = scope.steps_good && class_good && note.channels != 0;
  scope.journey.has_commit = scope.journey.has_commit || step.kind == StepKind::kCommit;
  scope.journey.steps.push_back(std::move(step));
  scope.notes.push_back(std::move(note));
}

}  // namespace

void read_steps(const Value& list, JourneyScope& scope) {
  const auto values = read_list(list, kStepsMax);
  if (!values) {
    scope.steps_good = false;
    return;
  }
  for (const Value& value : *values) read_step(value, scope);
  if (!scope.steps_good) return;
  const auto& steps = scope.journey.steps;
  if (std::none_of(steps.begin(), steps.end(), [](const Step& step) { return step.kind == StepKind::kStart; })) {
    list.error(Code::kNoStart, "no step begins the journey");
  }
  if (std::none_of(steps.begin(), steps.end(), [](const Step& step) { return ends_attempt(step.kind); })) {
    list.error(Code::kNoEnd, "no step ends the journey");
  }
}

std::optional<StepId> read_step_name(const Value& value, const JourneyScope& scope) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  std::vector<std::string_view> names;
  for (const Step& step : scope.journey.steps) names.push_back(step.name);
  const auto found = std::find(names.begin(), names.end(), *text);
  if (found != names.end()) return StepId(static_cast<std::size_t>(found - names.begin()));
  const std::string_view meant = nearest(*text, names);
  value.error(Code::kNoStep, "the journey has no step named " + shown(*text),
              meant.empty() ? "use one of its steps: " + one_of(names) : "did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

}  // namespace bellrock::config
