#include "dataplane/app/run_live.h"

#include <memory>
#include <optional>

#include "dataplane/app/live_ports.h"
#include "dataplane/app/process.h"
#include "dataplane/app/serving.h"

namespace bellrock::app {
namespace {

constexpr unsigned kIdlePolls = 1'000;
constexpr long kIdlePauseNs = 100 * kMicrosecond;

template <class Stages>
void run(const WorkerSetup& setup, LivePort& port) {
  auto worker = std::make_unique<Worker<LivePort, Stages>>(setup, port);
  LiveClock clock;
  unsigned idle_polls = 0;
  while (!stop_is_requested()) {
    const std::uint64_t before = worker->next_ordinal();
    if (!worker->run_once(setup.pace == Pace::kLive ? read(clock) : Instant{})) return;
    idle_polls = worker->next_ordinal() == before ? idle_polls + 1 : 0;
    if (setup.pace == Pace::kLive && idle_polls > kIdlePolls) pause_ns(kIdlePauseNs);
  }
  worker->stop();
}

int refuse(const Error& error) {
  if (may_open_packet_sockets()) return fail(kUnusable, "port", describe(error));
  return fail(kNoRights, "port", describe(error) + "; this process may not open packet sockets (CAP_NET_RAW)");
}

}  // namespace

int run_live(const Job& job) {
  const bool serves = job.definition.serve.on;
  auto serving = serves ? Serving::prepare(job.definition) : Result<Serving>(Serving{});
  if (!serving.ok()) return fail(kUnusable, "serving", describe(serving.error()));
  auto ports = LivePorts::open(serving->eal(job.definition.port, job.board.workers()), job.board.workers(), serves);
  if (!ports.ok()) return refuse(ports.error());
  if (const auto ready = serving->confirm(); !ready.ok()) return fail(kUnusable, "steering", describe(ready.error()));
  if (serving->maps() != nullptr) ports->set_steering(*serving->maps());
  if (!drop_privileges(job.options.user)) return fail(kNoRights, "cannot become user", job.options.user);
  run_workers(job.board.workers(), [&](std::uint32_t i) {
    WorkerSetup setup = job.worker(i, ports->plays_capture() ? Pace::kFile : Pace::kLive, false, wait_for_agent);
    if (!serves) return run<Pipeline>(setup, ports->of(i));
    const EndpointSetup endpoint = serving->of_worker(ports->device(), i);
    setup.endpoint = &endpoint;
    run<Endpoint>(setup, ports->of(i));
  });
  return kDone;
}

}  // namespace bellrock::app
