// What each stage adds to a packet: the same generated shop traffic through ever more of the pipeline. A stage's own
// cost is its line less the one before. Packets come from memory, larger than the L2 cache, in bursts as ports give
// them; every run checks what it found against the generator's truth.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "bench/app/centre.h"
#include "control/config/loader.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/memory_port.h"
#include "dataplane/io/pcap_file.h"
#include "tools/traffic/traffic.h"

namespace bellrock::app {
namespace {

constexpr std::uint32_t kConnections = 65'536;

struct Traffic {
  io::MemoryPort port;
  std::uint64_t transactions = 0;
  std::uint64_t connections = 0;
};

Traffic& traffic() {
  static Traffic made = [] {
    const auto path = std::filesystem::temp_directory_path() / ("stage_bench." + std::to_string(getpid()) + ".pcap");
    traffic::Options options;
    options.out = path;
    options.transactions = 15'000;
    options.duration_s = 120;  // a dozen windows
    traffic::Truth truth;
    Traffic result;
    if (!traffic::generate(options, truth)) std::abort();
    auto file = io::PcapFile::open(path);
    for (Packet packet; file->next(packet).value();) result.port.add(packet.time, packet.data, packet.wire_bytes);
    std::filesystem::remove(path);
    result.transactions = truth.transactions.size();
    return result;
  }();
  made.port.rewind();
  return made;
}

void report(benchmark::State& state, std::uint64_t packets) {
  state.counters["per_packet"] = benchmark::Counter(
      static_cast<double>(packets), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["packets"] = static_cast<double>(packets);
}

void fetch_ahead(std::span<const Packet> burst, std::size_t i) {
  if (i + 4 < burst.size()) __builtin_prefetch(burst[i + 4].data.data());
}

void parse(benchmark::State& state) {
  io::MemoryPort& port = traffic().port;
  Segment segment;
  for (auto _ : state) {
    port.rewind();
    std::uint64_t segments = 0;
    while (!port.ended()) {
      const auto burst = port.rx_burst({});
      for (std::size_t i = 0; i < burst.size(); ++i) {
        fetch_ahead(burst, i);
        segments += tcp::parse_segment(burst[i], false, segment).ok() ? 1U : 0U;
      }
    }
    if (segments != port.size()) state.SkipWithError("a packet was not parsed");
  }
  report(state, port.size());
}
BENCHMARK(parse)->Unit(benchmark::kMillisecond);

// Reassembly's handler: either the bytes end here, or HTTP reads them and its messages end here.
struct Streams {
  http::Connections* http = nullptr;
  std::uint64_t bytes = 0, transactions = 0;

  void on_open(std::uint32_t c, const tcp::ConnectionInfo& info) {
    if (http != nullptr) http->on_open(c, info.mid_stream);
  }
  void on_data(std::uint32_t c, Direction direction, Bytes data, Instant time) {
    bytes += data.size();
    if (http != nullptr) http->on_data(c, direction, data, time, *this);
  }
  void on_gap(std::uint32_t c, Direction direction, std::uint64_t missing) {
    if (http != nullptr) http->on_gap(c, direction, missing, *this);
  }
  void on_end(std::uint32_t c, Direction direction, Instant at) {
    if (http != nullptr) http->on_end(c, direction, true, at, *this);
  }
  void on_reset(std::uint32_t c, Direction sender, Instant at) {
    if (http != nullptr) http->on_reset(c, sender, at, *this);
  }
  void on_close(std::uint32_t c, tcp::CloseReason reason, Instant at) {
    if (http != nullptr) http->on_close(c, reason == tcp::CloseReason::kIdle, at, *this);
  }
  static bool wants_body(std::uint32_t, const HttpRequest& head) { return head.method == Method::kPost; }
  static void on_request(std::uint32_t, const HttpRequest&, RequestTag&) {}
  static void on_response(std::uint32_t, const HttpResponse&, const RequestTag&) {}
  void on_transaction(std::uint32_t, const Transaction&, const RequestTag&) { ++transactions; }
  static void on_error(std::uint32_t, Direction, HttpError) {}
};

void through_reassembly(io::MemoryPort& port, tcp::Reassembler& reassembler, Streams& handler) {
  std::array<Segment, kBurstMax> segments;
  std::array<tcp::SidedKey, kBurstMax> keys{};
  Instant last;
  while (!port.ended()) {
    const auto burst = port.rx_burst({});
    for (std::size_t i = 0; i < burst.size(); ++i) {
      fetch_ahead(burst, i);
      if (!tcp::parse_segment(burst[i], false, segments[i]).ok()) std::abort();
      keys[i] = reassembler.locate(segments[i].flow);
    }
    for (std::size_t i = 0; i < burst.size(); ++i) {
      const tcp::ConnectionIndex c = reassembler.prefetch(keys[i]);
      if (c != tcp::kNoConnection && handler.http != nullptr) handler.http->prefetch(c);
    }
    for (std::size_t i = 0; i < burst.size(); ++i) {
      (void)reassembler.on_segment(segments[i], keys[i], burst[i].ordinal, handler);
    }
    last = burst.back().time;
  }
  reassembler.close_all(last, handler);
}

void run_streams(benchmark::State& state, bool with_http) {
  Traffic& made = traffic();
  auto counters = std::make_unique<Counters>();
  constexpr std::uint16_t kPorts[] = {80};
  const std::vector<std::string> no_extra_headers;
  for (auto _ : state) {
    state.PauseTiming();
    tcp::Reassembler reassembler({.connections = kConnections, .server_ports = kPorts}, {1, 2}, *counters);
    http::Connections http({.connections = kConnections}, no_extra_headers, *counters);
    Streams handler{.http = with_http ? &http : nullptr};
    made.port.rewind();
    state.ResumeTiming();
    through_reassembly(made.port, reassembler, handler);
    if (handler.bytes == 0 || (with_http && handler.transactions != made.transactions)) {
      state.SkipWithError("not every transaction was found");
    }
  }
  report(state, made.port.size());
}
void parse_reassemble(benchmark::State& state) { run_streams(state, false); }
void parse_reassemble_http(benchmark::State& state) { run_streams(state, true); }
BENCHMARK(parse_reassemble)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_reassemble_http)->Unit(benchmark::kMillisecond);

void whole_worker(benchmark::State& state) {
  Traffic& made = traffic();
  const std::string directory = BELLROCK_SOURCE "/config/shop";
  const auto loaded = config::load(std::span(&directory, 1));
  if (!loaded.ok()) return state.SkipWithError("the shop's configuration is not valid");
  for (auto _ : state) {
    state.PauseTiming();
    bench::Centre centre(loaded.definition);
    const WorkerSetup setup{.definition = loaded.definition,
                            .board = centre.board(),
                            .keys = {.owner = {3, 4}, .flows = {5, 6}},
                            .wait = bench::wait_for_harvest};
    auto worker = std::make_unique<Worker<io::MemoryPort>>(setup, made.port);
    made.port.rewind();
    state.ResumeTiming();
    while (worker->run_once({})) {
    }
    if (centre.counter(counter::id(StreamCount::kTransactions)) != made.transactions) {
      state.SkipWithError("not every transaction was counted");
    }
    state.PauseTiming();
    worker.reset();
    state.ResumeTiming();
  }
  report(state, made.port.size());
}
BENCHMARK(whole_worker)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellrock::app
