#include "control/agent/status.h"

#include <algorithm>
#include <string_view>

namespace bellrock::agent {

namespace {

constexpr std::int64_t kLoopStuckMs = 15'000;   // a disk may take its time over a sync
constexpr std::uint64_t kSpoolNearlyFull = 90;  // per cent

std::uint64_t value(const AgentStatus& status, const std::string& name) {
  const auto found = status.counters.find(name);
  return found == status.counters.end() ? 0 : found->second;
}

std::uint64_t sum(const AgentStatus& status, const std::string& prefix) {
  std::uint64_t total = 0;
  for (auto at = status.counters.lower_bound(prefix); at != status.counters.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    total += at->second;
  }
  return total;
}

}  // namespace

std::vector<ConservationSum> conservation(const AgentStatus& status) {
  std::vector<ConservationSum> sums{
      {"packets", "", value(status, "packets"), value(status, "passed") + sum(status, "drops.")},
      {"frames", "", value(status, "responder.frames_in"), sum(status, "frame.")},
      {"beacons", "", value(status, "beacons_seen"), value(status, "beacons_accepted") + sum(status, "beacon_reject.")},
      {"recorded", "", value(status, "event.recorded"),
       status.ledger.harvested + value(status, "event.value_rejected")}};
  for (const auto& [journey, totals] : status.ledger.journeys) {
    sums.push_back({"attempts", journey, totals.starts, totals.outcomes + totals.open});
  }
  return sums;
}

std::vector<std::string> not_alive(const AgentStatus& status, std::int64_t now_unix_ms) {
  std::vector<std::string> reasons;
  if (now_unix_ms - status.loop_unix_ms > kLoopStuckMs) reasons.emplace_back("the agent's loop is stuck");
  for (std::size_t core = 0; core < status.core_stalled.size(); ++core) {
    if (status.core_stalled[core]) reasons.push_back("core_stalled: core " + std::to_string(core) + " does not poll");
  }
  return reasons;
}

std::vector<std::string> not_ready(const AgentStatus& status, std::int64_t now_unix_ms) {
  std::vector<std::string> reasons = not_alive(status, now_unix_ms);
  if (!status.board_open) reasons.emplace_back("there is no board");
  if (!status.trouble.empty()) reasons.push_back(status.trouble);
  if (status.board_file_gone) reasons.emplace_back("the board's file was removed under a running edge");
  if (!status.edge_running) reasons.emplace_back("no edge is running");
  if (status.configuration_pending) reasons.emplace_back("the edge runs under an older configuration: restart it");
  if (!status.reload_refused.empty()) reasons.push_back("the last reload was refused: " + status.reload_refused);
  if (status.spool.bytes * 100 > status.spool.bytes_max * kSpoolNearlyFull) {
    reasons.emplace_back("the spool is nearly full");
  }
  return reasons;
}

}  // namespace bellrock::agent
