// Any segments into the reassembler. Every byte's value is a function of its flow, sender and sequence number, so what
// is delivered can be checked without a second reassembler: bytes that came, in sequence, in their place after gaps.
// Input: 8 bytes a segment: flags and kind, flow and sender, sequence (2), acknowledgement (2), length, time step.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/tcp/reassembler.h"

namespace {

using namespace bellrock;
using namespace bellrock::tcp;

constexpr std::size_t kPoolBytes = 6 * kBlockBytes;
constexpr std::uint16_t kServerPort = 80;
constexpr std::uint16_t kClientPorts = 1'000;
constexpr std::size_t kInputBytes = 8;
constexpr std::size_t kSegmentsMax = 150;

std::uint8_t value_at(unsigned stream, std::uint32_t sequence) {
  std::uint32_t x = sequence * 0x9e3779b1 + stream * 0x85ebca6b;
  x ^= x >> 15;
  return static_cast<std::uint8_t>(x * 0x2c1b3c6d >> 24);
}

// What came of one sender of one flow: begin and length of its payloads.
using Came = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Follower {
  struct Stream {
    unsigned number = 0;
    bool ended = false;
    bool placed = false;
    std::vector<std::uint32_t> positions;  // where its next byte may be, by all that was delivered so far
  };
  std::array<Came, 16> came;
  std::map<ConnectionIndex, std::array<Stream, 2>> open;
  Instant now;

  void on_open(ConnectionIndex c, const ConnectionInfo& info) {
    CHECK(!open.contains(c));
    const bool client_is_ours = info.client.port != kServerPort;
    const unsigned flow = (client_is_ours ? info.client.port : info.server.port) - unsigned{kClientPorts};
    open[c][0].number = 2 * flow + (client_is_ours ? 1 : 0);
    open[c][1].number = 2 * flow + (client_is_ours ? 0 : 1);
  }
  Stream& stream(ConnectionIndex c, Direction d) {
    CHECK(open.contains(c));
    Stream& stream = open[c][d == Direction::kToServer ? 0 : 1];
    CHECK(!stream.ended);
    return stream;
  }
  void on_data(ConnectionIndex c, Direction d, Bytes bytes, Instant time) {
    CHECK(!bytes.empty() && time <= now);
    Stream& s = stream(c, d);
    if (!s.placed) {
      s.placed = true;
      for (const auto& [begin, length] : came[s.number]) {
        for (std::uint32_t i = 0; i < length; ++i) {
          if (value_at(s.number, begin + i) == bytes[0]) s.positions.push_back(begin + i);
        }
      }
      std::sort(s.positions.begin(), s.positions.end());
      s.positions.erase(std::unique(s.positions.begin(), s.positions.end()), s.positions.end());
    }
    std::erase_if(s.positions, [&](std::uint32_t at) { return !fits(s, at, bytes); });
    CHECK(!s.positions.empty());
    for (std::uint32_t& at : s.positions) at += static_cast<std::uint32_t>(bytes.size());
  }
  // The bytes are those of this place, and came in some segment.
  [[nodiscard]] bool fits(const Stream& s, std::uint32_t at, Bytes bytes) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != value_at(s.number, at + static_cast<std::uint32_t>(i))) return false;
    }
    for (std::uint32_t done = 0; done < bytes.size();) {
      std::uint32_t more = 0;
      for (const auto& [begin, length] : came[s.number]) {
        const std::uint32_t offset = at + done - begin;
        if (offset < length) more = std::max(more, length - offset);
      }
      if (more == 0) return false;
      done += more;
    }
    return true;
  }
  void on_gap(ConnectionIndex c, Direction d, std::uint64_t bytes) {
    Stream& s = stream(c, d);
    CHECK(bytes > 0 && bytes <= 0xffffffff);
    for (std::uint32_t& at : s.positions) at += static_cast<std::uint32_t>(bytes);
  }
  void on_end(ConnectionIndex c, Direction d, Instant time) {
    CHECK(time <= now);
    stream(c, d).ended = true;
  }
  void on_reset(ConnectionIndex c, Direction, Instant time) { CHECK(open.contains(c) && time <= now); }
  void on_close(ConnectionIndex c, CloseReason, Instant at) { CHECK(open.erase(c) == 1 && at <= now); }
};

std::uint32_t place(unsigned kind, std::uint32_t base, const std::uint8_t* at) {
  const std::uint32_t offset = load_be16(at);
  return base + (kind == 0 ? offset << 16 : offset % 2'048);
}

Duration step(std::uint8_t code) {
  constexpr std::array<Duration, 8> kSteps{
      0, 1, kMillisecond, 50 * kMillisecond, kAckedHoleWait + 1, kOneWayHoleWait + 1, 20 * kSecond, 2 * kMinute};
  return kSteps[code % kSteps.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint32_t, 2> kBases{0xfffff000, 77};  // one wraps at once
  constexpr std::array<unsigned, 8> kFlags{tcp_flag::kAck,
                                           tcp_flag::kAck,
                                           tcp_flag::kSyn,
                                           tcp_flag::kSyn | tcp_flag::kAck,
                                           tcp_flag::kFin | tcp_flag::kAck,
                                           tcp_flag::kRst,
                                           tcp_flag::kRst | tcp_flag::kAck,
                                           tcp_flag::kAck};
  static constexpr std::uint16_t kPorts[] = {kServerPort};
  const auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 3, .server_ports = kPorts, .out_of_order_bytes = kPoolBytes}, {1, 2},
                          *counters);
  Follower follower;
  follower.now = {kSecond};
  std::vector<std::uint8_t> payload;
  const std::size_t segments = std::min(size / kInputBytes, kSegmentsMax);
  for (std::size_t i = 0; i < segments; ++i, data += kInputBytes) {
    const unsigned flow = data[1] % 4;
    const unsigned by_client = data[1] >> 7;
    const unsigned number = 2 * flow + by_client;
    Segment segment;
    segment.flow.source.port = static_cast<std::uint16_t>(by_client != 0 ? kClientPorts + flow : kServerPort);
    segment.flow.destination.port = static_cast<std::uint16_t>(by_client != 0 ? kServerPort : kClientPorts + flow);
    segment.flags = static_cast<std::uint8_t>(kFlags[data[0] % 8]);
    segment.sequence = place(data[0] / 8 % 8, kBases[by_client], data + 2);
    segment.acknowledgement = place(data[0] / 64, kBases[1 - by_client], data + 4);
    const bool syn = (segment.flags & tcp_flag::kSyn) != 0;
    payload.resize(data[6] > 250 ? 5'000 : data[6]);
    const std::uint32_t begin = segment.sequence + (syn ? 1 : 0);
    for (std::uint32_t k = 0; k < payload.size(); ++k) payload[k] = value_at(number, begin + k);
    follower.came[number].emplace_back(begin, static_cast<std::uint32_t>(payload.size()));
    segment.payload = payload;
    follower.now.ns += step(data[7]);
    segment.time = follower.now;
    CHECK(reassembler.on_segment(segment, i, follower).ok());
    if (data[7] >= 128) reassembler.expire(follower.now, follower);
    CHECK(follower.open.size() <= reassembler.live() && reassembler.live() <= 3);
  }
  reassembler.close_all(follower.now, follower);
  CHECK(follower.open.empty());
  CHECK(reassembler.live() == 0);
  CHECK(reassembler.out_of_order_blocks_free() == kPoolBytes / kBlockBytes);
  return 0;
}
