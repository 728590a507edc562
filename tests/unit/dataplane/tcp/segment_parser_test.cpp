#include "dataplane/tcp/segment_parser.h"

#include <gtest/gtest.h>

#include <random>

#include "dataplane/wire/checksum.h"
#include "tests/unit/dataplane/wire/edge_buffer.h"

namespace bellrock::tcp {
namespace {

const std::vector<std::uint8_t> kTcp =
    raw({0x9c, 0x40, 0, 80, 0, 0, 0, 5, 0, 0, 0, 6, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, 'h', 'i'});

std::vector<std::uint8_t> ipv4() {
  return raw({0x45, 0, 0, 42, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}) + kTcp;
}
std::vector<std::uint8_t> ipv6() {
  auto header = raw({0x60, 0, 0, 0, 0, 22, 6, 64});
  header.resize(24, 0x11);
  header.resize(40, 0x22);
  return header + kTcp;
}
std::vector<std::uint8_t> ethernet(int type, const std::vector<std::uint8_t>& payload) {
  return std::vector<std::uint8_t>(12, 2) + raw({type >> 8, type & 255}) + payload;
}
Result<Segment, Drop> parse(Bytes data, LinkType link, bool verify = false) {
  return parse_segment({data, static_cast<std::uint32_t>(data.size()), link, {77}, 3, nullptr}, verify);
}
Drop drop(Bytes data, LinkType link, bool verify = false) {
  const auto segment = parse(data, link, verify);
  return segment.ok() ? Drop::kCount : segment.error();
}

TEST(SegmentParser, GivesTheSameSegmentThroughEveryLinkLayer) {
  const std::vector<std::pair<LinkType, std::vector<std::uint8_t>>> packets{
      {LinkType::kEthernet, ethernet(0x0800, ipv4())},
      {LinkType::kLinuxCooked, raw({0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00}) + ipv4()},
      {LinkType::kLinuxCooked2, raw({0x08, 0x00, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0}) + ipv4()},
      {LinkType::kRawIp, ipv4()},
      {LinkType::kNflog, raw({2, 0, 0, 7, 46, 0, 9, 0}) + ipv4()},
      {LinkType::kNull, raw({2, 0, 0, 0}) + ipv4()},
  };
  for (const auto& [link, packet] : packets) {
    const auto segment = parse(packet, link);
    ASSERT_TRUE(segment.ok()) << static_cast<int>(link);
    EXPECT_EQ(segment->flow.source.port, 40'000);
    EXPECT_EQ(segment->flow.destination.port, 80);
    EXPECT_EQ(segment->flow.source.address,
              (std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1}));
    EXPECT_EQ(segment->sequence, 5U);
    EXPECT_EQ(segment->acknowledgement, 6U);
    EXPECT_EQ(segment->flags, 0x18);
    EXPECT_EQ(segment->time, Instant{77});
    EXPECT_EQ(text(segment->payload), "hi");
    EXPECT_EQ(segment->payload.data() + 2, packet.data() + packet.size()) << "borrowed, not copied";
  }
}

TEST(SegmentParser, ReadsIpv6AndVlans) {
  const auto packet = ethernet(0x88a8, raw({0, 7, 0x81, 0, 0, 9, 0x86, 0xdd}) + ipv6());
  const auto segment = parse(packet, LinkType::kEthernet);
  ASSERT_TRUE(segment.ok());
  EXPECT_EQ(segment->flow.vlans, (7U << 12) | 9U);
  EXPECT_EQ(segment->flow.source.address[0], 0x11);
  EXPECT_EQ(segment->flow.destination.address[15], 0x22);
}

TEST(SegmentParser, SaysWhyAPacketIsNoSegment) {
  EXPECT_EQ(drop(ethernet(0x0806, ipv4()), LinkType::kEthernet), Drop::kNotIp);  // ARP
  EXPECT_EQ(drop(ethernet(0x0100, ipv4()), LinkType::kEthernet), Drop::kNotIp);  // an 802.3 length
  EXPECT_EQ(drop(ethernet(0x86dd, ipv4()), LinkType::kEthernet), Drop::kBadIp);
  auto udp = ipv4();
  udp[9] = 17;
  EXPECT_EQ(drop(udp, LinkType::kRawIp), Drop::kNotTcp);
  auto fragment = ipv4();
  fragment[6] = 0x20;
  EXPECT_EQ(drop(fragment, LinkType::kRawIp), Drop::kIpFragment);
  auto bad = ipv4();
  bad[20 + 12] = 0x40;
  EXPECT_EQ(drop(bad, LinkType::kRawIp), Drop::kBadTcp);
  EXPECT_EQ(drop(Bytes(ipv4()).first(41), LinkType::kRawIp), Drop::kTruncated);
}

TEST(SegmentParser, VerifiesChecksumsOnDemand) {
  for (auto packet : {ipv4(), ipv6()}) {
    EXPECT_EQ(drop(packet, LinkType::kRawIp), Drop::kCount);
    EXPECT_EQ(drop(packet, LinkType::kRawIp, true), Drop::kBadChecksum);
    const bool v4 = packet[0] == 0x45;
    const std::size_t tcp = v4 ? 20 : 40;
    if (v4) {
      const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(0, Bytes(packet).first(20)));
      std::memcpy(packet.data() + 10, &sum, 2);
      EXPECT_EQ(drop(packet, LinkType::kRawIp, true), Drop::kBadChecksum);
    }
    const Bytes addresses = v4 ? Bytes(packet).subspan(12, 8) : Bytes(packet).subspan(8, 32);
    const std::uint64_t pseudo = wire::pseudo_header_sum(addresses.first(addresses.size() / 2),
                                                         addresses.subspan(addresses.size() / 2), 6, kTcp.size());
    const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(pseudo, Bytes(packet).subspan(tcp)));
    std::memcpy(packet.data() + tcp + 16, &sum, 2);
    EXPECT_EQ(drop(packet, LinkType::kRawIp, true), Drop::kCount);
    packet.back() ^= 1;
    EXPECT_EQ(drop(packet, LinkType::kRawIp, true), Drop::kBadChecksum);
  }
}

// Random changes of good packets, cut anywhere, on a buffer that ends at an unreadable page: the payload lies in it.
TEST(SegmentParser, ReadsNothingOutsideThePacketWhateverItHolds) {
  std::mt19937 random(3);
  std::size_t passed = 0;
  const std::vector<std::vector<std::uint8_t>> seeds{ethernet(0x0800, ipv4()),
                                                     ethernet(0x8100, raw({0, 1, 0x86, 0xdd}) + ipv6()),
                                                     raw({2, 0, 0, 7, 46, 0, 9, 0}) + ipv4(), ipv6()};
  for (int i = 0; i < 20'000; ++i) {
    auto packet = seeds[random() % seeds.size()];
    for (unsigned changes = random() % 4; changes > 0; --changes)
      packet[random() % packet.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) packet.resize(random() % (packet.size() + 1));
    const EdgeBuffer edge{Bytes(packet)};
    const auto segment = parse(edge.bytes(), static_cast<LinkType>(random() % 6), random() % 2 == 0);
    if (!segment.ok()) continue;
    ++passed;
    const Bytes payload = segment->payload;
    if (payload.empty()) continue;
    ASSERT_GE(payload.data(), edge.bytes().data());
    ASSERT_LE(payload.data() + payload.size(), edge.bytes().data() + edge.bytes().size());
  }
  EXPECT_GT(passed, 100U);
}

}  // namespace
}  // namespace bellrock::tcp
