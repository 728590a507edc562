// The rules of journeys once more, slowly; longer than 400 lines because it shares nothing: each visitor is a list of
// attempts, each attempt a list of what it has seen.
// No tables, wheels, bit masks or shared code with the tracker; what it counts has the same keys, so that the two can
// be compared cell by cell and window by window. Any thread; one Evaluator for one sequence of events.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/flow/cell.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/recovery.h"
#include "dataplane/flow/stray.h"
#include "dataplane/journey/definition.h"
#include "tests/property/journey/reference_links.h"
#include "tests/property/journey/reference_numbers.h"
#include "tests/property/journey/reference_visits.h"

namespace bellrock::journey::reference {

// An attempt that is over.
struct Ended {
  std::size_t journey = 0;
  Outcome outcome = Outcome::kUnknown;
  Instant start, end;
  Duration duration = 0, waited = 0;
  std::uint32_t steps_seen = 0;  // bit i: step i
  bool retried = false;
  std::optional<std::uint64_t> worth;
};

class Evaluator {
 public:
  struct Cell {
    std::uint64_t count = 0;
    std::vector<Duration> values;
  };
  std::map<std::pair<std::int64_t, CellKey>, Cell> cells;
  std::map<EventCount, std::uint64_t> counts;
  std::vector<Ended> outcomes;
  std::uint64_t starts = 0;
  static std::uint8_t number_of(char letter) { return static_cast<std::uint8_t>(1 + letter - 'a'); }

  explicit Evaluator(const Definition& definition) : definition_(definition) {}

  void on_event(const Event& event) {
    for (Visitor* each : visitors_.all_of(event)) catch_up(*each, event.time);
    Visitor& visitor = whose(event);
    if (event.filter != Filter::kNone && last_open(all_of(visitor)) == nullptr && !is_of_a_probe(event)) {
      refuse_answer(event, EventCount::kFeedbackFiltered);
      return leave_out(event);
    }
    if (event.numbered && known(visitor) && !visitor.numbers.see(event.page_view, event.number)) {
      ++counts[EventCount::kDuplicateBeacon];
      return refuse_answer(event, EventCount::kFeedbackRepeated);
    }
    if (event.activity) visitor.last_activity = std::max(visitor.last_activity, event.time);
    for (Attempt& attempt : visitor.attempts) {
      if (attempt.ended) continue;
      if (event.filter != Filter::kNone && !attempt.flagged &&
          !(rules(attempt).synthetic && event.filter == Filter::kSynthetic)) {
        attempt.flagged = true;
        ++counts[EventCount::kFlagged];
      }
      take_dimensions(attempt, event);
      if (!rules(attempt).silent.watched) continue;
      const bool before = silent(attempt);
      listen(visitor, attempt, event);
      if (!before && silent(attempt)) attempt.certain_at = event.time;
    }
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) try_journey(visitor, j, event);
    if (event.aborted) leave_waiting(visitor, event);
    if (event.extras.answer() != nullptr) take_answer(visitor, *event.extras.answer(), event.time);
  }

  void settle_all(Instant before) {
    for (Visitor* visitor : visitors_.all()) settle(*visitor, before);
  }

  [[nodiscard]] std::uint64_t open() {
    std::uint64_t sum = 0;
    for (Visitor* visitor : visitors_.all()) {
      for (const Attempt& attempt : visitor->attempts) sum += !attempt.ended;
    }
    return sum;
  }

 private:
  enum Taken { kPassedOver, kDone };

  void catch_up(Visitor& visitor, Instant now) {
    settle(visitor, now);
    forget(visitor, now);
    if (!known(visitor)) visitor.numbers = {};
  }

  // --- keys that are linked

