// ns per packet of the passive TCP side: parsing, flow hash, table look-up and in-order delivery, with N connections
// whose packets come in random order, so that every packet finds its connection cold.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "dataplane/tcp/flow_hash.h"
#include "dataplane/tcp/reassembler.h"
#include "dataplane/tcp/segment_parser.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::tcp {
namespace {

constexpr std::size_t kFrameBytes = 650;
constexpr std::size_t kHeaderBytes = wire::kEthernetBytes + wire::kIpv4Bytes + wire::kTcpBytes;
constexpr std::size_t kPayloadBytes = kFrameBytes - kHeaderBytes;
constexpr std::size_t kBurst = 32;

struct Sum {
  std::uint64_t bytes = 0;
  std::uint64_t gaps = 0;
  void on_open(ConnectionIndex, const ConnectionInfo&) {}
  void on_data(ConnectionIndex, Direction, Bytes data, Instant) { bytes += data.size(); }
  void on_gap(ConnectionIndex, Direction, std::uint64_t count) { gaps += count; }
  void on_end(ConnectionIndex, Direction, Instant) {}
  void on_reset(ConnectionIndex, Direction, Instant) {}
  void on_close(ConnectionIndex, CloseReason, Instant) {}
};

// Frames of many connections, one behind the other in the order of their arrival, as a port's buffers are: all requests
// in random order, then all answers. Between rounds their sequence numbers are advanced.
class Traffic {
 public:
  explicit Traffic(std::uint32_t connections) : frames_(2 * std::size_t{connections} * kFrameBytes) {
    std::vector<std::uint32_t> order(connections);
    for (std::uint32_t i = 0; i < connections; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
    for (std::size_t i = 0; i < size(); ++i) write(frame(i), order[i % connections], i < connections);
  }

  [[nodiscard]] std::size_t size() const { return frames_.size() / kFrameBytes; }
  [[nodiscard]] Packet packet(std::size_t n, Instant time) const {
    const Bytes data(frames_.data() + n * kFrameBytes, kFrameBytes);
    return {data, kFrameBytes, LinkType::kEthernet, time, n, nullptr};
  }
  void prefetch(std::size_t n) const {
    if (n < size()) __builtin_prefetch(frames_.data() + n * kFrameBytes + wire::kEthernetBytes);
  }
  void advance() {
    for (std::size_t i = 0; i < size(); ++i) {
      std::uint8_t* tcp = frame(i) + wire::kEthernetBytes + wire::kIpv4Bytes;
      store_be32(tcp + 4, load_be32(tcp + 4) + kPayloadBytes);
      store_be32(tcp + 8, load_be32(tcp + 8) + kPayloadBytes);
    }
  }

 private:
  std::uint8_t* frame(std::size_t n) { return frames_.data() + n * kFrameBytes; }

  static void write(std::uint8_t* at, std::uint32_t connection, bool by_client) {
    store_be16(at + 12, wire::kEtherTypeIpv4);
    std::uint8_t* ip = at + wire::kEthernetBytes;
    ip[0] = 0x45;
    store_be16(ip + 2, kFrameBytes - wire::kEthernetBytes);
    ip[9] = wire::kProtocolTcp;
    store_be32(ip + (by_client ? 12 : 16), 0x0a000000 + connection);
    store_be32(ip + (by_client ? 16 : 12), 0xc0a80001);
    std::uint8_t* tcp = ip + wire::kIpv4Bytes;
    store_be16(tcp + (by_client ? 0 : 2), static_cast<std::uint16_t>(20'000 + connection % 40'000));
    store_be16(tcp + (by_client ? 2 : 0), 80);
    store_be32(tcp + 4, 1);
    store_be32(tcp + 8, by_client ? 1 : 1 + kPayloadBytes);
    tcp[12] = 0x50;
    tcp[13] = tcp_flag::kAck | tcp_flag::kPsh;
  }

  std::vector<std::uint8_t> frames_;
};

void parse_segments(benchmark::State& state) {
  const Traffic traffic(static_cast<std::uint32_t>(state.range(0)));
  std::size_t n = 0;
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  for (auto _ : state) {
    const auto segment = parse_segment(traffic.packet(n, {1}), false);
    if (segment.ok()) bytes += segment->payload.size();
    ++packets;
    if (++n == traffic.size()) n = 0;
  }
  if (bytes != packets * kPayloadBytes) state.SkipWithError("payload lost");
}
BENCHMARK(parse_segments)->Arg(16)->Arg(3'000);

void hash_flows(benchmark::State& state) {
  Flow flow;
  flow.destination.port = 80;
  std::uint64_t sum = 0;
  for (auto _ : state) {
    ++flow.source.port;
    sum += flow_hash(flow);
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(hash_flows);

// Look-up and delivery alone: each connection's next request segment, connections in random order.
void deliver_segments(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 2 * connections, .server_ports = {}}, {1, 2}, *counters);
  Sum sum;
  static constexpr std::uint8_t kPayload[kPayloadBytes] = {};
  std::vector<Segment> segments(connections);
  for (std::uint32_t i = 0; i < connections; ++i) {
    std::memcpy(segments[i].flow.source.address.data(), &i, sizeof i);
    segments[i].flow.source.port = 20'000;
    segments[i].flow.destination.port = 80;
    segments[i].flags = tcp_flag::kSyn;
    segments[i].time = {kSecond};
    (void)reassembler.on_segment(segments[i], i, sum).ok();
    segments[i].flags = tcp_flag::kAck;
    segments[i].payload = kPayload;
    segments[i].sequence = 1;
  }
  std::shuffle(segments.begin(), segments.end(), std::mt19937_64(1));
  std::size_t n = 0;
  std::uint64_t ordinal = 0;
  for (auto _ : state) {
    (void)reassembler.prefetch(reassembler.locate(segments[n + 8 < connections ? n + 8 : 0].flow));
    (void)reassembler.on_segment(segments[n], ordinal++, sum).ok();
    segments[n].sequence += kPayloadBytes;
    if (++n == connections) n = 0;
  }
  if (sum.bytes != ordinal * kPayloadBytes) state.SkipWithError("bytes lost");
}
BENCHMARK(deliver_segments)->Arg(16)->Arg(1'000)->Arg(30'000)->Arg(300'000);

// Bursts, as the worker does it: parse all, prefetch all, then reassemble.
void reassemble(benchmark::State& state) {
  Traffic traffic(static_cast<std::uint32_t>(state.range(0)));
  auto counters = std::make_unique<Counters>();
  constexpr std::uint16_t kPorts[] = {80};
  Reassembler reassembler({.connections = 2 * static_cast<std::uint32_t>(state.range(0)), .server_ports = kPorts},
                          {1, 2}, *counters);
  Sum sum;
  Instant now{kSecond};
  std::uint64_t ordinal = 0;
  std::array<Segment, kBurst> burst;
  std::array<SidedKey, kBurst> keys{};
  std::uint64_t expected = 0;
  std::size_t n = 0;
  const auto run_burst = [&] {
    std::size_t count = 0;
    for (; count < kBurst && n < traffic.size(); ++n) {
      traffic.prefetch(n + 4);
      const auto segment = parse_segment(traffic.packet(n, now), false);
      if (!segment.ok()) continue;
      burst[count] = *segment;
      keys[count] = reassembler.locate(burst[count].flow);
      ++count;
    }
    for (std::size_t i = 0; i < count; ++i) (void)reassembler.prefetch(keys[i]);
    now.ns += kMicrosecond;
    for (std::size_t i = 0; i < count; ++i) (void)reassembler.on_segment(burst[i], keys[i], ordinal++, sum).ok();
    expected += count * kPayloadBytes;
    return count;
  };
  while (n < traffic.size()) run_burst();  // the pick-up of all connections
  now.ns += kPickUpWait + 1;
  reassembler.expire(now, sum);
  std::uint64_t packets = 0;
  for (auto _ : state) {
    if (n == traffic.size()) {
      state.PauseTiming();
      traffic.advance();
      n = 0;
      state.ResumeTiming();
    }
    packets += run_burst();
  }
  reassembler.close_all(now, sum);
  if (sum.bytes != expected || sum.gaps != 0) state.SkipWithError("bytes lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["per_packet"] =
      benchmark::Counter(static_cast<double>(packets), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(reassemble)->Arg(256)->Arg(1'000)->Arg(30'000);

}  // namespace
}  // namespace bellrock::tcp
