#include "dataplane/app/edge.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "dataplane/app/live_ports.h"
#include "dataplane/app/until_port.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::app {
namespace {

constexpr int kDone = 0, kBadSnapshot = 3, kUnreachable = 6, kNoRights = 7, kConflict = 8, kUnusable = 10;
constexpr long kNextBoardMs = 20'000;  // the agent drains the old board first, and looks every harvest interval

std::atomic<bool> stop_requested{false};

int fail(int code, const char* what, const std::string& detail) {
  std::fprintf(stderr, "bellrock-edge: %s: %s\n", what, detail.c_str());
  return code;
}

std::string describe(const Error& error) { return std::string(error.what) + " (" + std::to_string(error.detail) + ")"; }

void pause_ns(long ns) {
  const timespec time{ns / kSecond, ns % kSecond};
  nanosleep(&time, nullptr);
}

Instant wall_now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec * kSecond + time.tv_nsec};
}

// While a capture waits for a drained bank. What is not committed is undone by the next start, so a stop may fall here.
void wait_for_agent() {
  if (stop_requested.load(std::memory_order_relaxed)) _exit(kDone);
  pause_ns(200 * kMicrosecond);
}

int exit_code(board::BoardFault fault) {
  switch (fault) {
    case board::BoardFault::kMissing:
      return kUnreachable;
    case board::BoardFault::kNoRights:
      return kNoRights;
    case board::BoardFault::kWorkers:
    case board::BoardFault::kInUse:
    case board::BoardFault::kForeign:
      return kConflict;
    default:
      return kUnusable;
  }
}

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
        stop_requested.load()) {
      return board;
    }
    pause_ns(50 * kMillisecond);
  }
}

// The EAL does not say why a device refused; this is what most of them need.
bool may_open_packet_sockets() {
  const int probe = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno != EPERM;
  close(probe);
  return true;
}

