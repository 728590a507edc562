// AlertPolicy and AlertCondition.
#include <cmath>

#include "control/config/units.h"
#include "control/openslo/reader.h"

namespace bellrock::openslo {
namespace {

using config::Choice;
using config::Code;
using config::Fields;
using config::Value;

constexpr Choice<slo::Severity> kSeverities[] = {{"page", slo::Severity::kPage}, {"ticket", slo::Severity::kTicket}};
constexpr Choice<bool> kKinds[] = {{"burnrate", true}};
constexpr Choice<bool> kOps[] = {{"gt", true}};
constexpr std::string_view kOtherOps[] = {"gte", "lt", "lte"};

std::optional<double> read_factor(const Value& value) {
  const auto factor = value.is_scalar() ? config::parse_number(value.node->text) : std::nullopt;
  if (factor && *factor > 0 && *factor < 1e6) return factor;
  value.error(Code::kRange, "the threshold is no burn rate",
              "write how many times the budget's own rate, for example 14.4");
  return std::nullopt;
}

std::optional<std::int64_t> minutes_of(const std::string& text, const Value& place) {
  config::yaml::Node node{.type = config::yaml::NodeType::kScalar, .mark = place.node->mark, .text = text};
  return read_duration({&node, place.file, place.path, place.report}, false);
}

// The short window and the exact share, where we wrote them; else a twelfth of the long one.
void take_annotations(const Metadata& metadata, const Value& place, Condition& condition) {
  const auto find = [&](const char* key) {
    const auto found = metadata.annotations.find(key);
    return found == metadata.annotations.end() ? std::nullopt : std::optional(found->second);
  };
  condition.short_s = std::max<std::int64_t>(1, condition.long_s / 12 / 60) * 60;
  if (const auto text = find("bellrock.dev/short-window")) {
    if (const auto seconds = minutes_of(*text, place)) condition.short_s = *seconds;
  }
  if (const auto text = find("bellrock.dev/budget-share")) condition.share_e9 = config::parse_decimal_e9(*text);
}

}  // namespace

std::optional<Condition> read_condition(Fields& spec, const Metadata& metadata) {
  Condition condition;
  spec.find("description");
  bool whole = true;
  if (const auto severity = spec.need("severity")) {
    const auto read = config::read_choice(*severity, kSeverities);
    whole &= read.has_value();
    condition.severity = read.value_or(slo::Severity::kTicket);
  } else {
    whole = false;
  }
  const auto body = spec.need("condition");
  if (!body) return std::nullopt;
  Fields fields(*body);
  const auto kind = fields.need("kind");
  const auto op = fields.need("op");
  whole &= kind && config::read_choice(*kind, kKinds);
  whole &= op && config::read_choice(*op, kOps, kOtherOps);
  whole &= fields.need_into("threshold", condition.factor, read_factor);
  whole &= fields.need_into("lookbackWindow", condition.long_s, read_duration, false);
  std::int64_t after = 0;
  if (const auto value = fields.find("alertAfter")) {
    const auto read = read_duration(*value, true);
    whole &= read.has_value();
    after = read.value_or(0);
    if (after != 0) value->later("alertAfter other than 0m");
  }
  fields.finish();
  if (!whole || after != 0) return std::nullopt;
  take_annotations(metadata, *body, condition);
  return condition;
}

AlertPolicy read_alert_policy(Fields& spec) {
  AlertPolicy policy;
  spec.find("description");
  for (const char* key : {"alertWhenBreaching", "alertWhenResolved"}) {
    const auto value = spec.find(key);
    const auto wanted = value ? config::read_bool(*value) : std::optional(true);
    if (wanted && !*wanted) value->later(std::string(key) + ": false");
  }
  const auto no_data = spec.find("alertWhenNoData");
  if (no_data && config::read_bool(*no_data).value_or(false)) no_data->later("alertWhenNoData: true");
  const auto targets = spec.find("notificationTargets");
  const bool some = targets && !(targets->is_list() && targets->node->items.empty());
  if (some) targets->later("notificationTargets");
  const auto list = spec.need("conditions");
  if (!list) return policy;
  const auto conditions = config::read_list(*list, 2).value_or(std::vector<Value>{});
  if (conditions.size() != 1) {
    list->error(Code::kTooMany, "a policy has exactly one condition", "write one policy for each condition");
    return policy;
  }
  Fields fields(conditions[0]);
  if (const auto ref = fields.find("conditionRef")) {
    policy.condition_ref = *ref;
  } else {
    fields.find("apiVersion");
    fields.need("kind");
    const Metadata metadata = read_metadata(fields);
    if (const auto body = fields.need("spec")) {
      Fields inner(*body);
      policy.condition = read_condition(inner, metadata);
      inner.finish();
    }
  }
  fields.finish();
  return policy;
}

}  // namespace bellrock::openslo
