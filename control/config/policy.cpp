#include "control/config/policy.h"

#include <algorithm>

namespace bellrock::config {
namespace {

constexpr std::size_t kListMax = 1'000;
constexpr std::uint64_t kOne = 1'000'000'000;
constexpr Choice<bool> kSeverities[] = {{"page", true}, {"ticket", false}};
constexpr Choice<PolicyAction> kActions[] = {
    {"notify", PolicyAction::kNotify}, {"gate", PolicyAction::kGate}, {"freeze", PolicyAction::kFreeze}};

std::optional<Duration> read_within(const Value& value, Duration unit, Duration min, Duration max,
                                    const std::string& range) {
  const auto duration = read_duration(value);
  if (!duration) return std::nullopt;
  if (*duration % unit == 0 && *duration >= min && *duration <= max) return duration;
  value.error(Code::kRange, "the duration is outside what can be looked at", "write " + range);
  return std::nullopt;
}

// Minutes of three days are at hand.
std::optional<Duration> read_minutes(const Value& value) {
  return read_within(value, kMinute, kMinute, 3 * 24 * kHour, "whole minutes from 1m to 3d");
}

void read_alert(const Value& value, Policy& policy) {
  Fields fields(value);
  PolicyAlert alert;
  bool whole = true;
  if (const auto severity = fields.need("severity", "add severity: page or ticket")) {
    const auto page = read_choice(*severity, kSeverities);
    whole &= page.has_value();
    alert.page = page.value_or(false);
  } else {
    whole = false;
  }
  whole &= fields.need_into("burned", alert.burned_e9, read_ratio_e9);
  whole &= fields.need_into("in", alert.long_window, read_minutes);
  whole &= fields.need_into("and", alert.short_window, read_minutes);
  fields.finish();
  if (!whole) return;
  if (alert.short_window >= alert.long_window) {
    value.error(Code::kTimes, "the short window is not shorter than the long one", "make `and` a twelfth of `in`");
  } else if (alert.long_window >= policy.window) {
    value.error(Code::kTimes, "the alert's window is not shorter than the policy's",
                "make `in` at most a tenth of `window`");
  } else {
    policy.alerts.push_back(alert);
  }
}

void read_step(const Value& value, Policy& policy) {
  Fields fields(value);
  PolicyStep step;
  // All of it is a step too, so 1 is allowed.
  const auto read_burned = [](const Value& share) -> std::optional<std::uint64_t> {
    return share.is_word("1") ? kOne : read_ratio_e9(share);
  };
  bool whole = fields.need_into("burned", step.burned_e9, read_burned);
  const auto then = fields.need("then", "add then: notify, gate or freeze");
  const auto action = then ? read_choice(*then, kActions) : std::nullopt;
  fields.finish();
  if (!whole || !action) return;
  step.action = *action;
  policy.budget.push_back(step);
}

bool exists(const Tables& tables, const std::string& journey, const std::string& objective) {
  for (const auto& one : tables.definition.journeys) {
    if (one.name != journey) continue;
    if (objective == "*") return !one.objectives.empty();
    return std::any_of(one.objectives.begin(), one.objectives.end(),
                       [&](const auto& known) { return known.name == objective; });
  }
  return false;
}

void read_objectives_of(const Value& list, const Tables& tables, const std::vector<Policy>& others, Policy& policy) {
  for (const Value& value : read_list(list, kListMax).value_or(std::vector<Value>{})) {
    const auto text = read_text(value);
    if (!text) continue;
    const std::size_t slash = text->find('/');
    const std::string journey = text->substr(0, slash);
    if (slash == std::string::npos || !exists(tables, journey, text->substr(slash + 1))) {
      value.error(Code::kNoObjective, shown(*text) + " is no objective of these journeys");
      continue;
    }
    const auto twice = std::find_if(others.begin(), others.end(), [&](const Policy& other) {
      return std::find(other.objectives.begin(), other.objectives.end(), *text) != other.objectives.end();
    });
    if (twice != others.end())
      value.error(Code::kTwoPolicies, shown(*text) + " is named by " + shown(twice->name) + " too");
    policy.objectives.push_back(*text);
  }
}

// factor * (1 - target) >= 1: no share of bad attempts is that large.
bool never_fires(const PolicyAlert& alert, Duration window, std::uint64_t target_e9) {
  const long double factor = static_cast<long double>(alert.burned_e9) / kOne * static_cast<long double>(window) /
                             static_cast<long double>(alert.long_window);
  return factor * static_cast<long double>(kOne - target_e9) >= static_cast<long double>(kOne);
}

}  // namespace

std::optional<Duration> read_period(const Value& value) {
  return read_within(value, kHour, kHour, 45 * 24 * kHour, "whole hours from 1h to 45d");
}

bool names(const Policy& policy, const std::string& journey, const std::string& objective) {
  return std::any_of(policy.objectives.begin(), policy.objectives.end(), [&](const std::string& name) {
    return name == journey + "/" + objective || name == journey + "/*";
  });
}

const Policy* policy_of(std::span<const Policy> policies, const std::string& journey, const std::string& objective) {
  const Policy* best = nullptr;
  int best_rank = 0;
  for (const Policy& policy : policies) {
    const auto& list = policy.objectives;
    const bool exact = std::find(list.begin(), list.end(), journey + "/" + objective) != list.end();
    const int rank = exact ? 3 : names(policy, journey, objective) ? 2 : list.empty() ? 1 : 0;
    if (rank > best_rank) best = &policy, best_rank = rank;
  }
  return best;
}

void check_policies(std::span<const Policy> policies, const Tables& tables) {
  for (const auto& journey : tables.definition.journeys) {
    for (const auto& objective : journey.objectives) {
      const Policy* const policy = policy_of(policies, journey.name, objective.name);
      if (objective.target_e9 == 0 || policy == nullptr) continue;
      for (std::size_t i = 0; i < policy->alerts.size(); ++i) {
        if (!never_fires(policy->alerts[i], policy->window, objective.target_e9)) continue;
        tables.report.error(
            Code::kNeverFires, policy->alerts_at,
            "alert " + std::to_string(i + 1) + " can never fire for " + shown(journey.name + "/" + objective.name));
      }
    }
  }
}

void read_policy(const std::string& name, const Value& place, Fields& spec, const Tables& tables,
                 std::vector<Policy>& policies) {
  Policy policy;
  policy.name = name;
  if (const auto list = spec.find("objectives")) read_objectives_of(*list, tables, policies, policy);
  const auto window = spec.find("window");
  if (window) policy.window_at = window->place(), policy.window = read_period(*window).value_or(policy.window);
  if (const auto list = spec.find("alerts")) {
    policy.has_alerts = true;
    policy.alerts_at = list->place();
    for (const Value& value : read_list_or_none(*list, kPolicyListMax).value_or(std::vector<Value>{}))
      read_alert(value, policy);
  } else if (window && policy.window < kUsualAlertsWindowMin) {
    window->warning(Code::kNoAlerts, "nothing alerts: the usual alerts begin with a window of 50h");
  }
  spec.into("failures_min", policy.failures_min, read_unsigned, std::uint64_t{1}, std::uint64_t{1'000'000});
  spec.into("keep_firing", policy.keep_firing, read_minutes);
  spec.into("recovered", policy.recovered, read_minutes);
  if (const auto list = spec.find("budget")) {
    policy.has_budget = true;
    for (const Value& value : read_list_or_none(*list, kPolicyListMax).value_or(std::vector<Value>{}))
      read_step(value, policy);
  }
  spec.into("postmortem", policy.postmortem_e9, read_ratio_e9);
  const bool second_default =
      policy.objectives.empty() &&
      std::any_of(policies.begin(), policies.end(), [](const Policy& other) { return other.objectives.empty(); });
  if (second_default) place.error(Code::kTwoPolicies, "another policy is for all that no policy names, too");
  if (policies.size() == kPoliciesMax) {
    place.error(Code::kTooMany, "more than " + std::to_string(kPoliciesMax) + " policies");
  } else {
    policies.push_back(std::move(policy));
  }
}

}  // namespace bellrock::config
