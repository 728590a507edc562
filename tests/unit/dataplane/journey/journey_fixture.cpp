#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

template class Tracker<FakeCells>;

Step make_step(std::string name, StepKind kind, bool on_response) {
  Step step;
  step.name = std::move(name);
  step.kind = kind;
  step.on_http_response = on_response;
  return step;
}

Objective make_success(std::string name, std::uint8_t count_from) {
  Objective o;
  o.name = std::move(name);
  o.count_from = StepId{count_from};
  return o;
}

Objective make_latency(std::string name, std::uint8_t from, std::uint8_t to, Duration threshold) {
  Objective o;
  o.name = std::move(name);
  o.sli = Sli::kLatency;
  o.from = StepId{from};
  o.to = StepId{to};
  o.threshold = threshold;
  return o;
}

Objective make_consistency(std::string name, std::uint8_t of) {
  Objective o;
  o.name = std::move(name);
  o.sli = Sli::kConsistency;
  o.of = ObjectiveId{of};
  return o;
}

namespace checkout {

Journey make() {
  Journey j;
  j.name = "checkout";
  j.has_commit = true;
  j.steps = {make_step("open", StepKind::kStart),           make_step("address", StepKind::kObserve),
             make_step("pay", StepKind::kCommit),           make_step("pay_ok", StepKind::kAck, true),
             make_step("confirmed", StepKind::kSuccess),    make_step("declined", StepKind::kFailure),
             make_step("broken", StepKind::kFailure, true), make_step("left", StepKind::kCancel)};
  j.steps[kAddress].optional = j.steps[kAddress].repeatable = true;
  j.steps[kDeclined].failure_class = FailureClass::kUser;
  j.marks = {StepId{kPay}};
  Objective success = make_success("success", kPay);
  success.bad = outcome_bit(Outcome::kFailedSystem) | outcome_bit(Outcome::kAbandonedWaiting);
  success.exclude = outcome_bit(Outcome::kFailedUser) | outcome_bit(Outcome::kCancelled);
  success.waited_over = 3 * kSecond;
  Objective e2e = make_latency("e2e", kPay, kConfirmed, 3 * kSecond);
  e2e.has_client_clock = true;
  Objective pay = make_latency("pay_ok", kPay, kPayOk, 800 * kMillisecond);
  pay.edge_clock = true;
  j.objectives = {success, e2e, pay};
  j.dimensions = {DimensionId{0}};
  j.silent = {.watched = true,
              .after = StepId{kPayOk},
              .expect = StepId{kConfirmed},
              .within = 30 * kSecond,
              .by_http = false,
              .by_beacon = true};
  return j;
}

}  // namespace checkout

namespace search {

Journey make() {
  Journey j;
  j.name = "search";
  j.idle = 5 * kMinute;
  j.steps = {make_step("query", StepKind::kStart), make_step("page", StepKind::kAck, true),
             make_step("results", StepKind::kSuccess), make_step("broken", StepKind::kFailure, true)};
  Objective fast = make_latency("fast", kQuery, kResults, kSecond);
  fast.or_equal = true;
  fast.has_client_clock = true;
  fast.failed = FailedRule::kExclude;
  j.objectives = {fast};
  j.silent = {.watched = true,
              .after = StepId{kPage},
              .expect = StepId{kResults},
              .within = 10 * kSecond,
              .by_http = false,
              .by_beacon = true};
  return j;
}

}  // namespace search

Definition make_definition() {
  Definition d;
  d.identities = {{.name = "web", .keys = {}, .max = 4 * kHour}};
  d.dimensions = {{.name = "device", .source = {}, .values = {"phone", "tablet", "desktop"}, .bounds = {}}};
  d.clocks = {{}};
  d.journeys = {checkout::make(), search::make()};
  d.limits.sessions_per_core = 64;
  d.limits.attempts_per_core = 128;
  return d;
}

Definition make_definition_with_value() {
  Definition d = make_definition();
  d.amounts = {{}};
  d.journeys[checkout::kId.index()].value = {1, StepId{checkout::kPay}, "EUR", 1};
  return d;
}

Owner::Owner(const Definition& definition)
    : definition_(definition),
      trail_count_(definition.frustration.on ? definition.limits.trails_per_core : 0),
      memory_(definition.limits.sessions_per_core, definition.limits.attempts_per_core, links_needed(definition),
              trail_count_, seen_pages_needed(definition)) {
  restart();
}

Owner::~Owner() = default;

void Owner::restart() {
  tracker_.reset();
  journal_ = std::make_unique<Journal>(memory_.span().data(), memory_.span().size(), record_.get());
  journal_->roll_back();
  cells.forget_reservations();
  tracker_ =
      std::make_unique<Tracker<FakeCells>>(definition_, memory_.span(), cells, *journal_, counters, memory_.pages());
  tracker_->enter_bank(1);
  trails_ = std::make_unique<TrailTable>(memory_.trails(), trail_count_, *journal_);
  if (trail_count_ != 0) tracker_->set_trails(*trails_, definition_.frustration);
  tracker_->set_trace([this](const OutcomeRecord& outcome) { outcomes.push_back(outcome); });
}

void Owner::apply(const Event& event) {
  roll_to(event.time);
  tracker_->on_event(event);
  journal_->commit();
}

void Owner::roll_to(Instant time) {
  if (cells.window() == 0) cells.set_window(window_of(time));
  while (cells.window() < window_of(time)) {
    tracker_->expire(window_start(cells.window() + 1));
    journal_->commit();
    cells.set_window(tracker_->idle() ? window_of(time) : cells.window() + 1);
  }
}

}  // namespace bellrock::journey
