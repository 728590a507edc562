// What the API answers about things that happened: changes and their verdicts, releases, gates, incidents, the course
// of a budget. Each reads one snapshot of the store. Any thread. `now` is Unix seconds.
#pragma once

#include "control/plane/journal.h"
#include "control/plane/views.h"

namespace bellrock::plane {

// A change is judged by so long before it and, at most, after it.
inline constexpr std::int64_t kComparedSeconds = kHourSeconds;

// Markers, the newest first, each with a verdict for every objective of its journey.
View changes_view(store::StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now);

View corrections_view(store::StoreSnapshot& snapshot);

// Each value of a dimension against all the others in the same time.
View releases_view(store::StoreSnapshot& snapshot, const slo::Objective& objective, const std::string& dimension,
                   const Range& range, std::int64_t now);

// For a pipeline: may it deploy, or go on after `since` (0: nothing was deployed)? Pass, fail or inconclusive, and why.
View gate_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
               std::int64_t since, std::int64_t now, const WatchState* watched);

// The newest first; `open_only` leaves out those that are over.
View incidents_view(store::StoreSnapshot& snapshot, bool open_only, std::int64_t now);

// One incident with what a review needs: dimensions, outcomes, course, changes before it, its share of the budget. Null
// when there is none of that id.
View incident_view(store::StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t id, std::int64_t now);

// The course of an objective over `range`: each slice's counts and what they took of the period's budget.
View history_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                  const Range& range, std::int64_t now);

}  // namespace bellrock::plane
