// What a Policy document says, as plain structs with their defaults. Only the centre uses it. config/README.md explains
// each key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/config/fields.h"
#include "control/config/tables.h"

namespace bellrock::config {

inline constexpr std::size_t kPoliciesMax = 1'000;
inline constexpr std::size_t kPolicyListMax = 16;  // alerts, and steps of the budget

struct PolicyAlert {
  bool page = false;  // else a ticket
  Duration long_window = 0, short_window = 0;
  std::uint64_t burned_e9 = 0;  // of the budget, when the long window at this rate is over
};

enum class PolicyAction : std::uint8_t { kNotify, kGate, kFreeze };
struct PolicyStep {
  std::uint64_t burned_e9 = 0;
  PolicyAction action = PolicyAction::kNotify;
};

struct Policy {
  std::string name;
  std::vector<std::string> objectives;  // JOURNEY/OBJECTIVE or JOURNEY/*; empty: what no other policy names
  Duration window = 28 * 24 * kHour;
  Place window_at;  // where it is written
  bool has_alerts = false;
  Place alerts_at;                  // where they are written
  std::vector<PolicyAlert> alerts;  // not given: those of the workbook; given and empty: none
  std::uint64_t failures_min = 3;
  Duration keep_firing = 5 * kMinute;
  Duration recovered = 10 * kMinute;
  bool has_budget = false;
  std::vector<PolicyStep> budget;  // likewise
  std::uint64_t postmortem_e9 = 200'000'000;
};

// A policy that names no alerts has none over a shorter window (slo::default_pairs).
inline constexpr Duration kUsualAlertsWindowMin = 50 * kHour;

// True when the policy names the objective itself, or its journey with a star.
bool names(const Policy& policy, const std::string& journey, const std::string& objective);

// The policy that names the objective itself before one that names its journey, before the one that names nothing; null
// when there is none of them.
const Policy* policy_of(std::span<const Policy> policies, const std::string& journey, const std::string& objective);

// A window of whole hours from 1h to 45d, over which objectives are judged.
std::optional<Duration> read_period(const Value& value);

// Journeys have been read.
void read_policy(const std::string& name, const Value& place, Fields& spec, const Tables& tables,
                 std::vector<Policy>& policies);

// What can only be said when all of them have been read: that an alert can never fire for an objective.
void check_policies(std::span<const Policy> policies, const Tables& tables);

}  // namespace bellrock::config
