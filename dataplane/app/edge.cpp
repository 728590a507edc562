#include "dataplane/app/edge.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "dataplane/app/live_ports.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::app {
namespace {

constexpr int kDone = 0, kBadSnapshot = 3, kUnreachable = 6, kNoRights = 7, kConflict = 8, kUnusable = 10;

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

int run_capture(const EdgeOptions& options, const journey::Definition& definition, board::Board& board,
                const Keys& keys) {
  const std::string path = options.pcap.empty() ? definition.port.pcap_file : options.pcap;
  Duration shift = 0;
  if (options.rebase_to_now) {
    // The board's age fixes the shift, so a restart shifts by the same time; whole windows keep their borders.
    const auto extent = io::measure_pcap(path);
    if (!extent.ok()) return fail(kUnusable, path.c_str(), describe(extent.error()));
    shift = (board.created().ns - extent->last.ns) / kWindow * kWindow;
  }
  std::vector<io::PcapFile> files;
  for (std::uint32_t i = 0; i < board.workers(); ++i) {
    auto file = io::PcapFile::open(path, shift);
    if (!file.ok()) return fail(kUnusable, path.c_str(), describe(file.error()));
    const std::uint64_t position = board.core(i).control.position;
    if (position > 0) std::fprintf(stderr, "bellrock-edge: worker %u goes on at packet %" PRIu64 "\n", i, position);
    const auto found = file->seek(position);
    if (!found.ok()) return fail(kUnusable, path.c_str(), describe(found.error()));
    files.push_back(std::move(file).value());
  }
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

int run_live(const EdgeOptions& options, const journey::Definition& definition, board::Board& board, const Keys& keys) {
  auto ports = LivePorts::open(definition.port.eal, board.workers());
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

}  // namespace

void request_stop() { stop_requested.store(true, std::memory_order_relaxed); }

int run_edge(const EdgeOptions& options) {
  auto board = attach(options);
  if (!board.ok()) return fail(exit_code(board.error().fault), options.board.c_str(), board.error().what);
  const auto snapshot = board->snapshot();
  if (!snapshot.ok()) return fail(kBadSnapshot, options.board.c_str(), snapshot.error().what);
  const auto definition = journey::decode(*snapshot);
  if (!definition.ok()) return fail(kBadSnapshot, options.board.c_str(), definition.error().what);
  const auto taken = board->take_edge(definition->limits.workers, options.wait_ms * kMillisecond);
  if (!taken.ok()) return fail(exit_code(taken.error().fault), options.board.c_str(), taken.error().what);

  const board::Keys& on_board = board->keys();
  const Keys keys{.session = on_board.session_current, .owner = on_board.owner, .flows = on_board.owner};
  const bool live = options.pcap.empty() && definition->port.pcap_file.empty();
  return live ? run_live(options, *definition, *board, keys) : run_capture(options, *definition, *board, keys);
}

}  // namespace bellrock::app
