#include "dataplane/sketch/mapping.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <random>

namespace bellrock::sketch {
namespace {

using boost::multiprecision::cpp_int;

// Whether mantissa · 2^-52 <= 2^(k/64), in integers: mantissa^64 <= 2^(52·64 + k).
bool at_or_below_edge(std::uint64_t mantissa, unsigned k) {
  cpp_int power = mantissa;
  for (int doubling = 0; doubling < 6; ++doubling) power *= power;
  return power <= (cpp_int(1) << (52 * 64 + k));
}

// The largest double of [1, 2) that is not above 2^(k/64).
double edge_below(unsigned k) {
  auto mantissa = static_cast<std::uint64_t>(std::ldexp(std::exp2l(static_cast<long double>(k) / 64), 52));
  while (!at_or_below_edge(mantissa, k)) --mantissa;
  while (at_or_below_edge(mantissa + 1, k)) ++mantissa;
  return std::ldexp(static_cast<double>(mantissa), -52);
}

TEST(Mapping, EveryEdgeOfEveryOctaveSplitsNeighbouringDoublesExactly) {
  for (unsigned k = 1; k < 64; ++k) {
    const double below = edge_below(k);
    for (int octave = -20; octave < 12; ++octave) {
      const double at = std::ldexp(below, octave);
      const std::int32_t bucket = octave * 64 + static_cast<std::int32_t>(k);
      ASSERT_EQ(index(std::nextafter(at, 0)), bucket - 1) << octave << " " << k;
      ASSERT_EQ(index(at), bucket - 1) << octave << " " << k;
      ASSERT_EQ(index(std::nextafter(at, 1e9)), bucket) << octave << " " << k;
    }
  }
}

TEST(Mapping, APowerOfTwoIsTheUpperBoundOfItsBucket) {
  for (int octave = -20; octave <= 12; ++octave) {
    const double power = std::ldexp(1.0, octave);
    EXPECT_EQ(index(power), octave * 64 - 1);
    EXPECT_EQ(index(std::nextafter(power, 0)), octave * 64 - 1);
    EXPECT_EQ(index(std::nextafter(power, 1e9)), octave * 64);
  }
}

TEST(Mapping, AgreesWithTheLogarithmAwayFromEdges) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(-20, 12);
  for (int i = 0; i < 2'000'000; ++i) {
    const double value = std::exp2(exponent(random));
    const long double exact = std::log2(static_cast<long double>(value)) * 64;
    if (std::abs(exact - std::round(exact)) < 1e-9L) continue;
    ASSERT_EQ(index(value), static_cast<std::int32_t>(std::ceil(exact)) - 1) << value;
  }
}

TEST(Mapping, SlotsCoverTheRangeAndNothingElse) {
  EXPECT_EQ(slot_of(0), kZeroSlot);
  EXPECT_EQ(slot_of(1), kZeroSlot);
  EXPECT_EQ(slot_of(953), kZeroSlot);  // 2^-20 s is 953.67 ns
  EXPECT_EQ(slot_of(954), 0);
  EXPECT_EQ(slot_of(4'095 * kSecond), kSlots - 1);
  EXPECT_EQ(slot_of(4'096 * kSecond + kMicrosecond), kOverflowSlot);
  EXPECT_EQ(slot_of(std::numeric_limits<Duration>::max()), kOverflowSlot);
  EXPECT_EQ(slot_of(kSecond), index(1.0) - kFirstIndex);
}

TEST(Mapping, SlotsNeverDecrease) {
  std::int32_t last = kZeroSlot;
  for (Duration value = 0; value < 5'000 * kSecond; value += 1 + value / 997) {
    const std::int32_t slot = slot_of(value);
    ASSERT_GE(slot, last);
    ASSERT_LE(slot, last + 1 + (last < 64 ? 64 : 0));
    last = slot;
  }
  EXPECT_EQ(last, kOverflowSlot);
}

}  // namespace
}  // namespace bellrock::sketch
