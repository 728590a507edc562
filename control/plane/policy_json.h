// What the SLO engine says of an objective, as the API shows it: burn rates, alerts, what the error budget asks for.
// Pure, any thread.
#pragma once

#include "control/plane/journal.h"
#include "control/plane/range.h"
#include "control/plane/watch.h"
#include "control/slo/budget.h"

namespace bellrock::plane {

slo::Events events_of(const control::SloCounts& counts);

// The objective among those watched; null without a watch.
const Watched* find_watched(const WatchState* watched, const slo::Objective& objective);

// In how many of a span's minutes somebody reported, of those since the first frame ever that frames had time to come
// for; and where it reaches to now, which nodes are silent (nodes_heard.h).
Result<control::Coverage, store::StoreError> read_coverage(store::StoreSnapshot& snapshot, const Span& span,
                                                           std::int64_t now);

// What the policy's steps say of so much burned budget: the name of an action, or null.
Json action_json(const slo::Policy& policy, const slo::Burned& burned);

// window_s, burned, budget_action, alert, burn_rates (see control/plane/README.md). `left` is what corrections
// leave of `period`: by it the budget's action is found.
Json policy_json(const slo::Objective& objective, const slo::Policy& policy, const slo::Events& period,
                 const slo::Events& left, const Watched* watched);

// The catalog's objectives as Prometheus rules, and as OpenSLO documents, which begin with comments that name what has
// no place there: composites, and objectives without a target. Alerts that can never fire are in neither.
std::string rules_text(const Catalog& catalog);
std::string openslo_text(const Catalog& catalog);

// State and burned share of what corrections leave.
Json corrected_json(const slo::Objective& objective, const slo::Events& left);

}  // namespace bellrock::plane
