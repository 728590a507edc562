#include "dataplane/app/run_live.h"

#include <sys/prctl.h>

#include <memory>
#include <optional>
#include <type_traits>

#include "dataplane/app/device_watch.h"
#include "dataplane/app/live_ports.h"
#include "dataplane/app/process.h"
#include "dataplane/app/serving.h"

namespace bellrock::app {
namespace {

constexpr unsigned kIdlePolls = 1'000;
constexpr long kIdlePauseNs = 100 * kMicrosecond;

// A worker that serves waits a moment for more packets when a poll brought few: a dozen answers in one call cost the
// device's driver and the caches far less than a dozen calls do, and a client notices none of it (bench/serve).
constexpr long kGatherNs = 50 * kMicrosecond;
constexpr std::uint64_t kFewPackets = kBurstMax / 2;
constexpr unsigned long kTimerSlackNs = 1'000;  // the kernel's own is as long as the pause

template <class Stages>
void run(const WorkerSetup& setup, LivePort& port) {
  const bool live = setup.pace == Pace::kLive, gathers = live && std::is_same_v<Stages, Endpoint>;
  auto worker = std::make_unique<Worker<LivePort, Stages>>(setup, port);
  LiveClock clock;
  unsigned idle_polls = 0;
  if (gathers) (void)prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  while (!stop_is_requested()) {
    const std::uint64_t before = worker->next_ordinal();
    if (!worker->run_once(live ? read(clock) : Instant{})) return;
    const std::uint64_t packets = worker->next_ordinal() - before;
    idle_polls = packets == 0 ? idle_polls + 1 : 0;
    if (live && idle_polls > kIdlePolls) {
      pause_ns(kIdlePauseNs);
    } else if (gathers && packets < kFewPackets) {
      pause_ns(kGatherNs);
    }
  }
  worker->stop();
}

int refuse(const journey::Port& port, const Error& error) {
  const std::string what = port.xdp_interface.empty() ? "port" : "port " + port.xdp_interface;
  if (may_open_packet_sockets()) return fail(kUnusable, what.c_str(), describe(error));
  return fail(kNoRights, what.c_str(), describe(error) + "; this process may not open packet sockets (CAP_NET_RAW)");
}

}  // namespace

int run_live(const Job& job) {
  const bool serves = job.definition.serve.on;
  auto serving = serves ? Serving::prepare(job.definition) : Result<Serving>(Serving{});
  if (!serving.ok())
    return fail(kUnusable, ("serving " + job.definition.serve.snippet_file).c_str(), describe(serving.error()));
  const std::string& interface = job.definition.port.xdp_interface;
  if (const auto steered = serving->steer(job.definition, job.board); !steered.ok())
    return fail(kUnusable, ("steering " + interface).c_str(), describe(steered.error()));
  auto ports = LivePorts::open(serving->eal(job.definition.port, job.board.workers()), job.board.workers(), serves);
  if (!ports.ok()) return refuse(job.definition.port, ports.error());
  if (const auto ready = serving->confirm(); !ready.ok())
    return fail(kUnusable, ("steering " + interface).c_str(), describe(ready.error()));
  if (serving->maps() != nullptr) ports->set_steering(*serving->maps(), steered_so_far(job.board));
  if (!drop_privileges(job.options.user)) return fail(kNoRights, "cannot become user", job.options.user);
  DeviceWatch watch(ports->device().interface(), job.board, [&ports] { ports->look(); });
  run_workers(job.board.workers(), [&](std::uint32_t i) {
    WorkerSetup setup = job.worker(i, ports->plays_capture() ? Pace::kFile : Pace::kLive, false, wait_for_agent);
    if (!serves) return run<Pipeline>(setup, ports->of(i));
    const EndpointSetup endpoint = serving->of_worker(ports->device(), i);
    setup.endpoint = &endpoint;
    run<Endpoint>(setup, ports->of(i));
  });
  watch.stop();
  return watch.gone() ? kUnusable : kDone;
}

}  // namespace bellrock::app
