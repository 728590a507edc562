#include "control/plane/kept_incidents.h"

#include <algorithm>
#include <set>

namespace bellrock::plane {
namespace {

using slo::Incident;

bool over_by(const Incident& incident, std::int64_t at) { return !incident.open() && incident.closed <= at; }

// The same incident, whose minutes late counts may have moved.
bool overlap(const Incident& a, const Incident& b) {
  return !(!a.open() && a.closed < b.detected) && !(!b.open() && b.closed < a.detected);
}

// Which turns it has taken: opened, paged, over.
int turns(const Incident& incident) { return incident.open() ? incident.paged != 0 : 2; }

}  // namespace

KeptIncident KeptIncidents::retire(KeptIncident kept, std::int64_t now) {
  kept.incident.closed = std::max(now, kept.incident.detected);
  kept.known = now;
  kept.retired = true;
  return kept;
}

void KeptIncidents::remember(std::vector<KeptIncident> kept) {
  kept_ = std::move(kept);
  std::stable_sort(kept_.begin(), kept_.end(), [](const KeptIncident& a, const KeptIncident& b) {
    return a.incident.detected < b.incident.detected;
  });
}

std::vector<Incident> KeptIncidents::incidents() const {
  std::vector<Incident> all;
  for (const auto& one : kept_) {
    if (!one.withdrawn) all.push_back(one.incident);
  }
  std::sort(all.begin(), all.end(), [](const Incident& a, const Incident& b) { return a.detected < b.detected; });
  return all;
}

std::vector<KeptIncident> KeptIncidents::reconcile(std::span<const Incident> found, std::int64_t since,
                                                   std::int64_t now) {
  std::vector<std::size_t> unmatched;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (!kept_[i].withdrawn && !over_by(kept_[i].incident, since)) unmatched.push_back(i);
  }
  std::vector<KeptIncident> news;
  std::vector<const Incident*> others;
  for (const auto& incident : found) {
    if (over_by(incident, since)) continue;
    const auto same = std::find_if(unmatched.begin(), unmatched.end(),
                                   [&](std::size_t i) { return overlap(kept_[i].incident, incident); });
    if (same == unmatched.end()) {
      others.push_back(&incident);
      continue;
    }
    if (change(kept_[*same], incident, now)) news.push_back(kept_[*same]);
    unmatched.erase(same);
  }
  for (const std::size_t i : unmatched) {
    if (withdraw(kept_[i], now)) news.push_back(kept_[i]);
  }
  for (const Incident* const incident : others) news.push_back(add(*incident, now));
  // Those whose objective has more are forgotten here as they are in slo::Alerts; the journal has them.
  if (kept_.size() > slo::Alerts::kIncidentsMax) {
    kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(slo::Alerts::kIncidentsMax));
  }
  return news;
}

// By when it was first detected; another one may have begun there by what was known before.
std::string KeptIncidents::key_of(const Incident& incident) const {
  const std::string key = journey_ + "/" + objective_ + "/" + std::to_string(incident.detected);
  std::set<std::string> taken;
  for (const auto& one : kept_) {
    if (!one.withdrawn) taken.insert(one.key);
  }
  std::string free = key;
  for (int i = 2; taken.contains(free); ++i) free = key + "/" + std::to_string(i);
  return free;
}

// One that was withdrawn and is found after all has its entry back.
KeptIncident& KeptIncidents::add(const Incident& incident, std::int64_t now) {
  const std::string key = key_of(incident);
  auto place = std::find_if(kept_.begin(), kept_.end(), [&](const KeptIncident& one) { return one.key == key; });
  if (place == kept_.end()) {
    place = kept_.insert(kept_.end(), KeptIncident{0, key, journey_, objective_, {}});
  } else {
    ++place->again;
    place->told = {};
  }
  place->incident = incident;
  place->withdrawn = place->retired = false;
  place->rules = rules_;
  place->known = incident.open() ? now : 0;
  return *place;
}

bool KeptIncidents::change(KeptIncident& kept, const Incident& incident, std::int64_t now) const {
  if (kept.incident == incident) return false;
  if (turns(kept.incident) != turns(incident)) kept.known = now;
  if (!kept.incident.open() && incident.open()) {
    ++kept.again;
    kept.told = {};
  }
  kept.incident = incident;
  kept.rules = rules_;
  kept.retired = false;
  return true;
}

// An open one would stay open for ever, and take the next one's place.
bool KeptIncidents::withdraw(KeptIncident& kept, std::int64_t now) const {
  Incident& incident = kept.incident;
  const bool by_counts = kept.rules == rules_;
  if (!incident.open() && !by_counts) return false;
  if (by_counts && incident.recovered == 0) incident.recovered = incident.detected;
  if (incident.open()) kept = retire(std::move(kept), now);
  kept.withdrawn = by_counts;
  kept.retired = !by_counts;
  return true;
}

}  // namespace bellrock::plane
