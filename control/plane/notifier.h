// Tells others about alerts: Alertmanagers what fires, again every minute and once more when it is over; webhooks each
// change of an incident, once. Called by the thread that runs the watch; sending is the outbox's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
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

// Incidents that were over when they were found, by counts that came late or at a start after a while: how old they may
// be to be told of, and how many of them in an hour. A month of them that comes at once wakes nobody.
inline constexpr std::int64_t kPastToldSeconds = 86'400;
inline constexpr std::size_t kPastToldMax = 20;

class Notifier {
 public:
  // What waits in the outbox for receivers that are none of `targets`, as before a reload, is dropped.
  Notifier(AlertTargets targets, Outbox& outbox, UnixMs clock);

  // After every run of the watch; what it found untold comes first. Without `nodes`, which could not be read then, or
  // while some are awaited, what was told of them stays. Returns the incidents of `news` as they are to be written
  // down, with the turns that webhooks have taken, and those of which they took one since: so a start tells nothing
  // again but what was not.
  std::vector<KeptIncident> update(const WatchState& state, WatchNews news, const std::optional<NodesHeard>& nodes);

  // What a centre before this one told of the collector, by the store's journal, newest first: before the first update.
  // It goes on until the nodes say otherwise.
  void remember(std::span<const store::JournalEntry> suspects);

  // What the next one is to remember, once each time that it was told: for the writing thread.
  std::optional<store::JournalEntry> take_suspect() { return std::exchange(suspect_, std::nullopt); }

  // How many incidents that were over when they were found nobody was told of, since they were too many.
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

 private:
  struct Untaken;
  using Key = std::pair<std::string, slo::Severity>;  // JOURNEY/OBJECTIVE, or "/": the collector

  void add_collector(const std::optional<NodesHeard>& nodes, std::vector<Notice>& notices) const;
  void keep_suspect(std::int64_t now, const std::vector<Notice>& notices);

  void tell_alertmanagers(std::int64_t now, const std::vector<Notice>& notices);
  void tell_webhooks(std::vector<KeptIncident>& incidents);
  Turns& told_of(const KeptIncident& kept);
  void add_taken(std::vector<KeptIncident>& incidents);
  void tell_turns(const KeptIncident& kept, Turns& told);
  [[nodiscard]] bool tells_of_past(const KeptIncident& kept);
  void put_event(const KeptIncident& kept, Turn turn);

  AlertTargets targets_;
  Outbox& outbox_;
  UnixMs clock_;
  std::map<Key, Notice> told_;  // alerts that others believe to fire
  std::optional<store::JournalEntry> suspect_;
  std::map<std::string, Turns> turns_;  // of incidents, by key and how often they were open: those told, or put
  std::map<std::string, KeptIncident> untaken_;  // by the same: of whose turns some wait in the outbox
  std::shared_ptr<Untaken> progress_;            // which the outbox's messages hold as well
  std::int64_t sent_at_ = 0;
  std::int64_t past_since_ = 0;  // of the hour in which `past_told_` were told of
  std::size_t past_told_ = 0;
  std::uint64_t passed_over_ = 0;
};

}  // namespace bellrock::plane
