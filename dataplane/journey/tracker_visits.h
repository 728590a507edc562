// Visits at journeys whose objectives count them: one record for each visitor and journey, from his first attempt until
// he has been idle for his identity's `idle`. No attempt outlasts its visit, since none may be idle for longer. Include
// tracker.h.
#pragma once

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

// Where it is already, or a new one; there is room (make_room).
template <class Cells>
void Tracker<Cells>::begin_visit(const Now& now, const JourneyPlan& plan) {
  if (plan.per_visit == 0 || Attempts(table_, now.visitor, plan.id).visit() != 0) return;
  Attempt visit;
  visit.start = now.mark;
  visit.journey = plan.id;
  visit.state = AttemptState::kVisit;
  visit.tallies = {};
  const Slot slot = table_.add_attempt(now.visitor, visit);
  deadlines_.set(slot, deadline(table_.attempt(slot)));
}

// What an attempt is for one objective has become known.
template <class Cells>
void Tracker<Cells>::decide(const JourneyPlan& plan, ObjectiveId objective, const Attempt& attempt,
                            const Judgement& judged) {
  if (judged.bad_client_duration) counters_.add(EventCount::kBadClientDuration);
  if ((plan.per_visit >> objective.value & 1) == 0) {
    recorder_.verdict(plan.id, objective, counted_values(plan, attempt), judged);
  }
  if (plan.per_visit == 0) return;
  const Slot slot = Attempts(table_, attempt.session, plan.id).visit();
  if (slot == 0) return;
  Attempt& visit = table_.attempt(slot);
  Tallies tallies = visit.tallies;
  tally(*plan.journey, objective.index(), judged.verdict, tallies);
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    if (tallies[i] != visit.tallies[i]) journal_.set(visit.tallies[i], tallies[i]);
  }
}

// The visit is what its last attempt was: on which device, and so on.
template <class Cells>
void Tracker<Cells>::keep_visit(const JourneyPlan& plan, const Attempt& ended, Instant when) {
  if (plan.per_visit == 0) return;
  const Slot slot = Attempts(table_, ended.session, plan.id).visit();
  if (slot == 0) return;
  journal_.set(table_.attempt(slot).dimensions, ended.dimensions);
  journal_.set(table_.attempt(slot).last_step, when);
}

template <class Cells>
void Tracker<Cells>::end_visit(Slot slot) {
  const Attempt& visit = table_.attempt(slot);
  const JourneyPlan& rules = plan(visit);
  Values values = counted_values(rules, visit);
  // Longer than an attempt may last nobody remembers which text a number meant.
  const bool forgotten = deadline(visit) - visit.last_step > rules.max;
  for (std::size_t i = 0; forgotten && i < values.size(); ++i) {
    if (rules.tops[i] != 0) values[i] = 0;
  }
  for (unsigned left = rules.per_visit; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    const Verdict verdict = verdict_of_visit(rules.journey->objectives[i], visit.tallies[i]);
    recorder_.verdict(rules.id, ObjectiveId{i}, values, {.verdict = verdict});
  }
  remove(slot);
}

// Of a visitor's attempts at one journey that are due at once the one that is dated first, of these the oldest, ends
// first, so that which was decided last does not hang on where their records are.
template <class Cells>
Slot Tracker<Cells>::first_of_due(Slot slot, Instant due) const {
  const Attempt& asked = table_.attempt(slot);
  if (plan(asked).per_visit == 0) return slot;
  Slot first = slot;
  Instant dated = kNever;
  for (Slot other = table_.session(asked.session).newest; other != 0; other = table_.attempt(other).older) {
    const Attempt& attempt = table_.attempt(other);
    if (!attempt.open() || attempt.journey != asked.journey || deadline(attempt) != due) continue;
    if (dated_at(attempt, due) > dated) continue;
    first = other;
    dated = dated_at(attempt, due);
  }
  return first;
}

}  // namespace bellrock::journey
