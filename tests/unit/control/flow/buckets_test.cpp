#include "control/flow/buckets.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bellrock::control {
namespace {

using Expected = std::map<std::int32_t, std::uint64_t>;

Buckets some(std::mt19937_64& random, int places) {
  Buckets buckets;
  for (std::uint64_t i = random() % 30; i > 0; --i) {
    buckets[static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(places)) - places / 2] += 1 + random() % 9;
  }
  return buckets;
}

TEST(Buckets, AddedToOthersAreTheSumsOfATreeInRisingOrder) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 5'000; ++round) {
    Buckets sum;
    Expected expected;
    for (int part = 0; part < 6; ++part) {
      const Buckets added = some(random, 1 << (1 + round % 10));
      for (const auto& [index, count] : added) expected[index] += count;
      add(sum, added);
      ASSERT_EQ(Expected(sum.begin(), sum.end()), expected);
      ASSERT_TRUE(std::is_sorted(sum.begin(), sum.end()));
      ASSERT_EQ(sum.size(), expected.size());
    }
  }
}

TEST(Buckets, AddedToThemselvesCountTwice) {
  Buckets buckets{{-5, 1}, {3, 7}};
  add(buckets, Buckets(buckets));
  EXPECT_EQ(buckets, (Buckets{{-5, 2}, {3, 14}}));
}

}  // namespace
}  // namespace bellrock::control
