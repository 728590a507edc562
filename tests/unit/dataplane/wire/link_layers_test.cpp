#include "dataplane/wire/link_layers.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/wire/edge_buffer.h"

namespace bellrock::wire {
namespace {

const std::vector<std::uint8_t> kMacs(12, 0x02);
const std::vector<std::uint8_t> kRest = raw({0x45, 1, 2, 3});

TEST(Ethernet, GivesTypeAndPayload) {
  const auto frame = kMacs + raw({0x08, 0x00}) + kRest;
  const auto link = parse_ethernet(frame);
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link->ether_type, kEtherTypeIpv4);
  EXPECT_EQ(link->vlans, 0U);
  EXPECT_EQ(text(link->data), text(kRest));
}

TEST(Ethernet, TakesUpToFourVlanTagsOff) {
  std::vector<std::uint8_t> tags;
  std::uint32_t previous = 0;
  for (int count = 1; count <= 4; ++count) {
    tags = tags + raw({count == 1 ? 0x88 : 0x81, count == 1 ? 0xa8 : 0x00, 0xe0, count});  // priority 7, id = count
    const auto frame = kMacs + tags + raw({0x86, 0xdd}) + kRest;
    const auto link = parse_ethernet(frame);
    ASSERT_TRUE(link.ok());
    EXPECT_EQ(link->ether_type, kEtherTypeIpv6);
    EXPECT_EQ(link->data.size(), kRest.size());
    EXPECT_NE(link->vlans, previous);
    previous = link->vlans;
    if (count <= 2) {
      EXPECT_EQ(link->vlans, count == 1 ? 1U : (1U << 12) | 2U);
    }
  }
  const auto frame = kMacs + tags + raw({0x81, 0x00, 0, 5, 0x08, 0x00}) + kRest;
  const auto link = parse_ethernet(frame);
  ASSERT_FALSE(link.ok());
  EXPECT_EQ(link.error(), Drop::kUnknownLinkType);
}

TEST(Ethernet, APriorityTagDoesNotChangeTheFlow) {
  const auto frame = kMacs + raw({0x81, 0x00, 0xe0, 0x00, 0x08, 0x00}) + kRest;
  EXPECT_EQ(parse_ethernet(frame)->vlans, 0U);
}

TEST(Ethernet, AFrameCutInItsHeadersIsTruncated) {
  const auto frame = kMacs + raw({0x81, 0x00, 0, 1, 0x88, 0xa8, 0, 2, 0x08, 0x00});
  for (std::size_t length = 0; length < frame.size(); ++length) {
    const EdgeBuffer edge{Bytes(frame).first(length)};
    const auto link = parse_ethernet(edge.bytes());
    ASSERT_FALSE(link.ok()) << length;
    EXPECT_EQ(link.error(), Drop::kTruncated);
  }
  EXPECT_TRUE(parse_ethernet(frame).ok());
}

TEST(LinuxCooked, BothVersionsGiveProtocolAndPayload) {
  const auto v1 = raw({0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00});
  const auto v2 = raw({0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0});
  EXPECT_EQ(parse_cooked(v1 + kRest)->ether_type, kEtherTypeIpv4);
  EXPECT_EQ(parse_cooked2(v2 + kRest)->ether_type, kEtherTypeIpv6);
  const auto packet1 = v1 + kRest;
  const auto packet2 = v2 + kRest;
  EXPECT_EQ(text(parse_cooked(packet1)->data), text(kRest));
  EXPECT_EQ(text(parse_cooked2(packet2)->data), text(kRest));
  for (std::size_t length = 0; length < v2.size(); ++length) {
    EXPECT_EQ(parse_cooked2(EdgeBuffer{Bytes(v2).first(length)}.bytes()).error(), Drop::kTruncated);
  }
  for (std::size_t length = 0; length < v1.size(); ++length) {
    EXPECT_EQ(parse_cooked(EdgeBuffer{Bytes(v1).first(length)}.bytes()).error(), Drop::kTruncated);
  }
}

TEST(RawIp, TellsTheVersionByTheFirstNibble) {
  EXPECT_EQ(parse_raw_ip(raw({0x45}))->ether_type, kEtherTypeIpv4);
  EXPECT_EQ(parse_raw_ip(raw({0x60}))->ether_type, kEtherTypeIpv6);
  EXPECT_EQ(parse_raw_ip(raw({0x50})).error(), Drop::kBadIp);
  EXPECT_EQ(parse_raw_ip({}).error(), Drop::kTruncated);
}

TEST(Nflog, FindsThePayloadAmongTheAttributesInEitherByteOrder) {
  const auto little = raw({2, 0, 0, 7, 8, 0, 1, 0, 8, 0, 1, 0, 5, 0, 10, 0, 0xff, 0, 0, 0, 8, 0, 9, 0, 0x45, 1, 2, 3});
  const auto big = raw({2, 0, 0, 7, 0, 8, 0, 1, 8, 0, 1, 0, 0, 5, 0, 10, 0xff, 0, 0, 0, 0, 8, 0, 9, 0x45, 1, 2, 3});
  for (const auto& packet : {little, big}) {
    const auto link = parse_nflog(packet);
    ASSERT_TRUE(link.ok());
    EXPECT_EQ(link->ether_type, kEtherTypeIpv4);
    EXPECT_EQ(text(link->data), text(kRest));
    for (std::size_t length = 0; length < packet.size(); ++length) {
      EXPECT_FALSE(parse_nflog(EdgeBuffer{Bytes(packet).first(length)}.bytes()).ok()) << length;
    }
  }
}

TEST(Nflog, RefusesAttributesThatCannotBe) {
  EXPECT_EQ(parse_nflog(raw({2, 1, 0, 0, 8, 0, 9, 0, 0x45, 0, 0, 0})).error(), Drop::kUnknownLinkType);  // version
  EXPECT_EQ(parse_nflog(raw({2, 0, 0, 0, 3, 0, 1, 0})).error(), Drop::kUnknownLinkType);  // shorter than itself
  EXPECT_EQ(parse_nflog(raw({2, 0, 0, 0, 4, 0, 1, 0})).error(), Drop::kNotIp);            // no payload
  std::vector<std::uint8_t> many = raw({2, 0, 0, 0});
  for (std::size_t i = 0; i < kNflogTlvsMax; ++i) many = many + raw({4, 0, 1, 0});
  EXPECT_EQ(parse_nflog(many + raw({8, 0, 9, 0, 0x45, 0, 0, 0})).error(), Drop::kNotIp);
}

TEST(Null, KnowsTheFamiliesOfEverySystemInBothByteOrders) {
  EXPECT_EQ(parse_null(raw({2, 0, 0, 0, 0x45}))->ether_type, kEtherTypeIpv4);
  EXPECT_EQ(parse_null(raw({0, 0, 0, 2, 0x45}))->ether_type, kEtherTypeIpv4);
  for (const int family : {10, 24, 28, 30}) {
    EXPECT_EQ(parse_null(raw({family, 0, 0, 0, 0x60}))->ether_type, kEtherTypeIpv6);
    EXPECT_EQ(parse_null(raw({0, 0, 0, family, 0x60}))->ether_type, kEtherTypeIpv6);
  }
  EXPECT_EQ(parse_null(raw({7, 0, 0, 0, 0x45})).error(), Drop::kNotIp);
  EXPECT_EQ(parse_null(raw({2, 0, 0})).error(), Drop::kTruncated);
}

}  // namespace
}  // namespace bellrock::wire
