// The alerts and incidents of one objective, minute by minute. One thread; time is an argument.
//
// `tick(now, …)` looks at windows that end at `now` and is called for every whole minute in rising order. Its state is
// a function of the ticks so far and of the histories they saw: the same history replayed gives the same alerts and the
// same incidents, whatever the machine or the pace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/slo/correction.h"
#include "control/slo/policy.h"

namespace bellrock::slo {

// A pair's two windows at one tick. The long one begins no earlier than the recovery of the last closed incident: one
// failure in a short window would otherwise alert again for as long as the outage before it lies in the long one. For
// the same reason nobody is paged again for what an incident has recovered from that only a ticket keeps open.
// The whole windows are for people; `judged_long` is what of the long one burns or does not.
struct PairReading {
  Events long_window, short_window;
  Events judged_long;
  std::int64_t judged_from = 0;  // where it begins: later than the long window's begin, or there
  bool burns_long = false, burns_short = false;
  bool enough = false;  // the low-traffic gate is passed
  [[nodiscard]] bool holds() const { return burns_long && burns_short && enough; }
};

struct Alert {
  bool firing = false;
  std::int64_t since = 0;  // of the first tick at which a pair held
  std::int64_t held = 0;   // of the last one
  std::size_t pair = 0;    // that held first

  friend bool operator==(const Alert&, const Alert&) = default;
};

// From the first sign in the counts to the first sustained recovery. A ticket's incident that later pages stays one.
struct Incident {
  std::int64_t onset = 0;     // the first minute of the run of failures that led to it
  std::int64_t detected = 0;  // the tick of its first alert
  Severity severity = Severity::kPage;
  std::int64_t paged = 0;      // the tick of its first page; 0: none
  std::size_t pair = 0;        // of the policy: the one that held first
  std::int64_t recovered = 0;  // the first minute within budget, sustained; 0: not yet, or it burns again
  std::int64_t closed = 0;     // the tick at which that was known; 0: open
  Events events;               // from onset to recovery, or so far

  [[nodiscard]] bool open() const { return closed == 0; }
  [[nodiscard]] std::int64_t seconds_to_detect() const { return detected - onset; }
  // From when on nothing belongs to it: what was closed by another configuration did not recover.
  [[nodiscard]] std::int64_t over() const { return recovered != 0 ? recovered : closed; }
  [[nodiscard]] std::int64_t seconds_to_recover() const { return recovered == 0 ? 0 : recovered - onset; }
  friend bool operator==(const Incident&, const Incident&) = default;
};

enum class Change : std::uint8_t { kFired, kResolved, kIncidentOpened, kIncidentPaged, kIncidentClosed };
struct Transition {
  Change change;
  Severity severity;
  std::int64_t at = 0;
  friend bool operator==(const Transition&, const Transition&) = default;
};

class Alerts {
 public:
  Alerts(std::uint64_t target_e9, Policy policy) : target_e9_(target_e9), policy_(std::move(policy)) {}

  // `now` is a whole minute, later than that of any tick before. What changed, in the order of time.
  std::vector<Transition> tick(std::int64_t now, const History& history, std::span<const Minutes> taken_out);

  // Goes on from incidents that are known already, in the order of time. Before the first tick.
  void resume(std::vector<Incident> incidents);

  [[nodiscard]] PairReading read(const BurnPair& pair, std::int64_t now, const History& history,
                                 std::span<const Minutes> taken_out) const;

  [[nodiscard]] const Alert& alert(Severity severity) const { return alerts_[static_cast<std::size_t>(severity)]; }
  [[nodiscard]] const std::vector<Incident>& incidents() const { return incidents_; }
  [[nodiscard]] const Policy& policy() const { return policy_; }

  static constexpr std::size_t kIncidentsMax = 1'000;  // closed ones beyond are forgotten, the oldest first

 private:
  [[nodiscard]] std::int64_t settled(Severity severity) const;
  [[nodiscard]] bool holds(const BurnPair& pair, std::int64_t now, const History& history,
                           std::span<const Minutes> taken_out) const;
  void update_alert(Severity severity, std::int64_t now, const History& history, std::span<const Minutes> taken_out,
                    std::vector<Transition>& changes);
  void update_incident(std::int64_t now, const History& history, std::span<const Minutes> taken_out,
                       std::vector<Transition>& changes);
  [[nodiscard]] std::int64_t recovery(std::int64_t now, const Incident& incident, const History& history,
                                      std::span<const Minutes> taken_out) const;
  void open_incident(std::int64_t now, const Alert& alert, Severity severity, const History& history,
                     std::span<const Minutes> taken_out);

  std::uint64_t target_e9_;
  Policy policy_;
  std::array<Alert, kSeverityNames.size()> alerts_;
  std::vector<Incident> incidents_;
};

// The first minute of the run of failures that goes on at `now`, looked for back to `from`: since it, the sum of
// bad - reference * attempts never fell to 0 (Page's cumulative sum). `now` when there is none. A judgement, in
// doubles.
std::int64_t onset_of(const History& history, std::span<const Minutes> taken_out, double reference, std::int64_t from,
                      std::int64_t now);

// There were attempts whose end is known, and bad <= (1 - target) * attempts. No data is no recovery.
bool within_budget(const Events& events, std::uint64_t target_e9);

// What one incident cost, as a share of the budget of a period with as many attempts as `period` has.
bool asks_for_postmortem(const Incident& incident, const Events& period, const Objective& objective,
                         const Policy& policy);

}  // namespace bellrock::slo
