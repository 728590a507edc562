// Cost of the TCP responder on prepared frames with a trivial server: a keep-alive request and its 204, a connection
// for each request (SYN, request, FIN exchange), a SYN-ACK, each with N connections in random order. Checksums of all
// frames are verified and made in software. Items are requests (or SYNs).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "dataplane/responder/responder.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::responder {
namespace {

constexpr std::string_view kNoContent =
    "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n\r\n";
constexpr std::size_t kRequestBytes = 1'373;  // a browser's head and a beacon of eight fields
constexpr std::size_t kHeaders = wire::kEthernetBytes + wire::kIpv4Bytes + wire::kTcpBytes;
constexpr std::size_t kBurst = 32;
constexpr Mac kMac{2, 0, 0, 0, 0, 1};
constexpr Address kAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
constexpr std::uint16_t kPort = 80;

// Each segment is a request.
struct Trivial {
  ReplyId reply;
  After after;
  std::uint64_t requests = 0;
  std::uint64_t closed = 0;
  void on_open(Stack&, ConnectionIndex, const Flow&) {}
  std::size_t on_data(Stack& stack, ConnectionIndex c, Bytes bytes) {
    ++requests;
    stack.respond(c, reply, after);
    return bytes.size();
  }
  void on_half_close(Stack& stack, ConnectionIndex c) { stack.close(c); }
  void on_deadline(Stack&, ConnectionIndex) {}
  void on_closed(ConnectionIndex, CloseReason) { ++closed; }
};

struct Client {
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t next = 1'000;  // its own next number
  std::uint32_t ack = 0;       // what it has heard
};

// Writes a segment with right checksums; returns its bytes.
std::size_t write(std::uint8_t* at, const Client& client, unsigned flags, std::size_t payload, bool options = false) {
  const std::size_t option_bytes = options ? 4 : 0;
  std::memcpy(at, kMac.data(), 6);
  std::memset(at + 6, 9, 6);
  store_be16(at + 12, wire::kEtherTypeIpv4);
  std::uint8_t* ip = at + wire::kEthernetBytes;
  std::memset(ip, 0, wire::kIpv4Bytes + wire::kTcpBytes);
  const std::size_t segment = wire::kTcpBytes + option_bytes + payload;
  ip[0] = 0x45;
  store_be16(ip + 2, static_cast<std::uint16_t>(wire::kIpv4Bytes + segment));
  ip[8] = 60;
  ip[9] = wire::kProtocolTcp;
  store_be32(ip + 12, client.address);
  std::memcpy(ip + 16, kAddress.data() + 12, 4);
  const std::uint16_t header_sum = wire::checksum_of(wire::add_to_sum(0, Bytes(ip, wire::kIpv4Bytes)));
  std::memcpy(ip + 10, &header_sum, 2);
  std::uint8_t* tcp = ip + wire::kIpv4Bytes;
  store_be16(tcp, client.port);
  store_be16(tcp + 2, kPort);
  store_be32(tcp + 4, client.next);
  store_be32(tcp + 8, client.ack);
  tcp[12] = static_cast<std::uint8_t>((wire::kTcpBytes + option_bytes) << 2);
  tcp[13] = static_cast<std::uint8_t>(flags);
  store_be16(tcp + 14, 0xffff);
  if (options) store_be32(tcp + wire::kTcpBytes, 0x020405b4);
  if (payload > 0) std::memset(tcp + wire::kTcpBytes + option_bytes, 'x', payload);
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(Bytes(ip + 12, 4), Bytes(ip + 16, 4), wire::kProtocolTcp, segment);
  const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(pseudo, Bytes(tcp, segment)));
  std::memcpy(tcp + 16, &sum, 2);
  return kHeaders + option_bytes + payload;
}

