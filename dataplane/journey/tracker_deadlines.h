// What time alone does to attempts: the Tracker's deadlines. Include tracker.h.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"
#include "dataplane/journey/tracker_recovery.h"
#include "dataplane/journey/tracker_silence.h"
#include "dataplane/journey/tracker_visits.h"

namespace bellrock::journey {

// An attempt's deadline moves later by itself, and is looked at again when the one that was set comes up. Only when its
// silence becomes certain does it move earlier, and is set then (tracker_silence.h).
template <class Cells>
bool Tracker<Cells>::expire(Instant before) {
  std::uint32_t fired = 0;
  for (auto due = deadlines_.take(before); due.slot != 0; due = deadlines_.take(before)) {
    const Instant actual = deadline(table_.attempt(due.slot));
    if (actual > due.at || fired == timers_max_) {
      deadlines_.set(due.slot, actual);
      if (fired < timers_max_) continue;
      counters_.add(EventCount::kLateTimers);
      return false;
    }
    on_deadline(due.slot, due.at);
    ++fired;
    commit_if_full();
  }
  return expire_pages(before, fired);
}

// Those of one visitor, in their order, though others are still to come.
template <class Cells>
void Tracker<Cells>::expire_visitor(Slot visitor, Instant before) {
  for (;;) {
    if (visitor == 0) return;
    Slot first = 0;
    Instant due = before;
    for (Slot slot = table_.session(visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
      const Instant at = deadline(table_.attempt(slot));
      if (at > due || (at == due && first == 0)) continue;
      first = slot;
      due = at;
    }
    if (first == 0) return;
    const bool last = !table_.attempt(first).open() && !table_.attempt(first).error_open() &&
                      table_.session(visitor).newest == first &&
                      table_.attempt(first).older == 0;  // its session goes with it
    deadlines_.clear(first);
    on_deadline(first, due);
    commit_if_full();
    if (last) return;
  }
}

template <class Cells>
void Tracker<Cells>::commit_if_full() {
  if (journal_.room() >= kEventWordsMax) return;
  commit_.commit != nullptr ? commit_.commit(commit_.context) : journal_.commit();
}

template <class Cells>
void Tracker<Cells>::on_deadline(Slot slot, Instant due) {
  if (table_.attempt(slot).error_open()) {
    settle_error(slot, RecoveryKind::kNotRecovered);
    return deadlines_.set(slot, deadline(table_.attempt(slot)));
  }
  if (table_.attempt(slot).ended()) return remove(slot);
  if (table_.attempt(slot).is_visit()) return end_visit(slot);
  for (;;) {
    const Slot first = first_of_due(slot, due);
    const Attempt& attempt = table_.attempt(first);
    const Instant dated = dated_at(attempt, due);
    end(first, {outcome_at_deadline(attempt, due), dated, dated});
    deadlines_.set(first, deadline(attempt));
    if (first == slot) return;
    commit_if_full();
  }
}

template <class Cells>
Instant Tracker<Cells>::deadline(const Attempt& attempt) const {
  const JourneyPlan& rules = plan(attempt);
  const Duration idle = rules.journey->idle;
  if (attempt.error_open()) return saturating_add(attempt.ending.at, rules.journey->recovery.within);
  if (attempt.ended()) return saturating_add(attempt.ending.at, idle);
  // The first moment that is no longer part of it.
  if (attempt.is_visit())
    return saturating_add(saturating_add(table_.session(attempt.session).last_activity, rules.visit_idle), 1);
  const Instant last = std::min(saturating_add(table_.session(attempt.session).last_activity, idle),
                                saturating_add(attempt.start, rules.max));
  if (!silence_is_certain(rules, attempt)) return last;
  // What became certain after the window's end waits for all that came in the same moment, such as a batch of beacons.
  return std::min(last, std::max(window_end(rules, attempt), table_.session(attempt.session).last_activity));
}

// When an attempt that ends by itself did so: silence at its window's end, whenever that became certain.
template <class Cells>
Instant Tracker<Cells>::dated_at(const Attempt& attempt, Instant due) const {
  const JourneyPlan& rules = plan(attempt);
  return silence_is_certain(rules, attempt) ? std::min(due, window_end(rules, attempt)) : due;
}

template <class Cells>
Outcome Tracker<Cells>::outcome_at_deadline(const Attempt& attempt, Instant due) const {
  const JourneyPlan& rules = plan(attempt);
  if (silence_is_certain(rules, attempt) && window_end(rules, attempt) <= due) {
    const bool missing =
        rules.journey->silent.by_beacon && beacons_are_missing(attempt, table_.session(attempt.session));
    return missing || attempt.lost_answer() ? Outcome::kUnknown : Outcome::kSilentFailure;
  }
  return attempt.pending() ? Outcome::kUnknown : Outcome::kAbandoned;
}

}  // namespace bellrock::journey
