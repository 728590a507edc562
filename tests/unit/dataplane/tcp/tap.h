// A capture point for scripted conversations: `c` and `s` are segments of client and server, with sequence numbers and
// acknowledgements counted from their initial ones (0 is the SYN, 1 the first byte). Time advances only by `after`.
#pragma once

#include <memory>

#include "tests/unit/dataplane/tcp/recorder.h"

namespace bellrock::tcp {

inline constexpr unsigned kSyn = tcp_flag::kSyn, kFin = tcp_flag::kFin, kRst = tcp_flag::kRst, kAck = tcp_flag::kAck;

struct Tap {
  explicit Tap(std::uint32_t connections = 16, std::size_t pool_bytes = 1 << 20, Duration idle = kMinute)
      : reassembler(
            {.connections = connections, .idle = idle, .server_ports = kPorts, .out_of_order_bytes = pool_bytes},
            {7, 9}, *counters) {}

  static constexpr std::uint16_t kPorts[] = {80};

  std::unique_ptr<Counters> counters = std::make_unique<Counters>();
  Reassembler reassembler;
  Recorder recorder;
  Instant now{1'700'000'000 * kSecond};
  std::uint64_t ordinal = 0;
  std::uint32_t client_isn = 1'000;
  std::uint32_t server_isn = 500'000;
  std::uint16_t client_port = 40'000;

  Tap& c(std::uint32_t sequence, std::string_view payload, std::uint32_t ack, unsigned flags = kAck) {
    return send(true, client_isn + sequence, payload, server_isn + ack, flags);
  }
  Tap& s(std::uint32_t sequence, std::string_view payload, std::uint32_t ack, unsigned flags = kAck) {
    return send(false, server_isn + sequence, payload, client_isn + ack, flags);
  }
  Tap& hands() { return c(0, "", 0, kSyn).s(0, "", 1, kSyn | kAck).c(1, "", 1); }
  Tap& after(Duration duration) {
    now.ns += duration;
    return *this;
  }
  Tap& expire() {
    reassembler.expire(now, recorder);
    return *this;
  }
  Tap& finish() {
    reassembler.close_all(now, recorder);
    EXPECT_TRUE(recorder.open.empty());
    return *this;
  }

  Tap& send(bool by_client, std::uint32_t sequence, std::string_view payload, std::uint32_t ack, unsigned flags) {
    Segment segment;
    segment.flow.source = endpoint(by_client);
    segment.flow.destination = endpoint(!by_client);
    segment.sequence = sequence;
    segment.acknowledgement = (flags & kAck) != 0 ? ack : 0;
    segment.flags = static_cast<std::uint8_t>(flags);
    segment.payload = bytes(payload);
    segment.time = now;
    EXPECT_TRUE(reassembler.on_segment(segment, ordinal++, recorder).ok());
    return *this;
  }
  [[nodiscard]] Endpoint endpoint(bool client) const {
    Endpoint e;
    e.address[10] = e.address[11] = 0xff;
    e.address[15] = client ? 1 : 2;
    e.port = client ? client_port : 80;
    return e;
  }

  [[nodiscard]] std::uint64_t count(StreamCount what) const { return counters->pending(counter::id(what)); }
  [[nodiscard]] const Recorder::Record& only() const {
    EXPECT_EQ(recorder.records.size(), 1U);
    return recorder.records.front();
  }
  [[nodiscard]] const std::string& log() const { return only().log; }
};

}  // namespace bellrock::tcp
