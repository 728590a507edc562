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

// Of an independent program of the paper's text, whose results for SipHash-1-3 with key 0 are CPython's hash(bytes).
TEST(SipHash, WithHalfTheRoundsMatchesAnIndependentProgram) {
  constexpr std::array<std::uint64_t, 16> kExpected{
      0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
      0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140,
      0x369095118d299a8e, 0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
      0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34, 0xd320d86d2a519956};
  const auto data = counting_bytes();
  for (std::size_t size = 0; size < kExpected.size(); ++size) {
    EXPECT_EQ(siphash13_64(kReferenceKey, Bytes(data).first(size)), kExpected[size]) << size << " bytes";
  }
  const Hash128 none = siphash13_128(kReferenceKey, Bytes{});
  EXPECT_EQ(none.low, 0xbea58827b2bc7ee7u);
  EXPECT_EQ(none.high, 0x13030dd6adb62fdu);
  const Hash128 some = siphash13_128(kReferenceKey, Bytes(data).first(37));
  EXPECT_EQ(some.low, 0xdad3ed1a387e87b9u);
  EXPECT_EQ(some.high, 0x10ac23ff753ec308u);
}

TEST(SipHash, WithHalfTheRoundsOfAKnownTextIsCPythons) {
  EXPECT_EQ(siphash13_64({}, bytes("abcdefghij")), 0xf47c264806c40ff1u);
}

}  // namespace
}  // namespace bellrock
