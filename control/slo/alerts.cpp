#include "control/slo/alerts.h"

#include <algorithm>

#include "control/slo/budget.h"

namespace bellrock::slo {
namespace {

using control::product;

constexpr Severity kSeverities[] = {Severity::kPage, Severity::kTicket};

}  // namespace

void Alerts::resume(std::vector<Incident> incidents) {
  if (policy_.pairs.empty()) return;
  incidents_ = std::move(incidents);
  for (auto& incident : incidents_) incident.pair = std::min(incident.pair, policy_.pairs.size() - 1);
}

// What led to an incident that is over does not alert a second time; nor does it page, once it has recovered.
std::int64_t Alerts::settled(Severity severity) const {
  const bool recovered = !incidents_.empty() && incidents_.back().open() && incidents_.back().recovered != 0;
  if (recovered && severity == Severity::kPage && !alert(severity).firing) return incidents_.back().recovered;
  const auto last =
      std::find_if(incidents_.rbegin(), incidents_.rend(), [](const Incident& one) { return !one.open(); });
  return last == incidents_.rend() ? 0 : last->over();
}

PairReading Alerts::read(const BurnPair& pair, std::int64_t now, const History& history,
                         std::span<const Minutes> taken_out) const {
  PairReading reading;
  reading.short_window = corrected_sum(history, taken_out, now - pair.short_s, now);
  reading.long_window = corrected_sum(history, taken_out, now - pair.long_s, now);
  reading.judged_from = std::max(now - pair.long_s, settled(pair.severity));
  reading.judged_long = corrected_sum(history, taken_out, reading.judged_from, now);
  reading.burns_short = burns(reading.short_window, pair, target_e9_);
  reading.burns_long = burns(reading.judged_long, pair, target_e9_);
  reading.enough = passes(policy_.gate, reading.judged_long, pair, target_e9_);
  return reading;
}

// As `read` says, at a fraction of its cost: hardly ever does the short window burn.
bool Alerts::holds(const BurnPair& pair, std::int64_t now, const History& history,
                   std::span<const Minutes> taken_out) const {
  if (!burns(corrected_sum(history, taken_out, now - pair.short_s, now), pair, target_e9_)) return false;
  const std::int64_t from = std::max(now - pair.long_s, settled(pair.severity));
  const Events judged = corrected_sum(history, taken_out, from, now);
  return burns(judged, pair, target_e9_) && passes(policy_.gate, judged, pair, target_e9_);
}

std::vector<Transition> Alerts::tick(std::int64_t now, const History& history, std::span<const Minutes> taken_out) {
  std::vector<Transition> changes;
  for (const Severity severity : kSeverities) update_alert(severity, now, history, taken_out, changes);
  update_incident(now, history, taken_out, changes);
  return changes;
}

void Alerts::update_alert(Severity severity, std::int64_t now, const History& history,
                          std::span<const Minutes> taken_out, std::vector<Transition>& changes) {
  Alert& alert = alerts_[static_cast<std::size_t>(severity)];
  for (std::size_t i = 0; i < policy_.pairs.size(); ++i) {
    if (policy_.pairs[i].severity != severity || !holds(policy_.pairs[i], now, history, taken_out)) continue;
    alert.held = now;
    if (alert.firing) return;
    alert = {true, now, now, i};
    changes.push_back({Change::kFired, severity, now});
    return;
  }
  if (!alert.firing || now - alert.held < policy_.keep_firing_s) return;
  alert.firing = false;
  changes.push_back({Change::kResolved, severity, now});
}

void Alerts::open_incident(std::int64_t now, const Alert& alert, Severity severity, const History& history,
                           std::span<const Minutes> taken_out) {
  if (incidents_.size() >= kIncidentsMax) incidents_.erase(incidents_.begin());
  Incident incident;
  // What was good a whole long window ago did not lead to this.
  std::int64_t from = now - policy_.pairs[alert.pair].long_s;
  if (!incidents_.empty()) from = std::max(from, incidents_.back().over());
  // Half-way to the rate that fired, but never below the budget's own.
  const BurnPair& pair = policy_.pairs[alert.pair];
  const double reference = std::max(1.0, pair.factor() / 2) * static_cast<double>(kOne - target_e9_) / kOne;
  incident.onset = onset_of(history, taken_out, reference, from, now);
  incident.detected = now;
  incident.pair = alert.pair;
  incident.severity = severity;
  if (severity == Severity::kPage) incident.paged = now;
  incidents_.push_back(incident);
}

void Alerts::update_incident(std::int64_t now, const History& history, std::span<const Minutes> taken_out,
                             std::vector<Transition>& changes) {
  const Alert &page = alert(Severity::kPage), &ticket = alert(Severity::kTicket);
  const bool open = !incidents_.empty() && incidents_.back().open();
  if (!open && (page.since == now || ticket.since == now)) {
    const Severity severity = page.since == now ? Severity::kPage : Severity::kTicket;
    open_incident(now, alert(severity), severity, history, taken_out);
    changes.push_back({Change::kIncidentOpened, severity, now});
  }
  if (incidents_.empty() || !incidents_.back().open()) return;
  Incident& incident = incidents_.back();
  if (page.firing && incident.paged == 0) {
    incident.paged = now;
    incident.severity = Severity::kPage;
    changes.push_back({Change::kIncidentPaged, Severity::kPage, now});
  }
  const Events lately = corrected_sum(history, taken_out, now - policy_.recovered_s, now);
  if (incident.recovered == 0) {
    incident.recovered = recovery(now, incident, history, taken_out);
  } else if (burns(lately, policy_.pairs[incident.pair], target_e9_) &&
             passes(policy_.gate, lately, policy_.pairs[incident.pair], target_e9_)) {
    incident.recovered = 0;  // a relapse
  }
  incident.events = corrected_sum(history, taken_out, incident.onset, incident.recovered ? incident.recovered : now);
  if (incident.recovered == 0 || page.firing || ticket.firing) return;
  incident.closed = now;
  changes.push_back({Change::kIncidentClosed, incident.severity, now});
}

// Where few attempts are made, ten minutes without a failure say nothing: the window grows until so good a share would
// be more than chance if it still burned as it did.
std::int64_t Alerts::recovery(std::int64_t now, const Incident& incident, const History& history,
                              std::span<const Minutes> taken_out) const {
  const BurnPair& pair = policy_.pairs[incident.pair];
  for (std::int64_t length = policy_.recovered_s; length <= pair.long_s; length *= 2) {
    const Events events = corrected_sum(history, taken_out, now - length, now);
    if (!within_budget(events, target_e9_) || !clears(policy_.gate, events, pair, target_e9_)) continue;
    return std::max(now - length, incident.onset);
  }
  return 0;
}

std::int64_t onset_of(const History& history, std::span<const Minutes> taken_out, double reference, std::int64_t from,
                      std::int64_t now) {
  double sum = 0;
  std::int64_t onset = now;
  for (std::int64_t minute = std::max(from, history.first()); minute < now; minute += kMinuteSeconds) {
    const Events events = corrected_sum(history, taken_out, minute, minute + kMinuteSeconds);
    const bool was_zero = sum == 0;
    sum += static_cast<double>(events.bad) - reference * static_cast<double>(events.all());
    if (sum <= 0) {
      sum = 0;
      onset = now;
    } else if (was_zero) {
      onset = minute;
    }
  }
  return onset;
}

bool within_budget(const Events& events, std::uint64_t target_e9) {
  return events.known() != 0 && product(events.bad, kOne) <= product(events.known(), kOne - target_e9);
}

bool asks_for_postmortem(const Incident& incident, const Events& period, const Objective& objective,
                         const Policy& policy) {
  return Burned{incident.events.bad, period.known(), objective.target_e9}.at_least(policy.postmortem_e9);
}

}  // namespace bellrock::slo
