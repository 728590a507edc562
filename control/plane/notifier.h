// Tells others about alerts: Alertmanagers what fires, again every minute and once more when it is over; webhooks each
// change of an incident, once. Called by the thread that runs the watch; sending is the outbox's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/plane/alert_messages.h"
#include "control/plane/intake.h"
#include "control/plane/outbox.h"

namespace bellrock::plane {

struct WebhookTarget {
  std::string url;
  std::string secret;  // empty: not signed
};
struct AlertTargets {
  std::vector<std::string> alertmanagers;  // http://host:port
  std::vector<WebhookTarget> webhooks;
  std::string centre_url;  // shown as where an alert comes from; may be empty
};

// Alertmanager forgets what is not sent again for this long.
inline constexpr std::int64_t kAliveSeconds = 300;
inline constexpr std::int64_t kSendAgainSeconds = 60;

class Notifier {
 public:
  Notifier(AlertTargets targets, Outbox& outbox, UnixMs clock)
      : targets_(std::move(targets)), outbox_(outbox), clock_(std::move(clock)) {}

  // After every run of the watch. Without `nodes`, which could not be read then, what was told of them stays.
  void update(const WatchState& state, const WatchNews& news, const std::optional<NodesHeard>& nodes);

 private:
  using Key = std::pair<std::string, slo::Severity>;  // JOURNEY/OBJECTIVE, or "/": the collector

  void add_collector(const std::optional<NodesHeard>& nodes, std::vector<Notice>& notices) const;

  void tell_alertmanagers(std::int64_t now, const std::vector<Notice>& notices);
  void tell_webhooks(const KeptIncident& kept);
  void put_event(const KeptIncident& kept, const std::string& event);

  AlertTargets targets_;
  Outbox& outbox_;
  UnixMs clock_;
  std::map<Key, Notice> told_;                           // alerts that others believe to fire
  std::map<std::string, std::set<std::string>> events_;  // of incidents, by key: those told
  std::int64_t sent_at_ = 0;
};

}  // namespace bellrock::plane
