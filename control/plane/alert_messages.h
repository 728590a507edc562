// Alerts and incidents as others read them: Alertmanager's API v2, and signed webhooks. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/plane/json.h"
#include "control/plane/nodes_heard.h"
#include "control/plane/watch.h"

namespace bellrock::plane {

// The names of alerts: an objective's budget burns; or nodes are not heard of, and what fires may be due to that.
inline constexpr const char* kBurnAlert = "BellrockBudgetBurn";
inline constexpr const char* kSuspectAlert = "BellrockCollectorSuspect";

// One alert that fires, or has just been resolved. Its labels are its name, severity, journey and objective, and stay
// as they are for as long as it fires: to an Alertmanager other labels are another alert.
struct Notice {
  std::string journey, objective;  // empty: it is the collector that is suspect
  slo::Severity severity = slo::Severity::kPage;
  std::int64_t since = 0;     // Unix seconds
  std::int64_t resolved = 0;  // 0: it fires
  std::string says{};         // what is the matter with the collector
};

// Every alert of an objective that fires, in the state's order.
std::vector<Notice> firing(const WatchState& state);

// That the collector is suspect: a page when it is blind, a ticket while any node is not heard of.
std::optional<Notice> collector_notice(const NodesHeard& nodes);

// What was told of the collector, as an entry of the store's journal, so that a centre that starts goes on where the
// one before it was; and back: none where nothing fired, or where an Alertmanager, which forgets what is not sent again
// for `alive_s`, has forgotten it by `now`.
inline constexpr const char* kSuspectKind = "suspect";
store::JournalEntry suspect_entry(const std::optional<Notice>& fires, std::int64_t told_unix_s);
std::optional<Notice> suspect_of(const store::JournalEntry& entry, std::int64_t now, std::int64_t alive_s);

// The body of POST /api/v2/alerts. An alert that fires ends `alive_s` after `now` unless it is sent again, so that
// nobody is left with one of a centre that is gone; a resolved one has ended.
Json alertmanager_body(std::span<const Notice> notices, std::int64_t now, std::int64_t alive_s,
                       const std::string& centre_url);

// The value of Bellrock-Signature: "t=1764126000,v1=HEX", HMAC-SHA-256 under `secret` over "1764126000.BODY", as
// receivers of signed webhooks commonly check it: the time stops an old message from being sent again.
std::string signature(const std::string& secret, std::int64_t unix_s, const std::string& body);

std::string rfc3339(std::int64_t unix_s);  // 2026-05-01T12:30:00Z

}  // namespace bellrock::plane
