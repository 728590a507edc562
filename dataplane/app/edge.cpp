#include "dataplane/app/edge.h"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <optional>

#include "dataplane/app/process.h"
#include "dataplane/app/run_capture.h"
#include "dataplane/app/run_live.h"
#include "dataplane/app/settle.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::app {
namespace {

constexpr long kNextBoardMs = 20'000;  // the agent drains the old board first, and looks every harvest interval

// With the reason, and what to do about it.
std::string describe(const board::BoardError& error) {
  switch (error.fault) {
    case board::BoardFault::kMissing:
      return board::to_text(error) + "; start bellrock-agent, which makes it, or wait for it with --wait 30s";
    case board::BoardFault::kNoRights:
      return board::to_text(error) + "; run as the user of bellrock-agent, whom the board belongs to, or as root";
    case board::BoardFault::kForeign:
      return board::to_text(error) + "; name the agent's board, and use an agent of this version";
    default:
      return board::to_text(error);
  }
}

Result<board::Board, board::BoardError> attach(const EdgeOptions& options) {
  for (long waited_ms = 0;; waited_ms += 50) {
    auto board = board::Board::attach(options.board.c_str());
    if (board.ok() || board.error().fault != board::BoardFault::kMissing || waited_ms >= options.wait_ms ||
        stop_is_requested()) {
      return board;
    }
    pause_ns(50 * kMillisecond);
  }
}

// Until the agent has put another board in this one's place.
bool wait_for_next(const EdgeOptions& options, const board::Board& board) {
  const long patience_ms = std::max(options.wait_ms, kNextBoardMs);
  for (long waited_ms = 0; waited_ms < patience_ms && !stop_is_requested(); waited_ms += 50) {
    if (!board.still_at(options.board.c_str())) return true;
    pause_ns(50 * kMillisecond);
  }
  return false;
}

// What one board asks of this process. Nothing: it was settled and another one has taken its place.
std::optional<int> run_board(const EdgeOptions& options) {
  auto board = attach(options);
  if (!board.ok()) return fail(exit_code(board.error().fault), options.board.c_str(), describe(board.error()));
  const auto snapshot = board->snapshot();
  if (!snapshot.ok()) return fail(kBadSnapshot, options.board.c_str(), snapshot.error().what);
  const auto definition = journey::decode(*snapshot);
  if (!definition.ok()) return fail(kBadSnapshot, options.board.c_str(), definition.error().what);
  const auto taken = board->take_edge(definition->limits.workers, options.wait_ms * kMillisecond);
  if (!taken.ok() && taken.error().fault == board::BoardFault::kMissing && !board->still_at(options.board.c_str()) &&
      access(options.board.c_str(), F_OK) == 0) {
    return std::nullopt;  // replaced while its lock was waited for
  }
  if (!taken.ok()) return fail(exit_code(taken.error().fault), options.board.c_str(), describe(taken.error()));

  const SipKey on_board = board->keys().owner;
  const Job job{options, *definition, *board, {.owner = on_board, .flows = on_board}};
  const std::uint64_t wanted = board->wanted_workers();
  if (wanted == 0 || wanted == board->workers()) return capture_of(job).empty() ? run_live(job) : run_capture(job);
  std::fprintf(stderr, "bellrock-edge: settles the board of %u workers for %" PRIu64 "\n", board->workers(), wanted);
  const int settled = settle_apart(job);
  if (settled != kDone || stop_is_requested()) return settled;
  board->unlock(board::Role::kEdge);
  if (wait_for_next(options, *board)) return std::nullopt;
  if (stop_is_requested()) return kDone;
  return fail(kUnreachable, options.board.c_str(), "the agent does not make the board for the other number of workers");
}

}  // namespace

int run_edge(const EdgeOptions& options) {
  for (;;) {
    if (const auto code = run_board(options); code.has_value()) return *code;
  }
}

}  // namespace bellrock::app
