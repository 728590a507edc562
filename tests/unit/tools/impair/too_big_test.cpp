#include "tools/impair/too_big.h"

#include <gtest/gtest.h>

#include "dataplane/wire/checksum.h"
#include "tests/unit/tools/impair/packets.h"

namespace bellrock::impair {
namespace {

TEST(TooBig, CountsTheIpPacketAndNothingElse) {
  const Frame frame = build({.vlan_tags = 1, .option_words = 0, .padding = 10, .payload = some_text(60)});
  EXPECT_FALSE(is_too_big(frame, 100));
  EXPECT_TRUE(is_too_big(frame, 99));
  EXPECT_FALSE(is_too_big(frame, 0)) << "no limit";
  EXPECT_FALSE(is_too_big(arp(), 68));
}

TEST(TooBig, TellsTheSenderOverIpv4) {
  const Frame frame = build({.vlan_tags = 2, .payload = some_text(1'400)});
  const auto answer = too_big(frame, 1'000);
  ASSERT_TRUE(answer);
  const std::size_t at = find_ip(frame)->at;
  const auto ip = find_ip(*answer);
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->at, at) << "the same tags";
  EXPECT_TRUE(std::equal(answer->begin(), answer->begin() + 6, frame.begin() + 6));
  EXPECT_TRUE(std::equal(answer->begin() + 6, answer->begin() + 12, frame.begin()));
  EXPECT_EQ(ip->end - ip->at, 576U);
  EXPECT_EQ(ip->end, answer->size());
  EXPECT_TRUE(std::equal(&(*answer)[at + 12], &(*answer)[at + 16], &frame[at + 16]));
  EXPECT_TRUE(std::equal(&(*answer)[at + 16], &(*answer)[at + 20], &frame[at + 12]));
  EXPECT_EQ((*answer)[at + 9], 1);
  EXPECT_EQ((*answer)[at + 20], 3);
  EXPECT_EQ((*answer)[at + 21], 4);
  EXPECT_EQ(load_be16(&(*answer)[at + 26]), 1'000);
  EXPECT_TRUE(std::equal(answer->begin() + static_cast<std::ptrdiff_t>(at) + 28, answer->end(),
                         frame.begin() + static_cast<std::ptrdiff_t>(at)));
  EXPECT_TRUE(wire::sum_is_valid(wire::add_to_sum(0, Bytes(*answer).subspan(at, 20))));
  EXPECT_TRUE(wire::sum_is_valid(wire::add_to_sum(0, Bytes(*answer).subspan(at + 20))));
}

TEST(TooBig, TellsTheSenderOverIpv6) {
  const Frame frame = build({.v6 = true, .payload = some_text(1'400)});
  const auto answer = too_big(frame, 1'280);
  ASSERT_TRUE(answer);
  const Bytes all(*answer);
  EXPECT_EQ(answer->size(), 14U + 1'280);
  EXPECT_EQ(load_be16(&(*answer)[18]), 1'240);
  EXPECT_EQ((*answer)[20], 58);
  EXPECT_EQ((*answer)[54], 2);
  EXPECT_EQ(load_be32(&(*answer)[58]), 1'280U);
  const std::uint64_t pseudo = wire::pseudo_header_sum(all.subspan(22, 16), all.subspan(38, 16), 58, 1'240);
  EXPECT_TRUE(wire::sum_is_valid(wire::add_to_sum(pseudo, all.subspan(54))));
}

TEST(TooBig, SaysNothingWhereNoErrorMayBeSent) {
  const std::string payload = some_text(200);
  Frame multicast = build({.payload = payload});
  multicast[0] = 1;
  EXPECT_FALSE(too_big(multicast, 100));
  Frame fragment = build({.payload = payload});
  fragment[21] = 5;
  EXPECT_FALSE(too_big(fragment, 100));
  for (const auto& [type, answered] : {std::pair{3, false}, {11, false}, {8, true}, {0, true}}) {
    Frame icmp = build({.payload = payload});
    icmp[23] = 1;
    icmp[34] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(too_big(icmp, 100).has_value(), answered) << type;
  }
  for (const auto& [type, answered] : {std::pair{1, false}, {2, false}, {128, true}}) {
    Frame icmp = build({.v6 = true, .payload = payload});
    icmp[20] = 58;
    icmp[54] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(too_big(icmp, 100).has_value(), answered) << type;
  }
  EXPECT_FALSE(too_big(arp(), 20));
}

}  // namespace
}  // namespace bellrock::impair
