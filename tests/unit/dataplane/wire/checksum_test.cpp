#include "dataplane/wire/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/dataplane/wire/edge_buffer.h"

namespace bellrock::wire {
namespace {

// RFC 1071 1, word by word as it is written there.
std::uint16_t plain_sum(Bytes data) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < data.size(); i += 2) {
    sum += (std::uint32_t{data[i]} << 8) + (i + 1 < data.size() ? data[i + 1] : 0U);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

TEST(Checksum, GivesTheSumOfTheExampleInRfc1071) {
  const auto data = raw({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  EXPECT_EQ(__builtin_bswap16(fold_sum(add_to_sum(0, data))), 0xddf2);
}

TEST(Checksum, AgreesWithThePlainSumAtEveryLength) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> data(200);
  for (int round = 0; round < 50; ++round) {
    for (auto& byte : data) byte = static_cast<std::uint8_t>(round < 5 ? 0xff : random());
    for (std::size_t length = 0; length <= data.size(); ++length) {
      const Bytes part = Bytes(data).first(length);
      ASSERT_EQ(__builtin_bswap16(fold_sum(add_to_sum(0, part))), plain_sum(part)) << length;
    }
  }
}

TEST(Checksum, HeadersOfAKnownSizeHaveTheSameSum) {
  std::mt19937 random(3);
  std::vector<std::uint8_t> data(40);
  for (int round = 0; round < 100; ++round) {
    for (auto& byte : data) byte = static_cast<std::uint8_t>(round == 0 ? 0xff : random());
    const auto agrees = [&](std::size_t length, std::uint64_t sum) {
      EXPECT_EQ(__builtin_bswap16(fold_sum(sum)), plain_sum(Bytes(data).first(length))) << length;
    };
    agrees(4, sum_of<4>(data.data()));
    agrees(8, sum_of<8>(data.data()));
    agrees(20, sum_of<20>(data.data()));
    agrees(32, sum_of<32>(data.data()));
    agrees(40, sum_of<40>(data.data()));
  }
}

// A one's complement sum is the remainder by 0xffff; of what is not 0 it is never 0, but 0xffff.
TEST(Checksum, ASumOfAnySizeIsFoldedToItsRemainder) {
  std::mt19937_64 random(4);
  EXPECT_EQ(fold_sum(0), 0);
  for (int round = 0; round < 100'000; ++round) {
    const std::uint64_t sum = round == 0 ? ~std::uint64_t{0} : random() >> random() % 64;
    if (sum == 0) continue;
    const auto rest = static_cast<std::uint16_t>(sum % 0xffff);
    ASSERT_EQ(fold_sum(sum), rest == 0 ? 0xffff : rest) << sum;
  }
  EXPECT_EQ(fold_sum(0xffff'0000'0000'0000), 0xffff);
  EXPECT_EQ(fold_sum(0x1'0000'0000), 1);
}

using SumLong = std::uint64_t (*)(Bytes&);

// The vectors that this machine has.
std::map<std::size_t, SumLong> sums_by_vector_bytes() {
  std::map<std::size_t, SumLong> sums{{16, internal::sum_long}};
#if defined(__x86_64__)
  if (internal::kHasAvx2) sums[32] = internal::sum_long_avx2;
  if (internal::kHasAvx512) sums[64] = internal::sum_long_avx512;
#endif
  return sums;
}

TEST(Checksum, LongDataHasTheSameSumByEveryVector) {
  std::mt19937 random(2);
  std::vector<std::uint8_t> data(1'600);
  for (int round = 0; round < 3; ++round) {
    for (auto& byte : data) byte = static_cast<std::uint8_t>(round == 0 ? 0xff : random());
    for (std::size_t length = 0; length <= data.size(); ++length) {
      const EdgeBuffer edge{Bytes(data).first(length)};
      const std::uint16_t sum = plain_sum(edge.bytes());
      for (const auto& [vector_bytes, sum_long] : sums_by_vector_bytes()) {
        Bytes rest = edge.bytes();
        const std::uint64_t vectors = sum_long(rest);
        ASSERT_LT(rest.size(), std::min(vector_bytes, std::size_t{32}));
        ASSERT_EQ(rest.data() + rest.size(), edge.bytes().data() + length);
        ASSERT_EQ(__builtin_bswap16(fold_sum(add_to_sum(vectors, rest))), sum) << length << ' ' << vector_bytes;
      }
      ASSERT_EQ(__builtin_bswap16(fold_sum(add_to_sum(0, edge.bytes()))), sum) << length;
    }
  }
}

TEST(Checksum, ADatagramWithItsChecksumIsValidAndWithAnyBitFlippedIsNot) {
  auto header = raw({0x45, 0, 0, 40, 1, 2, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2});
  const std::uint16_t sum = checksum_of(add_to_sum(0, header));
  std::memcpy(header.data() + 10, &sum, 2);
  EXPECT_TRUE(sum_is_valid(add_to_sum(0, header)));
  for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
    header[bit / 8] = static_cast<std::uint8_t>(header[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(sum_is_valid(add_to_sum(0, header))) << bit;
    header[bit / 8] = static_cast<std::uint8_t>(header[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(Checksum, ThePseudoHeaderHoldsAddressesProtocolAndLength) {
  const auto source = raw({10, 0, 0, 1});
  const auto destination = raw({10, 0, 0, 2});
  const auto written = raw({10, 0, 0, 1, 10, 0, 0, 2, 0, 6, 0x12, 0x34});
  EXPECT_EQ(fold_sum(pseudo_header_sum(source, destination, 6, 0x1234)), fold_sum(add_to_sum(0, written)));
}

TEST(Checksum, ReadsNothingBehindItsBytes) {
  const std::vector<std::uint8_t> data(33, 0xab);
  for (std::size_t length = 0; length <= data.size(); ++length) {
    const EdgeBuffer edge{Bytes(data).first(length)};
    EXPECT_EQ(fold_sum(add_to_sum(0, edge.bytes())), fold_sum(add_to_sum(0, Bytes(data).first(length))));
  }
}

}  // namespace
}  // namespace bellrock::wire
