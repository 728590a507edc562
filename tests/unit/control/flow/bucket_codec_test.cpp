#include "control/flow/bucket_codec.h"

#include <gtest/gtest.h>

#include <random>

namespace bellrock::control {
namespace {

std::optional<Buckets> unpack_text(std::int32_t first, std::string_view text) { return unpack(first, bytes(text)); }

TEST(BucketCodec, GivesBackWhatWasPacked) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2'000; ++round) {
    Buckets buckets;
    const auto density = random() % 100;
    for (std::int32_t index = kBucketMin; index < kBucketEnd; ++index) {
      if (random() % 100 < density % 3 || (round < 5)) buckets[index] = 1 + (random() >> (2 + random() % 62));
    }
    const auto packed = pack(buckets);
    EXPECT_EQ(unpack(packed.first, bytes(packed.bytes)), buckets);
  }
}

// Any bytes that unpack at all are the bytes that pack makes: equal histograms, equal bytes.
TEST(BucketCodec, TakesNoSecondSpellingOfTheSameBuckets) {
  std::mt19937_64 random(4);
  int taken = 0;
  for (int round = 0; round < 300'000; ++round) {
    std::string text(1 + random() % 6, '\0');
    for (char& c : text) c = static_cast<char>(random() % 8 ? random() % 16 : random());
    const auto first = static_cast<std::int32_t>(random() % 2'100) - 1'290;
    const auto buckets = unpack_text(first, text);
    if (!buckets) continue;
    ++taken;
    const auto again = pack(*buckets);
    EXPECT_EQ(again.first, first);
    EXPECT_EQ(again.bytes, text);
  }
  EXPECT_GT(taken, 1'000);
}

TEST(BucketCodec, RefusesWhatThePackerNeverMakes) {
  EXPECT_FALSE(unpack_text(5, ""));                                 // an index without a bucket
  EXPECT_FALSE(unpack_text(0, std::string_view("\0", 1)));          // an empty bucket
  EXPECT_FALSE(unpack_text(0, "\x03\x01"));                         // a gap before the first
  EXPECT_FALSE(unpack_text(0, std::string_view("\x02\x03\0", 3)));  // a gap of none
  EXPECT_FALSE(unpack_text(0, "\x02\x03"));                         // a gap that is cut off
  EXPECT_FALSE(unpack_text(0, std::string_view("\x82\0", 2)));      // not the shortest varint
  EXPECT_FALSE(unpack_text(kBucketMin - 1, "\x02"));
  EXPECT_FALSE(unpack_text(kBucketEnd, "\x02"));
  EXPECT_FALSE(unpack_text(kBucketEnd - 1, "\x02\x02"));
  EXPECT_FALSE(unpack_text(0, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));  // more than 64 bits
}

TEST(BucketCodec, TakesTheFirstAndLastBucket) {
  const Buckets edges{{kBucketMin, 1}, {kBucketEnd - 1, 2}};
  const auto packed = pack(edges);
  EXPECT_EQ(packed.bytes.size(), 4u);
  EXPECT_EQ(unpack(packed.first, bytes(packed.bytes)), edges);
}

}  // namespace
}  // namespace bellrock::control
