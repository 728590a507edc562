// Whether visitors get over errors (`recovery` of a Journey): the Tracker's counts of CellKind::kRecovery. An attempt
// that ends at a failure step is an error of that step, and open. The next success of its visitor at the journey, of
// whatever attempt or of none that is under way, recovers all that are open; `within` after its end, which is included,
// one is not recovered. The record of the ended attempt keeps it; one that gives way to others before is unknown.
// Include tracker.h.
#pragma once

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

inline constexpr std::array kRecoveryCounts{EventCount::kErrors, EventCount::kErrorsRecovered,
                                            EventCount::kErrorsNotRecovered, EventCount::kErrorsUnknown};

// The failure step at which an attempt ended is the only one that it saw. What another configuration left open, and
// this one does not follow, is not counted.
template <class Cells>
void Tracker<Cells>::count_recovery(const Attempt& attempt, RecoveryKind kind) {
  const JourneyPlan& rules = plan(attempt);
  if (rules.journey->recovery.within == 0) return;
  for (std::size_t step = 0; step < rules.journey->steps.size(); ++step) {
    if (rules.journey->steps[step].kind != StepKind::kFailure || !attempt.saw(StepId{step})) continue;
    recorder_.recovery(rules.id, StepId{step}, kind);
    return counters_.add(kRecoveryCounts[static_cast<std::size_t>(kind)]);
  }
}

// It has just ended at a failure step.
template <class Cells>
void Tracker<Cells>::open_error(Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  journal_.set(attempt.traits, static_cast<std::uint8_t>(attempt.traits | Attempt::kErrorOpen));
  table_.count_open_errors(1);
  count_recovery(attempt, RecoveryKind::kErrors);
  deadlines_.set(slot, deadline(attempt));
}

template <class Cells>
void Tracker<Cells>::settle_error(Slot slot, RecoveryKind kind) {
  Attempt& attempt = table_.attempt(slot);
  journal_.set(attempt.traits, static_cast<std::uint8_t>(attempt.traits & ~Attempt::kErrorOpen));
  table_.count_open_errors(std::uint64_t(-1));
  count_recovery(attempt, kind);
}

// Its visitor has succeeded at the journey.
template <class Cells>
void Tracker<Cells>::recover(Slot visitor, const JourneyPlan& rules) {
  if (visitor == 0 || rules.journey->recovery.within == 0) return;
  for (Slot slot = table_.session(visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.journey == rules.id && attempt.error_open()) settle_error(slot, RecoveryKind::kRecovered);
  }
}

}  // namespace bellrock::journey
