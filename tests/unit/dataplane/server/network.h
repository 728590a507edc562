// The server on the real responder, and peers that speak TCP to it frame by frame, in virtual time.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/responder/responder.h"
#include "dataplane/server/http_server.h"
#include "tests/unit/dataplane/responder/frames.h"

namespace bellrock::server::test {

inline constexpr responder::Address kAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
inline constexpr std::uint16_t kPort = 80;

// What a peer has sent and received.
struct Peer {
  std::uint16_t port = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint32_t acknowledged = 0;  // by the server
  std::uint32_t told = 0;          // what it says that it has received
  bool acknowledges = true;        // tells at once
  std::uint16_t window = 0xffff;
  bool open = false, finished = false, reset = false;
  std::string received;
};

template <typename S>
class Network {
 public:
  Network(const Config& config, S& sink) {
    responder::Config stack;
    stack.mac = {2, 0, 0, 0, 0, 1};
    stack.addresses = {&kAddress, 1};
    stack.ports = {&kPort, 1};
    stack.connections = config.connections;
    stack.secret = {3, 4};
    server_ = std::make_unique<HttpServer<S>>(config, std::span<const std::string>{}, *table_, *counters_, sink);
    responder_ = std::make_unique<responder::Responder<HttpServer<S>>>(stack, *table_, outbox_, *counters_, *server_);
    buffers_.assign(kOutFramesMax, responder::test::Octets(1'600));
    for (auto& buffer : buffers_) outbox_.offer(buffer.data());
    server_->set_time(now_);
  }

  Peer& connect() {
    Peer& peer = peers_.emplace_back();
    peer.port = static_cast<std::uint16_t>(20'000 + peers_.size());
    peer.sequence = 1'000;
    give(frame_of(peer, tcp_flag::kSyn, ""));
    give(frame_of(peer, tcp_flag::kAck, ""));
    return peer;
  }
  void send(Peer& peer, std::string_view data, std::size_t piece = 1'400) {
    for (std::size_t at = 0; at < data.size() && !peer.reset; at += piece) {
      const std::string_view part = data.substr(at, piece);
      const auto frame = frame_of(peer, tcp_flag::kAck | tcp_flag::kPsh, part);
      peer.sequence += static_cast<std::uint32_t>(part.size());
      give(frame);
    }
  }
  void acknowledge(Peer& peer) {
    peer.told = peer.acknowledgement;
    give(frame_of(peer, tcp_flag::kAck, ""));
  }
  void finish(Peer& peer, std::string_view last = "") {
    const auto frame = frame_of(peer, tcp_flag::kAck | tcp_flag::kFin, last);
    peer.sequence += static_cast<std::uint32_t>(last.size()) + 1;
    give(frame);
  }
  void reset(Peer& peer) { give(frame_of(peer, tcp_flag::kRst, "")); }
  void pass(Duration time) {
    for (Duration left = time; left > 0; left -= 10 * kMillisecond) {
      now_ = now_ + std::min(left, 10 * kMillisecond);
      server_->set_time(now_);
      responder_->advance(now_);
      fetch();
    }
  }
  // A frame that was made before: for measuring what giving it costs.
  responder::test::Octets frame_of(const Peer& peer, unsigned flags, std::string_view data) const {
    responder::test::TcpFrame frame;
    frame.to_mac = {2, 0, 0, 0, 0, 1};
    frame.from_mac = {2, 0, 0, 0, 0, 9};
    frame.source = {10, 0, 0, 1};
    frame.destination = {192, 0, 2, 1};
    frame.source_port = peer.port;
    frame.destination_port = kPort;
    frame.window = peer.window;
    frame.sequence = peer.sequence;
    frame.acknowledgement = peer.told;
    frame.flags = static_cast<std::uint8_t>(flags);
    frame.payload.assign(data.begin(), data.end());
    if ((flags & tcp_flag::kSyn) != 0) frame.mss = 1'460;
    return build(frame);
  }
  void give_only(const responder::test::Octets& frame) {
    const Packet packet{.data = frame,
                        .wire_bytes = static_cast<std::uint32_t>(frame.size()),
                        .link = LinkType::kEthernet,
                        .time = now_,
                        .ordinal = 0};
    responder_->on_frame(packet, now_);
  }
  void give(const responder::test::Octets& frame) {
    give_only(frame);
    fetch();
  }
  // What came out, to whom it is for; peers acknowledge until nothing more comes.
  void fetch() {
    while (!outbox_.ready().empty()) {
      std::vector<Peer*> heard;
      const auto ready = outbox_.ready();
      for (const OutFrame& out : ready) hear(out, heard);
      const std::size_t count = ready.size();
      outbox_.sent();
      for (std::size_t i = 0; i < count; ++i) outbox_.offer(buffers_[next_++ % buffers_.size()].data());
      for (Peer* peer : heard) {
        if (!peer->reset) give_only(frame_of(*peer, tcp_flag::kAck, ""));
      }
    }
  }

  template <typename E>
  [[nodiscard]] std::uint64_t count(E what) const {
    return counters_->pending(counter::id(what));
  }
  HttpServer<S>& server() { return *server_; }
  responder::Responder<HttpServer<S>>& stack() { return *responder_; }
  std::vector<std::string> problems;

 private:
  void hear(const OutFrame& out, std::vector<Peer*>& heard) {
    const auto read = responder::test::read(responder::test::Octets(out.data, out.data + out.bytes));
    if (!read.problem.empty()) problems.push_back(read.problem);
    const auto& frame = read.frame;
    Peer& peer = peers_[frame.destination_port - 20'001u];
    if ((frame.flags & tcp_flag::kRst) != 0) peer.reset = true;
    if ((frame.flags & tcp_flag::kSyn) != 0) {
      peer.open = true;
      peer.told = peer.acknowledgement = frame.sequence + 1;
      peer.sequence += 1;
      return;
    }
    peer.acknowledged = frame.acknowledgement;
    std::uint32_t length = static_cast<std::uint32_t>(frame.payload.size());
    const bool fin = (frame.flags & tcp_flag::kFin) != 0;
    if (length == 0 && !fin) return;
    if (frame.sequence == peer.acknowledgement) {
      peer.received.append(frame.payload.begin(), frame.payload.end());
      if (fin) {
        peer.finished = true;
        ++length;
      }
      peer.acknowledgement += length;
    }
    if (!peer.acknowledges) return;
    peer.told = peer.acknowledgement;
    heard.push_back(&peer);
  }

  std::unique_ptr<responder::ReplyTable> table_ = std::make_unique<responder::ReplyTable>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  responder::Outbox outbox_;
  std::unique_ptr<HttpServer<S>> server_;
  std::unique_ptr<responder::Responder<HttpServer<S>>> responder_;
  std::vector<responder::test::Octets> buffers_;
  std::size_t next_ = 0;
  std::deque<Peer> peers_;
  Instant now_{1'700'000'000 * kSecond};
};

}  // namespace bellrock::server::test
