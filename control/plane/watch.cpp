#include "control/plane/watch.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "control/plane/policy_json.h"
#include "control/slo/evaluator.h"
#include "control/slo/prometheus.h"

namespace bellrock::plane {
namespace {

using slo::Incident;
using store::StoreError;
using store::StoreSnapshot;

std::int64_t minute_of(std::int64_t unix_s) { return unix_s - unix_s % slo::kMinuteSeconds; }

// What counts as an incident, as a number.
std::uint64_t rules_of(const slo::Objective& objective, const slo::Policy& policy) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, by words
  const auto add = [&](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3; };
  add(objective.version);
  add(objective.target_e9);
  for (const auto& pair : policy.pairs) {
    add(static_cast<std::uint64_t>(pair.severity));
    for (const std::int64_t seconds : {pair.long_s, pair.short_s, pair.period_s}) {
      add(static_cast<std::uint64_t>(seconds));
    }
    add(pair.share_e9);
  }
  add(policy.gate.failures_min);
  add(std::bit_cast<std::uint64_t>(policy.gate.z));
  add(static_cast<std::uint64_t>(policy.keep_firing_s));
  add(static_cast<std::uint64_t>(policy.recovered_s));
  return hash;
}

// A moment at or before `at`, but not before `bound`, at which no incident was open. No alert fired then either, so
// that what is replayed from there on comes to what was. An incident that is over and was open at the bound is left as
// it is; one that is open since before it goes on.
std::int64_t quiet_before(const std::vector<Incident>& incidents, std::int64_t at, std::int64_t bound) {
  for (auto one = incidents.rbegin(); one != incidents.rend(); ++one) {
    if (one->detected <= at && (one->open() || one->closed > at)) at = one->detected - slo::kMinuteSeconds;
  }
  if (at >= bound) return at;
  at = bound;
  for (const auto& one : incidents) {
    if (!one.open() && one.detected <= at && one.closed > at) at = one.closed;
  }
  return at;
}

// An incident that goes on, as it was known at `at`.
Incident as_of(Incident incident, std::int64_t at) {
  if (incident.paged > at) {
    incident.paged = 0;
    incident.severity = slo::Severity::kTicket;
  }
  if (incident.recovered > at) incident.recovered = 0;
  return incident;
}

slo::Alerts alerts_as_of(const slo::Alerts& alerts, const slo::Objective& objective,
                         const std::vector<Incident>& incidents, std::int64_t at) {
  slo::Alerts then(objective.target_e9, alerts.policy());
  std::vector<Incident> before;
  for (const auto& one : incidents) {
    if (one.detected <= at) before.push_back(one.open() ? as_of(one, at) : one);
  }
  then.resume(std::move(before));
  return then;
}

// From where minutes are needed once those up to `ticked` have been looked at.
std::int64_t needed_from(const slo::Alerts& alerts, std::int64_t ticked) {
  const auto& incidents = alerts.incidents();
  const std::int64_t from = quiet_before(incidents, ticked - kLateSeconds, ticked - kReplaySeconds) - kWindowSeconds;
  // An open incident's counts go back to where it began, however long it lasts.
  return !incidents.empty() && incidents.back().open() ? std::min(from, incidents.back().onset) : from;
}

std::vector<slo::Events> minutes_of(const slo::History& history, std::int64_t from, std::int64_t to) {
  std::vector<slo::Events> minutes;
  for (std::int64_t at = from; at < to; at += slo::kMinuteSeconds) minutes.push_back(history.at(at));
  return minutes;
}

// The first minute that is not what it was, or the one after the last.
std::int64_t first_change(const slo::History& history, std::int64_t from, const std::vector<slo::Events>& before) {
  std::int64_t at = from;
  for (const auto& minute : before) {
    if (history.at(at) != minute) break;
    at += slo::kMinuteSeconds;
  }
  return at;
}

// What corrections take out of one objective's minutes, tick after tick. It changes only when one of them was made.
class Corrections {
 public:
  Corrections(const std::vector<slo::Correction>& all, const slo::Objective& objective)
      : all_(all), objective_(objective) {}

  // `at` does not fall.
  const std::vector<slo::Minutes>& taken_out_at(std::int64_t at) {
    if (at < until_) return out_;
    out_ = slo::taken_out(all_, objective_.journey, objective_.name, at);
    until_ = std::numeric_limits<std::int64_t>::max();
    for (const auto& one : all_) {
      if (one.made_unix_s > at) until_ = std::min(until_, one.made_unix_s);
    }
    return out_;
  }

