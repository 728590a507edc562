// Any segments into the responder, from two peers (IPv4, IPv6 in a VLAN), with a server of changing mind. What the
// server gets is compared with the peer's stream, what comes out with the replies; windows never move back, frames have
// right checksums, each frame has one verdict, and when all is over, nothing is held. Input: 8 bytes a step: kind and
// peer, flags, sequence (2), acknowledgement (2), length, time and window.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/responder/responder.h"
#include "tests/unit/dataplane/responder/frames.h"
#include "tests/unit/dataplane/responder/scripted_server.h"

namespace {

using namespace bellrock;
using namespace bellrock::responder;
using namespace bellrock::responder::test;

constexpr std::size_t kInputBytes = 8;
constexpr std::size_t kOperationsMax = 200;
constexpr std::array<Address, 2> kAddresses{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1},
                                             {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
constexpr std::array<std::uint16_t, 1> kPorts{80};

struct Peer {
  TcpFrame path;
  std::uint32_t isn = 0;
  std::uint32_t our_isn = 0;    // of the last SYN-ACK
  std::uint32_t opened_at = 0;  // our isn of the connection
  std::uint32_t our_end = 0;
  std::uint32_t last_ack = 0;
  bool timestamps = false;
  bool has_edge = false;
  std::uint32_t edge = 0;
};

class Conversation {
 public:
  Conversation() {
    static constexpr std::array<std::uint8_t, 3'000> kBig{1, 2, 3};
    replies_ids_ = {replies_->add(bytes("ok")), replies_->add(bytes("another answer")), replies_->add(kBig)};
    Config config;
    config.mac = {2, 0, 0, 0, 0, 1};
    config.addresses = kAddresses;
    config.ports = kPorts;
    config.connections = 3;
    config.time_wait_stubs = 8;
    config.out_of_order_bytes = 6 * 2'048;
    config.connections_per_source = 2;
    config.idle = 20 * kSecond;
    config.retransmissions = 3;
    config.window_probes = 3;
    config.secret = {1, 2};
    server_.replies = replies_.get();
    responder_ = std::make_unique<Responder<ScriptedServer>>(config, *replies_, outbox_, *counters_, server_);
    buffers_.assign(64, Octets(config.mtu + kLinkBytesMax));
    for (std::size_t i = 0; i < peers_.size(); ++i) make(peers_[i], i == 1);
  }

  void step(const std::uint8_t* in) {
    Peer& peer = peers_[in[0] >> 7];
    now_.ns += kSteps[in[7] % kSteps.size()];
    offer(in[7] >= 250 ? 0 : buffers_.size());
    responder_->advance(now_);  // what comes out now is not of a connection that the next frame opens
    collect();
    switch (in[0] % 8) {
      case 0:
        return order(peer, in);
      case 1:
        return raw(in);
      case 2:
        break;
      default:
        segment(peer, in);
    }
    collect();
  }

  // Long after: everything has ended, and nothing is left.
  void finish() {
    server_.take_max = SIZE_MAX;
    for (int i = 0; i < 40; ++i) {
      now_ = now_ + 30 * kSecond;
      offer(buffers_.size());
      responder_->advance(now_);
      collect();
    }
    CHECK(responder_->live() == 0 && server_.open.empty());
    CHECK(responder_->out_of_order_blocks_free() == responder_->out_of_order_blocks());
    CHECK(responder_->stubs() == 0);
    for (const ReplyId id : replies_ids_) CHECK(replies_->in_use(id) == 0);
    std::uint64_t verdicts = 0;
    for (std::size_t i = 0; i < kFrameVerdictNames.size(); ++i)
      verdicts += counters_->pending(counter::id(static_cast<FrameVerdict>(i)));
    CHECK(verdicts == frames_);
  }

 private:
  static constexpr std::array<Duration, 8> kSteps{
      0, 0, kMillisecond, 10 * kMillisecond, 50 * kMillisecond, kSecond, 5 * kSecond, kMinute};

  static void make(Peer& peer, bool ipv6) {
    peer.isn = ipv6 ? 0xfffffff0 : 5'000;
    peer.path.from_mac = {2, 0, 0, 0, 0, 9};
    peer.path.to_mac = {2, 0, 0, 0, 0, 1};
    peer.path.ipv6 = ipv6;
    if (ipv6) peer.path.tags.emplace_back(0x8100, 5);
    const Address& ours = kAddresses[ipv6 ? 1 : 0];
    peer.path.destination.assign(ours.begin() + (ipv6 ? 0 : 12), ours.end());
    peer.path.source = peer.path.destination;
    peer.path.source.back() = 9;
    peer.path.source_port = ipv6 ? 7'777 : 8'888;
    peer.path.destination_port = 80;
  }

  void segment(Peer& peer, const std::uint8_t* in) {
    constexpr std::array<unsigned, 8> kFlags{tcp_flag::kAck,
                                             tcp_flag::kAck | tcp_flag::kPsh,
                                             tcp_flag::kSyn,
                                             tcp_flag::kFin | tcp_flag::kAck,
                                             tcp_flag::kRst,
                                             tcp_flag::kRst | tcp_flag::kAck,
                                             tcp_flag::kSyn | tcp_flag::kAck,
                                             0};
    TcpFrame frame = peer.path;
    frame.flags = static_cast<std::uint8_t>(kFlags[in[1] % kFlags.size()]);
    const bool syn = frame.flags == tcp_flag::kSyn;
    const std::uint32_t offset =
        // Far ones are odd: by a multiple of 64 KiB, which no window reaches, a cookie would let a stream begin
        // elsewhere.
        in[1] >= 128 ? std::uint32_t{load_be16(in + 2)} << 4 | 1 : load_be16(in + 2) % 4096U;
    frame.sequence = peer.isn + (syn ? 0 : 1 + offset);
    if (syn && in[2] == 0xff) frame.sequence += 100'000;
    const std::uint32_t behind = load_be16(in + 4);
    frame.acknowledgement = peer.our_isn + 1 + peer.our_end - (in[4] >= 128 ? behind : behind % 64U);
    if (in[4] == 0) frame.acknowledgement = peer.our_isn + 1 + peer.our_end;
    frame.window = in[7] >= 240 ? 0 : static_cast<std::uint16_t>(in[7] * 64 + 10);
    const std::size_t length = in[6] > 250 ? 1'400 : in[6];
    for (std::size_t i = 0; i < length && !syn; ++i) frame.payload.push_back(stream_byte(offset + i));
    if (syn) {
      peer.timestamps = in[6] % 2 == 1;
      frame.mss = static_cast<std::uint16_t>(load_be16(in + 4) | 8);
      frame.sack_permitted = in[6] % 4 > 1;
      if (in[6] % 8 > 3) frame.window_scale = in[6] / 8;
    }
    if (peer.timestamps != (in[1] == 77))
      frame.timestamps = {static_cast<std::uint32_t>(now_.ns / kMillisecond) - (in[1] == 78 ? 5'000 : 0), 0};
    peer.last_ack = frame.acknowledgement;
    give(build(frame), &peer);
  }

  // The rest of the input as a frame, with our MAC address in front.
  void raw(const std::uint8_t* in) {
    constexpr std::array<unsigned, 4> kTypes{0x0806, 0x0800, 0x86dd, 0x8100};
    Octets frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9};
    put16(frame, kTypes[in[1] % 4]);
    for (std::size_t i = 0; i < in[2] % 80u; ++i) frame.push_back(static_cast<std::uint8_t>(in[3 + i % 5] * (i + 1)));
    give(frame, nullptr);
    collect();
  }

  void give(const Octets& frame, Peer* peer) {
    const std::size_t before = server_.connections.size();
    const Packet packet{.data = frame,
                        .wire_bytes = static_cast<std::uint32_t>(frame.size()),
                        .link = LinkType::kEthernet,
                        .time = now_,
                        .ordinal = frames_};
    CHECK(responder_->on_frame(packet, now_) < FrameVerdict::kCount);
    ++frames_;
    if (peer != nullptr && server_.connections.size() > before) peer->opened_at = peer->last_ack - 1;
  }

  // The server changes its mind, or acts.
  void order(Peer& peer, const std::uint8_t* in) {
    server_.reply = in[1] % 4 == 3 ? kNoReply : replies_ids_[in[1] % 4];
    server_.half_close_reply = in[1] > 200 ? replies_ids_[0] : kNoReply;
    server_.take_max = in[2] < 200 ? SIZE_MAX : in[2] - 200u;
    server_.close_after_reply = in[3] > 200;
    server_.close_on_half_close = in[3] < 250;
    server_.abort_on_data = in[4] > 250;
    server_.answers_are_room = in[4] % 2 == 1;
    if (in[5] % 4 == 1) responder_->set_window(static_cast<std::uint16_t>(in[6] * 100));
    if (in[5] % 4 == 0) responder_->set_window(0xffff);
    for (const auto& [index, number] : std::map(server_.open)) {
      if (server_.connections[number].flow.source.port != peer.path.source_port) continue;
      if (in[6] == 1) responder_->close(index);
      if (in[6] == 2) responder_->abort(index);
      if (in[6] == 3) responder_->set_deadline(index, kSecond);
      if (in[6] == 4) server_.respond(*responder_, index, replies_ids_[in[1] % 3], false);
      responder_->resume(index);
    }
    collect();
  }

  void offer(std::size_t count) {
    while (outbox_.offered() < count) {
      outbox_.offer(buffers_[next_buffer_].data());
      next_buffer_ = (next_buffer_ + 1) % buffers_.size();
    }
  }

  void collect() {
    CHECK(server_.problems.empty());
    for (const OutFrame& frame : outbox_.ready()) check(Octets(frame.data, frame.data + frame.bytes));
    outbox_.sent();
  }

  void check(const Octets& frame) {
    const Read got = read(frame);
    CHECK(got.problem.empty() && frame.size() <= 1'500 + 18);
    if (!got.tcp) return;
    Peer& peer = peers_[got.frame.ipv6 ? 1 : 0];
    CHECK(got.frame.tags == peer.path.tags && got.frame.destination == peer.path.source);
    CHECK(got.frame.destination_port == peer.path.source_port);
    if ((got.frame.flags & tcp_flag::kRst) != 0) return;
    if ((got.frame.flags & tcp_flag::kSyn) != 0) {
      peer.our_isn = got.frame.sequence;
      peer.our_end = 0;
      return;
    }
    const auto known = server_.by_port.find(peer.path.source_port);
    CHECK(known != server_.by_port.end());
    const std::string& sent = server_.connections[known->second].sent;
    const std::uint32_t offset = got.frame.sequence - peer.opened_at - 1;
    if (!got.frame.payload.empty()) {
      CHECK(sent.compare(offset, got.frame.payload.size(),
                         std::string(got.frame.payload.begin(), got.frame.payload.end())) == 0);
      if (peer.opened_at == peer.our_isn)
        peer.our_end = std::max(peer.our_end, offset + static_cast<std::uint32_t>(got.frame.payload.size()));
    }
    check_edge(peer, got.frame, known->second);
  }

  void check_edge(Peer& peer, const TcpFrame& frame, std::size_t connection) {
    const std::uint32_t edge = frame.acknowledgement + frame.window;
    const bool alive = !server_.connections[connection].closed;
    if (alive && peer.has_edge && edges_of_ == connection) CHECK(distance(peer.edge, edge) >= 0);
    peer.has_edge = alive;
    peer.edge = edge;
    edges_of_ = connection;
  }

  std::unique_ptr<ReplyTable> replies_ = std::make_unique<ReplyTable>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  std::array<ReplyId, 3> replies_ids_{};
  Outbox outbox_;
  ScriptedServer server_;
  std::unique_ptr<Responder<ScriptedServer>> responder_;
  std::vector<Octets> buffers_;
  std::size_t next_buffer_ = 0;
  std::array<Peer, 2> peers_;
  std::size_t edges_of_ = SIZE_MAX;
  std::uint64_t frames_ = 0;
  Instant now_{kSecond};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto conversation = std::make_unique<Conversation>();
  for (std::size_t i = 0; i < std::min(size / kInputBytes, kOperationsMax); ++i, data += kInputBytes)
    conversation->step(data);
  conversation->finish();
  return 0;
}
