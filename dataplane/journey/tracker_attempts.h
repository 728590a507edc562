// How the Tracker counts a step at an attempt, and how attempts begin and end. Include tracker.h.
#pragma once

#include <algorithm>
#include <bit>

#include "dataplane/journey/tracker.h"
#include "dataplane/journey/tracker_effects.h"
#include "dataplane/journey/tracker_feedback.h"
#include "dataplane/journey/tracker_recovery.h"
#include "dataplane/journey/tracker_silence.h"
#include "dataplane/journey/tracker_stories.h"
#include "dataplane/journey/tracker_visits.h"

namespace bellrock::journey {

inline void read_dimensions(const Journey& journey, std::span<const DimensionValue> values, Values& dimensions) {
  for (std::size_t i = 0; i < journey.dimensions.size(); ++i) {
    for (const DimensionValue& value : values) {
      if (value.dimension == journey.dimensions[i]) dimensions[i] = value.value;
    }
  }
}

// Records that may be given up for one new visitor when the table is full: bounds what one event changes.
inline constexpr int kEvictionsMax = 8;

// --- Counting a step at an attempt.

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::count_step(const Now& now, const JourneyPlan& plan, StepId step,
                                                          Slot slot) {
  if (slot == 0) return Taken::kPassedOver;
  const Attempt& attempt = table_.attempt(slot);
  const Step& rule = plan.step(step);
  if (attempt.saw(step) && !rule.repeatable) return Taken::kPassedOver;
  // What is listed before the step that opened the attempt cannot be demanded of it: a retry opens with its commit.
  const std::uint32_t expected =
      plan.steps[step.index()].required & ~((std::uint32_t{1} << attempt.opened_by.value) - 1);
  if ((expected & ~attempt.steps_seen) != 0) {
    counters_.add(EventCount::kOutOfOrderStep);
    return Taken::kIgnored;
  }
  if (rule.within != 0 && now.mark - attempt.last_step > rule.within) return Taken::kIgnored;
  record_step(now, plan, step, slot);
  return Taken::kCounted;
}

template <class Cells>
void Tracker<Cells>::record_step(const Now& now, const JourneyPlan& plan, StepId step, Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  const StepPlan& step_plan = plan.steps[step.index()];
  const bool first = !attempt.saw(step);
  recorder_.step(plan.id, step, std::max<Duration>(now.mark - attempt.start, 0));
  if (tells(plan)) tell_step(now, step, slot);
  for (unsigned to = first ? step_plan.measured_to : 0; to != 0; to &= to - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(to));
    const Judgement judged = judge_at_step(plan, plan.journey->objectives[i], attempt, now.event, now.mark);
    decide(plan, ObjectiveId{i}, attempt, judged);
    if (plan.kept_latency[i] != StepPlan::kNoMark) keep_latency(plan, i, attempt, judged);
  }
  if (first && step_plan.mark != StepPlan::kNoMark) {
    journal_.set(attempt.marks[step_plan.mark], now.mark);
    const auto bit = static_cast<std::uint8_t>(comes_afterwards(now.event.channel) << step_plan.mark);
    journal_.set(attempt.marks_by_beacon, static_cast<std::uint8_t>(attempt.marks_by_beacon | bit));
  }
  const SilentFailure& silent = plan.journey->silent;
  if (first && silent.watched && step == silent.after) begin_window(now, slot);
  take_value(now, plan, step, attempt);
  if (now.correlate != 0 && (!attempt.pending() || attempt.correlate == 0)) {
    journal_.set(attempt.correlate, now.correlate);
  }
  journal_.set(attempt.steps_seen, attempt.steps_seen | std::uint32_t{1} << step.value);
  journal_.set(attempt.last_step, now.mark);
}

// The last step that had one says what the attempt is worth, whatever becomes of it.
template <class Cells>
void Tracker<Cells>::take_value(const Now& now, const JourneyPlan& plan, StepId step, Attempt& attempt) {
  const MoneyValue& value = plan.journey->value;
  if (value.amount == 0 || step != value.at) return;
  const std::uint64_t amount = now.event.extras.amount(value.amount - 1u);
  if (amount == kBadAmount) return counters_.add(EventCount::kBadAmount);
  if (amount != 0) journal_.set(attempt.worth, attempt.worth_with(amount));
}

