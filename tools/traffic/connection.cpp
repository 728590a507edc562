#include "tools/traffic/connection.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "dataplane/base/check.h"

namespace bellrock::traffic {
namespace {

constexpr std::int64_t kDelayedAckUs = 40'000;
constexpr std::int64_t kServerSegmentUs = 12;   // between segments of a burst: about 1 Gbit/s
constexpr std::int64_t kClientSegmentUs = 120;  // a client's uplink: about 100 Mbit/s
constexpr std::size_t kInitialWindow = 10;      // segments, RFC 6928

}  // namespace

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.ipv6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  const std::string port = ":" + std::to_string(address.port);
  return address.ipv6 ? "[" + std::string(text.data()) + "]" + port : text.data() + port;
}

Connection::Connection(ConnectionSpec spec, std::int64_t open_us) : spec_(spec) {
  using namespace tcp_flag;
  plan(open_us, Direction::kToServer, kSyn, 0, 0);
  plan(open_us + 25, Direction::kToClient, kSyn | kAck, 0, 0);
  plan(open_us + 25 + spec_.rtt_us, Direction::kToServer, kAck, 1, 0);
  last_us_ = {open_us + 25 + spec_.rtt_us, open_us + 25};
  client_ready_us_ = open_us + 25 + spec_.rtt_us + 10;
}

void Connection::plan(std::int64_t at_us, Direction direction, std::uint8_t flags, std::uint32_t sequence,
                      std::uint32_t bytes) {
  packets_.push_back({.time_us = at_us,
                      .order = static_cast<std::uint32_t>(packets_.size()),
                      .sequence = sequence,
                      .payload_bytes = bytes,
                      .direction = direction,
                      .flags = flags});
}

Times Connection::send(Direction direction, std::string_view bytes, std::int64_t at_us, std::uint32_t segment_bytes) {
  CHECK(!closed_ && !bytes.empty());
  const std::size_t d = index(direction);
  const bool to_client = direction == Direction::kToClient;
  const std::uint32_t step = segment_bytes == 0 ? spec_.segment_bytes_max : segment_bytes;
  std::uint32_t at = sent(direction);
  streams_[d].append(bytes);
  const std::uint32_t end = sent(direction);
  const std::size_t first_segment = sent_[d].size();
  std::int64_t time = std::max(at_us, last_us_[d] + 1);
  std::size_t window = kInitialWindow, in_window = 0;
  while (at < end) {
    const std::uint32_t length = std::min(step, end - at);
    const bool last = at + length == end;
    plan(time, direction, static_cast<std::uint8_t>(tcp_flag::kAck | (last ? tcp_flag::kPsh : 0)), at + 1, length);
    at += length;
    sent_[d].push_back({at, time});
    last_us_[d] = time;
    time += to_client ? kServerSegmentUs : kClientSegmentUs;
    if (step > 1 && ++in_window == window) {  // slow start: the next, doubled window waits for an acknowledgement
      time += spec_.rtt_us;
      window *= 2;
      in_window = 0;
    }
  }
  plan_acks(direction, first_segment);
  if (to_client)
    client_ready_us_ = last_us_[d] + spec_.rtt_us + 20;
  else
    client_ready_us_ = std::max(client_ready_us_, last_us_[d] + 1);
  return {sent_[d][first_segment].time_us, last_us_[d]};
}

// Every third segment is acknowledged at once (receive offloads stretch the two of RFC 5681 4.2), the last one after
// the delay (RFC 1122 4.2.3.2).
void Connection::plan_acks(Direction of, std::size_t first_segment) {
  const std::vector<Sent>& sent = sent_[index(of)];
  const std::int64_t way = of == Direction::kToClient ? spec_.rtt_us : 15;
  const std::size_t every = sent.size() - first_segment > 100 ? 20 : 3;
  for (std::size_t i = first_segment; i < sent.size(); ++i) {
    const bool due = (i - first_segment) % every == every - 1;
    const bool last = i + 1 == sent.size();
    if (!due && !last) continue;
    plan(sent[i].time_us + way + (due ? 0 : kDelayedAckUs), opposite(of), tcp_flag::kAck, 0, 0);
  }
}

