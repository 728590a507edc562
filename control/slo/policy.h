// What follows from the counts of one objective: over which period it is judged, what alerts, what the error budget
// asks for. Plain values; read from configuration or taken as they are here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/slo/burn_rate.h"

namespace bellrock::slo {

inline constexpr std::int64_t kDefaultPeriodSeconds = 28 * kDaySeconds;

enum class BudgetAction : std::uint8_t { kNotify, kGate, kFreeze };
inline constexpr std::array<std::string_view, 3> kBudgetActionNames{"notify", "gate", "freeze"};

struct BudgetStep {
  std::uint64_t burned_e9 = 0;  // from this share of the budget on
  BudgetAction action = BudgetAction::kNotify;
  friend bool operator==(const BudgetStep&, const BudgetStep&) = default;
};

struct Policy {
  std::int64_t period_s = kDefaultPeriodSeconds;
  std::vector<BurnPair> pairs = default_pairs(kDefaultPeriodSeconds);
  LowTrafficGate gate;
  std::int64_t keep_firing_s = 5 * kMinuteSeconds;  // after no pair holds any more
  std::int64_t recovered_s = 10 * kMinuteSeconds;   // within budget for so long, with attempts: an incident is over
  std::vector<BudgetStep> steps{
      {kOne / 2, BudgetAction::kNotify}, {kOne * 8 / 10, BudgetAction::kGate}, {kOne, BudgetAction::kFreeze}};
  std::uint64_t postmortem_e9 = kOne / 5;  // of the budget burned by one incident
};

}  // namespace bellrock::slo
