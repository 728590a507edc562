#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "control/cli/replay/text.h"

namespace bellrock::cli {
namespace {

std::string shown(const char* address, std::uint16_t port = 80) {
  Endpoint endpoint{};
  endpoint.port = port;
  EXPECT_EQ(::inet_pton(AF_INET6, address, endpoint.address.data()), 1) << address;
  return address_text(endpoint);
}

TEST(AddressText, LeavesOutTheFirstLongestRunOfZerosAsRfc5952Does) {
  EXPECT_EQ(shown("2001:DB8:5:0:0:0:0:10"), "[2001:db8:5::10]:80");
  EXPECT_EQ(shown("2001:db8:0:1:1:1:1:1"), "[2001:db8:0:1:1:1:1:1]:80");  // 4.2.2: not for a single group
  EXPECT_EQ(shown("2001:0:0:1:0:0:0:1"), "[2001:0:0:1::1]:80");           // 4.2.3: the longest
  EXPECT_EQ(shown("2001:db8:0:0:1:0:0:1"), "[2001:db8::1:0:0:1]:80");     // 4.2.3: the first
  EXPECT_EQ(shown("0:0:0:0:0:0:0:0"), "[::]:80");
  EXPECT_EQ(shown("0:0:0:0:0:0:0:1"), "[::1]:80");
  EXPECT_EQ(shown("fe80:0:0:0:0:0:0:0"), "[fe80::]:80");
  EXPECT_EQ(shown("::ffff:192.0.2.1", 8080), "192.0.2.1:8080");
}

TEST(AddressText, IsReadBackAsTheSameAddress) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 5'000; ++round) {
    Endpoint endpoint{};
    endpoint.address[0] = 0x20;
    for (std::size_t i = 2; i < 16; i += 2) endpoint.address[i + 1] = static_cast<std::uint8_t>(random() % 3);
    const std::string text = address_text(endpoint);
    decltype(endpoint.address) back{};
    ASSERT_EQ(::inet_pton(AF_INET6, text.substr(1, text.find(']') - 1).c_str(), back.data()), 1) << text;
    EXPECT_EQ(back, endpoint.address) << text;
  }
}

TEST(ErrorText, SaysTheSystemsReasonAndPlacesOnce) {
  EXPECT_EQ(error_text({"cannot open the capture file, errno", ENOENT}),
            "cannot open the capture file: No such file or directory");
  EXPECT_EQ(error_text({"the capture ends inside the record at byte", 24}),
            "the capture ends inside the record at byte 24");
  EXPECT_EQ(error_text({"cannot map the board", ENOMEM}), "cannot map the board: Cannot allocate memory");
  EXPECT_EQ(error_text({"not a capture", 0}), "not a capture");
}

}  // namespace
}  // namespace bellrock::cli