class Bench {
 public:
  Bench(std::uint32_t connections, After after) : frames_(kBurst * kFrameBytes), out_(kOutFramesMax * kFrameBytes) {
    Config config;
    config.mac = kMac;
    config.addresses = {&kAddress, 1};
    config.ports = {&kPort, 1};
    config.connections = connections;
    config.secret = {1, 2};
    config.idle = kHour;
    server_.reply = replies_->add(bytes(kNoContent));
    server_.after = after;
    responder_ = std::make_unique<Responder<Trivial>>(config, *replies_, *outbox_, *counters_, server_);
  }

  // Frames of the burst are written outside of the measured time.
  std::uint8_t* slot(std::size_t i) { return frames_.data() + i * kFrameBytes; }
  void put(std::size_t i, std::size_t bytes) {
    packets_[i] = {.data = Bytes(slot(i), bytes),
                   .wire_bytes = static_cast<std::uint32_t>(bytes),
                   .link = LinkType::kEthernet,
                   .time = now_,
                   .ordinal = 0};
  }
  void offer() {
    while (outbox_->offered() < kOutFramesMax) {
      outbox_->offer(out_.data() + next_ * kFrameBytes);
      next_ = (next_ + 1) % kOutFramesMax;
    }
  }
  void run(std::size_t count) {
    now_.ns += 20 * kMicrosecond;
    responder_->on_burst({packets_.data(), count}, now_, verdicts_);
  }
  // The acknowledgement number for what the i-th ready frame says.
  [[nodiscard]] std::uint32_t heard(std::size_t i) const {
    const OutFrame& frame = outbox_->ready()[i];
    const std::uint8_t* tcp = frame.data + wire::kEthernetBytes + wire::kIpv4Bytes;
    const std::size_t header = tcp[12] / 16 * std::size_t{4};
    const std::size_t payload = frame.bytes - wire::kEthernetBytes - wire::kIpv4Bytes - header;
    return load_be32(tcp + 4) + static_cast<std::uint32_t>(payload) + (tcp[13] & 1U) + (tcp[13] >> 1 & 1U);
  }
  void sent() { outbox_->sent(); }
  [[nodiscard]] Trivial& server() { return server_; }
  [[nodiscard]] Responder<Trivial>& responder() { return *responder_; }

  // One segment of each client of the burst in, one frame for each out.
  template <typename F>
  bool exchange(std::vector<Client>& clients, std::size_t first, std::size_t count, unsigned flags, std::size_t payload,
                F&& measured) {
    offer();
    for (std::size_t i = 0; i < count; ++i)
      put(i, write(slot(i), clients[first + i], flags, payload, flags == tcp_flag::kSyn));
    measured([&] { run(count); });
    const std::size_t ready = outbox_->ready().size();
    const std::uint32_t taken = static_cast<std::uint32_t>(payload) + ((flags & 3) != 0 ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
      clients[first + i].next += taken;
      if (ready == count) clients[first + i].ack = heard(i);
    }
    sent();
    return ready == count;
  }

 private:
  static constexpr std::size_t kFrameBytes = 1'536;
  std::unique_ptr<ReplyTable> replies_ = std::make_unique<ReplyTable>();
  std::unique_ptr<Outbox> outbox_ = std::make_unique<Outbox>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  Trivial server_{};
  std::unique_ptr<Responder<Trivial>> responder_;
  std::vector<std::uint8_t> frames_, out_;
  std::array<Packet, kBurst> packets_{};
  std::array<FrameVerdict, kBurst> verdicts_{};
  std::size_t next_ = 0;
  Instant now_{kSecond};
};

