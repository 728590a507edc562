// What the API answers about things that happened: changes and their verdicts, releases, gates, incidents. Each
// reads one snapshot of the store. Any thread. `now` is Unix seconds.
#pragma once

#include <optional>

#include "control/plane/journal.h"
#include "control/plane/views.h"

namespace bellrock::plane {

// A change is judged by so long before it and, at most, after it.
inline constexpr std::int64_t kComparedSeconds = kHourSeconds;

// Markers, the newest first, each with a verdict for every objective of its journey unless `verdicts` is false.
View changes_view(store::StoreSnapshot& snapshot, const Catalog& catalog, bool verdicts, std::int64_t now);
// One of them, with its verdicts. Null when there is none of that id.
View change_view(store::StoreSnapshot& snapshot, const Catalog& catalog, std::uint64_t id, std::int64_t now);

View corrections_view(store::StoreSnapshot& snapshot);

// Each value of a dimension against all the others in the same time.
View releases_view(store::StoreSnapshot& snapshot, const slo::Objective& objective, const std::string& dimension,
                   const Range& range, std::int64_t now);

// For a pipeline: may it deploy, or go on after `since` (none: nothing was deployed)? Pass, fail or inconclusive, and
// why.
View gate_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
               std::optional<std::int64_t> since, std::int64_t now, const WatchState* watched);

// The newest first; `open_only` leaves out those that are over.
View incidents_view(store::StoreSnapshot& snapshot, bool open_only, std::int64_t now);

// One incident with what a review needs: dimensions, outcomes, course, changes before it, its share of the budget. Null
// when there is none of that id.
View incident_view(store::StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t id, std::int64_t now);

}  // namespace bellrock::plane
