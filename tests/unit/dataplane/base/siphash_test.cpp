#include "dataplane/base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace bellrock {
namespace {

// The key 00 01 … 0f and inputs 00 01 … of the reference implementation's test vectors.
const SipKey kReferenceKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::array<std::uint8_t, 64> counting_bytes() {
  std::array<std::uint8_t, 64> data{};
  std::iota(data.begin(), data.end(), std::uint8_t{0});
  return data;
}

TEST(SipHash, MatchesThePublishedVectorsOfNoneToFifteenBytes) {
  constexpr std::array<std::uint64_t, 16> kPublished{
      0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
      0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
      0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
      0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5};
  const auto data = counting_bytes();
  for (std::size_t size = 0; size < kPublished.size(); ++size) {
    EXPECT_EQ(siphash64(kReferenceKey, Bytes(data).first(size)), kPublished[size]) << size << " bytes";
  }
}

TEST(SipHash, WideFormMatchesThePublishedVectorOfNoBytes) {
  const Hash128 hash = siphash128(kReferenceKey, Bytes{});
  EXPECT_EQ(hash.low, 0xe6a825ba047f81a3u);
  EXPECT_EQ(hash.high, 0x930255c71472f66du);
}

}  // namespace
}  // namespace bellrock
