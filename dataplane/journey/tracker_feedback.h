// Answers of visitors, joined to their latest attempt that asks for them: the Tracker's counts of CellKind::kFeedback
// (flow/feedback.h). What is answered while the attempt is open waits in its record and is counted when it ends; what
// comes later is counted at once, for as long as the record is kept. Include tracker.h.
#pragma once

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

// The newest one, open or ended.
template <class Cells>
Slot Tracker<Cells>::asked_attempt(Slot visitor, const Answer& answer) const {
  if (visitor == 0) return 0;
  for (Slot slot = table_.session(visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.is_visit() || (answer.journey != 0 && attempt.journey.index() + 1 != answer.journey)) continue;
    if ((plan(attempt).journey->feedback.questions & question_bit(answer.question)) != 0) return slot;
  }
  return 0;
}

template <class Cells>
void Tracker<Cells>::take_answer(const Now& now, const Answer& answer) {
  const Slot slot = asked_attempt(table_.find(now.who), answer);
  if (slot == 0 || !fits(now, plan(table_.attempt(slot)))) return counters_.add(EventCount::kFeedbackUnjoined);
  Attempt& attempt = table_.attempt(slot);
  if (attempt.answered(answer.question)) return counters_.add(EventCount::kFeedbackRepeated);
  counters_.add(EventCount::kFeedbackJoined);
  journal_.set(attempt.worth, attempt.worth_with(answer.question, answer.answer));
  if (attempt.ended()) count_answer(plan(attempt), attempt, attempt.outcome, answer.question);
}

template <class Cells>
void Tracker<Cells>::count_answer(const JourneyPlan& plan, const Attempt& attempt, Outcome outcome, Question question) {
  const Feedback& feedback = plan.journey->feedback;
  std::uint8_t band = 0;
  if (feedback.has_latency) {
    const Instant kept = attempt.marks[plan.kept_latency[feedback.of.index()]];
    if (kept.seen()) band = answer_band_of(kept.ns - 1);
  }
  recorder_.answer(plan.id, question, outcome, attempt.answer(question), band, feedback.has_latency);
}

template <class Cells>
void Tracker<Cells>::count_answers(const JourneyPlan& plan, const Attempt& attempt, Outcome outcome) {
  for (std::size_t i = 0; i < kQuestions; ++i) {
    if (attempt.answered(static_cast<Question>(i))) count_answer(plan, attempt, outcome, static_cast<Question>(i));
  }
}

}  // namespace bellrock::journey
