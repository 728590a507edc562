#include "dataplane/app/settle.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "dataplane/app/process.h"
#include "dataplane/app/run_capture.h"
#include "dataplane/app/until_port.h"

namespace bellrock::app {
namespace {

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
    while (!port.stopped && !stop_is_requested() && worker->run_once({})) {
    }
    if (stop_is_requested()) _exit(kDone);
  }
  worker->settle();
}

int settle(const Job& job) {
  const bool live = capture_of(job).empty();
  std::vector<io::PcapFile> files;
  if (!live) {
    auto opened = open_capture(job);
    if (!opened.ok()) return fail(kUnusable, capture_of(job).c_str(), describe(opened.error()));
    files = std::move(opened).value();
  }
  if (!drop_privileges(job.options.user)) return fail(kNoRights, "cannot become user", job.options.user);
  const std::uint64_t point = job.board.settle_point();
  run_workers(job.board.workers(), [&](std::uint32_t i) {
    const WorkerSetup setup = job.worker(i, live ? Pace::kLive : Pace::kFile, !live, wait_for_agent);
    NoPort none;
    if (live) return settle_worker(setup, none);
    UntilPort port{files[i], point};
    settle_worker(setup, port);
  });
  job.board.mark_settled();
  return kDone;
}

}  // namespace

int settle_apart(const Job& job) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail(kUnusable, "cannot settle the board", std::strerror(errno));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(getppid() == parent ? settle(job) : kUnusable);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    if (stop_is_requested()) kill(child, SIGTERM);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kUnusable;
}

}  // namespace bellrock::app
