// Objectives as Prometheus rules: the same burn rates and the same low-traffic gate, over the counters of /metrics. For
// those who alert there. Pure, any thread.
//
// Bad attempts and all attempts are kept apart to the last step, so no ratio is ever averaged, and a window without
// attempts has no value. Series named slo:… have the names and labels of Sloth (sloth.dev), for dashboards made for it.
// A rule does not know that an incident is over: where the engine starts its long windows again, these go on.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "control/slo/objective.h"
#include "control/slo/policy.h"

namespace bellrock::slo {

// The window of `slo:current_burn_rate:ratio`.
inline constexpr std::int64_t kPresentSeconds = 5 * kMinuteSeconds;

struct RuledObjective {
  const Objective* objective = nullptr;
  const Policy* policy = nullptr;
};

// A file of rule groups, one for each objective, evaluated every minute.
std::string prometheus_rules(std::span<const RuledObjective> objectives);

// "5m", "1h", "3d": the largest unit that divides it.
std::string window_name(std::int64_t seconds);

}  // namespace bellrock::slo