std::vector<Client> make_clients(std::uint32_t count) {
  std::vector<Client> clients(count);
  for (std::uint32_t i = 0; i < count; ++i)
    clients[i] = {0x0a000000 + i / 50, static_cast<std::uint16_t>(10'000 + i % 50), i * 7'919, 0};
  std::shuffle(clients.begin(), clients.end(), std::mt19937_64(1));
  return clients;
}

constexpr auto kUnmeasured = [](auto&& work) { work(); };

// The time of the work alone, in a state that measures by hand.
class Stopwatch {
 public:
  template <typename F>
  void operator()(F&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    passed_ += std::chrono::steady_clock::now() - begin;
  }
  double take() {
    const double seconds = std::chrono::duration<double>(passed_).count();
    passed_ = {};
    return seconds;
  }

 private:
  std::chrono::steady_clock::duration passed_{};
};

void report(benchmark::State& state, std::uint64_t items) {
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
  state.counters["per_item"] =
      benchmark::Counter(static_cast<double>(items), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void keep_alive(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Bench bench(count, After::kKeep);
  std::vector<Client> clients = make_clients(count);
  for (std::size_t first = 0; first < count; first += kBurst) {
    const std::size_t burst = std::min<std::size_t>(kBurst, count - first);
    if (!bench.exchange(clients, first, burst, tcp_flag::kSyn, 0, kUnmeasured))
      return state.SkipWithError("no SYN-ACK");
    bench.exchange(clients, first, burst, tcp_flag::kAck, 0, kUnmeasured);
  }
  if (bench.responder().live() != count) return state.SkipWithError("not all are open");
  Stopwatch watch;
  std::uint64_t requests = 0;
  std::size_t first = 0;
  for (auto _ : state) {
    const std::size_t burst = std::min<std::size_t>(kBurst, count - first);
    const bool answered = bench.exchange(clients, first, burst, tcp_flag::kAck | tcp_flag::kPsh,
                                         static_cast<std::size_t>(state.range(1)), watch);
    if (!answered) state.SkipWithError("a request without its reply");
    requests += burst;
    first = first + burst >= count ? 0 : first + burst;
    state.SetIterationTime(watch.take());
  }
  if (bench.server().requests != requests) state.SkipWithError("requests lost");
  report(state, requests);
}
BENCHMARK(keep_alive)
    ->UseManualTime()
    ->Args({1'000, kRequestBytes})
    ->Args({1'000, 300})
    ->Args({100'000, kRequestBytes})
    ->Args({1'000'000, kRequestBytes});

// SYN, request (which completes the handshake), FIN and acknowledgement in one: three frames in, three out.
void connection_each(benchmark::State& state) {
  Bench bench(1u << 16, After::kClose);
  std::vector<Client> clients = make_clients(1u << 20);
  Stopwatch watch;
  std::uint64_t requests = 0;
  std::size_t first = 0;
  for (auto _ : state) {
    const bool good = bench.exchange(clients, first, kBurst, tcp_flag::kSyn, 0, watch) &&
                      bench.exchange(clients, first, kBurst, tcp_flag::kAck | tcp_flag::kPsh, kRequestBytes, watch) &&
                      bench.exchange(clients, first, kBurst, tcp_flag::kAck | tcp_flag::kFin, 0, watch);
    if (!good) state.SkipWithError("an answer is missing");
    requests += kBurst;
    first = (first + kBurst) % clients.size();
    state.SetIterationTime(watch.take());
  }
  if (bench.server().closed != requests) state.SkipWithError("connections are left");
  report(state, requests);
}
BENCHMARK(connection_each)->UseManualTime();

void syn_ack(benchmark::State& state) {
  Bench bench(static_cast<std::uint32_t>(state.range(0)), After::kKeep);
  std::vector<Client> clients = make_clients(1u << 16);
  Stopwatch watch;
  std::uint64_t syns = 0;
  std::size_t first = 0;
  for (auto _ : state) {
    if (!bench.exchange(clients, first, kBurst, tcp_flag::kSyn, 0, watch)) state.SkipWithError("no SYN-ACK");
    syns += kBurst;
    first = (first + kBurst) % clients.size();
    state.SetIterationTime(watch.take());
  }
  report(state, syns);
}
BENCHMARK(syn_ack)->UseManualTime()->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace bellrock::responder
