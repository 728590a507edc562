// How objectives went over time: counts by slice, burn rates over the windows of a policy, and how an error budget was
// used up. Each view reads one snapshot of the store. Any thread. `now` is Unix seconds.
// By the counts alone: neither corrections nor the end of an incident cut a window here, as they do for alerts.
#pragma once

#include <map>
#include <string>

#include "control/plane/policy_json.h"
#include "control/plane/views.h"

namespace bellrock::plane {

// Counts by the start of their slice; slices without any are left out.
using Course = std::map<std::int64_t, control::SloCounts>;

// Slices of `step_s` from span.from on.
Result<Course, store::StoreError> course_of(store::StoreSnapshot& snapshot, const slo::Objective& objective,
                                            const Span& span, std::int64_t step_s);
// Of all objectives of a journey, by name, in one query.
Result<std::map<std::string, Course>, store::StoreError> courses_of(store::StoreSnapshot& snapshot,
                                                                    const CatalogJourney& journey, const Span& span,
                                                                    std::int64_t step_s);

// [[slice, good, bad, unknown]], the slice counted from span.from: small enough to be there for every objective.
Json compact_json(const Course& course, const Span& span, std::int64_t step_s);
// [{start_unix_s, good, bad, unknown, ratio, burn_rate, burned}]: `burned` is the slice's share of the period's budget.
Json slices_json(const Course& course, const slo::Events& period, std::uint64_t target_e9);

// The course of an objective over `range`: each slice's counts and what they took of the period's budget.
View history_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                  const Range& range, std::int64_t now);

// At the end of each slice of `range` the burn rate over every window of the policy's pairs. Windows shorter than an
// hour only where minutes are kept: ranges of a day at most.
View burn_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
               const Range& range, std::int64_t now);

// The period's budget from its first to its last attempt: what is left after each slice, which ends at what is left
// now.
View budget_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                 std::int64_t now);

// Values of each dimension over `range`.
View breakdown_view(store::StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range,
                    std::int64_t now);

// What happened to an objective in `range`: its incidents, changes that concern it, corrections.
View timeline_view(store::StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range,
                   std::int64_t now);

}  // namespace bellrock::plane
