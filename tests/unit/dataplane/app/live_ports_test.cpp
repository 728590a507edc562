// One device for several workers. The EAL starts once a process, so each test runs in a child of its own.
#include "dataplane/app/live_ports.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include "dataplane/io/pcap_file.h"
#include "dataplane/tcp/connection_key.h"
#include "dataplane/tcp/segment_parser.h"

namespace bellrock::app {
namespace {

using ConnectionName = std::array<Endpoint, 2>;

ConnectionName name_of(const Flow& flow) {
  return flow.source < flow.destination ? ConnectionName{flow.source, flow.destination}
                                        : ConnectionName{flow.destination, flow.source};
}

std::vector<std::string> arguments(const std::string& device) {
  return {"--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--vdev=" + device};
}

// What the workers were given, together.
struct Seen {
  struct Of {
    std::uint32_t worker = 0;
    std::vector<std::uint64_t> ordinals;
  };
  std::map<ConnectionName, Of> connections;
  std::vector<std::uint64_t> by_worker;
  std::uint64_t packets = 0, without_flow = 0;
  bool split = false;
};

void note(Seen& seen, std::uint32_t worker, const Packet& packet) {
  ++seen.packets;
  ++seen.by_worker[worker];
  const auto segment = tcp::parse_segment(packet, false);
  if (!segment.ok()) {
    ++seen.without_flow;
    return;
  }
  const auto [at, fresh] = seen.connections.try_emplace(name_of(segment->flow), Seen::Of{worker, {}});
  seen.split = seen.split || at->second.worker != worker;
  at->second.ordinals.push_back(packet.ordinal);
}

// Runs every worker until its port has ended, or `enough` packets were seen.
Seen run(LivePorts& ports, std::uint32_t workers, Counters& counters, std::uint64_t enough) {
  Seen seen;
  seen.by_worker.resize(workers);
  std::mutex mutex;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      LivePort& port = ports.of(i);
      while (!stop) {
        const auto burst = port.rx_burst(Instant{1});
        if (burst.empty() && port.ended()) break;
        const std::lock_guard lock(mutex);
        for (const Packet& packet : burst) note(seen, i, packet);
        port.release(burst);
        port.count(counters, false);
        const bool all_work = *std::min_element(seen.by_worker.begin(), seen.by_worker.end()) > 0;
        if (seen.packets >= enough && all_work) stop = true;
      }
      const std::lock_guard lock(mutex);
      port.count(counters, true);
    });
  }
  for (auto& thread : threads) thread.join();
  return seen;
}

[[noreturn]] void end(const char* wrong) {
  if (wrong != nullptr) std::fprintf(stderr, "%s\n", wrong);
  std::_Exit(wrong == nullptr ? 0 : 1);
}

void distribute_a_capture(const std::string& path) {
  constexpr std::uint32_t kWorkers = 3;
  auto ports = LivePorts::open(arguments("net_pcap0,rx_pcap=" + path), kWorkers);
  if (!ports.ok()) end(ports.error().what);
  if (!ports->plays_capture()) end("a capture that is no capture");
  auto counters = std::make_unique<Counters>();
  const Seen seen = run(*ports, kWorkers, *counters, UINT64_MAX);

  std::map<ConnectionName, std::uint64_t> expected;
  std::uint64_t packets = 0;
  auto file = io::PcapFile::open(path);
  for (Packet packet; file.ok() && file->next(packet).value();) {
    ++packets;
    const auto segment = tcp::parse_segment(packet, false);
    if (segment.ok()) ++expected[name_of(segment->flow)];
  }
  const std::uint64_t full = counters->pending(counter::id(Drop::kDistributionFull));
  const std::uint64_t no_buffer = counters->pending(counter::id(PacketCount::kPortNoBuffer));
  if (packets == 0 || seen.packets + full + no_buffer != packets) end("packets lost unseen");
  if (full + no_buffer != 0) end("a small capture does not fit");
  if (seen.split) end("a connection on two workers");
  if (seen.connections.size() != expected.size() || expected.size() < 10) end("connections missing");
  for (const auto& [name, of] : seen.connections) {
    if (of.ordinals.size() != expected[name]) end("a connection's packet is missing");
    if (!std::is_sorted(of.ordinals.begin(), of.ordinals.end())) end("out of order");
  }
  for (const std::uint64_t count : seen.by_worker) {
    if (count == 0) end("a worker without work");
  }
  end(nullptr);
}

TEST(LivePorts, HandEveryConnectionWithBothItsDirectionsToOneWorkerInOrder) {
  EXPECT_EXIT(distribute_a_capture(BELLROCK_TEST_DATA "/shop.pcap"), testing::ExitedWithCode(0), "");
}

void one_queue_for_each_worker() {
  constexpr std::uint32_t kWorkers = 2;
  auto ports = LivePorts::open(arguments("net_null0,size=64,copy=1"), kWorkers);
  if (!ports.ok()) end(ports.error().what);
  if (ports->plays_capture()) end("a device without end is no capture");
  if (ports->queues() != kWorkers) end("the device has a queue for every worker");
  auto counters = std::make_unique<Counters>();
  const Seen seen = run(*ports, kWorkers, *counters, 100'000);
  if (seen.without_flow != seen.packets) end("a connection in empty frames");
  if (counters->pending(counter::id(Drop::kDistributionFull)) != 0) end("nothing is handed on");
  end(nullptr);
}

TEST(LivePorts, GiveEveryWorkerItsOwnQueueWhereTheDeviceKeepsFlowsTogether) {
  EXPECT_EXIT(one_queue_for_each_worker(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace bellrock::app