// Of several commits of one attempt the last one's answer is waited for.
template <class Cells>
void Tracker<Cells>::set_commit_request(const Now& now, const JourneyPlan& plan, Slot slot) {
  if (now.event.channel == Channel::kHttpRequest) journal_.set(table_.attempt(slot).commit_request, now.mark);
  set_committed(now, plan, slot);
}

template <class Cells>
void Tracker<Cells>::set_committed(const Now& now, const JourneyPlan& plan, Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  if (attempt.pending()) return;
  journal_.set(attempt.flags, static_cast<std::uint8_t>(attempt.flags | Attempt::kCommitted));
  const Attempts attempts(table_, now.visitor, plan.id);
  if (attempts.pending_count() <= kPendingAttemptsMax) return;
  end(attempts.oldest_pending(), now.ends(Outcome::kUnknown));
}

// --- How attempts begin and end.

template <class Cells>
Slot Tracker<Cells>::open_attempt(Now& now, const JourneyPlan& plan, StepId step, std::uint8_t flags) {
  const bool returning = plan.asks_returning && Attempts(table_, now.visitor, plan.id).any_decided();
  for (Attempts attempts(table_, now.visitor, plan.id); attempts.ended_count() >= kEndedKeptMax;) {
    remove(attempts.oldest_ended());
  }
  if (!make_room(now, plan)) return lose_attempt(now, plan), 0;
  if (now.visitor == 0) add_visitor(now);
  Instant& last = table_.session(now.visitor).last_activity;
  if (last < now.event.time) journal_.set(last, now.event.time);
  if (now.event.channel == Channel::kHttpRequest) flags |= Attempt::kStartIsRequest;
  if (comes_afterwards(now.event.channel)) flags |= Attempt::kStartIsBeacon;
  Attempt attempt;
  attempt.start = attempt.last_step = now.mark;
  attempt.journey = plan.id;
  attempt.state = AttemptState::kOpen;
  attempt.flags = flags;
  attempt.opened_by = step;
  if (returning) attempt.traits = Attempt::kReturning;
  read_dimensions(*plan.journey, now.dimensions, attempt.dimensions);
  begin_visit(now, plan);
  const Slot slot = table_.add_attempt(now.visitor, attempt);
  if (tells(plan)) begin_story(now, slot);
  deadlines_.set(slot, deadline(table_.attempt(slot)));
  journal_.add(table_.totals(plan.id).starts, 1);
  journal_.add(table_.totals(plan.id).open, 1);
  recorder_.start(plan.id, now.who.key);
  return slot;
}

// It began, and what becomes of it nobody will know: that is what `unknown` is for, and in each objective it is one
// that may have been good or bad. Visits are judged by what is known of them.
template <class Cells>
void Tracker<Cells>::lose_attempt(const Now& now, const JourneyPlan& plan) {
  Attempt attempt;
  attempt.journey = plan.id;
  read_dimensions(*plan.journey, now.dimensions, attempt.dimensions);
  const Values values = counted_values(plan, attempt);
  recorder_.start(plan.id, now.who.key);
  recorder_.outcome(plan.id, Outcome::kUnknown, values, 0);
  for (std::size_t i = 0; i < plan.journey->objectives.size(); ++i) {
    if ((plan.per_visit >> i & 1) == 0) recorder_.verdict(plan.id, ObjectiveId{i}, values, {});
  }
  JourneyTotals& totals = table_.totals(plan.id);
  journal_.add(totals.starts, 1);
  journal_.add(totals.outcomes[static_cast<std::size_t>(Outcome::kUnknown)], 1);
  if (trace_) trace_({.journey = plan.id, .outcome = Outcome::kUnknown, .start = now.mark, .end = now.mark});
}

