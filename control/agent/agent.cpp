#include "control/agent/agent.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "control/agent/board_change.h"
#include "dataplane/board/mapping_guard.h"

namespace bellrock::agent {

namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeat = 10s;  // frames that bring nothing new come this often
constexpr auto kStalledAfter = 5s;
constexpr auto kReopen = 1s;
constexpr int kFramesPerRound = 16;  // then the rest of the agent has its turn
constexpr int kDeadRounds = 3;       // sealed bank, active bank, and nothing
constexpr std::int64_t kFlushMs = 3'000;

}  // namespace

Result<std::unique_ptr<Agent>, AgentError> Agent::start(AgentSetup setup) {
  board::survive_torn_boards();
  std::unique_ptr<Agent> agent(new Agent(std::move(setup)));
  auto spool = Spool::open(agent->setup_.settings.state_directory, agent->setup_.settings.spool_bytes_max);
  if (!spool.ok()) {
    const FileError& error = spool.error();
    const ExitCode code = error.error == EWOULDBLOCK                      ? kInUse
                          : error.error == EACCES || error.error == EPERM ? kNoRights
                                                                          : kUnusable;
    return Failure{AgentError{code, error.message}};
  }
  agent->spool_ = std::move(spool).value();
  agent->edge_ = agent->spool_->ledger().edge.value_or(control::EdgeState{false, unix_ms()});
  TRY(agent->open_board());
  agent->uplink_ = std::make_unique<Uplink>(*agent->spool_, agent->setup_.post, agent->setup_.backoff);
  agent->uplink_->start();
  agent->publish();
  return agent;
}

bool Agent::tick() {
  found_ = false;
  const auto now = Clock::now();
  if (!board_ && now >= next_open_) {
    next_open_ = now + kReopen;
    const auto opened = open_board();
    if (!opened.ok()) fail(opened.error().message);
  }
  if (!board_ || !give_up_torn_board()) {
    beat();
    publish();
    return false;
  }
  const bool due = now >= next_ask_;
  if (due) {
    next_ask_ = now + std::chrono::nanoseconds(setup_.settings.harvest_interval);
    watch();
    if (board_) harvester_->ask();
  }
  if (board_) harvest();
  if (due) beat();
  if (due || found_) publish();
  return found_;
}

bool Agent::harvest() {
  for (int frames = 0; frames < kFramesPerRound; ++frames) {
    auto frame = harvester_->collect();
    if (board_->torn()) return false;  // what was read may be half a bank; the next round gives the board up
    if (!frame) return true;
    frame->node = setup_.settings.node;
    Ledger after = ledger_;
    after.add(*frame, harvester_->parts());
    if (worth_spooling(*frame)) {
      after.edge = edge_;
      const auto spooled = spool(*frame, after, harvester_->parts());
      if (!spooled.ok()) return fail(spooled.error().message);
      current_.harvest_unix_ms = unix_ms();
    }
    harvester_->mark_drained();
    ledger_ = std::move(after);
    current_.ledger = ledger_;
    current_.counters = std::move(frame->counters);
    current_.trouble.clear();
    found_ = true;
  }
  return true;
}

// An idle edge is asked every second too; a frame that says what the last one said can wait for the heartbeat.
bool Agent::worth_spooling(const control::DeltaFrame& frame) const {
  return frame.recorded != 0 || frame.counters != current_.counters || Clock::now() - last_spooled_ >= kHeartbeat;
}

Status<FileError> Agent::spool(control::DeltaFrame frame, Ledger after, const std::vector<harvest::Part>& parts) {
  frame.edge = after.edge = edge_;
  if (uplink_) frame.clock = uplink_->clock();
  TRY(spool_->append(std::move(frame), after, parts));
  last_spooled_ = Clock::now();
  return Done{};
}

// Counts nothing: it repeats the levels of the frame before. Nothing of the kind while frames wait for the centre, so
// that a spool does not fill with them, nor before it is known how many attempts are open on this board.
void Agent::beat() {
  Ledger after = board_ ? ledger_ : spool_->ledger();
  const bool news = after.edge != edge_;
  const bool time = Clock::now() - last_spooled_ >= kHeartbeat && spool_->status().pending == 0;
  if (!after.seeded || !(news || time)) return;
  control::DeltaFrame frame;
  frame.node = setup_.settings.node;
  frame.board_id = after.board_id;
  frame.snapshot = board_ ? board_->snapshot_hash() : setup_.snapshot_hash;
  frame.counters = current_.counters;
  for (const auto& [journey, totals] : after.journeys) frame.open[journey] = totals.open;
  const auto spooled = spool(std::move(frame), after, {});
  if (!spooled.ok()) {
    fail(spooled.error().message);
    return;
  }
  if (board_) ledger_.edge = edge_;
}

