// How the agent comes by its board: the one that is there, if it fits, else a new one.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "control/agent/agent.h"
#include "control/agent/board_change.h"
#include "control/agent/files.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::agent {

namespace {

Failure<AgentError> board_failure(const std::string& path, const board::BoardError& error) {
  std::string message = path + ": " + board::to_text(error);
  if (error.fault == board::BoardFault::kForeign) message += "; when nothing uses it, remove it: a new one is made";
  switch (error.fault) {
    case board::BoardFault::kNoRights:
      return Failure{AgentError{kNoRights, message}};
    case board::BoardFault::kInUse:
    case board::BoardFault::kExists:
    case board::BoardFault::kWorkers:
    case board::BoardFault::kForeign:
      return Failure{AgentError{kInUse, message}};
    default:
      return Failure{AgentError{kUnusable, message}};
  }
}

bool fits(board::Sizes have, board::Sizes want) {
  have.snapshot_bytes_max = want.snapshot_bytes_max = 0;
  return have == want;
}

}  // namespace

Status<AgentError> Agent::open_board() {
  auto attached = board::Board::attach(setup_.settings.board.c_str());
  if (attached.ok()) return adopt(std::move(attached).value());
  if (attached.error().fault != board::BoardFault::kMissing) {
    return board_failure(setup_.settings.board, attached.error());
  }
  TRY(report_lost_board("the board of the last run is gone"));
  return create_board();
}

board::BoardSpec Agent::spec_with(Bytes snapshot) const {
  board::BoardSpec spec;
  spec.sizes = board::sizes_for(setup_.definition, snapshot.size());
  spec.snapshot = snapshot;
  spec.snapshot_hash = setup_.snapshot_hash;
  return spec;
}

Status<AgentError> Agent::create_board() {
  const std::vector<std::uint8_t> snapshot = journey::encode(setup_.definition);
  board::BoardSpec spec = spec_with(snapshot);
  spec.created_unix_ns = unix_ms() * kMillisecond;
  fill_random(spec.board_id.data(), spec.board_id.size());
  fill_random(&spec.keys.owner, sizeof spec.keys.owner);
  fill_random(&spec.session_key, sizeof spec.session_key);
  auto made = board::Board::create(setup_.settings.board.c_str(), spec);
  if (!made.ok()) return board_failure(setup_.settings.board, made.error());
  spdlog::info("made the board {} for {} workers", setup_.settings.board, spec.sizes.workers);
  current_.configuration_pending = false;
  return use(std::move(made).value(), true);
}

Status<AgentError> Agent::adopt(board::Board found) {
  const auto locked = found.lock(board::Role::kAgent);
  if (!locked.ok()) return board_failure(setup_.settings.board, locked.error());
  if (found.board_id() != spool_->ledger().board_id) TRY(report_lost_board("another board has taken its place"));
  TRY(use(std::move(found), false));
  current_.configuration_pending = !refresh_snapshot();
  may_rehash_ = current_.configuration_pending && board_->workers() != setup_.definition.limits.workers &&
                counts_the_same(definition_, setup_.definition);
  board_->want_workers(may_rehash_ ? setup_.definition.limits.workers : board_->workers());
  clear_spooled();
  // What the ledger's sums have to match, until the next frame brings newer ones.
  if (spool_->ledger().board_id == board_->board_id()) current_.counters = harvester_->counters();
  if (current_.configuration_pending && board_->held_by_other(board::Role::kEdge)) {
    spdlog::warn("the edge runs under an older configuration: it is kept until the edge stops");
    if (!may_rehash_) {
      spdlog::warn("{}: attempts that are open then will be given up, and reported as board_lost: {}",
                   setup_.settings.board, why_new_board(definition_, setup_.definition));
    }
  }
  return Done{};
}

// Harvesting needs the names that the board's counts were made under, whatever the files say now.
Status<AgentError> Agent::use(board::Board board, bool made_here) {
  const auto snapshot = board.snapshot();
  if (!snapshot.ok()) return board_failure(setup_.settings.board, snapshot.error());
  auto definition = journey::decode(*snapshot);
  if (!definition.ok()) {
    return Failure{AgentError{kInUse, setup_.settings.board + ": its configuration is damaged or of another version"}};
  }
  definition_ = std::move(definition).value();
  board_.emplace(std::move(board));
  harvester_ = std::make_unique<harvest::Harvester>(*board_, definition_);
  const Ledger known = spool_->ledger();
  const bool same = known.board_id == board_->board_id();
  ledger_ = same ? known : new_ledger(board_->board_id(), board_->workers(), made_here);
  ledger_.epochs.resize(board_->workers());
  settled_attaches_.reset();
  pulses_.clear();
  current_.board_open = true;
  current_.board_file_gone = false;
  current_.trouble.clear();
  current_.ledger = ledger_;
  current_.counters.clear();
  return Done{};
}

