#include "control/plane/watch.h"

#include <algorithm>
#include <limits>

#include "control/plane/policy_json.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using slo::Incident;
using store::StoreError;
using store::StoreSnapshot;

std::int64_t minute_of(std::int64_t unix_s) { return unix_s - unix_s % slo::kMinuteSeconds; }

// The same incident, seen again after a start or after late counts moved its minutes.
bool overlap(const Incident& a, const Incident& b) {
  const auto ends_before = [](const Incident& one, const Incident& other) {
    return !one.open() && one.closed < other.detected;
  };
  return !ends_before(a, b) && !ends_before(b, a);
}

// What is known of an incident only grows: the earlier times stand.
void take_earlier(Incident& incident, const Incident& known) {
  incident.onset = std::min(incident.onset, known.onset);
  incident.detected = std::min(incident.detected, known.detected);
  if (known.paged != 0 && (incident.paged == 0 || known.paged < incident.paged)) incident.paged = known.paged;
  if (known.severity == slo::Severity::kPage) incident.severity = known.severity;
}

// An open incident's counts go back to where it began, however long it lasts.
std::int64_t needed_from(const slo::Alerts& alerts) {
  const auto& incidents = alerts.incidents();
  const bool open = !incidents.empty() && incidents.back().open();
  return open ? incidents.back().onset : std::numeric_limits<std::int64_t>::max();
}

// A moment at or before `at` at which no incident was open. No alert fired then either, so that what is replayed from
// there on comes to what was. `kept` is in the order of time.
std::int64_t quiet_before(const std::vector<KeptIncident>& kept, std::int64_t at) {
  for (auto one = kept.rbegin(); one != kept.rend(); ++one) {
    const Incident& incident = one->incident;
    if (incident.detected <= at && (incident.open() || incident.closed > at))
      at = incident.detected - slo::kMinuteSeconds;
  }
  return at;
}

}  // namespace

Watch::Watch(store::SeriesStore& store, const Catalog& catalog)
    : store_(store), state_(std::make_shared<const WatchState>()) {
  for (const auto& journey : catalog) {
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      const auto& objective = journey.objectives[i];
      objectives_.push_back({&objective, {}, slo::Alerts(objective.target_e9, journey.policies[i]), {}});
    }
  }
}

Result<WatchNews, StoreError> Watch::run(std::int64_t now) {
  const std::int64_t settled = minute_of(now - kWatchSettleSeconds);
  const auto touched = store_.take_oldest_touched();
  TRY_ASSIGN(const auto snapshot, store_.snapshot());
  TRY_ASSIGN(const auto corrections, read_corrections(*snapshot));
  std::int64_t oldest = settled - kReplaySeconds - kWindowSeconds;
  const bool first = ticked_ == 0;
  ticked_ = std::max(ticked_, settled - kReplaySeconds);  // a leap of the clock is not lived through
  if (first) {
    TRY(remember(*snapshot));
    for (const auto& one : objectives_) oldest = std::min(oldest, one.begins - kWindowSeconds);
  }
  const std::int64_t from =
      first ? oldest : std::max(oldest, minute_of(std::min(read_to_, touched.value_or(read_to_))));
  TRY(read_counts(*snapshot, from, settled));
  read_to_ = settled;
  WatchNews news;
  std::vector<std::size_t> known;
  for (auto& one : objectives_) {
    known.push_back(one.alerts.incidents().size());
    if (first) catch_up(one, corrections);
  }
  for (; ticked_ + slo::kMinuteSeconds <= settled; ticked_ += slo::kMinuteSeconds) {
    tick(ticked_ + slo::kMinuteSeconds, corrections);
  }
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    // The newest one known may have changed too.
    take_news(objectives_[i], known[i] - std::min<std::size_t>(known[i], 1), news);
    objectives_[i].history.forget_before(std::min(oldest, needed_from(objectives_[i].alerts)));
  }
  publish(corrections);
  return news;
}

void Watch::catch_up(Objective& one, const std::vector<slo::Correction>& corrections) const {
  for (std::int64_t at = one.begins; at < ticked_; at += slo::kMinuteSeconds)
    tick(one, at + slo::kMinuteSeconds, corrections);
}

// Incidents from before the replay are taken as they are; later ones are found again.
Status<StoreError> Watch::remember(StoreSnapshot& snapshot) {
  TRY_ASSIGN(auto kept, read_incidents(snapshot));
  std::reverse(kept.begin(), kept.end());  // the oldest first
  for (auto& one : objectives_) {
    std::vector<Incident> before;
    for (const auto& incident : kept) {
      if (incident.journey != one.objective->journey || incident.objective != one.objective->name) continue;
      one.kept.push_back(incident);
    }
    one.begins = std::max(quiet_before(one.kept, ticked_), ticked_ + kReplaySeconds - kReplaySecondsMax);
    for (const auto& incident : one.kept) {
      if (incident.incident.detected <= one.begins) before.push_back(incident.incident);
    }
    one.alerts.resume(std::move(before));
  }
  return Done{};
}

Status<StoreError> Watch::read_counts(StoreSnapshot& snapshot, std::int64_t from, std::int64_t to) {
  for (auto& one : objectives_) {
    one.history.clear_from(from);
    store::SeriesQuery query;
    query.journey = one.objective->journey;
    query.item = one.objective->name;
    query.kind = CellKind::kObjective;
    query.scope = CellScope::kTotal;
    query.from = from;
    query.to = to;
    TRY_ASSIGN(const auto counts, snapshot.counts(query, slo::kMinuteSeconds));
    for (const auto& slice : counts.slices) {
      control::SloCounts verdicts;
      slo::add_verdict(*one.objective, counts.keys[slice.series], slice.n, verdicts);
      one.history.add(slice.start_unix_s, events_of(verdicts));
    }
  }
  return Done{};
}

void Watch::tick(std::int64_t now, const std::vector<slo::Correction>& corrections) {
  for (auto& one : objectives_) tick(one, now, corrections);
}

void Watch::tick(Objective& one, std::int64_t now, const std::vector<slo::Correction>& corrections) {
  const auto out = slo::taken_out(corrections, one.objective->journey, one.objective->name, now);
  one.alerts.tick(now, one.history, out);
}

void Watch::take_news(Objective& one, std::size_t known, WatchNews& news) const {
  const auto& incidents = one.alerts.incidents();
  for (std::size_t i = known; i < incidents.size(); ++i) {
    Incident incident = incidents[i];
    const auto same = std::find_if(one.kept.begin(), one.kept.end(),
                                   [&](const KeptIncident& kept) { return overlap(kept.incident, incident); });
    if (same != one.kept.end()) {
      take_earlier(incident, same->incident);
      if (same->incident == incident) continue;
      same->incident = incident;
      news.incidents.push_back(*same);
    } else {
      const auto& objective = *one.objective;
      const std::string key = objective.journey + "/" + objective.name + "/" + std::to_string(incident.detected);
      one.kept.push_back({0, key, objective.journey, objective.name, incident});
      news.incidents.push_back(one.kept.back());
    }
  }
}

void Watch::publish(const std::vector<slo::Correction>& corrections) {
  auto state = std::make_shared<WatchState>();
  for (const auto& one : objectives_) {
    Watched watched{one.objective->journey, one.objective->name, ticked_, {}, {}, {}};
    for (std::size_t i = 0; i < watched.alerts.size(); ++i) {
      watched.alerts[i] = one.alerts.alert(static_cast<slo::Severity>(i));
    }
    watched.taken_out = slo::taken_out(corrections, watched.journey, watched.objective, ticked_);
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
