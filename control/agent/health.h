// GET /healthz, /readyz (200 or 503, JSON with reasons) and /metrics (OpenMetrics 1.0), on loopback. The texts are pure
// functions of the status; the server's threads call them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "control/agent/status.h"
#include "control/net/http_server.h"

namespace bellrock::agent {

std::string metrics_text(const AgentStatus& status, std::int64_t now_unix_ms);
net::Response answer(const net::Request& request, const AgentStatus& status, std::int64_t now_unix_ms);

}  // namespace bellrock::agent
