// What lint asks a centre: how long journeys' successes come after the answers that promise them.
#pragma once

#include <iosfwd>

#include "control/cli/centre.h"
#include "control/cli/lint/rules.h"

namespace bellrock::cli {

// Of the last seven days. Where an objective measures from the ack to the success, its 99th percentile; else what
// follows from the times since the attempts' starts: is the success at the 95th percentile later than the ack at the
// 99th by some time, more than 4 of 100 attempts took longer than that from one to the other.
// A success that comes after its window has closed and been judged is not among them. `exit_code` is not 0 when the
// centre could not be asked; `err` was told why.
ObservedWaits ask_waits(const config::Loaded& loaded, const CentreOptions& centre, std::ostream& err, int& exit_code);

// The same from the documents of /journeys and /slos/…; the second may be null.
std::optional<ObservedWait> wait_of(const journey::Journey& journey, const Json& journeys, const Json& objective);
// The objective that measures from the ack to the success.
std::optional<ObjectiveId> objective_between(const journey::Journey& journey);

}  // namespace bellrock::cli
