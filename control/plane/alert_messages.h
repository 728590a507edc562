// Alerts and incidents as others read them: Alertmanager's API v2, and signed webhooks. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/plane/json.h"
#include "control/plane/watch.h"

namespace bellrock::plane {

// One alert that fires, or has just been resolved.
struct Notice {
  std::string journey, objective;
  slo::Severity severity = slo::Severity::kPage;
  std::int64_t since = 0;          // Unix seconds
  std::int64_t resolved = 0;       // 0: it fires
  bool collector_suspect = false;  // the collector itself may be the cause
};

// Every alert that fires, in the state's order.
std::vector<Notice> firing(const WatchState& state);

// The body of POST /api/v2/alerts. An alert that fires ends `alive_s` after `now` unless it is sent again, so that
// nobody is left with one of a centre that is gone; a resolved one has ended.
Json alertmanager_body(std::span<const Notice> notices, std::int64_t now, std::int64_t alive_s,
                       const std::string& centre_url);

// The value of Bellrock-Signature: "t=1764126000,v1=HEX", HMAC-SHA-256 under `secret` over "1764126000.BODY", as
// receivers of signed webhooks commonly check it: the time stops an old message from being sent again.
std::string signature(const std::string& secret, std::int64_t unix_s, const std::string& body);

std::string rfc3339(std::int64_t unix_s);  // 2026-05-01T12:30:00Z

}  // namespace bellrock::plane
