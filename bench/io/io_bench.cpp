// Reading a capture, per packet: PcapFile by bursts and one by one, and the DPDK port over the same file (net_pcap,
// copied into buffers and freed). The file is written first, in memory (/dev/shm) where that exists; every run counts
// packets and bytes. BELLROCK_BENCH_PCAP names another file.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "dataplane/io/dpdk_port.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/io/pcap_writer.h"

namespace bellrock::io {
namespace {

constexpr std::size_t kPackets = 200'000;

// Sizes as web traffic has them: mean 650 B, acknowledgements and full frames.
std::string write_capture() {
  const std::string folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  const std::string path = folder + "/bellrock_io_bench." + std::to_string(getpid()) + ".pcap";
  auto writer = PcapWriter::create(path);
  if (!writer.ok()) std::abort();
  std::mt19937_64 random(1);
  std::vector<std::uint8_t> frame(1'514);
  for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(random());
  for (std::size_t i = 0; i < kPackets; ++i) {
    const std::size_t bytes = random() % 2 == 0 ? 66 : 400 + random() % 1'115;
    if (!writer
             ->write(Instant{static_cast<std::int64_t>(i) * 2'000 + 1'790'000'000 * kSecond},
                     Bytes(frame.data(), bytes))
             .ok()) {
      std::abort();
    }
  }
  if (!writer->close().ok()) std::abort();
  return path;
}

const std::string& capture() {
  static const std::string path = [] {
    if (const char* given = std::getenv("BELLROCK_BENCH_PCAP")) return std::string(given);
    const std::string written = write_capture();
    static const std::string kept = written;
    std::atexit([] { unlink(kept.c_str()); });
    return written;
  }();
  return path;
}

const PcapExtent& extent() {
  static const PcapExtent whole = [] {
    const auto measured = measure_pcap(capture());
    if (!measured.ok()) std::abort();
    return *measured;
  }();
  return whole;
}

// `touch`: also read the headers of each packet, as any consumer does.
template <typename P>
PcapExtent drain(P& port, bool touch) {
  PcapExtent seen;
  std::uint64_t sum = 0;
  while (!port.ended()) {
    const auto burst = port.rx_burst(Instant{1});
    for (const Packet& packet : burst) {
      ++seen.packets;
      seen.captured_bytes += packet.data.size();
      if (touch) sum += std::uint64_t{packet.data.front()} + packet.data[packet.data.size() / 2];
    }
    port.release(burst);
  }
  benchmark::DoNotOptimize(sum);
  return seen;
}

void judge(benchmark::State& state, const PcapExtent& seen) {
  if (seen.packets != extent().packets || seen.captured_bytes != extent().captured_bytes) {
    state.SkipWithError("not every packet was read");
  }
}

void report(benchmark::State& state) {
  const double packets = static_cast<double>(extent().packets) * static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["per_packet"] = benchmark::Counter(packets, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void pcap_bursts(benchmark::State& state) {
  for (auto _ : state) {
    auto file = PcapFile::open(capture());
    judge(state, drain(*file, state.range(0) != 0));
  }
  report(state);
}

void pcap_next(benchmark::State& state) {
  for (auto _ : state) {
    auto file = PcapFile::open(capture());
    PcapExtent seen;
    Packet packet;
    while (*file->next(packet)) {
      ++seen.packets;
      seen.captured_bytes += packet.data.size();
    }
    judge(state, seen);
  }
  report(state);
}

// The EAL starts once a process and net_pcap plays a file once, so this runs once: Google Benchmark must not repeat it.
void dpdk_net_pcap(benchmark::State& state) {
  const std::vector<std::string> eal{
      "--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--vdev=net_pcap0,rx_pcap=" + capture()};
  auto env = DpdkEnv::start({.eal_arguments = eal});
  if (!env.ok()) return state.SkipWithError(env.error().what);
  DpdkPort port(*env, 0);
  extent();
  for (auto _ : state) judge(state, drain(port, true));
  report(state);
}

BENCHMARK(pcap_bursts)->ArgName("touch")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(pcap_next)->Unit(benchmark::kMillisecond);
BENCHMARK(dpdk_net_pcap)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellrock::io