std::int64_t Connection::time_of(Direction direction, std::uint32_t offset) const {
  const std::vector<Sent>& sent = sent_[index(direction)];
  const auto found = std::upper_bound(sent.begin(), sent.end(), offset,
                                      [](std::uint32_t value, const Sent& segment) { return value < segment.end; });
  CHECK(found != sent.end());
  return found->time_us;
}

void Connection::send_fin(Direction direction, std::int64_t at_us) {
  const std::size_t d = index(direction);
  last_us_[d] = std::max(at_us, last_us_[d] + 1);
  plan(last_us_[d], direction, tcp_flag::kFin | tcp_flag::kAck, sent(direction) + 1, 0);
}

void Connection::send_rst(Direction direction, std::int64_t at_us) {
  const std::size_t d = index(direction);
  last_us_[d] = std::max(at_us, last_us_[d] + 1);
  plan(last_us_[d], direction, tcp_flag::kRst | tcp_flag::kAck, sent(direction) + 1, 0);
  closed_ = true;
}

void Connection::close(Direction first, std::int64_t at_us, bool with_last_segment) {
  const bool client = first == Direction::kToServer;
  if (with_last_segment) {
    const auto last = std::find_if(packets_.rbegin(), packets_.rend(), [&](const PlannedPacket& packet) {
      return packet.direction == first && packet.payload_bytes > 0;
    });
    last->flags |= tcp_flag::kFin;
  } else {
    send_fin(first, at_us);
  }
  const std::int64_t seen = last_us_[index(first)] + (client ? 60 : spec_.rtt_us);
  send_fin(opposite(first), seen);
  plan(last_us_[index(opposite(first))] + (client ? spec_.rtt_us : 30), first, tcp_flag::kAck, 0, 0);
  closed_ = true;
}

void Connection::cut(Direction direction, std::uint32_t offset) {
  const std::size_t d = index(direction);
  streams_[d].resize(offset);
  std::erase_if(packets_, [&](const PlannedPacket& p) {
    return p.direction == direction && p.payload_bytes > 0 && p.sequence > offset;
  });
  std::erase_if(sent_[d], [&](const Sent& s) { return s.end > offset; });
  last_us_[d] = sent_[d].empty() ? last_us_[d] : sent_[d].back().time_us;
}

// A side acknowledges what had reached it: the server at once, the client one round trip after it passed the capture.
void Connection::seal() {
  const auto earlier = [](const PlannedPacket& a, const PlannedPacket& b) {
    return a.time_us != b.time_us ? a.time_us < b.time_us : a.order < b.order;
  };
  std::sort(packets_.begin(), packets_.end(), earlier);
  std::array<std::vector<std::pair<std::int64_t, std::uint32_t>>, 2> passed;  // (time, sequence after it), rising
  for (const PlannedPacket& p : packets_) {
    const bool counts = (p.flags & (tcp_flag::kSyn | tcp_flag::kFin)) != 0;
    const std::uint32_t end = p.sequence + p.payload_bytes + (counts ? 1 : 0);
    if (p.payload_bytes > 0 || counts) passed[index(p.direction)].emplace_back(p.time_us, end);
  }
  std::array<std::size_t, 2> next{};
  std::array<std::uint32_t, 2> reached{}, acknowledged{}, sequence{};
  std::vector<PlannedPacket> kept;
  kept.reserve(packets_.size());
  bool reset = false;
  for (PlannedPacket& p : packets_) {
    const std::size_t d = index(p.direction);
    const std::size_t other = 1 - d;
    const std::int64_t lag = p.direction == Direction::kToServer ? spec_.rtt_us : 0;
    while (next[other] < passed[other].size() && passed[other][next[other]].first + lag <= p.time_us) {
      reached[other] = std::max(reached[other], passed[other][next[other]++].second);
    }
    const bool pure_ack = p.payload_bytes == 0 && p.flags == tcp_flag::kAck;
    if (reset || (pure_ack && reached[other] <= acknowledged[d])) continue;
    p.acknowledgement = reached[other];
    acknowledged[d] = reached[other];
    if (pure_ack) p.sequence = sequence[d];
    const bool counts = (p.flags & (tcp_flag::kSyn | tcp_flag::kFin)) != 0;
    sequence[d] = std::max(sequence[d], p.sequence + p.payload_bytes + (counts ? 1 : 0));
    reset = (p.flags & tcp_flag::kRst) != 0;
    kept.push_back(p);
  }
  packets_ = std::move(kept);
}

}  // namespace bellrock::traffic