template <class Cells>
void Tracker<Cells>::add_visitor(Now& now) {
  now.visitor = table_.add_session(now.who, now.event.identity, now.event.time);
  if (!now.event.numbered) return;
  PageViews views;
  views.put(views.place(now.event.page_view, now.event.number), now.event.page_view, now.event.number);
  table_.set_page_views(now.visitor, views);
}

// Room for one attempt, for a visit if one begins, and for the visitor if he is new. Attempts that have ended give way,
// the earliest end first; that may take the visitor's own record away, so it is looked up again.
template <class Cells>
bool Tracker<Cells>::make_room(Now& now, const JourneyPlan& plan) {
  const auto needed = [&]() -> std::size_t {
    return plan.per_visit != 0 && Attempts(table_, now.visitor, plan.id).visit() == 0 ? 2 : 1;
  };
  while (!table_.has_room_for(needed())) {
    if (table_.oldest_ended() == 0) return counters_.add(EventCount::kAttemptsFull), false;
    remove(table_.oldest_ended());
    now.visitor = table_.find(now.who);
  }
  for (int n = 0; now.visitor == 0 && table_.sessions_full(); ++n) {
    if (table_.oldest_ended() == 0 || n == kEvictionsMax) return counters_.add(EventCount::kSessionsFull), false;
    remove(table_.oldest_ended());
  }
  return true;
}

template <class Cells>
void Tracker<Cells>::end(Slot slot, const Ending& ending) {
  Attempt& attempt = table_.attempt(slot);
  const Outcome outcome = ending.outcome;
  const Duration duration = std::max<Duration>(ending.mark - attempt.start, 0);
  const Values values = counted_values(plan(attempt), attempt);
  recorder_.outcome(attempt.journey, outcome, values, duration);
  if (attempt.amount() != 0) recorder_.value(attempt.journey, outcome, values, attempt.amount() - 1);
  judge_end(plan(attempt), attempt, ending);
  if (!plan(attempt).journey->effects.empty()) count_effects(plan(attempt), attempt, ending, values);
  count_answers(plan(attempt), attempt, outcome);
  keep_visit(plan(attempt), attempt, ending.when);
  if (tells(plan(attempt)) && is_told(outcome)) tell_end(plan(attempt), slot, ending, duration, values);
  journal_.set(attempt.state, AttemptState::kEnded);
  journal_.set(attempt.outcome, outcome);
  journal_.set(attempt.ending.at, ending.when);
  table_.append_ended(slot);
  if (is_failed(outcome) && plan(attempt).journey->recovery.within != 0) open_error(slot);
  if (outcome == Outcome::kSuccess) recover(attempt.session, plan(attempt));
  JourneyTotals& totals = table_.totals(attempt.journey);
  journal_.add(totals.open, std::uint64_t(-1));
  journal_.add(totals.outcomes[static_cast<std::size_t>(outcome)], 1);
  if (trace_) {
    trace_({attempt.journey, outcome, attempt.start, ending.when, duration, ending.waited, attempt.steps_seen,
            attempt.is(Attempt::kRetried), attempt.amount(), attempt.flagged()});
  }
}

// What is not told apart is counted as __other__.
template <class Cells>
Values Tracker<Cells>::counted_values(const JourneyPlan& plan, const Attempt& attempt) {
  Values values = attempt.dimensions;
  for (std::size_t i = 0; plan.has_tops && i < values.size(); ++i) {
    if (plan.tops[i] != 0) values[i] = tops_[plan.tops[i] - 1u].counted(values[i]);
  }
  return values;
}

template <class Cells>
void Tracker<Cells>::judge_end(const JourneyPlan& plan, const Attempt& attempt, const Ending& ending) {
  for (std::size_t i = 0; i < plan.journey->objectives.size(); ++i) {
    const auto judged = judge_at_end(plan, plan.journey->objectives[i], attempt, ending);
    if (judged) decide(plan, ObjectiveId{i}, attempt, *judged);
  }
}

template <class Cells>
void Tracker<Cells>::remove(Slot slot) {
  if (table_.attempt(slot).error_open()) settle_error(slot, RecoveryKind::kUnknown);
  deadlines_.clear(slot);
  table_.remove_attempt(slot);
}

}  // namespace bellrock::journey
