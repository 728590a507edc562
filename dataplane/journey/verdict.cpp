#include "dataplane/journey/verdict.h"

#include <algorithm>

namespace bellrock::journey {
namespace {

// A client cannot have waited much longer than the edge saw it wait; its beacon may have been queued.
constexpr Duration kClientSlack = kMinute;

struct From {
  bool reached = false;
  Instant at;
  bool by_beacon = false;
};

// Every attempt has started, a retried one with its commit, which stands for its start.
From from_of(const JourneyPlan& plan, const Attempt& attempt, StepId step) {
  if (plan.step(step).kind == StepKind::kStart) return {true, attempt.start, attempt.is(Attempt::kStartIsBeacon)};
  const std::uint8_t mark = plan.steps[step.index()].mark;
  if (!attempt.saw(step) || mark == StepPlan::kNoMark) return {};
  return {true, attempt.marks[mark], (attempt.marks_by_beacon >> mark & 1) != 0};
}

bool reached(const JourneyPlan& plan, const Attempt& attempt, StepId step) {
  return plan.step(step).kind == StepKind::kStart || attempt.saw(step);
}

Judgement measured(const Objective& objective, Duration latency) {
  const bool good = objective.or_equal ? latency <= objective.threshold : latency < objective.threshold;
  return {.verdict = good ? Verdict::kGood : Verdict::kBad, .measured = true, .latency = latency};
}

// What the event's beacon says of an objective's latency.
struct ClientTime {
  std::optional<Duration> duration;
  bool refused = false;  // there was one, and it is not believed
};

ClientTime client_time(const Objective& objective, const Event& event, Duration edge_span) {
  for (std::size_t i = 0; i < event.clock_count; ++i) {
    const ClientDuration& client = event.clocks[i];
    if (client.clock != objective.client_clock) continue;
    if (client.valid && client.duration - kClientSlack <= edge_span)
      return {.duration = client.duration, .refused = false};
    return {.duration = std::nullopt, .refused = true};
  }
  return {};
}

Judgement by_client_clock(const Objective& objective, const Event& event, Duration edge_span) {
  const ClientTime client = client_time(objective, event, edge_span);
  if (client.duration) return measured(objective, *client.duration);
  return {.bad_client_duration = client.refused};
}

Verdict success_verdict(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt,
                        const Ending& ending) {
  const Outcome outcome = ending.outcome;
  if (!reached(plan, attempt, objective.count_from)) return Verdict::kFunnel;
  if (outcome == Outcome::kSuccess) return Verdict::kGood;
  if (outcome == Outcome::kUnknown) return Verdict::kUnknown;
  if ((objective.bad & outcome_bit(outcome)) == 0) return Verdict::kExcluded;
  const bool forgiven = objective.waited_over != 0 && ending.waited <= objective.waited_over;
  if (outcome == Outcome::kAbandonedWaiting && forgiven) return Verdict::kExcluded;
  return Verdict::kBad;
}

// It ended `after` the objective's `from`, neither by a failure nor by a success.
Verdict verdict_of_the_cut(const Objective& objective, Outcome outcome, Duration after) {
  if (after >= objective.threshold) return Verdict::kBadEnded;
  const bool bad = outcome == Outcome::kSuperseded && objective.superseded == SupersededRule::kBad;
  return bad ? Verdict::kBadEnded : Verdict::kCensored;
}

// `to` was never seen.
Judgement judge_cut(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt, const Ending& ending) {
  const Outcome outcome = ending.outcome;
  const From from = from_of(plan, attempt, objective.from);
  if (!from.reached) return {.verdict = Verdict::kFunnel};
  if (is_failed(outcome)) {
    return {.verdict = objective.failed == FailedRule::kBad ? Verdict::kBadFailed : Verdict::kExcluded};
  }
  // A success without `to` says that something was not seen, not that it was fast or slow.
  if (outcome == Outcome::kUnknown || outcome == Outcome::kSuccess) return {};
  const Duration edge_span = std::max<Duration>(ending.mark - from.at, 0);
  if (ending.event == nullptr || !comes_afterwards(ending.event->channel)) {
    if (from.by_beacon) return {};
    return {.verdict = verdict_of_the_cut(objective, outcome, edge_span)};
  }
  if (!objective.has_client_clock) return {};
  const ClientTime client = client_time(objective, *ending.event, edge_span);
  if (!client.duration) return {.bad_client_duration = client.refused};
  return {.verdict = verdict_of_the_cut(objective, outcome, *client.duration)};
}

}  // namespace

Judgement judge_at_step(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt, const Event& event,
                        Instant mark) {
  const From from = from_of(plan, attempt, objective.from);
  if (!from.reached) return {.verdict = Verdict::kFunnel};
  const Duration edge_span = std::max<Duration>(mark - from.at, 0);
  const bool to_by_beacon = comes_afterwards(event.channel);
  if (objective.edge_clock && !from.by_beacon && !to_by_beacon) return measured(objective, edge_span);
  if (objective.has_client_clock && to_by_beacon) return by_client_clock(objective, event, edge_span);
  return {};
}

Waited waited_for(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt, const Ending& ending) {
  const From from = from_of(plan, attempt, objective.from);
  if (!from.reached) return {};
  // A success without the step says that something was not seen.
  if (ending.event == nullptr || ending.outcome == Outcome::kSuccess) return {.reached = true, .time = {}};
  const Duration edge_span = std::max<Duration>(ending.mark - from.at, 0);
  if (comes_afterwards(ending.event->channel)) {
    const bool timed = objective.has_client_clock;
    return {.reached = true, .time = timed ? client_time(objective, *ending.event, edge_span).duration : std::nullopt};
  }
  return {.reached = true, .time = from.by_beacon ? std::nullopt : std::optional(edge_span)};
}

std::optional<Judgement> judge_at_end(const JourneyPlan& plan, const Objective& objective, const Attempt& attempt,
                                      const Ending& ending) {
  if (objective.sli == Sli::kSuccess) return Judgement{.verdict = success_verdict(plan, objective, attempt, ending)};
  if (objective.sli == Sli::kConsistency || attempt.saw(objective.to)) return std::nullopt;
  return judge_cut(plan, objective, attempt, ending);
}

}  // namespace bellrock::journey