  Visitor& whose(const Event& event) {
    const bool asks = event.channel != Channel::kHttpResponse && event.channel != Channel::kHttpEnd;
    const Identity& identity = definition_.identities[event.identity.index()];
    const std::vector<SessionKey> keys = keys_of(event);
    if (!identity.link || !asks || event.filter != Filter::kNone) return visitors_.of(keys[0]);
    if (keys.size() == 1) {
      if (Group* group = visitors_.group_of(keys[0])) group->find(keys[0])->seen = event.time;
      return visitors_.of(keys[0]);
    }
    Group& common = visitors_.common_group(keys);
    for (const SessionKey& key : keys) {
      if (take_in(common, key, event, event.time - identity.max)) continue;
      ++counts[EventCount::kLinkFull];
      if (key == keys[0]) return visitors_.of(key);
    }
    return common.visitor;
  }
  bool take_in(Group& group, const SessionKey& key, const Event& event, Instant long_ago) {
    if (Member* member = group.find(key)) return member->seen = event.time, true;
    if (group.make_room(long_ago)) ++counts[EventCount::kLinksForgotten];
    if (group.size() == group.members.size()) return false;
    Group* old = visitors_.group_of(key);
    const bool has_partners = old != nullptr && old->size() > 1;
    if (!has_partners) merge(visitors_.of(key), group.visitor, event);
    ++counts[has_partners ? EventCount::kRelinked : EventCount::kLinked];
    visitors_.take_out(key);
    group.add(key, event.time);
    return true;
  }
  void merge(Visitor& from, Visitor& into, const Event& event) {
    if (!known(from)) return;
    if (!known(into)) {
      into = std::move(from);
      return;
    }
    std::set<std::size_t> leads;  // journeys at which the one who comes has the newer attempts from here on
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) {
      if (comes_before(of(from, j), of(into, j))) leads.insert(j);
    }
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) {
      const auto losers = of(leads.contains(j) ? into : from, j);
      for (auto loser = losers.rbegin(); loser != losers.rend(); ++loser) {
        if (!(*loser)->ended) end(**loser, Outcome::kSuperseded, event.time, mark_of(event), 0, &event);
      }
    }
    join(from, into, leads);
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) keep_ended(into, j, 4, event.time);
  }
  // He began the first of what is under way; if nothing is under way, the last of all.
  static bool comes_before(const std::vector<Attempt*>& ours, const std::vector<Attempt*>& theirs) {
    const auto first_open = [](const std::vector<Attempt*>& attempts) {
      std::optional<Instant> first;
      for (const Attempt* a : attempts) {
        if (!a->ended && (!first || a->start < *first)) first = a->start;
      }
      return first;
    };
    const auto own = first_open(ours), others = first_open(theirs);
    if (own || others) return own && (!others || *own < *others);
    return !ours.empty() && (theirs.empty() || ours.back()->start > theirs.back()->start);
  }

  const Journey& rules(const Attempt& attempt) const { return definition_.journeys[attempt.journey]; }
  // What it tells of was over before it came.
  static bool is_late(const Event& event) {
    return event.channel == Channel::kBeacon || event.channel == Channel::kReport;
  }
  static Instant mark_of(const Event& event) { return event.edge_time.seen() ? event.edge_time : event.time; }

  // --- whose attempts are not followed

  void leave_out(const Event& event) {
    ++counts[event.filter == Filter::kBot         ? EventCount::kFilteredBot
             : event.filter == Filter::kSynthetic ? EventCount::kFilteredSynthetic
                                                  : EventCount::kFilteredOptedOut];
    std::set<std::size_t> begun;
    for (std::size_t i = 0; i < event.match_count; ++i) {
      const StepMatch& match = event.matches[i];
      const Journey& j = definition_.journeys[match.journey.index()];
      if (!match.expected && !j.synthetic && j.steps[match.step.index()].kind == StepKind::kStart)
        begun.insert(match.journey.index());
    }
    if (!begun.empty()) counts[EventCount::kFilteredStarts] += begun.size();
  }
  bool is_of_a_probe(const Event& event) const {
    bool step = false;
    for (std::size_t i = 0; i < event.match_count; ++i) {
      step = step || (!event.matches[i].expected && definition_.journeys[event.matches[i].journey.index()].synthetic);
    }
    return step && event.filter == Filter::kSynthetic;
  }
  static bool begins(const Journey& j, const Event& event) {
    return j.synthetic ? event.filter == Filter::kSynthetic : event.filter == Filter::kNone;
  }
  static std::vector<Attempt*> all_of(Visitor& visitor) {
    std::vector<Attempt*> all;
    for (Attempt& attempt : visitor.attempts) all.push_back(&attempt);
    return all;
  }

  // --- time

  Instant deadline(const Visitor& visitor, const Attempt& attempt) const {
    const Duration max = definition_.identities[rules(attempt).identity.index()].max;
    const Instant last = std::min(visitor.last_activity + rules(attempt).idle, attempt.start + max);
    return silent(attempt) ? std::min(last, std::max(window_end(attempt), visitor.last_activity)) : last;
  }
  // In the order in which it becomes time for them; of equal ones the oldest first.
  void settle(Visitor& visitor, Instant before) {
    for (Attempt* next = first_due(visitor, before); next != nullptr; next = first_due(visitor, before)) {
      const Instant due = deadline(visitor, *next), dated = dated_at(*next, due);
      end(*next, outcome_of_time(visitor, *next, due), dated, dated, 0, nullptr,
          std::max(due, silent(*next) ? next->certain_at : due));
    }
    for (Attempt& a : visitor.attempts) {
      if (!a.open_error || a.ended_at + rules(a).recovery.within >= before) continue;
      settle_error(a, RecoveryKind::kNotRecovered, a.ended_at + rules(a).recovery.within);
    }
    for (auto at = visitor.visits.begin(); at != visitor.visits.end();) {
      const IdentityId identity = definition_.journeys[at->first].identity;
      const Instant over = visitor.last_activity + definition_.identities[identity.index()].idle + 1;
      if (over < before) end_visit(at->first, at->second, over);
      at = over < before ? visitor.visits.erase(at) : std::next(at);
    }
  }
  Attempt* first_due(Visitor& visitor, Instant before) const {
    Attempt* first = nullptr;
    std::pair<Instant, Instant> when;
    for (Attempt& attempt : visitor.attempts) {
      if (attempt.ended || deadline(visitor, attempt) >= before) continue;
      const Instant due = deadline(visitor, attempt);
      const std::pair now{due, dated_at(attempt, due)};
      if (first == nullptr || now < when) first = &attempt, when = now;
    }
    return first;
  }
  void end_visit(std::size_t journey, Visit& visit, Instant when) {
    const Journey& j = definition_.journeys[journey];
    // Values of open-ended dimensions are remembered for as long as an attempt may last.
    if (when - visit.last_end > definition_.identities[j.identity.index()].max) {
      std::erase_if(visit.dimensions, [&](const auto& value) { return definition_.dimensions[value.first].top != 0; });
    }
    for (std::size_t o = 0; o < j.objectives.size(); ++o) {
      if (!of_visits(j, o)) continue;
      const CellKey key = verdict_key(journey, o, verdict_of(j, o, visit));
      count_only(key, when);
      if (!j.dimensions.empty()) count_only(with_dimensions(key, journey, visit.dimensions), when);
    }
  }
  Outcome outcome_of_time(const Visitor& visitor, const Attempt& attempt, Instant due) const {
    if (!silent(attempt) || window_end(attempt) > due) {
      return attempt.committed ? Outcome::kUnknown : Outcome::kAbandoned;
    }
    const bool lost = rules(attempt).silent.by_beacon && visitor.numbers.missing(attempt.since_ack);
    return lost || attempt.answer_lost ? Outcome::kUnknown : Outcome::kSilentFailure;
  }
  void forget(Visitor& visitor, Instant now) {
    std::erase_if(visitor.attempts, [&](const Attempt& a) { return a.ended && a.ended_at + rules(a).idle < now; });
  }

  // --- silence

  Instant dated_at(const Attempt& attempt, Instant due) const {
    return silent(attempt) ? std::min(due, window_end(attempt)) : due;
  }
  Instant window_end(const Attempt& attempt) const { return *attempt.acked_at + rules(attempt).silent.within; }
  bool silent(const Attempt& attempt) const {
    const SilentFailure& rule = rules(attempt).silent;
    if (!rule.watched || !attempt.acked_at || attempt.expected_page_requested_at) return false;
    return (attempt.http_alive || !rule.by_http) && (attempt.beacons_alive || !rule.by_beacon);
  }
  void listen(const Visitor& visitor, Attempt& attempt, const Event& event) {
    follow_expected_page(attempt, event);
    if (!attempt.acked_at) return;
    const bool later = event.time > *attempt.acked_at;
    if (event.channel == Channel::kHttpRequest && later) attempt.http_alive = true;
    if (event.channel != Channel::kBeacon) return;
    auto order = Numbers::Order::kUnknown;
    if (event.numbered) order = visitor.numbers.order(attempt.since_ack, event.page_view, event.number);
    if (order == Numbers::Order::kUnknown && event.time >= *attempt.acked_at + 2 * kSecond)
      attempt.beacons_alive = true;
    if (order == Numbers::Order::kAfter && later) attempt.beacons_alive = true;
  }
  void follow_expected_page(Attempt& attempt, const Event& event) {
    auto& asked = attempt.expected_page_requested_at;
    const bool answer = event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd;
    if (answer && asked && event.request_time == *asked) {
      asked.reset();
      attempt.answer_lost = attempt.answer_lost || event.missed;
    }
    if (answer) return;
    for (std::size_t i = 0; i < event.match_count; ++i) {
      if (!event.matches[i].expected || event.matches[i].journey.index() != attempt.journey) continue;
      if (!attempt.acked_at || mark_of(event) <= window_end(attempt)) asked = mark_of(event);
    }
  }

  // --- which attempt

  std::vector<Attempt*> of(Visitor& visitor, std::size_t journey) {
    std::vector<Attempt*> found;
    for (Attempt& attempt : visitor.attempts) {
      if (attempt.journey == journey) found.push_back(&attempt);
    }
    return found;
  }
  static Attempt* last_open(const std::vector<Attempt*>& attempts) {
    Attempt* found = nullptr;
    for (Attempt* a : attempts) {
      if (!a->ended) found = a;
    }
    return found;
  }
  static Attempt* last_committed(const std::vector<Attempt*>& attempts) {
    Attempt* found = nullptr;
    for (Attempt* a : attempts) {
      if (!a->ended && a->committed) found = a;
    }
    return found;
  }
  static Attempt* first_committed(const std::vector<Attempt*>& attempts) {
    for (Attempt* a : attempts) {
      if (!a->ended && a->committed) return a;
    }
    return nullptr;
  }
  static Attempt* newest_committed_or_open(const std::vector<Attempt*>& attempts) {
    Attempt* committed = last_committed(attempts);
    return committed != nullptr ? committed : last_open(attempts);
  }
  static Attempt* answered(const std::vector<Attempt*>& attempts, Instant request, std::uint32_t correlate) {
    bool somebody_else = false;
    if (request.seen()) {
      for (Attempt* a : attempts) {
        const bool own = (a->commit_request.seen() && a->commit_request == request) ||
                         (a->started_by_request && a->start == request);
        if (own && !a->ended) return a;
        somebody_else = somebody_else || own;
      }
    }
    if (somebody_else) return nullptr;
    Attempt* first = first_committed(attempts);
    return told_apart(attempts, correlate, first != nullptr ? first : last_open(attempts));
  }

  // Attempts told apart by a value: the one that a step means, or nobody since that has ended. Neither: nobody has it.
  struct Meant {
    Attempt* open = nullptr;
    Attempt* ended = nullptr;
    [[nodiscard]] bool any() const { return open != nullptr || ended != nullptr; }
  };
  static Meant meant_by(const std::vector<Attempt*>& attempts, std::uint32_t correlate) {
    Meant meant;
    for (Attempt* a : attempts) {
      if (correlate == 0 || a->correlate != correlate) continue;
      (a->ended ? meant.ended : meant.open) = a;
    }
    return meant;
  }
  static Attempt* told_apart(const std::vector<Attempt*>& attempts, std::uint32_t correlate, Attempt* otherwise) {
    const Meant meant = meant_by(attempts, correlate);
    return meant.any() ? meant.open : otherwise;
  }
  std::uint32_t correlate_of(const Event& event, std::size_t journey) const {
    const std::uint8_t list = definition_.journeys[journey].correlate;
    return list == 0 ? 0 : event.extras.correlate(list - 1u);
  }
  static std::size_t pending(const std::vector<Attempt*>& attempts) {
    std::size_t count = 0;
    for (const Attempt* a : attempts) count += a->committed && !a->ended;
    return count;
  }
  static bool any_told_apart(const std::vector<Attempt*>& attempts) {
    for (const Attempt* a : attempts) {
      if (a->committed && !a->ended && a->correlate != 0) return true;
    }
    return false;
  }
  static Attempt* of_success(const Journey& j, const std::vector<Attempt*>& attempts, std::uint32_t correlate) {
    Attempt* otherwise = newest_committed_or_open(attempts);
    if (j.correlate != 0 && pending(attempts) > 1 && (correlate != 0 || any_told_apart(attempts))) otherwise = nullptr;
    return told_apart(attempts, correlate, otherwise);
  }
  static Attempt* of_commit(const std::vector<Attempt*>& attempts, std::uint32_t correlate) {
    const Meant meant = meant_by(attempts, correlate);
    if (meant.open != nullptr && meant.open->committed) return meant.open;
    Attempt* newest = last_open(attempts);
    const bool somebody_elses = newest != nullptr && newest->committed && newest->correlate != 0 && correlate != 0;
    return somebody_elses ? nullptr : newest;
  }
  void take_stray_success(Visitor& visitor, std::size_t journey, std::uint32_t correlate, Instant when) {
    recover(visitor, journey, when);
    const auto attempts = of(visitor, journey);
    const Attempt* last = meant_by(attempts, correlate).ended;
    for (std::size_t i = attempts.size(); last == nullptr && i-- > 0;) {
      if (attempts[i]->ended) last = attempts[i];
    }
    const bool orphan = last == nullptr, again = !orphan && last->outcome == Outcome::kSuccess;
    ++counts[orphan ? EventCount::kOrphanSuccess : again ? EventCount::kDuplicateSuccess : EventCount::kLateSuccess];
    const StraySuccess stray = orphan ? StraySuccess::kOrphan : again ? StraySuccess::kDuplicate : StraySuccess::kLate;
    count_only({.journey = JourneyId{journey}, .kind = CellKind::kStray, .item = byte(static_cast<std::size_t>(stray))},
               when);
  }

  // --- steps

  void try_journey(Visitor& visitor, std::size_t journey, const Event& event) {
    for (std::size_t i = 0; i < event.match_count; ++i) {
      if (event.matches[i].journey.index() != journey || event.matches[i].expected) continue;
      if (try_step(visitor, journey, event.matches[i].step.index(), event) == kDone) return;
    }
  }

  Taken start(Visitor& visitor, std::size_t journey, std::size_t step, const Event& event, Attempt* current) {
    const Journey& j = definition_.journeys[journey];
    const bool restarts = current != nullptr && !current->committed;
    if (restarts && j.restart_continues) {
      bool counted = false;
      return count(visitor, *current, step, event, counted);
    }
    if (!begins(j, event)) {
      if (j.synthetic) return kPassedOver;
      ++counts[EventCount::kFilteredStarts];
      return kDone;
    }
    if (restarts) end(*current, Outcome::kSuperseded, event.time, mark_of(event), 0, &event);
    open_attempt(visitor, journey, step, event, false);
    return kDone;
  }

  Taken try_step(Visitor& visitor, std::size_t journey, std::size_t step, const Event& event) {
    const Journey& j = definition_.journeys[journey];
    const auto attempts = of(visitor, journey);
    const bool answer = event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd;
    const std::uint32_t value = correlate_of(event, journey);
    switch (j.steps[step].kind) {
      case StepKind::kStart:
        return start(visitor, journey, step, event, last_open(attempts));
      case StepKind::kCommit: {
        Attempt* current = of_commit(attempts, value);
        if (current == nullptr) {
          if (!begins(j, event)) return kPassedOver;
          if (attempts.empty() || !attempts.back()->ended || !went_wrong(attempts.back()->outcome)) return kPassedOver;
          ++counts[EventCount::kRetried];
          current = &open_attempt(visitor, journey, step, event, true);
        } else {
          bool counted = false;
          if (count(visitor, *current, step, event, counted) == kPassedOver) return kPassedOver;
          if (!counted) return kDone;
        }
        if (event.channel == Channel::kHttpRequest) current->commit_request = mark_of(event);
        become_committed(visitor, *current, event);
        return kDone;
      }
      case StepKind::kAck: {
        Attempt* current = answered(attempts, event.request_time, value);
        bool counted = false;
        if (current == nullptr || count(visitor, *current, step, event, counted) == kPassedOver) return kPassedOver;
        if (counted && !j.has_commit) become_committed(visitor, *current, event);
        return kDone;
      }
      case StepKind::kSuccess:
        if (of_success(j, attempts, value) == nullptr) {
          take_stray_success(visitor, journey, value, event.time);
          return kDone;
        }
        return finish(visitor, of_success(j, attempts, value), step, event, Outcome::kSuccess);
      case StepKind::kFailure: {
        const Outcome outcome = j.steps[step].failure_class == FailureClass::kUser       ? Outcome::kFailedUser
                                : j.steps[step].failure_class == FailureClass::kBusiness ? Outcome::kFailedBusiness
                                                                                         : Outcome::kFailedSystem;
        Attempt* current = answer ? answered(attempts, event.request_time, value)
                                  : told_apart(attempts, value, newest_committed_or_open(attempts));
        return finish(visitor, current, step, event, outcome);
      }
      case StepKind::kCancel:
        return finish(visitor, told_apart(attempts, value, newest_committed_or_open(attempts)), step, event,
                      Outcome::kCancelled);
      case StepKind::kObserve: {
        Attempt* current = told_apart(attempts, value, last_open(attempts));
        bool counted = false;
        return current == nullptr ? kPassedOver : count(visitor, *current, step, event, counted);
      }
    }
    return kPassedOver;
  }

  Taken finish(Visitor& visitor, Attempt* attempt, std::size_t step, const Event& event, Outcome outcome) {
    bool counted = false;
    if (attempt == nullptr || count(visitor, *attempt, step, event, counted) == kPassedOver) return kPassedOver;
    if (!counted) return kDone;
    end(*attempt, outcome, event.time, mark_of(event), 0, &event);
    if (outcome == Outcome::kSuccess) recover(visitor, attempt->journey, event.time);
    if (failed(outcome) && rules(*attempt).recovery.within != 0) {
      attempt->open_error = step;
      count_error(*attempt, RecoveryKind::kErrors, event.time);
    }
    return kDone;
  }

  Taken count(const Visitor& visitor, Attempt& attempt, std::size_t step, const Event& event, bool& counted) {
    const Journey& j = rules(attempt);
    const Step& rule = j.steps[step];
    if (attempt.seen.contains(step) && !rule.repeatable) return kPassedOver;
    if (j.strict_order && rule.kind != StepKind::kStart) {
      for (std::size_t earlier = attempt.opened_by; earlier < step; ++earlier) {
        const Step& needed = j.steps[earlier];
        const bool demanded = !needed.optional && (needed.kind == StepKind::kCommit || needed.kind == StepKind::kAck ||
                                                   needed.kind == StepKind::kObserve);
        if (demanded && !attempt.seen.contains(earlier)) {
          ++counts[EventCount::kOutOfOrderStep];
          return kDone;
        }
      }
    }
    if (rule.within > 0 && mark_of(event) > attempt.last_step + rule.within) return kDone;
    counted = true;
    write_down(visitor, attempt, step, event);
    return kDone;
  }

  void write_down(const Visitor& visitor, Attempt& attempt, std::size_t step, const Event& event) {
    const Instant mark = mark_of(event);
    record({.journey = JourneyId{attempt.journey}, .kind = CellKind::kStep, .item = byte(step)}, event.time,
           mark - attempt.start);
    if (!attempt.seen.contains(step)) {
      for (std::size_t o = 0; o < rules(attempt).objectives.size(); ++o) judge_latency(attempt, o, step, event);
      attempt.seen[step] = {mark, is_late(event)};
      if (rules(attempt).silent.watched && rules(attempt).silent.after.index() == step) {
        attempt.acked_at = mark;
        attempt.since_ack = visitor.numbers.now();
      }
    }
    attempt.last_step = mark;
    const MoneyValue& money = rules(attempt).value;
    if (money.amount != 0 && money.at.index() == step) {
      const std::uint64_t said = event.extras.amount(money.amount - 1u);
      if (said == kBadAmount) ++counts[EventCount::kBadAmount];
      if (said != 0 && said != kBadAmount) attempt.worth = said - 1;
    }
    const std::uint32_t value = correlate_of(event, attempt.journey);
    if (value != 0 && (!attempt.committed || attempt.correlate == 0)) attempt.correlate = value;
  }

  // --- beginnings and ends

  Attempt& open_attempt(Visitor& visitor, std::size_t journey, std::size_t step, const Event& event, bool retried) {
    keep_ended(visitor, journey, 3, event.time);
    visitor.last_activity = std::max(visitor.last_activity, event.time);
    Attempt attempt;
    attempt.journey = journey;
    attempt.start = attempt.last_step = mark_of(event);
    attempt.opened_by = step;
    attempt.started_by_request = event.channel == Channel::kHttpRequest;
    attempt.started_by_beacon = is_late(event);
    attempt.retried = retried;
    take_dimensions(attempt, event);
    ++starts;
    count_only({.journey = JourneyId{journey}, .kind = CellKind::kStart}, event.time);
    if (!known(visitor) && event.numbered) visitor.numbers.see(event.page_view, event.number);
    if (has_visits(rules(attempt))) attempt.visit = &visitor.visits[journey];
    visitor.attempts.push_back(attempt);
    write_down(visitor, visitor.attempts.back(), step, event);
    return visitor.attempts.back();
  }
  void keep_ended(Visitor& visitor, std::size_t journey, std::ptrdiff_t kept, Instant when) {
    const auto is_ended = [&](const Attempt& a) { return a.journey == journey && a.ended; };
    auto& all = visitor.attempts;
    while (std::count_if(all.begin(), all.end(), is_ended) > kept) {
      const auto first = std::find_if(all.begin(), all.end(), is_ended);
      if (first->open_error) settle_error(*first, RecoveryKind::kUnknown, when);
      all.erase(first);
    }
  }
  static bool failed(Outcome o) {
    return o == Outcome::kFailedUser || o == Outcome::kFailedBusiness || o == Outcome::kFailedSystem;
  }
  static bool went_wrong(Outcome o) { return failed(o) || o == Outcome::kAbandoned || o == Outcome::kAbandonedWaiting; }
  void become_committed(Visitor& visitor, Attempt& attempt, const Event& event) {
    if (attempt.committed) return;
    attempt.committed = true;
    const auto attempts = of(visitor, attempt.journey);
    const auto pending =
        std::count_if(attempts.begin(), attempts.end(), [](const Attempt* a) { return a->committed && !a->ended; });
    if (pending > 4) end(*first_committed(attempts), Outcome::kUnknown, event.time, mark_of(event), 0, &event);
  }
  void leave_waiting(Visitor& visitor, const Event& event) {
    for (std::size_t i = visitor.attempts.size(); i-- > 0;) {
      Attempt& a = visitor.attempts[i];
      if (a.ended || !event.request_time.seen()) continue;
      const bool by_commit = rules(a).has_commit && a.committed && a.commit_request == event.request_time;
      const bool by_start =
          !rules(a).has_commit && !a.committed && a.started_by_request && a.start == event.request_time;
      if (!by_commit && !by_start) continue;
      const Duration waited = std::max<Duration>(mark_of(event) - event.request_time, 0);
      end(a, Outcome::kAbandonedWaiting, event.time, mark_of(event), waited, &event);
    }
  }
  // Windows are not gone back to: what is judged after its date counts when it is.
  void end(Attempt& attempt, Outcome outcome, Instant dated, Instant mark, Duration waited, const Event* by = nullptr,
           Instant judged = {}) {
    const Instant when = std::max(dated, judged);
    const Duration duration = std::max<Duration>(mark - attempt.start, 0);
    const CellKey key{.journey = JourneyId{attempt.journey},
                      .kind = CellKind::kOutcome,
                      .item = byte(static_cast<std::size_t>(outcome))};
    record(key, when, duration);
    if (dimensioned(attempt)) record(with_dimensions(key, attempt), when, duration);
    if (attempt.worth) {
      CellKey money = key;
      money.kind = CellKind::kValue;
      record(money, when, static_cast<Duration>(*attempt.worth));
      if (dimensioned(attempt)) record(with_dimensions(money, attempt), when, static_cast<Duration>(*attempt.worth));
    }
    for (std::size_t o = 0; o < rules(attempt).objectives.size(); ++o) {
      if (rules(attempt).objectives[o].sli == Sli::kConsistency || attempt.judged.contains(o)) continue;
      verdict(attempt, o, verdict_at_end(attempt, o, outcome, mark, waited, by), when);
    }
    if (attempt.visit != nullptr) {
      attempt.visit->dimensions = attempt.dimensions;
      attempt.visit->last_end = dated;
    }
    for (const auto& [question, answer] : attempt.answers) count_answer(attempt, question, answer, outcome, when);
    attempt.ended = true;
    attempt.outcome = outcome;
    attempt.ended_at = dated;
    Ended record{attempt.journey, outcome, attempt.start, dated, duration, waited, 0, attempt.retried, attempt.worth};
    for (const auto& [step, seen] : attempt.seen) record.steps_seen |= 1u << step;
    outcomes.push_back(record);
  }

  // --- errors, and who gets over them

  void count_error(const Attempt& attempt, RecoveryKind kind, Instant when) {
    count_only({.journey = JourneyId{attempt.journey},
                .kind = CellKind::kRecovery,
                .item = byte(*attempt.open_error),
                .detail = byte(static_cast<std::size_t>(kind))},
               when);
    ++counts[kind == RecoveryKind::kErrors         ? EventCount::kErrors
             : kind == RecoveryKind::kRecovered    ? EventCount::kErrorsRecovered
             : kind == RecoveryKind::kNotRecovered ? EventCount::kErrorsNotRecovered
                                                   : EventCount::kErrorsUnknown];
  }
  void settle_error(Attempt& attempt, RecoveryKind kind, Instant when) {
    count_error(attempt, kind, when);
    attempt.open_error.reset();
  }
  void recover(Visitor& visitor, std::size_t journey, Instant when) {
    for (Attempt& a : visitor.attempts) {
      if (a.journey == journey && a.open_error) settle_error(a, RecoveryKind::kRecovered, when);
    }
  }

  // --- answers

  void refuse_answer(const Event& event, EventCount why) {
    if (event.extras.answer() != nullptr) ++counts[why];
  }
  void take_answer(Visitor& visitor, const Answer& answer, Instant when) {
    const auto is_asked = [&](const Attempt& a) {
      const bool meant = answer.journey == 0 || answer.journey == a.journey + 1;
      return meant && (rules(a).feedback.questions >> static_cast<unsigned>(answer.question) & 1) != 0;
    };
    const auto asked = std::find_if(visitor.attempts.rbegin(), visitor.attempts.rend(), is_asked);
    if (asked == visitor.attempts.rend()) return void(++counts[EventCount::kFeedbackUnjoined]);
    if (!asked->answers.emplace(answer.question, answer.answer).second) {
      return void(++counts[EventCount::kFeedbackRepeated]);
    }
    ++counts[EventCount::kFeedbackJoined];
    if (asked->ended) count_answer(*asked, answer.question, answer.answer, asked->outcome, when);
  }
  void count_answer(const Attempt& attempt, Question question, std::uint8_t answer, Outcome outcome, Instant when) {
    CellKey key{.journey = JourneyId{attempt.journey},
                .kind = CellKind::kFeedback,
                .item = feedback_item(static_cast<std::size_t>(question), static_cast<std::size_t>(outcome)),
                .detail = answer};
    count_only(key, when);
    const Feedback& feedback = rules(attempt).feedback;
    if (!feedback.has_latency) return;
    const auto latency = attempt.latencies.find(feedback.of.index());
    key.scope = CellScope::kDimensioned;
    key.values[0] = latency == attempt.latencies.end() ? std::uint8_t{0} : band_of(latency->second);
    count_only(key, when);
  }
  static std::uint8_t band_of(Duration latency) {
    std::size_t band = 1;
    for (const int ms : {200, 400, 800, 1'600, 3'200, 6'400}) band += std::size_t{latency >= ms * kMillisecond};
    return byte(band);
  }

  // --- objectives

  // Whether the attempt got to a step that an objective counts from, and when.
  bool reached(const Attempt& attempt, StepId step, Seen& at) const {
    if (rules(attempt).steps[step.index()].kind == StepKind::kStart) {
      at = {attempt.start, attempt.started_by_beacon};
      return true;
    }
    const auto found = attempt.seen.find(step.index());
    if (found == attempt.seen.end()) return false;
    at = found->second;
    return true;
  }
  void judge_latency(Attempt& attempt, std::size_t o, std::size_t step, const Event& event) {
    const Objective& objective = rules(attempt).objectives[o];
    if (objective.sli != Sli::kLatency || objective.to.index() != step) return;
    attempt.judged.insert(o);
    Seen from;
    if (!reached(attempt, objective.from, from)) return verdict(attempt, o, Verdict::kFunnel, event.time);
    const Duration span = std::max<Duration>(mark_of(event) - from.mark, 0);
    const bool both_http = !from.by_beacon && !is_late(event);
    if (objective.edge_clock && both_http) return measured(attempt, o, span, event.time);
    if (objective.has_client_clock && is_late(event)) {
      for (std::size_t i = 0; i < event.clock_count; ++i) {
        if (event.clocks[i].clock != objective.client_clock) continue;
        if (event.clocks[i].valid && event.clocks[i].duration <= span + kMinute) {
          return measured(attempt, o, event.clocks[i].duration, event.time);
        }
        ++counts[EventCount::kBadClientDuration];
        break;
      }
    }
    verdict(attempt, o, Verdict::kUnknown, event.time);
  }
  Verdict verdict_at_end(const Attempt& attempt, std::size_t o, Outcome outcome, Instant mark, Duration waited,
                         const Event* by) {
    const Objective& objective = rules(attempt).objectives[o];
    Seen from;
    if (objective.sli == Sli::kLatency) {
      if (!reached(attempt, objective.from, from)) return Verdict::kFunnel;
      if (outcome == Outcome::kSuccess || outcome == Outcome::kUnknown) return Verdict::kUnknown;
      if (failed(outcome)) return objective.failed == FailedRule::kBad ? Verdict::kBadFailed : Verdict::kExcluded;
      const std::optional<Duration> after = time_at_end(objective, from, mark, by);
      if (!after) return Verdict::kUnknown;
      if (*after >= objective.threshold) return Verdict::kBadEnded;
      const bool superseded_is_bad = objective.superseded == SupersededRule::kBad;
      return outcome == Outcome::kSuperseded && superseded_is_bad ? Verdict::kBadEnded : Verdict::kCensored;
    }
    if (!reached(attempt, objective.count_from, from)) return Verdict::kFunnel;
    if (outcome == Outcome::kSuccess) return Verdict::kGood;
    if (outcome == Outcome::kUnknown) return Verdict::kUnknown;
    const bool bad = (objective.bad & outcome_bit(outcome)) != 0;
    const bool waited_enough =
        outcome != Outcome::kAbandonedWaiting || waited > objective.waited_over || objective.waited_over == 0;
    return bad && waited_enough ? Verdict::kBad : Verdict::kExcluded;
  }
  // How long the latency had lasted when the attempt ended. Nobody knows where a beacon is an end without its duration.
  std::optional<Duration> time_at_end(const Objective& objective, const Seen& from, Instant mark, const Event* by) {
    const Duration span = std::max<Duration>(mark - from.mark, 0);
    if (by == nullptr || !is_late(*by)) return from.by_beacon ? std::nullopt : std::optional{span};
    for (std::size_t i = 0; objective.has_client_clock && i < by->clock_count; ++i) {
      if (by->clocks[i].clock != objective.client_clock) continue;
      if (by->clocks[i].valid && by->clocks[i].duration <= span + kMinute) return by->clocks[i].duration;
      ++counts[EventCount::kBadClientDuration];
      break;
    }
    return std::nullopt;
  }
  void measured(Attempt& attempt, std::size_t o, Duration latency, Instant when) {
    attempt.latencies[o] = latency;
    const Objective& objective = rules(attempt).objectives[o];
    const bool good = latency < objective.threshold || (objective.or_equal && latency == objective.threshold);
    const Verdict verdict = good ? Verdict::kGood : Verdict::kBad;
    if (attempt.visit != nullptr) attempt.visit->verdicts[o].push_back(verdict);
    const CellKey key = verdict_key(attempt.journey, o, verdict);
    record(key, when, latency);
    if (dimensioned(attempt)) record(with_dimensions(key, attempt), when, latency);
  }
  void verdict(const Attempt& attempt, std::size_t o, Verdict v, Instant when) {
    if (attempt.visit != nullptr) attempt.visit->verdicts[o].push_back(v);
    if (of_visits(rules(attempt), o)) return;
    const CellKey key = verdict_key(attempt.journey, o, v);
    count_only(key, when);
    if (dimensioned(attempt)) count_only(with_dimensions(key, attempt), when);
  }

  // --- cells

  static std::uint8_t byte(std::size_t value) { return static_cast<std::uint8_t>(value); }
  bool dimensioned(const Attempt& attempt) const { return !rules(attempt).dimensions.empty(); }
  static CellKey verdict_key(std::size_t journey, std::size_t o, Verdict v) {
    return {.journey = JourneyId{journey},
            .kind = CellKind::kObjective,
            .item = byte(o),
            .detail = byte(static_cast<std::size_t>(v))};
  }
  CellKey with_dimensions(const CellKey& key, const Attempt& attempt) const {
    return with_dimensions(key, attempt.journey, attempt.dimensions);
  }
  CellKey with_dimensions(CellKey key, std::size_t journey, const std::map<std::uint8_t, std::uint8_t>& values) const {
    const auto& dimensions = definition_.journeys[journey].dimensions;
    key.scope = CellScope::kDimensioned;
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      const auto found = values.find(dimensions[i].value);
      key.values[i] = found == values.end() ? std::uint8_t{0} : found->second;
    }
    return key;
  }
  void take_dimensions(Attempt& attempt, const Event& event) const {
    const bool own =
        std::any_of(event.matches.begin(), event.matches.begin() + event.match_count,
                    [&](const StepMatch& m) { return !m.expected && m.journey.index() == attempt.journey; });
    for (std::size_t i = 0; i < event.dimension_count; ++i) {
      const Dimension& dimension = definition_.dimensions[event.dimensions[i].dimension.index()];
      if (dimension.source.kind == SourceKind::kAnswerTime && !own) continue;
      attempt.dimensions[event.dimensions[i].dimension.value] = event.dimensions[i].value;
    }
    // Texts are letters here, which have their numbers.
    for (const TopText& top : event.extras.tops()) {
      attempt.dimensions[top.dimension.value] = top.size == 0 ? std::uint8_t{0} : number_of(top.text[0]);
    }
  }
  void count_only(const CellKey& key, Instant when) { ++cells[{window_of(when), key}].count; }
  void record(const CellKey& key, Instant when, Duration value) {
    Cell& cell = cells[{window_of(when), key}];
    ++cell.count;
    cell.values.push_back(std::max<Duration>(value, 0));
  }

  const Definition& definition_;
  Visitors visitors_;
};

}  // namespace bellrock::journey::reference
