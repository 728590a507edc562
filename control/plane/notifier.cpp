#include "control/plane/notifier.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace bellrock::plane {
namespace {

constexpr std::array kTurns{Turn::kOpened, Turn::kPaged, Turn::kClosed};

std::string name_of(const KeptIncident& kept) { return kept.key + "/" + std::to_string(kept.again); }

std::string alerts_url(const std::string& alertmanager) { return alertmanager + "/api/v2/alerts"; }

// When an incident took a turn, Unix seconds; 0: it has not.
std::int64_t taken_at(const slo::Incident& incident, Turn turn) {
  switch (turn) {
    case Turn::kOpened:
      return incident.detected;
    case Turn::kPaged:
      return incident.paged;
    case Turn::kClosed:
      return incident.closed;
  }
  return 0;
}

}  // namespace

Notifier::Notifier(AlertTargets targets, Outbox& outbox, UnixMs clock)
    : targets_(std::move(targets)), outbox_(outbox), clock_(std::move(clock)), progress_(std::make_shared<Untaken>()) {
  std::set<std::string> urls;
  for (const auto& url : targets_.alertmanagers) urls.insert(alerts_url(url));
  for (const auto& hook : targets_.webhooks) urls.insert(hook.url);
  outbox_.keep_only(urls);
}

// Which turns of incidents, by their names in `turns_`, wait for how many receivers, and which have been settled since.
// Any thread.
struct Notifier::Untaken {
  using Name = std::pair<std::string, Turn>;

  void put(const Name& name, std::size_t receivers) {
    const std::lock_guard lock(mutex);
    waiting[name] = receivers;
  }
  void settle(const Name& name) {
    const std::lock_guard lock(mutex);
    const auto found = waiting.find(name);
    if (found == waiting.end() || --found->second != 0) return;
    waiting.erase(found);
    settled.push_back(name);
  }
  std::vector<Name> take_settled() {
    const std::lock_guard lock(mutex);
    return std::exchange(settled, {});
  }
  // Those of `told` that nobody waits for.
  Turns taken(const std::string& incident, Turns told) {
    const std::lock_guard lock(mutex);
    Turns all;
    for (const Turn turn : kTurns) {
      if (told.has(turn) && !waiting.contains({incident, turn})) all.add(turn);
    }
    return all;
  }

  std::mutex mutex;
  std::map<Name, std::size_t> waiting;  // under mutex, as below
  std::vector<Name> settled;
};

// It began when it was first told, though the node that was silent first may be back.
void Notifier::add_collector(const std::optional<NodesHeard>& nodes, std::vector<Notice>& notices) const {
  if (!nodes || nodes->awaited != 0) {
    for (const auto& [key, one] : told_) {
      if (one.journey.empty()) notices.push_back(one);
    }
    return;
  }
  auto suspect = collector_notice(*nodes);
  if (!suspect) return;
  const auto told = told_.find({"/", suspect->severity});
  if (told != told_.end()) suspect->since = told->second.since;
  notices.push_back(std::move(*suspect));
}

