// Builds random two-way TCP conversations and the packets of them that a capture holds: missed, doubled, repeated with
// other borders, swapped. It knows nothing of the reassembler: what must come out is found by painting every captured
// byte onto its place.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dataplane/flow/segment.h"

namespace bellrock::tcp {

struct Impairments {
  double uncaptured = 0;  // chance that a source of the capture misses a packet
  int mirrors = 1;        // sources of the capture
  double repeated = 0;    // chance that a segment is sent again, perhaps with other borders
  Duration jitter = 0;    // a packet's delay into the capture is anything below this
  unsigned segment_bytes = 1'400;
  bool handshake = true;
  bool to_server = true;  // is this direction captured at all
  bool to_client = true;
  bool fins = true;
};

class Conversation {
 public:
  struct Side {
    bool is_client = false;
    std::uint32_t isn = 0;
    std::string bytes;                             // all that was sent
    std::vector<std::size_t> needs;                // how much of the other side had been received when it was sent
    std::vector<std::optional<Instant>> captured;  // first captured copy of each byte
    bool closed = false;
    std::optional<Instant> syn_captured;
    std::optional<Instant> fin_captured;
  };

  Conversation(std::uint64_t seed, const Impairments& impairments) : random_(seed), impairments_(impairments) {
    client.is_client = true;
    for (Side* side : {&client, &server}) {
      const auto any = static_cast<std::uint32_t>(random_());
      side->isn = pick(2) == 0 ? 0xffffffff - any % 3'000 : any;  // half of them wrap soon
    }
    if (impairments.handshake) shake_hands();
    const unsigned exchanges = 1 + pick(5);
    for (unsigned i = 0; i < exchanges; ++i) {
      const unsigned segments_max = 100 * impairments.segment_bytes;
      send(client, 1 + pick(std::min(pick(3) == 0 ? 6'000U : 900U, segments_max)));
      send(server, 1 + pick(std::min(pick(3) == 0 ? 20'000U : 1'200U, segments_max)));
      if (pick(2) == 0) acknowledge(client, server.bytes.size());
      now_.ns += pick(4) == 0 ? 300 * kMillisecond : kMillisecond;
    }
    if (impairments.fins) finish();
    capture();
  }

  Side client, server;
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }  // in capture order

  // What must be delivered: captured bytes in place, '?' for the others up to the last that was captured.
  [[nodiscard]] static std::string painted(const Side& side) {
    std::string out;
    for (std::size_t i = 0; i < side.bytes.size(); ++i) out += side.captured[i] ? side.bytes[i] : '?';
    out.resize(out.find_last_not_of('?') + 1);
    return out;
  }

 private:
  struct Sent {
    Segment segment;
    bool by_client;
    std::size_t offset, bytes;
  };

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  Side& other(const Side& side) { return side.is_client ? server : client; }

  void emit(const Side& from, std::size_t offset, std::size_t bytes, unsigned flags, std::size_t acknowledged) {
    Segment segment;
    segment.flow.source = endpoint(from.is_client);
    segment.flow.destination = endpoint(!from.is_client);
    const bool syn = (flags & tcp_flag::kSyn) != 0;
    segment.sequence = from.isn + (syn ? 0 : 1) + static_cast<std::uint32_t>(offset);
    if ((flags & tcp_flag::kAck) != 0) {
      const Side& to = other(from);
      const bool all = acknowledged == to.bytes.size();
      segment.acknowledgement = to.isn + 1 + static_cast<std::uint32_t>(acknowledged) + (all && to.closed ? 1 : 0);
    }
    segment.flags = static_cast<std::uint8_t>(flags);
    for (int mirror = 0; mirror < impairments_.mirrors; ++mirror) {
      if (!(from.is_client ? impairments_.to_server : impairments_.to_client)) continue;
      if (chance(impairments_.uncaptured)) continue;
      segment.time = now_;
      if (impairments_.jitter > 0)
        segment.time.ns += static_cast<Duration>(pick(static_cast<unsigned>(impairments_.jitter)));
      sent_.push_back({segment, from.is_client, offset, bytes});
    }
    now_.ns += 10 * kMicrosecond + static_cast<Duration>(pick(400)) * kMicrosecond;
  }

  void shake_hands() {
    emit(client, 0, 0, tcp_flag::kSyn, 0);
    emit(server, 0, 0, tcp_flag::kSyn | tcp_flag::kAck, 0);
    emit(client, 0, 0, tcp_flag::kAck, 0);
  }

  // Segments marked for repetition are lost behind the capture point: the receiver acknowledges nothing after them
  // until they came again.
  void send(Side& from, unsigned bytes) {
    const std::size_t first = from.bytes.size();
    for (unsigned i = 0; i < bytes; ++i) {
      from.bytes += static_cast<char>('a' + pick(26));
      from.needs.push_back(other(from).bytes.size());
    }
    std::vector<std::pair<std::size_t, std::size_t>> again;
    for (std::size_t at = first; at < from.bytes.size();) {
      const std::size_t length = std::min<std::size_t>(1 + pick(impairments_.segment_bytes), from.bytes.size() - at);
      emit(from, at, length, tcp_flag::kAck | tcp_flag::kPsh, other(from).bytes.size());
      if (chance(impairments_.repeated)) again.emplace_back(at, length);
      at += length;
      if (pick(3) == 0) acknowledge(other(from), again.empty() ? at : again.front().first);
    }
    for (auto [at, length] : again) {
      if (pick(2) == 0) {
        const std::size_t back = std::min<std::size_t>(at - first, pick(200));
        at -= back;
        length = std::min<std::size_t>(length + back + pick(200), from.bytes.size() - at);
      }
      emit(from, at, length, tcp_flag::kAck, other(from).bytes.size());
    }
  }

  void acknowledge(const Side& from, std::size_t upto) {
    emit(from, from.bytes.size() + (from.closed ? 1 : 0), 0, tcp_flag::kAck, upto);
  }

  void finish() {
    for (Side* side : {&client, &server}) {
      emit(*side, side->bytes.size(), 0, tcp_flag::kFin | tcp_flag::kAck, other(*side).bytes.size());
      side->closed = true;
    }
    acknowledge(client, server.bytes.size());
  }

  void capture() {
    std::stable_sort(sent_.begin(), sent_.end(), [](auto& a, auto& b) { return a.segment.time < b.segment.time; });
    for (Side* side : {&client, &server}) side->captured.resize(side->bytes.size());
    const auto first = [](std::optional<Instant>& seen, Instant at) { seen = seen ? std::min(*seen, at) : at; };
    for (Sent& sent : sent_) {
      Side& from = sent.by_client ? client : server;
      if (sent.bytes > 0) {
        sent.segment.payload = bellrock::bytes(std::string_view(from.bytes).substr(sent.offset, sent.bytes));
      }
      for (std::size_t i = 0; i < sent.bytes; ++i) first(from.captured[sent.offset + i], sent.segment.time);
      if ((sent.segment.flags & tcp_flag::kFin) != 0) first(from.fin_captured, sent.segment.time);
      if ((sent.segment.flags & tcp_flag::kSyn) != 0) first(from.syn_captured, sent.segment.time);
      segments_.push_back(sent.segment);
    }
  }

  static Endpoint endpoint(bool is_client) {
    Endpoint e;
    e.address[10] = e.address[11] = 0xff;
    e.address[15] = is_client ? 1 : 2;
    e.port = is_client ? 40'000 : 80;
    return e;
  }

  std::mt19937_64 random_;
  Impairments impairments_;
  std::vector<Sent> sent_;
  std::vector<Segment> segments_;
  Instant now_{1'700'000'000 * kSecond};
};

}  // namespace bellrock::tcp
