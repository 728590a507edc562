#include "control/flow/histogram.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "control/flow/bucket_codec.h"

namespace bellrock::control {
namespace {

// The bucket of a value by its definition, searched with exact powers in long double, not by the edge's table.
void add(Histogram& histogram, std::uint64_t ns) {
  const bool first = histogram.n++ == 0;
  histogram.sum_ns += ns;
  histogram.min_ns = first ? ns : std::min(histogram.min_ns, ns);
  histogram.max_ns = first ? ns : std::max(histogram.max_ns, ns);
  const long double seconds = static_cast<long double>(ns) * 1e-9L;
  if (seconds <= std::exp2(-20.0L)) {
    ++histogram.zero;
  } else if (seconds > std::exp2(12.0L)) {
    ++histogram.overflow;
  } else {
    const long double index = std::ceil(std::log2(seconds) * 64) - 1;
    ++histogram.buckets[static_cast<std::int32_t>(index)];
  }
}

Histogram of(const std::vector<std::uint64_t>& values) {
  Histogram histogram;
  for (const auto value : values) add(histogram, value);
  return histogram;
}

std::string bytes_of(const Distribution& d) {
  const auto packed = pack(d.buckets);
  std::string all = packed.bytes;
  for (const std::uint64_t word :
       {d.n, static_cast<std::uint64_t>(d.sum_ns), static_cast<std::uint64_t>(d.sum_ns >> 64), d.min_ns, d.max_ns,
        d.zero, d.overflow, static_cast<std::uint64_t>(packed.first)}) {
    append_varint(all, word);
  }
  return all;
}

TEST(Histogram, MergesToTheSameBytesInAnyOrderAndGrouping) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Histogram> parts(2 + random() % 20);
    Histogram whole;
    for (auto& part : parts) {
      if (random() % 4 == 0) part.n = random() % 5;  // counts without a latency
      if (part.n != 0) {
        whole.n += part.n;
        continue;
      }
      for (std::uint64_t i = random() % 40; i > 0; --i) {
        const std::uint64_t ns = random() >> (random() % 50 + 10);
        add(part, ns);
        Histogram one;
        add(one, ns);
        merge(whole, one);
      }
    }
    Distribution expected;
    merge(expected, whole);
    for (int order = 0; order < 5; ++order) {
      std::shuffle(parts.begin(), parts.end(), random);
      std::vector<Distribution> groups(1 + random() % 5);
      for (const auto& part : parts) merge(groups[random() % groups.size()], part);
      Distribution all;
      for (const auto& group : groups) merge(all, group);
      EXPECT_EQ(all, expected);
      EXPECT_EQ(bytes_of(all), bytes_of(expected));
    }
  }
}

TEST(Histogram, KeepsSumsThatNeedMoreThan64Bits) {
  Histogram big;
  big.n = big.overflow = 1;
  big.sum_ns = big.min_ns = big.max_ns = std::uint64_t{1} << 63;
  Distribution all;
  for (int i = 0; i < 6; ++i) merge(all, big);
  EXPECT_TRUE(all.sum_ns == Uint128{3} << 64);
}

TEST(Histogram, TakesNoMinimumFromSeriesThatOnlyCount) {
  Histogram counted;
  counted.n = 7;
  Histogram all = of({500'000'000});
  merge(all, counted);
  EXPECT_EQ(all.n, 8u);
  EXPECT_EQ(all.min_ns, 500'000'000u);
  Histogram other = counted;
  merge(other, of({500'000'000}));
  EXPECT_EQ(other, all);
}

// The bound is (b - 1) / (b + 1) = 0.5415 %; a half nanosecond is the rounding of the clock.
void expect_within_bound(std::vector<std::uint64_t> values) {
  const Histogram histogram = of(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()) * (1 - 1e-12)));
    const auto exact = static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
    EXPECT_NEAR(*quantile(histogram, q), exact, exact * 0.00542 + 0.5) << "q " << q << " of " << values.size();
  }
}

TEST(Histogram, QuantilesAreWithinTheBoundOfAnExactSort) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> smooth(std::log(0.2), 1.2);
  for (const std::size_t count : {1u, 2u, 10u, 1'000u, 100'000u}) {
    std::vector<std::uint64_t> values(count);
    for (auto& value : values) value = static_cast<std::uint64_t>(std::clamp(smooth(random), 1e-6, 4000.0) * 1e9);
    expect_within_bound(values);
  }
}

TEST(Histogram, QuantilesAreWithinTheBoundOnAtomsAtBucketEdges) {
  std::vector<std::uint64_t> atoms;
  for (std::int32_t index = kBucketMin + 64; index < kBucketEnd; index += 37) {
    const auto edge = static_cast<std::uint64_t>(bucket_upper_ns(index));
    for (std::uint64_t i = 0; i < 5; ++i) atoms.push_back(edge + (i % 2));
  }
  expect_within_bound(atoms);
}

TEST(Histogram, ReadsValuesOutsideTheBucketsAsSmallestAndLargest) {
  const Histogram histogram = of({0, 3, 9'000'000'000'000});
  EXPECT_EQ(*quantile(histogram, 0.5), 0.0);
  EXPECT_EQ(*quantile(histogram, 1.0), 9e12);
}

TEST(Histogram, HasNoQuantileWithoutMeasuredValues) {
  Histogram counted;
  counted.n = 3;
  EXPECT_FALSE(quantile(counted, 0.5).has_value());
}

TEST(Histogram, RankOfAFractionThatDoublesMissIsNotOneTooHigh) {
  std::vector<std::uint64_t> values(100);
  for (std::size_t i = 0; i < 100; ++i) values[i] = i < 7 ? 1'000'000'000u : 2'000'000'000u;
  EXPECT_NEAR(*quantile(of(values), 0.07), 1e9, 1e7);
}

}  // namespace
}  // namespace bellrock::control
