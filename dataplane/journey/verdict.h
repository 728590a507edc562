// What an attempt is for one objective: pure functions of the attempt's record and what happened to it. Any thread.
//
// A latency objective is judged when its `to` is first counted, whatever comes after; all else when the attempt ends.
#pragma once

#include <optional>

#include "dataplane/flow/event.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/plan.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

constexpr bool is_failed(Outcome outcome) {
  return outcome == Outcome::kFailedUser || outcome == Outcome::kFailedBusiness || outcome == Outcome::kFailedSystem;
}
constexpr bool is_abandoned(Outcome outcome) {
  return outcome == Outcome::kAbandoned || outcome == Outcome::kAbandonedWaiting;
}

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  bool measured = false;
  Duration latency = 0;              // if measured
  bool bad_client_duration = false;  // why it is unknown: there was a field, and it is not believed
};

// `to` has been counted at `mark` by `event`. The attempt is as it was before that.
Judgement judge_at_step(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt, const Event& event,
                        Instant mark);

// How an attempt ends.
struct Ending {
  Outcome outcome = Outcome::kUnknown;
  Instant when;                  // decides window and order; a timeout's deadline
  Instant mark;                  // where the ending step stands; the same for a timeout
  const Event* event = nullptr;  // that ended it; none: time alone
  Duration waited = 0;           // kAbandonedWaiting: since the request that was pending
};

// Nothing, if the objective was judged before, or is about visits and follows from another one. An attempt that ended
// without the success that a latency measures to, and did not fail, is bad if the threshold had passed by then, and
// otherwise censored: whether it would have been in time nobody knows. A beacon that ends it says when that was only by
// the objective's client duration.
std::optional<Judgement> judge_at_end(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt,
                                      const Ending& ending);

// Whether the attempt came to where the objective's latency begins, and how long it had waited for the step when it
// ended without: known only where something that happened ended it, seen by a clock that saw the beginning too.
struct Waited {
  bool reached = false;
  std::optional<Duration> time;
};
Waited waited_for(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt, const Ending& ending);

}  // namespace bellrock::journey
