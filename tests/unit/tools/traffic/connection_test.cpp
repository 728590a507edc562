#include "tools/traffic/connection.h"

#include <gtest/gtest.h>

#include <map>

namespace bellrock::traffic {
namespace {

constexpr std::int64_t kStart = 1'000'000'000;

ConnectionSpec spec() {
  ConnectionSpec s;
  s.client.bytes = {198, 18, 0, 1};
  s.client.port = 40'000;
  s.server.bytes = {203, 0, 113, 10};
  s.server.port = 80;
  return s;
}

// The stream that a receiver puts together from the planned packets.
std::string received(Connection& c, Direction direction) {
  std::map<std::uint32_t, std::string> parts;
  for (const PlannedPacket& p : c.packets()) {
    if (p.direction == direction && p.payload_bytes > 0) {
      parts[p.sequence] = std::string(c.stream(direction).substr(p.sequence - 1, p.payload_bytes));
    }
  }
  std::string stream;
  for (const auto& [sequence, bytes] : parts) {
    EXPECT_EQ(sequence, stream.size() + 1);
    stream += bytes;
  }
  return stream;
}

TEST(TrafficConnection, SegmentsCarryEachByteOnce) {
  Connection c(spec(), kStart);
  const std::string request(3'000, 'q'), response(100'000, 'r');
  const Times asked = c.send(Direction::kToServer, request, c.client_ready_us());
  c.send(Direction::kToClient, response, asked.last_us + 500);
  c.send(Direction::kToServer, request, c.client_ready_us(), 1);
  c.close(Direction::kToServer, c.client_ready_us() + 50);
  c.seal();
  EXPECT_EQ(received(c, Direction::kToServer), request + request);
  EXPECT_EQ(received(c, Direction::kToClient), response);
}

TEST(TrafficConnection, TimesAreThoseOfTheFirstAndLastSegment) {
  Connection c(spec(), kStart);
  const std::int64_t at = c.client_ready_us() + 77;
  const Times times = c.send(Direction::kToServer, std::string(4'000, 'q'), at);
  EXPECT_EQ(times.first_us, at);
  EXPECT_EQ(c.time_of(Direction::kToServer, 0), times.first_us);
  EXPECT_EQ(c.time_of(Direction::kToServer, 1'448), c.time_of(Direction::kToServer, 2'895));
  EXPECT_EQ(c.time_of(Direction::kToServer, 3'999), times.last_us);
  EXPECT_GT(times.last_us, times.first_us);
}

TEST(TrafficConnection, NobodyAcknowledgesWhatHasNotPassedOrTwiceTheSame) {
  Connection c(spec(), kStart);
  for (int i = 0; i < 5; ++i) {
    const Times asked = c.send(Direction::kToServer, std::string(800, 'q'), c.client_ready_us() + 90'000 * i);
    c.send(Direction::kToClient, std::string(9'000, 'r'), asked.last_us + 60'000);
  }
  c.close(Direction::kToClient, c.client_ready_us());
  c.seal();
  std::array<std::uint32_t, 2> passed{}, acknowledged{};
  std::int64_t last_us = 0;
  for (const PlannedPacket& p : c.packets()) {
    const auto d = static_cast<std::size_t>(p.direction);
    EXPECT_GE(p.time_us, last_us);
    last_us = p.time_us;
    EXPECT_LE(p.acknowledgement, passed[1 - d]);
    EXPECT_GE(p.acknowledgement, acknowledged[d]);
    if (p.payload_bytes == 0 && p.flags == tcp_flag::kAck) {
      EXPECT_GT(p.acknowledgement, acknowledged[d]);
    }
    acknowledged[d] = p.acknowledgement;
    const bool counts = (p.flags & (tcp_flag::kSyn | tcp_flag::kFin)) != 0;
    passed[d] = std::max(passed[d], p.sequence + p.payload_bytes + (counts ? 1 : 0));
  }
  EXPECT_EQ(acknowledged[0], passed[1]);
  EXPECT_EQ(acknowledged[1], passed[0]);
}

TEST(TrafficConnection, NothingFollowsAReset) {
  Connection c(spec(), kStart);
  const Times asked = c.send(Direction::kToServer, std::string(500, 'q'), c.client_ready_us());
  c.send_rst(Direction::kToServer, asked.last_us + 10);
  c.seal();
  EXPECT_EQ(c.packets().back().flags, tcp_flag::kRst | tcp_flag::kAck);
}

TEST(TrafficConnection, ACutStreamEndsAtTheCut) {
  Connection c(spec(), kStart);
  const Times asked = c.send(Direction::kToServer, std::string(500, 'q'), c.client_ready_us());
  c.send(Direction::kToClient, std::string(10'000, 'r'), asked.last_us + 500);
  c.cut(Direction::kToClient, 2 * 1'448);
  c.send_rst(Direction::kToServer, asked.last_us + 100'000);
  c.seal();
  EXPECT_EQ(received(c, Direction::kToClient).size(), 2u * 1'448);
}

TEST(TrafficConnection, AddressesAreWrittenAsUrlsWriteThem) {
  EXPECT_EQ(to_text(spec().client), "198.18.0.1:40000");
  Address v6{.ipv6 = true, .bytes = {0x20, 0x01, 0x0d, 0xb8}, .port = 80};
  v6.bytes[15] = 1;
  EXPECT_EQ(to_text(v6), "[2001:db8::1]:80");
}

}  // namespace
}  // namespace bellrock::traffic
