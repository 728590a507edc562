#include "control/plane/notifier.h"

#include <array>

namespace bellrock::plane {
namespace {

struct Stage {
  const char* event;
  std::int64_t at;  // Unix seconds; 0: not so far
};

// What an incident has gone through, in its order. One that began with a page was opened by it.
std::array<Stage, 3> stages_of(const slo::Incident& incident) {
  return {{{"opened", incident.detected}, {"paged", incident.paged}, {"closed", incident.closed}}};
}

}  // namespace

// It began when it was first told, though the node that was silent first may be back.
void Notifier::add_collector(const std::optional<NodesHeard>& nodes, std::vector<Notice>& notices) const {
  if (!nodes) {
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

void Notifier::update(const WatchState& state, const WatchNews& news, const std::optional<NodesHeard>& nodes) {
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
    sent_at_ = now;
  }
  told_ = std::move(fires);
  for (const auto& incident : news.incidents) tell_webhooks(incident);
}

void Notifier::tell_alertmanagers(std::int64_t now, const std::vector<Notice>& notices) {
  // One message holds resolved alerts too, so none may take another's place.
  const std::string body = alertmanager_body(notices, now, kAliveSeconds, targets_.centre_url).dump();
  for (const auto& url : targets_.alertmanagers) outbox_.put({url + "/api/v2/alerts", body, {}, ""});
}

// What became known long ago is news only to a centre that has just started, as are the turns that an incident that has
// ended took long before; what was over when it was found is listed, and that is all.
void Notifier::tell_webhooks(const KeptIncident& kept) {
  constexpr std::int64_t kOldSeconds = 3'600;
  const std::int64_t now = clock_() / 1'000;
  constexpr std::size_t kEventsMax = 10'000;
  if (events_.size() >= kEventsMax) events_.clear();  // a repeated message has the same delivery
  auto& told = events_[kept.key + "/" + std::to_string(kept.again)];
  const bool news = now - kept.known <= kOldSeconds, open = kept.incident.open();
  for (const auto& [event, at] : stages_of(kept.incident)) {
    if (at == 0 || !told.insert(event).second) continue;
    if (news && (open || at == kept.incident.closed || now - at <= kOldSeconds)) put_event(kept, event);
  }
}

void Notifier::put_event(const KeptIncident& kept, const std::string& event) {
  std::string name = kept.key + "/" + event;
  if (kept.again != 0) name += "/" + std::to_string(kept.again + 1);
  Json json{{"event", "incident." + event}, {"delivery", name}};
  json["incident"] = to_json(kept);
  const std::string body = json.dump();
  const std::string delivery = json["delivery"].get<std::string>();
  for (const auto& hook : targets_.webhooks) {
    const auto headers = [clock = clock_, secret = hook.secret, body, delivery] {
      std::vector<std::pair<std::string, std::string>> all{{"Bellrock-Delivery", delivery}};
      if (!secret.empty()) all.emplace_back("Bellrock-Signature", signature(secret, clock() / 1'000, body));
      return all;
    };
    outbox_.put({hook.url, body, headers, ""});
  }
}

}  // namespace bellrock::plane
