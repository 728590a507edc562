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

TEST(SipHash, MatchesThePublishedVectorOfFifteenBytes) {
  const auto data = counting_bytes();
  EXPECT_EQ(siphash64(kReferenceKey, Bytes(data).first(15)), 0xa129ca6149be45e5u);
}

TEST(SipHash, MatchesThePublishedVectorOfNoBytes) { EXPECT_EQ(siphash64(kReferenceKey, Bytes{}), 0x726fdb47dd0e0e31u); }

TEST(SipHash, WideFormMatchesThePublishedVectorOfNoBytes) {
  const Hash128 hash = siphash128(kReferenceKey, Bytes{});
  EXPECT_EQ(hash.low, 0xe6a825ba047f81a3u);
  EXPECT_EQ(hash.high, 0x930255c71472f66du);
}

}  // namespace
}  // namespace bellrock