// The same counts, perhaps from another port. False: the board is of another configuration or of other sizes.
bool Agent::refresh_snapshot() {
  const std::vector<std::uint8_t> wanted = journey::encode(setup_.definition);
  if (board_->snapshot_hash() != setup_.snapshot_hash) return false;
  if (!fits(board_->sizes(), board::sizes_for(setup_.definition, wanted.size()))) return false;
  const auto present = board_->snapshot();
  return (present.ok() && *present == wanted) || board_->replace_snapshot(wanted).ok();
}

// For another number of workers. Both of the old board's locks are held and its counts are in the spool; its sessions,
// open attempts and counters move to a board of the same name and identity, so that for the centre it is one board.
void Agent::rehash_board() {
  const std::vector<std::uint8_t> snapshot = journey::encode(setup_.definition);
  board::BoardSpec spec = spec_with(snapshot);
  spec.board_id = board_->board_id();
  spec.created_unix_ns = board_->created().ns;
  auto made = board::Board::create_from(setup_.settings.board.c_str(), spec, *board_, setup_.definition);
  if (!made.ok() && made.error().fault == board::BoardFault::kForeign) {
    spdlog::error("the board cannot be moved to another number of workers: {}", made.error().what);
    return replace_board();
  }
  if (!made.ok()) {
    board_->unlock(board::Role::kEdge);
    fail("cannot move the board to " + std::to_string(spec.sizes.workers) +
         " workers: " + board::to_text(made.error()));
    return;
  }
  spdlog::info("moved the board {} from {} to {} workers", setup_.settings.board, board_->workers(),
               spec.sizes.workers);
  harvester_.reset();
  board_.reset();
  may_rehash_ = current_.configuration_pending = false;
  const auto used = use(std::move(made).value(), false);
  if (!used.ok()) {
    fail(used.error().message);
    return;
  }
  current_.counters = harvester_->counters();
}

// Whoever cut the file took the counts since the last harvest with it. What is in the spool is not concerned; the open
// attempts became unknown, as those of a board that vanished.
bool Agent::give_up_torn_board() {
  if (!board_->torn()) return true;
  const auto reported = report_lost_board("the board was cut by another process");
  if (!reported.ok()) return fail(reported.error().message);
  spdlog::error(
      "{}: the board was cut by another process: its counts since the last harvest are gone, a new one is made",
      setup_.settings.board);
  ++current_.boards_torn;
  board_->discard(setup_.settings.board.c_str());
  harvester_.reset();
  board_.reset();
  current_.board_open = false;
  const auto opened = open_board();
  return opened.ok() || fail(opened.error().message);
}

// A bank that went into the spool before a kill, but was not cleared: its counts must not go out twice.
void Agent::clear_spooled() {
  for (std::uint32_t core = 0; core < board_->workers(); ++core) {
    const board::BankDrain drain(board_->core(core));
    const auto waiting = drain.waiting();
    if (waiting.ok() && waiting->has_value() && ledger_.spooled(core, **waiting)) {
      harvester_->mark_drained(core, **waiting);
    }
  }
}

// Attempts that were open on a board that is gone can never be decided: they became unknown.
Status<AgentError> Agent::report_lost_board(std::string_view why) {
  Ledger gone = spool_->ledger();
  if (gone.closed || gone.open().empty()) return Done{};
  control::DeltaFrame frame;
  frame.node = setup_.settings.node;
  frame.board_id = gone.board_id;
  frame.snapshot = setup_.snapshot_hash;
  frame.board_lost = gone.open();
  std::uint64_t lost = 0;
  for (const auto& [journey, open] : frame.board_lost) lost += open;
  for (auto& [journey, totals] : gone.journeys) {
    frame.open[journey] = 0;
    totals.outcomes += totals.open;
    totals.open = 0;
  }
  gone.closed = true;
  const auto spooled = spool(std::move(frame), gone, {});
  if (!spooled.ok()) return Failure{AgentError{kUnusable, spooled.error().message}};
  spdlog::warn("{}: {} open attempts are given up, and reported as board_lost: {}", setup_.settings.board, lost, why);
  return Done{};
}

}  // namespace bellrock::agent