 private:
  const std::vector<slo::Correction>& all_;
  const slo::Objective& objective_;
  std::vector<slo::Minutes> out_;
  std::int64_t until_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

Watch::Watch(store::SeriesStore& store, const Catalog& catalog)
    : store_(store), state_(std::make_shared<const WatchState>()) {
  for (const auto& journey : catalog) {
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      const auto& objective = journey.objectives[i];
      const auto& policy = journey.policies[i];
      KeptIncidents kept(objective.journey, objective.name, rules_of(objective, policy));
      objectives_.push_back({&objective, {}, slo::Alerts(objective.target_e9, policy), std::move(kept)});
    }
  }
}

Result<WatchNews, StoreError> Watch::run(std::int64_t now) {
  const std::int64_t settled = minute_of(now - kWatchSettleSeconds);
  if (const auto touched = store_.take_oldest_touched()) late_ = std::min(late_, minute_of(*touched));
  TRY_ASSIGN(const auto snapshot, store_.snapshot());
  TRY_ASSIGN(const auto corrections, read_corrections(*snapshot));
  if (ticked_ == 0) {
    TRY(remember(*snapshot, settled));
  } else if (settled < ticked_ - kClockStepSeconds) {
    turn_back(now, settled);
  }
  const Look look{now, std::max(settled, ticked_), corrections};
  late_ = std::max(late_, look.to - kReplaySeconds);
  const std::int64_t from = std::max(changed_from(now), look.to - kReplaySeconds - kWindowSeconds);
  for (auto& one : objectives_) {
    TRY(read_changed(one, *snapshot, look, from));
    look_at(one, look);
  }
  if (from <= late_) late_ = kNever;
  if (from < ticked_ - kLateSeconds) late_at_ = now + (ticked_ - from) / kReplayPace;
  ticked_ = look.to;
  publish(corrections);
  return std::exchange(news_, {});
}

// The clock was ahead: until it had got there again, nobody would be told of anything. What came meanwhile may be of
// any minute, so that this is as good as a start.
void Watch::turn_back(std::int64_t now, std::int64_t settled) {
  const std::int64_t turn = now + kReplaySeconds / kReplayPace;
  for (auto& one : objectives_) {
    one.history = {};
    one.held = kNever;
    one.changed = std::min(one.changed, settled - kReplaySeconds);
    one.replay_at = std::min(one.replay_at, turn);
  }
  ticked_ = settled;
  late_ = kNever;
  late_at_ = std::min(late_at_, turn);
}

// Incidents from before the replay are taken as they are; later ones are found again. What webhooks had not taken of
// them before the start is told of. Open ones of objectives that are no longer configured are closed.
Status<StoreError> Watch::remember(StoreSnapshot& snapshot, std::int64_t settled) {
  TRY_ASSIGN(const auto kept, read_incidents(snapshot));
  for (auto& one : objectives_) {
    std::vector<KeptIncident> own;
    for (const auto& incident : kept) {
      if (incident.journey != one.objective->journey || incident.objective != one.objective->name) continue;
      own.push_back(incident);
      if (incident.told != turns_taken(incident.incident)) news_.untold.push_back(incident);
    }
    one.kept.remember(std::move(own));
    const auto incidents = one.kept.incidents();
    one.ticked = quiet_before(incidents, settled - kReplaySeconds, settled - kReplaySeconds);
    one.alerts = alerts_as_of(one.alerts, *one.objective, incidents, one.ticked);
  }
  for (const auto& incident : kept) {
    if (incident.incident.open() && !watches(incident.journey, incident.objective)) {
      news_.incidents.push_back(KeptIncidents::retire(incident, settled));
    }
  }
  ticked_ = settled;
  late_ = kNever;
  return Done{};
}

bool Watch::watches(const std::string& journey, const std::string& objective) const {
  return std::any_of(objectives_.begin(), objectives_.end(), [&](const Objective& one) {
    return one.objective->journey == journey && one.objective->name == objective;
  });
}

// Counts that are a little late, as those of a slow node are, are always looked at; older ones in their turn.
std::int64_t Watch::changed_from(std::int64_t now) const {
  const std::int64_t soon = ticked_ - kLateSeconds;
  return std::min(ticked_, now < late_at_ ? std::max(late_, soon) : late_);
}

// Reads again what may have changed, notes where it has, and reads what a replay from there needs besides.
Status<StoreError> Watch::read_changed(Objective& one, StoreSnapshot& snapshot, const Look& look, std::int64_t from) {
  const bool held = from >= one.held;
  if (held) {
    const auto before = minutes_of(one.history, from, std::min(one.ticked, look.to));
    TRY(read(one, snapshot, from, look.to));
    one.changed = std::min(one.changed, first_change(one.history, from, before));
  } else if (one.held != kNever) {
    one.changed = std::min(one.changed, from);  // what came before the minutes that are held cannot be compared
  }
  const auto& incidents = one.alerts.incidents();
  const std::int64_t next = one.replays(look.now, look.to) ? one.changed : std::min(one.ticked, look.to);
  std::int64_t needed = quiet_before(incidents, next, look.to - kReplaySeconds) - kWindowSeconds;
  if (!incidents.empty() && incidents.back().open()) needed = std::min(needed, incidents.back().onset);
  if (!held) needed = std::min(needed, from);
  if (needed < one.held) {
    TRY(read(one, snapshot, needed, look.to));
  }
  return Done{};
}

// Minutes older than an alert looks back on are hardly ever asked for again. Where it fails, the history is as it was.
Status<StoreError> Watch::read(Objective& one, StoreSnapshot& snapshot, std::int64_t from, std::int64_t to) {
  store::SeriesQuery query;
  query.journey = one.objective->journey;
  query.item = one.objective->name;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kTotal;
  const std::int64_t lately = std::clamp(to - kWindowSeconds - slo::kDaySeconds, from, to);
  std::array<store::Counts, 2> parts;
  for (const bool once : {true, false}) {
    query.once = once;
    query.from = once ? from : lately;
    query.to = once ? lately : to;
    if (query.from == query.to) continue;
    TRY_ASSIGN(parts[once ? 0 : 1], snapshot.counts(query, slo::kMinuteSeconds));
  }
  one.history.clear_from(from);
  for (const auto& counts : parts) {
    for (const auto& slice : counts.slices) {
      control::SloCounts verdicts;
      slo::add_verdict(*one.objective, counts.keys[slice.series], slice.n, verdicts);
      one.history.add(slice.start_unix_s, events_of(verdicts));
    }
  }
  one.held = std::min(one.held, from);
  return Done{};
}

void Watch::look_at(Objective& one, const Look& look) {
  if (one.replays(look.now, look.to)) {
    const std::int64_t quiet = quiet_before(one.alerts.incidents(), one.changed, look.to - kReplaySeconds);
    const std::int64_t from = std::min(quiet, look.to);
    one.replay_at = look.now + (one.ticked - from) / kReplayPace;
    one.alerts = alerts_as_of(one.alerts, *one.objective, one.alerts.incidents(), from);
    one.ticked = from;
    one.changed = kNever;
  } else if (one.changed >= one.ticked) {
    one.changed = kNever;
  }
  one.ticked = std::max(one.ticked, look.to - kReplaySeconds);  // a leap of the clock is not lived through
  const std::int64_t since = one.ticked;
  Corrections corrections(look.corrections, *one.objective);
  while (one.ticked < look.to) {
    one.ticked += slo::kMinuteSeconds;
    one.alerts.tick(one.ticked, one.history, corrections.taken_out_at(one.ticked));
  }
  for (auto& incident : one.kept.reconcile(one.alerts.incidents(), since, look.to)) {
    news_.incidents.push_back(std::move(incident));
  }
  one.held = std::max(one.held, needed_from(one.alerts, look.to));
  one.history.forget_before(one.held);
}

void Watch::publish(const std::vector<slo::Correction>& corrections) {
  auto state = std::make_shared<WatchState>();
  for (const auto& one : objectives_) {
    Watched watched{one.objective->journey, one.objective->name, ticked_, {}, {}, {}, {}};
    for (std::size_t i = 0; i < watched.alerts.size(); ++i) {
      watched.alerts[i] = one.alerts.alert(static_cast<slo::Severity>(i));
    }
    watched.taken_out = slo::taken_out(corrections, watched.journey, watched.objective, ticked_);
    watched.present = slo::corrected_sum(one.history, watched.taken_out, ticked_ - slo::kPresentSeconds, ticked_);
    for (const auto& pair : one.alerts.policy().pairs) {
      watched.pairs.push_back(one.alerts.read(pair, ticked_, one.history, watched.taken_out));
    }
    state->push_back(std::move(watched));
  }
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

std::shared_ptr<const WatchState> Watch::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace bellrock::plane
