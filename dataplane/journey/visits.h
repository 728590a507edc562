// What the attempts of one visit come to, for objectives that count visits and not attempts: success by session, and
// consistency. A visit is one visitor between two idle times of his identity, at one journey. Pure functions, any
// thread.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// So far, by objective of the journey: of success 0 or 1 + the Verdict of the attempt that was decided last, of those
// that came to its `count_from`; of consistency how many attempts counted, and whether any was bad or unknown.
using Tallies = std::array<std::uint8_t, kObjectivesMax>;

bool is_per_visit(const Journey& journey, const Objective& objective);
bool counts_visits(const Journey& journey);

// An attempt's verdict for the objective `judged` of its journey is known.
void tally(const Journey& journey, std::size_t judged, Verdict verdict, Tallies& tallies);

// Of two visits that turn out to be one; `later` is that whose last attempt ended later.
Tallies joined_tallies(const Journey& journey, const Tallies& earlier, const Tallies& later);

// What the visit was, now that it is over: of too few attempts excluded; without one that came far enough funnel.
Verdict verdict_of_visit(const Objective& objective, std::uint8_t tally);

// Whether the bytes can have been tallied: of a board that anybody may have written.
bool plausible(const Journey& journey, const Tallies& tallies);

}  // namespace bellrock::journey
