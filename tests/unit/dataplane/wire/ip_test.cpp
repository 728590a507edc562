#include "dataplane/wire/ip.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/wire/edge_buffer.h"

namespace bellrock::wire {
namespace {

std::vector<std::uint8_t> ipv4(int total, int fragment = 0x4000, int words = 5) {
  auto header = raw({0x40 | words,
                     0,
                     total >> 8,
                     total & 255,
                     0,
                     1,
                     fragment >> 8,
                     fragment & 255,
                     64,
                     6,
                     0,
                     0,
                     10,
                     0,
                     0,
                     1,
                     10,
                     0,
                     0,
                     2});
  header.resize(static_cast<std::size_t>(words) * 4);
  return header;
}
std::vector<std::uint8_t> ipv6(int length, int next) {
  auto header = raw({0x60, 0, 0, 0, length >> 8, length & 255, next, 64});
  header.resize(8 + 32, 0x11);
  return header;
}
const std::vector<std::uint8_t> kPayload = raw({1, 2, 3, 4});

Drop drop(const Result<Ip, Drop>& ip) { return ip.ok() ? Drop::kCount : ip.error(); }

TEST(Ipv4, GivesAddressesAndExactlyThePayload) {                               // RFC 791 3.1
  const auto packet = ipv4(24) + kPayload + std::vector<std::uint8_t>(18, 0);  // Ethernet's padding behind it
  const auto ip = parse_ipv4(packet, false);
  ASSERT_TRUE(ip.ok());
  EXPECT_EQ(ip->protocol, kProtocolTcp);
  EXPECT_EQ(text(ip->source), text(raw({10, 0, 0, 1})));
  EXPECT_EQ(text(ip->destination), text(raw({10, 0, 0, 2})));
  EXPECT_EQ(text(ip->payload), text(kPayload));
}

TEST(Ipv4, SkipsOptions) {
  for (int words = 6; words <= 15; ++words) {
    const auto packet = ipv4(words * 4 + 4, 0, words) + kPayload;
    const auto ip = parse_ipv4(packet, false);
    ASSERT_TRUE(ip.ok());
    EXPECT_EQ(text(ip->payload), text(kPayload));
  }
}

TEST(Ipv4, RefusesImpossibleHeaders) {
  auto version = ipv4(24) + kPayload;
  version[0] = 0x55;
  EXPECT_EQ(drop(parse_ipv4(version, false)), Drop::kBadIp);
  auto words = ipv4(24) + kPayload;
  words[0] = 0x44;
  EXPECT_EQ(drop(parse_ipv4(words, false)), Drop::kBadIp);
  EXPECT_EQ(drop(parse_ipv4(ipv4(19) + kPayload, false)), Drop::kBadIp);  // shorter than its header
  EXPECT_EQ(drop(parse_ipv4(ipv4(0) + kPayload, false)), Drop::kBadIp);
}

TEST(Ipv4, APacketCutByTheCaptureIsTruncated) {
  const auto packet = ipv4(28, 0x4000, 6) + kPayload;
  for (std::size_t length = 0; length < packet.size(); ++length) {
    EXPECT_EQ(drop(parse_ipv4(EdgeBuffer{Bytes(packet).first(length)}.bytes(), true)), Drop::kTruncated) << length;
  }
}

TEST(Ipv4, LengthZeroMeansSegmentationOffloadInPacketsTooLargeForAnythingElse) {
  const auto packet = ipv4(0) + std::vector<std::uint8_t>(3'000, 7);
  EXPECT_EQ(parse_ipv4(packet, false)->payload.size(), 3'000U);
}

TEST(Ipv4, RefusesFragmentsButNotDontFragment) {
  EXPECT_EQ(drop(parse_ipv4(ipv4(24, 0x2000) + kPayload, false)), Drop::kIpFragment);  // the first
  EXPECT_EQ(drop(parse_ipv4(ipv4(24, 0x2010) + kPayload, false)), Drop::kIpFragment);
  EXPECT_EQ(drop(parse_ipv4(ipv4(24, 0x0010) + kPayload, false)), Drop::kIpFragment);  // the last
  EXPECT_TRUE(parse_ipv4(ipv4(24, 0x4000) + kPayload, false).ok());
}

TEST(Ipv4, VerifiesTheHeaderChecksumOnDemand) {
  auto packet = ipv4(24) + kPayload;
  EXPECT_EQ(drop(parse_ipv4(packet, true)), Drop::kBadChecksum);
  const std::uint16_t sum = checksum_of(add_to_sum(0, Bytes(packet).first(20)));
  std::memcpy(packet.data() + 10, &sum, 2);
  EXPECT_TRUE(parse_ipv4(packet, true).ok());
}

TEST(Ipv6, GivesAddressesAndExactlyThePayload) {
  const auto packet = ipv6(4, 6) + kPayload + raw({0, 0, 0});
  const auto ip = parse_ipv6(packet);
  ASSERT_TRUE(ip.ok());
  EXPECT_EQ(ip->source.size(), 16U);
  EXPECT_EQ(text(ip->payload), text(kPayload));
}

TEST(Ipv6, WalksAllExtensionHeaders) {  // RFC 8200 4
  const auto chain =
      raw({43, 0, 0, 0, 0, 0, 0, 0}) +                          // hop-by-hop → routing
      raw({60, 0, 0, 0, 0, 0, 0, 0}) +                          // → destination
      raw({44, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) +  // 16 bytes → fragment
      raw({51, 0, 0, 0, 0, 0, 0, 1}) +                          // the only fragment → authentication
      raw({6, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});  // (4 + 2) words → TCP
  const auto packet = ipv6(static_cast<int>(chain.size()) + 4, 0) + chain + kPayload;
  const auto ip = parse_ipv6(packet);
  ASSERT_TRUE(ip.ok());
  EXPECT_EQ(ip->protocol, kProtocolTcp);
  EXPECT_EQ(text(ip->payload), text(kPayload));
  for (std::size_t length = 0; length < packet.size(); ++length) {
    EXPECT_FALSE(parse_ipv6(EdgeBuffer{Bytes(packet).first(length)}.bytes()).ok()) << length;
  }
}

TEST(Ipv6, AChainThatRunsOutOfThePacketIsRefused) {
  for (const int next : {0, 43, 44, 51, 60, 135, 139, 140}) {
    EXPECT_EQ(drop(parse_ipv6(EdgeBuffer{Bytes(ipv6(4, next) + kPayload)}.bytes())), Drop::kIpv6Chain) << next;
    if (next == 44) continue;  // has no length
    EXPECT_EQ(drop(parse_ipv6(EdgeBuffer{Bytes(ipv6(8, next) + raw({6, 255, 0, 0, 0, 0, 0, 0}))}.bytes())),
              Drop::kIpv6Chain);
  }
}

TEST(Ipv6, TheChainHasABound) {
  std::vector<std::uint8_t> chain;
  for (std::size_t i = 0; i <= kIpv6HeadersMax; ++i) {
    const auto closed = chain + raw({6, 0, 0, 0, 0, 0, 0, 0});
    const auto ip = parse_ipv6(ipv6(static_cast<int>(closed.size()), 60) + closed);
    EXPECT_EQ(ip.ok(), i < kIpv6HeadersMax);
    chain = chain + raw({60, 0, 0, 0, 0, 0, 0, 0});
  }
}

TEST(Ipv6, HopByHopComesFirstOrNotAtAll) {  // RFC 8200 4.3
  const auto chain = raw({0, 0, 0, 0, 0, 0, 0, 0}) + raw({6, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(drop(parse_ipv6(ipv6(16, 60) + chain)), Drop::kIpv6Chain);
  EXPECT_TRUE(parse_ipv6(ipv6(16, 0) + raw({60, 0, 0, 0, 0, 0, 0, 0}) + raw({6, 0, 0, 0, 0, 0, 0, 0})).ok());
}

TEST(Ipv6, RefusesFragments) {
  EXPECT_EQ(drop(parse_ipv6(ipv6(8, 44) + raw({6, 0, 0, 1, 0, 0, 0, 9}))), Drop::kIpFragment);     // more follow
  EXPECT_EQ(drop(parse_ipv6(ipv6(8, 44) + raw({6, 0, 0x10, 0, 0, 0, 0, 9}))), Drop::kIpFragment);  // the last
  EXPECT_TRUE(parse_ipv6(ipv6(8, 44) + raw({6, 0, 0, 0, 0, 0, 0, 9})).ok());                       // RFC 6946
}

TEST(Ipv6, SaysWhenARoutingHeaderHidesTheLastDestination) {
  EXPECT_FALSE(parse_ipv6(ipv6(8, 43) + raw({6, 0, 4, 0, 0, 0, 0, 0}))->rerouted);
  EXPECT_TRUE(parse_ipv6(ipv6(8, 43) + raw({6, 0, 4, 1, 0, 0, 0, 0}))->rerouted);
}

}  // namespace
}  // namespace bellrock::wire
