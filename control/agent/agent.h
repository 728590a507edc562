// The edge agent: owns the board, harvests it into the spool, follows the life and death of the edge. One thread calls
// `tick`; the uplink sends on another, the health endpoint reads `status` from any.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/agent/spool.h"
#include "control/agent/status.h"
#include "control/agent/uplink.h"
#include "control/config/settings.h"
#include "control/harvest/harvester.h"
#include "dataplane/board/board.h"
#include "dataplane/journey/definition.h"

namespace bellrock::agent {

// Exit codes that all of Bellrock's programs share.
enum ExitCode : int { kDone = 0, kUsage = 2, kInvalidConfiguration = 3, kNoRights = 7, kInUse = 8, kUnusable = 10 };

struct AgentError {
  ExitCode exit_code = kUnusable;
  std::string message;
};

struct AgentSetup {
  config::AgentSettings settings;
  journey::Definition definition;
  board::Hash256 snapshot_hash{};
  Post post;
  Backoff backoff;
};

class Agent {
 public:
  // Opens the spool and the board, and starts the uplink. From here on this process survives boards that are cut
  // (dataplane/board/mapping_guard.h), by a handler of SIGBUS.
  static Result<std::unique_ptr<Agent>, AgentError> start(AgentSetup setup);

  // One round: watches board and edge, asks for banks when it is time, harvests what is sealed. True: something was.
  bool tick();
  // Last harvest, and a try to send what is there.
  void stop();
  [[nodiscard]] AgentStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;

  explicit Agent(AgentSetup setup) : setup_(std::move(setup)) {}
  Status<AgentError> open_board();
  Status<AgentError> adopt(board::Board board);
  Status<AgentError> create_board();
  [[nodiscard]] board::BoardSpec spec_with(Bytes snapshot) const;
  Status<AgentError> use(board::Board board, bool made_here);
  // `why` the board is gone, for the log.
  Status<AgentError> report_lost_board(std::string_view why);
  bool refresh_snapshot();
  void clear_spooled();
  void see_edge(bool running);
  // Sends a frame without counts where no other one says how the edge is, and that the agent lives.
  void beat();
  Status<FileError> spool(control::DeltaFrame frame, Ledger after, const std::vector<harvest::Part>& parts);

  void watch();
  void watch_cores(bool edge_running);
  void take_over_dead_edge();
  bool drain_dead_edge();
  void replace_board();
  void rehash_board();
  // The board's file was cut or overwritten: what is on it cannot be believed. True: there was nothing to give up, or
  // another board is in its place.
  bool give_up_torn_board();
  // Harvests all that is sealed. False: the spool could not take it.
  bool harvest();
  bool worth_spooling(const control::DeltaFrame& frame) const;
  bool fail(const std::string& why);
  std::uint64_t live_counter(CounterId id);
  void publish();

  AgentSetup setup_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Uplink> uplink_;
  std::optional<board::Board> board_;
  journey::Definition definition_;  // what the board's counts mean: its own, which may be older than the configured one
  std::unique_ptr<harvest::Harvester> harvester_;
  Ledger ledger_;
  Clock::time_point next_ask_{}, last_spooled_{}, next_open_{};
  control::EdgeState edge_;
  std::optional<std::uint64_t> settled_attaches_;  // the edge of this attach is dead and drained
  bool found_ = false;
  bool may_rehash_ = false;  // what is pending is another number of workers (or other sizes), and nothing else
  struct Pulse {
    std::uint64_t polls = 0;
    Clock::time_point since{};
  };
  std::vector<Pulse> pulses_;
  AgentStatus current_;  // the loop's own
  mutable std::mutex mutex_;
  AgentStatus published_;
};

}  // namespace bellrock::agent