void Notifier::remember(std::span<const store::JournalEntry> suspects) {
  if (suspects.empty()) return;
  const auto one = suspect_of(suspects.front(), clock_() / 1'000, kAliveSeconds);
  if (one) told_.emplace(Key{"/", one->severity}, *one);
}

void Notifier::keep_suspect(std::int64_t now, const std::vector<Notice>& notices) {
  bool told = false;
  std::optional<Notice> fires;
  for (const auto& one : notices) {
    if (!one.journey.empty()) continue;
    told = true;
    if (one.resolved == 0) fires = one;
  }
  if (told && !targets_.alertmanagers.empty()) suspect_ = suspect_entry(fires, now);
}

std::vector<KeptIncident> Notifier::update(const WatchState& state, WatchNews news,
                                           const std::optional<NodesHeard>& nodes) {
  const std::int64_t now = clock_() / 1'000;
  std::vector<Notice> notices = firing(state);
  add_collector(nodes, notices);
  std::map<Key, Notice> fires;
  for (const auto& one : notices) fires.emplace(Key{one.journey + "/" + one.objective, one.severity}, one);
  bool changed = fires.size() != told_.size();
  for (const auto& [key, one] : told_) {
    if (fires.contains(key)) continue;
    changed = true;
    notices.push_back(one);
    notices.back().resolved = now;
  }
  if (!notices.empty() && (changed || now - sent_at_ >= kSendAgainSeconds || now < sent_at_)) {
    tell_alertmanagers(now, notices);
    keep_suspect(now, notices);
    sent_at_ = now;
  }
  told_ = std::move(fires);
  news.incidents.insert(news.incidents.begin(), news.untold.begin(), news.untold.end());
  tell_webhooks(news.incidents);
  add_taken(news.incidents);
  return std::move(news.incidents);
}

void Notifier::tell_alertmanagers(std::int64_t now, const std::vector<Notice>& notices) {
  // One message holds resolved alerts too, so none may take another's place.
  const std::string body = alertmanager_body(notices, now, kAliveSeconds, targets_.centre_url).dump();
  for (const auto& url : targets_.alertmanagers) outbox_.put({alerts_url(url), body, {}, ""});
}

// Of `incidents` those turns that are taken; and the incidents of which one has been since, if they are not among them.
void Notifier::add_taken(std::vector<KeptIncident>& incidents) {
  for (const auto& [name, turn] : progress_->take_settled()) {
    const auto known = untaken_.find(name);
    if (known == untaken_.end()) continue;
    const bool among = std::any_of(incidents.begin(), incidents.end(),
                                   [&, of = name](const KeptIncident& one) { return name_of(one) == of; });
    if (!among) incidents.push_back(known->second);
  }
  for (auto& one : incidents) {
    const std::string name = name_of(one);
    Turns all = turns_[name];
    all.add(one.told);
    one.told = progress_->taken(name, all);
    if (one.told == all) {
      untaken_.erase(name);
    } else {
      untaken_[name] = one;
    }
  }
}

// What was told before a start the store has, and what was since is here.
Turns& Notifier::told_of(const KeptIncident& kept) {
  constexpr std::size_t kIncidentsMax = 10'000;
  if (turns_.size() >= kIncidentsMax) turns_.clear();  // a repeated message has the same delivery
  Turns& told = turns_[name_of(kept)];
  told.add(kept.told);
  return told;
}

// Those that were over when they were found are told of from the newest on, as far as there is room; each in its order.
void Notifier::tell_webhooks(std::vector<KeptIncident>& incidents) {
  std::vector<KeptIncident*> past;
  for (auto& one : incidents) {
    Turns& told = told_of(one);
    if (one.known != 0) {
      tell_turns(one, told);
    } else {
      if (told == Turns()) past.push_back(&one);
      told.add(turns_taken(one.incident));
    }
  }
  const auto later = [](const KeptIncident* a, const KeptIncident* b) {
    return a->incident.detected > b->incident.detected;
  };
  std::stable_sort(past.begin(), past.end(), later);
  past.erase(std::remove_if(past.begin(), past.end(), [&](const KeptIncident* one) { return !tells_of_past(*one); }),
             past.end());
  for (auto one = past.rbegin(); one != past.rend(); ++one) {
    for (const Turn turn : kTurns) {
      if (taken_at((*one)->incident, turn) != 0) put_event(**one, turn);
    }
  }
}

bool Notifier::tells_of_past(const KeptIncident& kept) {
  constexpr std::int64_t kHour = 3'600;
  const std::int64_t now = clock_() / 1'000;
  if (kept.withdrawn || now - kept.incident.closed > kPastToldSeconds) return false;
  if (now - past_since_ >= kHour || now < past_since_) {
    past_since_ = now;
    past_told_ = 0;
  }
  if (past_told_ == kPastToldMax) return ++passed_over_, false;
  return ++past_told_, true;
}

// What became known long ago is news only to a centre that has just started, as are the turns that an incident that has
// ended took long before.
void Notifier::tell_turns(const KeptIncident& kept, Turns& told) {
  constexpr std::int64_t kOldSeconds = 3'600;
  const std::int64_t now = clock_() / 1'000;
  const bool news = now - kept.known <= kOldSeconds, open = kept.incident.open();
  for (const Turn turn : kTurns) {
    const std::int64_t at = taken_at(kept.incident, turn);
    if (at == 0 || told.has(turn)) continue;
    told.add(turn);
    if (news && (open || at == kept.incident.closed || now - at <= kOldSeconds)) put_event(kept, turn);
  }
}

void Notifier::put_event(const KeptIncident& kept, Turn turn) {
  const std::string event(kTurnNames[static_cast<std::size_t>(turn)]);
  std::string name = kept.key + "/" + event;
  if (kept.again != 0) name += "/" + std::to_string(kept.again + 1);
  Json json{{"event", "incident." + event}, {"delivery", name}};
  json["incident"] = to_json(kept);
  if (kept.id == 0) json["incident"]["id"] = nullptr;
  const std::string body = json.dump();
  const std::string delivery = json["delivery"].get<std::string>();
  const Untaken::Name turned{name_of(kept), turn};
  if (!targets_.webhooks.empty()) progress_->put(turned, targets_.webhooks.size());
  for (std::size_t i = 0; i < targets_.webhooks.size(); ++i) {
    const auto& hook = targets_.webhooks[i];
    const auto headers = [clock = clock_, secret = hook.secret, body, delivery] {
      std::vector<std::pair<std::string, std::string>> all{{"Bellrock-Delivery", delivery}};
      if (!secret.empty()) all.emplace_back("Bellrock-Signature", signature(secret, clock() / 1'000, body));
      return all;
    };
    // Of a message that waits since before a reload this is the newer one. Two hooks may have one URL.
    outbox_.put({hook.url, body, headers, delivery + "#" + std::to_string(i), "application/json",
                 [progress = progress_, turned] { progress->settle(turned); }});
  }
}

}  // namespace bellrock::plane
