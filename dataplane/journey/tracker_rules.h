// The rules of tracker.h as code: what an event says, and what each kind of step does. Include tracker.h.
#pragma once

#include <algorithm>
#include <bit>

#include "dataplane/journey/tracker.h"
#include "dataplane/journey/tracker_attempts.h"
#include "dataplane/journey/tracker_coverage.h"
#include "dataplane/journey/tracker_feedback.h"
#include "dataplane/journey/tracker_links.h"
#include "dataplane/journey/tracker_pages.h"
#include "dataplane/journey/tracker_recovery.h"
#include "dataplane/journey/tracker_silence.h"
#include "dataplane/journey/tracker_stories.h"
#include "dataplane/journey/tracker_trails.h"

namespace bellrock::journey {

template <class Cells>
Tracker<Cells>::Tracker(const Definition& definition, std::span<std::byte> session_memory, Cells& cells,
                        Journal& journal, Counters& counters, std::span<std::byte> page_memory)
    : plans_(make_plans(definition, Cells::kJournalWordsMax)),
      table_(session_memory, definition.limits.sessions_per_core, definition.limits.attempts_per_core, journal),
      links_(links_behind(session_memory, definition.limits.sessions_per_core, definition.limits.attempts_per_core,
                          links_needed(definition)),
             links_needed(definition), journal),
      pages_(page_memory, page_memory.empty() ? 0 : seen_pages_needed(definition), definition.coverage.within, journal),
      deadlines_(definition.limits.attempts_per_core),
      recorder_(definition, cells),
      journal_(journal),
      counters_(counters) {
  for (Slot slot = 1; slot <= table_.attempts_used(); ++slot) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.state != AttemptState::kFree) deadlines_.set(slot, deadline(attempt));
  }
  for (std::size_t i = 0; i < definition.identities.size(); ++i) {
    if (definition.identities[i].link) links_max_[i] = definition.identities[i].max;
  }
  Duration attempt_max = 0;
  for (const JourneyPlan& plan : plans_) attempt_max = std::max(attempt_max, plan.max);
  for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
    if (definition.dimensions[i].source.kind == SourceKind::kAnswerTime) answer_times_ |= std::uint32_t{1} << i;
    const std::size_t table = top_table_of(definition, DimensionId{i});
    table_of_[i] = static_cast<std::uint8_t>(table);
    if (table != 0) tops_.emplace_back(table_.top_table(table), definition.dimensions[i].top, attempt_max, journal_);
  }
  error_codes_ = tops_.size();
  if (definition.error_top != 0) {
    tops_.emplace_back(table_.top_table(kErrorTable), definition.error_top, Duration{0}, journal_);
  }
}

template <class Cells>
std::uint64_t Tracker<Cells>::live() const {
  std::uint64_t sum = 0;
  for (const JourneyPlan& plan : plans_) sum += open(plan.id);
  return sum;
}

template <class Cells>
void Tracker<Cells>::on_event(const Event& event) {
  if (!expire(event.time)) expire_visitors_of(event);
  if (const PageSight* sight = event.extras.sight()) return on_sight(event, *sight);
  const Visitor who = links_keys(event) ? linked(event) : visitor_of(event);
  Now now{event, event.edge_time.seen() ? event.edge_time : event.time, who, table_.find(who), journal_.room()};
  if (!event.continued) {
    message_.dropping = false;
    message_.filtering = event.filter != Filter::kNone && !has_open_attempt(now.visitor);
  }
  if (message_.filtering && !is_probe(event)) return filter_out(event);
  if (message_.dropping || repeats(now) || (now.visitor != 0 && !notice(now))) {
    return refuse_signals(event, EventCount::kFeedbackRepeated);
  }
  if (now.visitor == 0 && event.match_count != 0) number_values(now);
  count_page(event);
  if (const ViewedPage* page = event.extras.viewed(); page != nullptr && trails_ != nullptr) view_page(now, *page);
  if (const auto click = event.extras.click(); click && stories_ != nullptr) tell_click(now, *click);
  if (const ReplayPointer* replay = event.extras.replay(); replay != nullptr && stories_ != nullptr) {
    tell_replay(now, *replay);
  }
  const std::span all = std::span(event.matches).first(event.match_count);
  for (std::size_t i = 0, end = 0; i < all.size(); i = end) {
    while (end < all.size() && all[end].journey == all[i].journey && all[end].expected == all[i].expected) ++end;
    if (all[i].expected) continue;
    const JourneyPlan& plan = plans_[all[i].journey.index()];
    const std::uint8_t correlate = plan.journey->correlate;
    now.correlate = correlate == 0 ? 0 : event.extras.correlate(correlate - 1u);
    if (fits(now, plan)) apply_to(now, plan, all.subspan(i, end - i));
  }
  if (trails_ != nullptr) judge_views(now);
  if (event.aborted) leave_waiting(now);
  if (const Answer* answer = answer_of(event); answer != nullptr) take_answer(now, *answer);
}

