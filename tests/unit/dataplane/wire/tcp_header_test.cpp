#include "dataplane/wire/tcp_header.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/wire/edge_buffer.h"

namespace bellrock::wire {
namespace {

std::vector<std::uint8_t> header(int words, int flags) {
  auto bytes = raw({0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, words << 4, flags, 0xff, 0xff, 0, 0, 0, 0});
  bytes.resize(std::max<std::size_t>(20, static_cast<std::size_t>(words) * 4));
  return bytes;
}

TEST(TcpHeader, GivesItsFieldsAndSkipsOptions) {  // RFC 9293 3.1
  for (int words = 5; words <= 15; ++words) {
    const auto segment = header(words, 0x18) + raw({'h', 'i'});
    const auto tcp = parse_tcp(segment);
    ASSERT_TRUE(tcp.ok());
    EXPECT_EQ(tcp->source_port, 40'000);
    EXPECT_EQ(tcp->destination_port, 80);
    EXPECT_EQ(tcp->sequence, 0x01020304U);
    EXPECT_EQ(tcp->acknowledgement, 0x05060708U);
    EXPECT_EQ(tcp->flags, 0x18);
    EXPECT_EQ(text(tcp->payload), "hi");
  }
}

TEST(TcpHeader, RefusesImpossibleLengths) {
  for (int words = 0; words < 5; ++words) EXPECT_FALSE(parse_tcp(header(words, 0x10)).ok());
  const auto segment = header(8, 0x10);
  for (std::size_t length = 0; length < segment.size(); ++length) {
    const auto tcp = parse_tcp(EdgeBuffer{Bytes(segment).first(length)}.bytes());
    ASSERT_FALSE(tcp.ok()) << length;
    EXPECT_EQ(tcp.error(), Drop::kBadTcp);
  }
}

TEST(TcpHeader, RefusesFlagsThatNoEndpointActsOn) {  // RFC 9293 3.10.7
  for (const int flags : {0x00, 0x01, 0x08, 0x29, 0x03, 0x06, 0x07, 0x13}) {
    EXPECT_FALSE(parse_tcp(header(5, flags)).ok()) << flags;
  }
  for (const int flags : {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0xc2, 0x15}) {
    EXPECT_TRUE(parse_tcp(header(5, flags)).ok()) << flags;
  }
}

}  // namespace
}  // namespace bellrock::wire
