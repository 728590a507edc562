// What a packet costs a worker, against reading and freeing the same packets through the same reader. One run gives one
// figure, because the EAL starts once a process; packet_cost.py runs both in turn and prints the ratio.
//
//   packet_cost --pcap FILE --config DIR --reader dpdk|file --work free|all
//
// Prints one JSON line. CPU time of the worker's thread; the harvest runs on another, as the agent would.
#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "bench/app/centre.h"
#include "control/config/loader.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/dpdk_port.h"
#include "dataplane/io/pcap_file.h"

namespace {

using namespace bellrock;  // NOLINT: a program, not a header

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Cost {
  std::uint64_t packets = 0;
  double ns = 0;
};

template <typename Port>
Cost read_and_free(Port& port) {
  Cost cost;
  const double begin = cpu_ns();
  for (;;) {
    const auto burst = port.rx_burst({});
    if (burst.empty() && port.ended()) break;
    cost.packets += burst.size();
    port.release(burst);
  }
  cost.ns = cpu_ns() - begin;
  return cost;
}

template <typename Port>
Cost work_through(Port& port, const journey::Definition& definition) {
  bench::Centre centre(definition);
  const app::WorkerSetup setup{.definition = definition,
                               .board = centre.board(),
                               .keys = {.owner = {3, 4}, .flows = {5, 6}},
                               .wait = bench::wait_for_harvest};
  auto worker = std::make_unique<app::Worker<Port>>(setup, port);
  const double begin = cpu_ns();
  while (worker->run_once({})) {
  }
  const double ns = cpu_ns() - begin;
  std::fprintf(stderr, "%llu transactions, %llu beacons accepted\n",
               static_cast<unsigned long long>(centre.counter(counter::id(StreamCount::kTransactions))),
               static_cast<unsigned long long>(centre.counter(counter::id(PacketCount::kBeaconsAccepted))));
  return {centre.counter(counter::id(PacketCount::kPackets)), ns};
}

std::string option(int argc, char** argv, const char* name, const char* usual) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return argv[i + 1];
  }
  return usual;
}

template <typename Port>
Cost run(Port& port, bool work, const journey::Definition& definition) {
  return work ? work_through(port, definition) : read_and_free(port);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string pcap = option(argc, argv, "--pcap", "");
  const std::string directory = option(argc, argv, "--config", "config/shop");
  const bool dpdk = option(argc, argv, "--reader", "dpdk") == "dpdk";
  const bool work = option(argc, argv, "--work", "all") == "all";
  const auto loaded = config::load(std::span(&directory, 1));
  if (pcap.empty() || !loaded.ok()) return std::fprintf(stderr, "packet_cost: needs --pcap and a valid --config\n"), 2;
  Cost cost;
  if (dpdk) {
    const std::vector<std::string> eal{"--no-huge",     "-m",
                                       "512",           "--no-pci",
                                       "--no-shconf",   "--no-telemetry",
                                       "--log-level=3", "--vdev=net_pcap0,rx_pcap=" + pcap};
    auto env = io::DpdkEnv::start({.eal_arguments = eal});
    if (!env.ok()) return std::fprintf(stderr, "packet_cost: %s\n", env.error().what), 10;
    io::DpdkPort port(*env, 0);
    cost = run(port, work, loaded.definition);
  } else {
    auto file = io::PcapFile::open(pcap);
    if (!file.ok()) return std::fprintf(stderr, "packet_cost: %s\n", file.error().what), 10;
    cost = run(*file, work, loaded.definition);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"packets\": %llu, \"ns_per_packet\": %.1f, \"peak_rss_mb\": %ld}\n",
              static_cast<unsigned long long>(cost.packets), cost.ns / static_cast<double>(cost.packets),
              usage.ru_maxrss / 1024);
  return cost.packets == 0 ? 1 : 0;
}