template <class Cells>
bool Tracker<Cells>::fits(const Now& now, const JourneyPlan& plan) {
  if (now.room_at_first - journal_.room() + plan.words_max <= kEventWordsMax) return true;
  counters_.add(EventCount::kTooManyMatches);
  return false;
}

// The first of the steps that can count wins.
template <class Cells>
void Tracker<Cells>::apply_to(Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches) {
  if (trails_ != nullptr) note_retry(now, plan, matches);
  for (const StepMatch& match : matches) {
    const Taken taken = apply(now, plan, match.step);
    now.stepped = now.stepped || taken == Taken::kCounted;
    if (taken != Taken::kPassedOver) return;
  }
}

// --- Messages of visitors whose attempts are not followed.

template <class Cells>
bool Tracker<Cells>::has_open_attempt(Slot visitor) const {
  if (visitor == 0) return false;
  for (Slot slot = table_.session(visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    if (table_.attempt(slot).open()) return true;
  }
  return false;
}

// Whether a visitor who is filtered for this, or not, begins attempts of the journey.
inline bool follows(const JourneyPlan& plan, Filter filter) {
  return filter == (plan.journey->synthetic ? Filter::kSynthetic : Filter::kNone);
}

inline bool matches(const Event& event, JourneyId journey) {
  const std::span all = std::span(event.matches).first(event.match_count);
  return std::any_of(all.begin(), all.end(),
                     [journey](const StepMatch& match) { return !match.expected && match.journey == journey; });
}

// A synthetic visitor's message that is a step of a journey of such.
template <class Cells>
bool Tracker<Cells>::is_probe(const Event& event) const {
  if (event.filter != Filter::kSynthetic) return false;
  const std::span all = std::span(event.matches).first(event.match_count);
  return std::any_of(all.begin(), all.end(), [this](const StepMatch& match) {
    return !match.expected && plans_[match.journey.index()].journey->synthetic;
  });
}

constexpr EventCount count_of(Filter filter) {
  if (filter == Filter::kOptedOut) return EventCount::kFilteredOptedOut;
  return filter == Filter::kBot ? EventCount::kFilteredBot : EventCount::kFilteredSynthetic;
}

// The matches of one journey lie together.
template <class Cells>
void Tracker<Cells>::filter_out(const Event& event) {
  refuse_signals(event, EventCount::kFeedbackFiltered);
  if (!event.continued) counters_.add(count_of(event.filter));
  const JourneyPlan* counted = nullptr;
  for (const StepMatch& match : std::span(event.matches).first(event.match_count)) {
    const JourneyPlan& plan = plans_[match.journey.index()];
    if (match.expected || &plan == counted || plan.step(match.step).kind != StepKind::kStart) continue;
    if (plan.journey->synthetic) continue;
    counters_.add(EventCount::kFilteredStarts);
    counted = &plan;
  }
}

// --- What an event says about its visitor, whatever it matches.

// What beacons say of pages counts whoever sends them, so that it is known of before its visitor has a record, and
// after.
template <class Cells>
bool Tracker<Cells>::repeats(const Now& now) {
  const Event& event = now.event;
  const bool asks = event.numbered && !event.continued && event.extras.says_of_page() && !now.who.key.none();
  if (!asks || seen_beacons_ == nullptr || seen_beacons_->see(now.who, event.page_view, event.number)) return false;
  counters_.add(EventCount::kDuplicateBeacon);
  message_.dropping = true;
  return true;
}

template <class Cells>
bool Tracker<Cells>::notice(Now& now) {
  if (now.event.numbered && !now.event.continued && !see_number(now)) {
    message_.dropping = true;
    return false;
  }
  number_values(now);
  table_.rekey(now.visitor, now.who);
  Instant& last = table_.session(now.visitor).last_activity;
  if (now.event.activity && last < now.event.time) journal_.set(last, now.event.time);
  for (Slot slot = table_.session(now.visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    Attempt& attempt = table_.attempt(slot);
    if (!attempt.open()) continue;
    const bool followed = follows(plan(attempt), now.event.filter);
    if (!followed && attempt.flagged() == Filter::kNone && now.event.filter != Filter::kNone) {
      journal_.set(attempt.traits, static_cast<std::uint8_t>(attempt.traits | static_cast<unsigned>(now.event.filter)));
      counters_.add(EventCount::kFlagged);
    }
    if (!now.dimensions.empty()) keep_dimensions(now, slot);
    if (plan(attempt).journey->silent.watched) listen(now, slot);
  }
  return true;
}

// Texts of open-ended dimensions become numbers, which the owner gives.
template <class Cells>
void Tracker<Cells>::number_values(Now& now) {
  now.dimensions = std::span(now.event.dimensions).first(now.event.dimension_count);
  const std::span<const TopText> tops = now.event.extras.tops();
  if (tops.empty() || tops_.empty()) return;
  std::size_t count = 0;
  for (const DimensionValue& value : now.dimensions) values_[count++] = value;
  for (const TopText& top : tops) {
    const std::uint8_t table = table_of_[top.dimension.index()];
    if (table == 0) continue;
    values_[count++] = {top.dimension, tops_[table - 1u].see({top.text.data(), top.size}, now.event.time)};
  }
  now.dimensions = std::span(values_).first(count);
}

template <class Cells>
void Tracker<Cells>::keep_dimensions(const Now& now, Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  Values changed = attempt.dimensions;
  read_dimensions(*plan(attempt).journey, now.dimensions, changed);
  if (answer_times_ != 0 && !matches(now.event, attempt.journey)) keep_answer_times(attempt, changed);
  if (changed != attempt.dimensions) journal_.set(attempt.dimensions, changed);
}

// An answer that is no step of the journey says nothing of how long the journey's own answers took.
template <class Cells>
void Tracker<Cells>::keep_answer_times(const Attempt& attempt, Values& changed) const {
  const std::vector<DimensionId>& dimensions = plan(attempt).journey->dimensions;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if ((answer_times_ >> dimensions[i].value & 1) != 0) changed[i] = attempt.dimensions[i];
  }
}

// --- One function for each kind of step.

constexpr Outcome outcome_of(FailureClass failure_class) {
  constexpr Outcome kOutcomes[] = {Outcome::kFailedUser, Outcome::kFailedBusiness, Outcome::kFailedSystem};
  return kOutcomes[static_cast<std::size_t>(failure_class)];
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::apply(Now& now, const JourneyPlan& plan, StepId step) {
  const Attempts attempts(table_, now.visitor, plan.id);
  const bool is_answer = now.event.channel == Channel::kHttpResponse || now.event.channel == Channel::kHttpEnd;
  switch (plan.step(step).kind) {
    case StepKind::kStart:
      return start(now, plan, step);
    case StepKind::kCommit:
      return commit(now, plan, step);
    case StepKind::kAck:
      return ack(now, plan, step);
    case StepKind::kSuccess:
      return success(now, plan, step);
    case StepKind::kFailure:
      return end_by_step(
          now, plan, step,
          is_answer ? attempts.of_answer(now.event, now.correlate) : told_apart(now, attempts, attempts.of_verdict()),
          outcome_of(plan.step(step).failure_class));
    case StepKind::kCancel:
      return end_by_step(now, plan, step, told_apart(now, attempts, attempts.of_verdict()), Outcome::kCancelled);
    case StepKind::kObserve:
      return count_step(now, plan, step, told_apart(now, attempts, attempts.newest_open()));
  }
  return Taken::kPassedOver;
}

// The attempt that carries the event's value, or nobody if that has ended; where none does, `otherwise`.
template <class Cells>
Slot Tracker<Cells>::told_apart(const Now& now, const Attempts& attempts, Slot otherwise) const {
  const Slot slot = attempts.of_value(now.correlate);
  if (slot == 0) return otherwise;
  return table_.attempt(slot).open() ? slot : 0;
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::start(Now& now, const JourneyPlan& plan, StepId step) {
  const Slot current = Attempts(table_, now.visitor, plan.id).newest();
  const bool restarts = current != 0 && table_.attempt(current).open() && !table_.attempt(current).pending();
  if (restarts && plan.journey->restart_continues) return count_step(now, plan, step, current);
  if (!follows(plan, now.event.filter)) return leave_out(plan);
  if (restarts) end(current, now.ends(Outcome::kSuperseded));
  const Slot slot = open_attempt(now, plan, step, 0);
  if (slot != 0) record_step(now, plan, step, slot);
  return Taken::kCounted;
}

// From a journey of synthetic visitors nobody is left out: it was never about others.
template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::leave_out(const JourneyPlan& plan) {
  if (plan.journey->synthetic) return Taken::kPassedOver;
  counters_.add(EventCount::kFilteredStarts);
  return Taken::kCounted;
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::commit(Now& now, const JourneyPlan& plan, StepId step) {
  const Attempts attempts(table_, now.visitor, plan.id);
  const Slot slot = attempts.of_commit(now.correlate);
  if (slot == 0) return retry(now, plan, step);
  const Taken taken = count_step(now, plan, step, slot);
  if (taken == Taken::kCounted) set_commit_request(now, plan, slot);
  return taken;
}

// The record of the attempt that went wrong is there for as long as it may be retried.
template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::retry(Now& now, const JourneyPlan& plan, StepId step) {
  const Slot newest = Attempts(table_, now.visitor, plan.id).newest();
  if (newest == 0 || !follows(plan, now.event.filter)) return Taken::kPassedOver;
  const Outcome last = table_.attempt(newest).outcome;
  if (!is_failed(last) && !is_abandoned(last)) return Taken::kPassedOver;
  const Slot slot = open_attempt(now, plan, step, Attempt::kRetried);
  if (slot == 0) return Taken::kCounted;
  counters_.add(EventCount::kRetried);
  record_step(now, plan, step, slot);
  set_commit_request(now, plan, slot);
  return Taken::kCounted;
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::ack(const Now& now, const JourneyPlan& plan, StepId step) {
  const Slot slot = Attempts(table_, now.visitor, plan.id).of_answer(now.event, now.correlate);
  const Taken taken = count_step(now, plan, step, slot);
  if (taken == Taken::kCounted && !plan.journey->has_commit) set_committed(now, plan, slot);
  return taken;
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::success(const Now& now, const JourneyPlan& plan, StepId step) {
  const Attempts attempts(table_, now.visitor, plan.id);
  const bool apart = plan.journey->correlate != 0;
  const Slot slot =
      told_apart(now, attempts, apart ? attempts.of_success_otherwise(now.correlate) : attempts.of_verdict());
  if (slot == 0) {
    recover(now.visitor, plan);
    return without_attempt(plan, attempts, attempts.of_value(now.correlate));
  }
  return end_by_step(now, plan, step, slot, Outcome::kSuccess);
}

template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::end_by_step(const Now& now, const JourneyPlan& plan, StepId step,
                                                           Slot slot, Outcome outcome) {
  const Taken taken = count_step(now, plan, step, slot);
  if (taken == Taken::kCounted) end(slot, now.ends(outcome));
  return taken;
}

// A success that nobody waited for says something about what was lost, so it is counted, apart.
template <class Cells>
typename Tracker<Cells>::Taken Tracker<Cells>::without_attempt(const JourneyPlan& plan, const Attempts& attempts,
                                                               Slot meant) {
  const Slot last = meant != 0 ? meant : attempts.newest_ended();
  if (last == 0) {
    counters_.add(EventCount::kOrphanSuccess);
    recorder_.stray(plan.id, StraySuccess::kOrphan);
  } else {
    const bool again = table_.attempt(last).outcome == Outcome::kSuccess;
    counters_.add(again ? EventCount::kDuplicateSuccess : EventCount::kLateSuccess);
    recorder_.stray(plan.id, again ? StraySuccess::kDuplicate : StraySuccess::kLate);
  }
  return Taken::kCounted;
}

// The client closed a connection on which an attempt's request was waiting for its answer. A failure step that lists
// `aborted` has ended the attempt before this comes to it.
template <class Cells>
void Tracker<Cells>::leave_waiting(const Now& now) {
  if (now.visitor == 0 || !now.event.request_time.seen()) return;
  for (Slot slot = table_.session(now.visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    const Instant sent = request_in_flight(attempt, plan(attempt).journey->has_commit);
    if (sent != now.event.request_time || !fits(now, plan(attempt))) continue;
    Ending ending = now.ends(Outcome::kAbandonedWaiting);
    ending.waited = std::max<Duration>(now.mark - sent, 0);
    end(slot, ending);
  }
}

}  // namespace bellrock::journey