void Agent::see_edge(bool running) {
  if (running != edge_.running) edge_ = {running, unix_ms()};
  current_.edge_running = running;
  current_.edge_since_unix_ms = edge_.since_unix_ms;
}

bool Agent::fail(const std::string& why) {
  if (current_.trouble != why) spdlog::error("{}", why);
  current_.trouble = why;
  return false;
}

void Agent::watch() {
  const bool edge_running = board_->held_by_other(board::Role::kEdge);
  see_edge(edge_running);
  current_.board_file_gone = !board_->still_at(setup_.settings.board.c_str());
  watch_cores(edge_running);
  const bool settled = settled_attaches_ == board_->attaches();
  if (!edge_running && (!settled || current_.configuration_pending || current_.board_file_gone)) take_over_dead_edge();
}

void Agent::watch_cores(bool edge_running) {
  const auto now = Clock::now();
  pulses_.resize(board_->workers());
  current_.core_stalled.assign(board_->workers(), false);
  for (std::uint32_t i = 0; i < board_->workers(); ++i) {
    const std::uint64_t polls = board_->core(i).control.polls.load();
    Pulse& pulse = pulses_[i];
    if (!edge_running || polls != pulse.polls) pulse = {polls, now};
    current_.core_stalled[i] = now - pulse.since > kStalledAfter;
  }
}

// With the edge's lock in hand its worker is certainly dead, or was never there: everything it left may be touched.
void Agent::take_over_dead_edge() {
  if (!board_->lock(board::Role::kEdge).ok()) return;
  const std::uint64_t attaches = board_->attaches();
  if (drain_dead_edge()) {
    settled_attaches_ = attaches;
    if (may_rehash_ && !current_.board_file_gone) {
      if (board_->settled()) return rehash_board();  // else the next edge settles it first
    } else if (current_.configuration_pending || current_.board_file_gone)
      return replace_board();
  }
  board_->unlock(board::Role::kEdge);
}

bool Agent::drain_dead_edge() {
  const auto undone = board_->roll_back();
  if (!undone.ok()) return fail(undone.error().what);
  const bool last = current_.board_file_gone || (current_.configuration_pending && !may_rehash_);
  for (int round = 0; round < kDeadRounds; ++round) {
    if (!harvest()) return false;
    harvester_->seal_for_dead_edge(last);
  }
  return harvest();
}

// The old board's counts are in the spool and nobody runs on it. Its open attempts end here.
void Agent::replace_board() {
  const std::string why =
      current_.board_file_gone ? "the board's file was removed" : why_new_board(definition_, setup_.definition);
  if (ledger_.open().empty())
    spdlog::info("{}: a new board is made: {}; no attempt was open", setup_.settings.board, why);
  const auto reported = report_lost_board(why);
  if (!reported.ok()) {
    board_->unlock(board::Role::kEdge);
    fail(reported.error().message);
    return;
  }
  if (const std::uint64_t held = board_->held_events(); held != 0) {
    spdlog::warn("{} events that waited for their order (reorder_wait) are lost with the board", held);
  }
  if (!current_.board_file_gone && ::unlink(setup_.settings.board.c_str()) != 0) {
    fail(file_error("cannot remove", setup_.settings.board).message);
  }
  harvester_.reset();
  board_.reset();
  current_.board_open = false;
  const auto opened = open_board();
  if (!opened.ok()) fail(opened.error().message);
}

void Agent::stop() {
  if (board_) {
    harvester_->ask();
    for (int i = 0; i < 30 && board_->held_by_other(board::Role::kEdge); ++i) {
      std::this_thread::sleep_for(10ms);
      found_ = false;
      harvest();
      if (found_) break;
    }
    watch();
    if (board_) harvest();
  }
  uplink_->flush_and_stop(kFlushMs);
  publish();
}

void Agent::publish() {
  current_.node = setup_.settings.node;
  current_.loop_unix_ms = unix_ms();
  current_.spool = spool_->status();
  current_.uplink = uplink_ ? uplink_->status() : UplinkStatus{};
  if (harvester_) {
    current_.damaged_cells = harvester_->damaged_cells();
    current_.damaged_banks = harvester_->damaged_banks();
    const std::uint64_t recorded = live_counter(counter::id(EventCount::kRecorded));
    const std::uint64_t kept = recorded - live_counter(counter::id(EventCount::kValueRejected));
    current_.recorded_live = kept > ledger_.harvested ? kept - ledger_.harvested : 0;
  }
  const std::lock_guard lock(mutex_);
  published_ = current_;
}

// A counter as it is at this moment, which matches nothing else exactly.
std::uint64_t Agent::live_counter(CounterId id) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; board_ && i < board_->workers(); ++i) {
    sum += std::atomic_ref(board_->core(i).counters[id]).load(std::memory_order_relaxed);
  }
  return sum;
}

AgentStatus Agent::status() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace bellrock::agent
