// AlertPolicy and AlertCondition.
#include <cmath>

#include "control/config/units.h"
#include "control/openslo/reader.h"
#include "control/openslo/threshold.h"
#include "control/slo/explain.h"

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

// What a policy's alert looks at: minutes of three days are at hand.
std::optional<std::int64_t> read_window(const Value& value, std::int64_t min_s) {
  const auto seconds = read_duration(value, false, "write hours or days, at most `3d`");
  if (!seconds || (*seconds >= min_s && *seconds <= 3 * slo::kDaySeconds)) return seconds;
  value.error(Code::kRange, "the window is outside what can be looked at",
              "write from " + duration_text(min_s) + " to 3d");
  return std::nullopt;
}

std::optional<std::uint64_t> share_of(const std::string& text) {
  const auto share = config::parse_decimal_e9(text);
  return share && *share > 0 && *share < slo::kOne ? share : std::nullopt;
}

// The short window and the exact share, where we wrote them; else a twelfth of the long one.
bool take_annotations(const Metadata& metadata, Condition& condition) {
  condition.short_s = std::max<std::int64_t>(1, condition.long_s / 12 / 60) * 60;
  if (const auto found = metadata.annotations.find(kShortWindow); found != metadata.annotations.end()) {
    const auto seconds = read_window(found->second, slo::kMinuteSeconds);
    if (!seconds) return false;
    if (*seconds >= condition.long_s) {
      found->second.error(Code::kTimes, "the short window is not shorter than the lookbackWindow",
                          "make it a twelfth of the lookbackWindow");
      return false;
    }
    condition.short_s = *seconds;
  }
  if (const auto found = metadata.annotations.find(kBudgetShare); found != metadata.annotations.end()) {
    condition.share_e9 = share_of(found->second.node->text);
    if (!condition.share_e9) refuse_annotation(found->second, kBudgetShare, "0.02");
    return condition.share_e9.has_value();
  }
  return true;
}

}  // namespace

std::optional<Condition> read_condition(Fields& spec, const Metadata& metadata) {
  Condition condition;
  expect_text(spec, "description");
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
  condition.at = fields.need("threshold");
  const auto factor = condition.at ? read_factor(*condition.at) : std::nullopt;
  condition.factor = factor.value_or(0);
  whole &= factor.has_value();
  whole &= fields.need_into("lookbackWindow", condition.long_s, read_window, 2 * slo::kMinuteSeconds);
  std::int64_t after = 0;
  if (const auto value = fields.find("alertAfter")) {
    const auto read = read_duration(*value, true, "write `0m`");
    whole &= read.has_value();
    after = read.value_or(0);
    if (after != 0) value->later("alertAfter other than 0m", "write `0m`");
  }
  fields.finish();
  if (!whole || after != 0 || !take_annotations(metadata, condition)) return std::nullopt;
  return condition;
}

std::optional<slo::BurnPair> pair_of(const Condition& condition, std::int64_t period_s, std::uint64_t target_e9) {
  const Value& at = *condition.at;
  slo::BurnPair pair{condition.severity, condition.long_s, condition.short_s, 0, period_s};
  if (condition.long_s >= period_s) {
    at.error(Code::kTimes, "the lookbackWindow is not shorter than the SLO's window",
             "make it at most a tenth of that");
    return std::nullopt;
  }
  // A threshold may be written with fewer digits than the share.
  const double share = condition.factor * static_cast<double>(condition.long_s) / static_cast<double>(period_s);
  const double said = condition.share_e9 ? static_cast<double>(*condition.share_e9) / slo::kOne : share;
  if (std::abs(said - share) > 1e-6 * share + 1e-9) {
    at.error(
        Code::kTimes,
        "the threshold over the lookbackWindow does not burn the share that " + std::string(kBudgetShare) + " says",
        "remove the annotation");
    return std::nullopt;
  }
  pair.share_e9 = condition.share_e9.value_or(share_of_threshold(condition.factor, condition.long_s, period_s));
  if (pair.share_e9 == 0 || pair.share_e9 >= slo::kOne) {
    at.error(Code::kRange,
             "at this rate the lookbackWindow burns " + std::string(pair.share_e9 == 0 ? "nothing" : "all") +
                 " of the error budget",
             "choose a threshold that burns a part of it, for example 14.4 over 1h");
    return std::nullopt;
  }
  if (slo::can_fire(pair, target_e9)) return pair;
  at.error(Code::kNeverFires, "this alert can never fire for a target of " + slo::decimal_text(target_e9),
           "make the threshold smaller: threshold * (1 - target) must stay below 1");
  return std::nullopt;
}

AlertPolicy read_alert_policy(Fields& spec) {
  AlertPolicy policy;
  expect_text(spec, "description");
  for (const char* key : {"alertWhenBreaching", "alertWhenResolved"}) {
    const auto value = spec.find(key);
    const auto wanted = value ? config::read_bool(*value) : std::optional(true);
    if (wanted && !*wanted) {
      value->later(std::string(key) + ": false", "write `" + std::string(key) + ": true`");
    }
  }
  const auto no_data = spec.find("alertWhenNoData");
  if (no_data && config::read_bool(*no_data).value_or(false)) {
    no_data->later("alertWhenNoData: true", "write `alertWhenNoData: false`");
  }
  const auto targets = spec.find("notificationTargets");
  const bool some = targets && !(targets->is_list() && targets->node->items.empty());
  if (some) {
    targets->later("notificationTargets",
                   "write `notificationTargets: []`; who is told is in `alerts` of the Central document");
  }
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
    expect_head(fields, "AlertCondition");
    const Metadata metadata = read_metadata(fields, kConditionAnnotations);
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
