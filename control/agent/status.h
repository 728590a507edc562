// What the agent says about itself: filled by the agent's loop, read by the health endpoint. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/agent/ledger.h"
#include "control/agent/spool.h"
#include "control/agent/uplink.h"

namespace bellrock::agent {

struct AgentStatus {
  std::string node;
  std::int64_t loop_unix_ms = 0;     // when the loop last went round
  std::int64_t harvest_unix_ms = 0;  // when it last got a frame; 0: never
  bool board_open = false;
  bool board_file_gone = false;  // the edge still counts on a board whose name was removed
  bool edge_running = false;
  std::int64_t edge_since_unix_ms = 0;  // when the agent first saw it running, or not running
  bool configuration_pending = false;   // the edge still runs under an older one
  std::string trouble;                  // why the board or the spool cannot be used; empty: they can
  std::vector<bool> core_stalled;
  std::uint64_t damaged_cells = 0, damaged_banks = 0;
  std::uint64_t boards_torn = 0;  // given up because somebody cut their file
  // As of the last frame, so that they match each other exactly.
  Ledger ledger;
  std::map<std::string, std::uint64_t> counters;
  std::uint64_t recorded_live = 0;  // counted since, in banks that are not harvested yet
  std::uint64_t reloads = 0, reloads_refused = 0;
  std::string reload_refused;  // why the last one was; empty: it was not
  SpoolStatus spool;
  UplinkStatus uplink;
};

// A sum that has to hold: what came in, and where it went.
struct ConservationSum {
  std::string name;     // packets, beacons, attempts, recorded
  std::string journey;  // attempts only
  std::uint64_t in = 0, out = 0;
  [[nodiscard]] bool broken() const { return in != out; }
};
std::vector<ConservationSum> conservation(const AgentStatus& status);

// Why the agent is not alive, or not ready; empty: it is.
std::vector<std::string> not_alive(const AgentStatus& status, std::int64_t now_unix_ms);
std::vector<std::string> not_ready(const AgentStatus& status, std::int64_t now_unix_ms);

}  // namespace bellrock::agent