// Once the port is open nothing needs rights any more; untrusted bytes are read without them.
bool drop_privileges(const std::string& user) {
  prctl(PR_SET_DUMPABLE, 0);
  if (!user.empty()) {
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr) return false;
    if (setgroups(0, nullptr) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) return false;
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// Runs one thread for each worker and joins them all.
template <typename Body>
void run_workers(std::uint32_t workers, Body&& body) {
  std::vector<std::thread> threads;
  for (std::uint32_t i = 1; i < workers; ++i) threads.emplace_back([&body, i] { body(i); });
  body(0);
  for (auto& thread : threads) thread.join();
}

template <typename Port>
void run_port(const WorkerSetup& setup, Port& port) {
  auto worker = std::make_unique<Worker<Port>>(setup, port);
  unsigned idle_polls = 0;
  while (!stop_requested.load(std::memory_order_relaxed)) {
    const std::uint64_t before = worker->next_ordinal();
    if (!worker->run_once(setup.pace == Pace::kLive ? wall_now() : Instant{})) return;
    idle_polls = worker->next_ordinal() == before ? idle_polls + 1 : 0;
    if (setup.pace == Pace::kLive && idle_polls > 1'000) pause_ns(100 * kMicrosecond);
  }
  worker->stop();
}

// Each worker's own view of the capture, where it goes on.
Result<std::vector<io::PcapFile>> open_capture(const std::string& path, Duration shift, board::Board& board) {
  TRY_ASSIGN(const std::uint64_t mark, io::capture_mark(path));
  const auto another = board.enter_capture(mark);
  if (!another.ok()) return Failure{Error{another.error().what, 0}};
  if (*another) std::fprintf(stderr, "bellrock-edge: another capture than before: from its first packet\n");
  std::vector<io::PcapFile> files;
  for (std::uint32_t i = 0; i < board.workers(); ++i) {
    TRY_ASSIGN(auto file, io::PcapFile::open(path, shift));
    const board::CoreControl& control = board.core(i).control;
    if (control.position > 0) {
      std::fprintf(stderr, "bellrock-edge: worker %u goes on at packet %" PRIu64 "\n", i, control.position);
    }
    if (control.events_done > 0) {
      std::fprintf(stderr, "bellrock-edge: worker %u has counted %" PRIu64 " events of packet %" PRIu64 "\n", i,
                   control.events_done, control.part_end - 1);
    }
    TRY(file.seek(control.position));
    files.push_back(std::move(file));
  }
  return files;
}

// The board's age fixes the shift, so a restart shifts by the same time; whole windows keep their borders.
Result<Duration> shift_of(const EdgeOptions& options, const std::string& path, const board::Board& board) {
  if (!options.rebase_to_now) return Duration{0};
  TRY_ASSIGN(const auto extent, io::measure_pcap(path));
  return (board.created().ns - extent.last.ns) / kWindow * kWindow;
}

std::string capture_of(const EdgeOptions& options, const journey::Definition& definition) {
  return options.pcap.empty() ? definition.port.pcap_file : options.pcap;
}

int run_capture(const EdgeOptions& options, const journey::Definition& definition, board::Board& board,
                const WorkerKeys& keys) {
  const std::string path = capture_of(options, definition);
  const auto shift = shift_of(options, path, board);
  if (!shift.ok()) return fail(kUnusable, path.c_str(), describe(shift.error()));
  auto opened = open_capture(path, *shift, board);
  if (!opened.ok()) return fail(kUnusable, path.c_str(), describe(opened.error()));
  std::vector<io::PcapFile>& files = *opened;
  if (!drop_privileges(options.user)) return fail(kNoRights, "cannot become user", options.user);
  run_workers(board.workers(), [&](std::uint32_t i) {
    const WorkerSetup setup{.definition = definition,
                            .board = board,
                            .keys = keys,
                            .index = i,
                            .workers = board.workers(),
                            .pace = Pace::kFile,
                            .wait = wait_for_agent};
    run_port(setup, files[i]);
  });
  if (const Error* error = files[0].error(); error != nullptr) return fail(kUnusable, path.c_str(), describe(*error));
  return kDone;
}

int run_live(const EdgeOptions& options, const journey::Definition& definition, board::Board& board,
             const WorkerKeys& keys) {
  auto ports = LivePorts::open(definition.port.eal, board.workers());
  if (!ports.ok() && !may_open_packet_sockets()) {
    return fail(kNoRights, "port",
                describe(ports.error()) + "; this process may not open packet sockets (CAP_NET_RAW)");
  }
  if (!ports.ok()) return fail(kUnusable, "port", describe(ports.error()));
  if (!drop_privileges(options.user)) return fail(kNoRights, "cannot become user", options.user);
  run_workers(board.workers(), [&](std::uint32_t i) {
    const WorkerSetup setup{.definition = definition,
                            .board = board,
                            .keys = keys,
                            .index = i,
                            .workers = board.workers(),
                            .pace = ports->plays_capture() ? Pace::kFile : Pace::kLive,
                            .ordered = false,
                            .wait = wait_for_agent};
    run_port(setup, ports->of(i));
  });
  return kDone;
}

// A port that never gave anything: live packets are not read while a board is settled.
struct NoPort {
  std::span<const Packet> rx_burst(Instant) { return {}; }
  void release(std::span<const Packet>) {}
  [[nodiscard]] bool ended() const { return true; }
};

template <typename Port>
void settle_worker(const WorkerSetup& setup, Port& port) {
  auto worker = std::make_unique<Worker<Port>>(setup, port);
  if constexpr (std::is_same_v<Port, UntilPort>) {
    while (!port.stopped && !stop_requested.load(std::memory_order_relaxed) && worker->run_once({})) {
    }
    if (stop_requested.load(std::memory_order_relaxed)) _exit(kDone);
  }
  worker->settle();
}

// For another number of workers: those of the board read up to its settle point, so that all stand at the same packet,
// and apply what they handed to each other. A kill in between leaves a board to be settled again.
int settle(const EdgeOptions& options, const journey::Definition& definition, board::Board& board,
           const WorkerKeys& keys, bool live) {
  const std::string path = capture_of(options, definition);
  std::vector<io::PcapFile> files;
  if (!live) {
    const auto shift = shift_of(options, path, board);
    if (!shift.ok()) return fail(kUnusable, path.c_str(), describe(shift.error()));
    auto opened = open_capture(path, *shift, board);
    if (!opened.ok()) return fail(kUnusable, path.c_str(), describe(opened.error()));
    files = std::move(opened).value();
  }
  if (!drop_privileges(options.user)) return fail(kNoRights, "cannot become user", options.user);
  const std::uint64_t point = board.settle_point();
  run_workers(board.workers(), [&](std::uint32_t i) {
    const WorkerSetup setup{.definition = definition,
                            .board = board,
                            .keys = keys,
                            .index = i,
                            .workers = board.workers(),
                            .pace = live ? Pace::kLive : Pace::kFile,
                            .ordered = !live,
                            .wait = wait_for_agent};
    NoPort none;
    if (live) return settle_worker(setup, none);
    UntilPort port{files[i], point};
    settle_worker(setup, port);
  });
  board.mark_settled();
  return kDone;
}

// In a process of its own, which has no rights: this one has yet to attach to the board that comes next.
int settle_apart(const EdgeOptions& options, const journey::Definition& definition, board::Board& board,
                 const WorkerKeys& keys, bool live) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail(kUnusable, "cannot settle the board", std::strerror(errno));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(getppid() == parent ? settle(options, definition, board, keys, live) : kUnusable);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    if (stop_requested.load()) kill(child, SIGTERM);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kUnusable;
}

// Until the agent has put another board in this one's place.
bool wait_for_next(const EdgeOptions& options, const board::Board& board) {
  const long patience_ms = std::max(options.wait_ms, kNextBoardMs);
  for (long waited_ms = 0; waited_ms < patience_ms && !stop_requested.load(); waited_ms += 50) {
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
  const WorkerKeys keys{.owner = on_board, .flows = on_board};
  const bool live = options.pcap.empty() && definition->port.pcap_file.empty();
  const std::uint64_t wanted = board->wanted_workers();
  if (wanted == 0 || wanted == board->workers()) {
    return live ? run_live(options, *definition, *board, keys) : run_capture(options, *definition, *board, keys);
  }
  std::fprintf(stderr, "bellrock-edge: settles the board of %u workers for %" PRIu64 "\n", board->workers(), wanted);
  const int settled = settle_apart(options, *definition, *board, keys, live);
  if (settled != kDone || stop_requested.load()) return settled;
  board->unlock(board::Role::kEdge);
  if (wait_for_next(options, *board)) return std::nullopt;
  if (stop_requested.load()) return kDone;
  return fail(kUnreachable, options.board.c_str(), "the agent does not make the board for the other number of workers");
}

}  // namespace

void request_stop() { stop_requested.store(true, std::memory_order_relaxed); }

int run_edge(const EdgeOptions& options) {
  for (;;) {
    if (const auto code = run_board(options); code.has_value()) return *code;
  }
}

}  // namespace bellrock::app
