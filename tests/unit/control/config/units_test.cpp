#include "control/config/units.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bellrock::config {
namespace {

TEST(Units, DurationsKnowEveryUnit) {
  EXPECT_EQ(parse_duration("1ns"), 1);
  EXPECT_EQ(parse_duration("1us"), kMicrosecond);
  EXPECT_EQ(parse_duration("1ms"), kMillisecond);
  EXPECT_EQ(parse_duration("1s"), kSecond);
  EXPECT_EQ(parse_duration("1m"), kMinute);
  EXPECT_EQ(parse_duration("1h"), kHour);
  EXPECT_EQ(parse_duration("1d"), 24 * kHour);
}

TEST(Units, DurationsWithoutUnitOrWithOtherSignsAreNone) {
  for (const char* text : {"", "1", "s", "1 s", "-1s", "+1s", "1S", "1sec", "1e3s", ".5s", "1.s", "1.2.3s", "1s "}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Units, DurationsRoundHalfToEvenNanoseconds) {
  EXPECT_EQ(parse_duration("0.5ns"), 0);
  EXPECT_EQ(parse_duration("1.5ns"), 2);
  EXPECT_EQ(parse_duration("2.5ns"), 2);
  EXPECT_EQ(parse_duration("2.500001ns"), 3);
  EXPECT_EQ(parse_duration("0.0000000005s"), 0);
  EXPECT_EQ(parse_duration("0.0000000015s"), 2);
}

TEST(Units, DurationsPastTheirRangeAreNone) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), std::nullopt);  // more digits than are read
  EXPECT_EQ(parse_duration("106751d"), Duration{106'751} * 24 * kHour);
  EXPECT_EQ(parse_duration("106752d"), std::nullopt);
  EXPECT_EQ(parse_duration("999999999999999999d"), std::nullopt);
}

TEST(Units, DurationsPastTheirRangeAreToldFromWhatIsNone) {
  for (const char* text : {"106752d", "300000d", "9223372036854775807ns"}) EXPECT_TRUE(exceeds_durations(text)) << text;
  for (const char* text : {"106751d", "1s", "", "d", "300000", "300000y", "-1d", "1.2.3d", ".5d", "1.d"})
    EXPECT_FALSE(exceeds_durations(text)) << text;
}

TEST(Units, EveryWholeMillisecondIsExactInSecondsToo) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const auto ms = static_cast<Duration>(random() % 100'000'000);
    std::string seconds = std::to_string(ms + 1'000'000'000);  // pads the fraction
    seconds = std::to_string(ms / 1'000) + '.' + seconds.substr(seconds.size() - 3) + 's';
    EXPECT_EQ(parse_duration(seconds), ms * kMillisecond) << seconds;
  }
}

TEST(Units, SizesAreWholeBytesWithBinaryUnits) {
  EXPECT_EQ(parse_size("100B"), 100u);
  EXPECT_EQ(parse_size("64KiB"), 65'536u);
  EXPECT_EQ(parse_size("1.5MiB"), 1'572'864u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  for (const char* text : {"", "64", "64KB", "64kib", "0.3B", "-1B", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Units, DecimalsKeepNinePlacesExactly) {
  EXPECT_EQ(parse_decimal_e9("0.992"), 992'000'000u);
  EXPECT_EQ(parse_decimal_e9("0.999999999"), 999'999'999u);
  EXPECT_EQ(parse_decimal_e9("0.1"), 100'000'000u);
  EXPECT_EQ(parse_decimal_e9("1"), 1'000'000'000u);
  for (const char* text : {"", "0.9999999999", "1e-3", "99.2", "99.2%", ".9", "0,9", "nan", "-0.5", "0x1"}) {
    EXPECT_EQ(parse_decimal_e9(text), std::nullopt) << text;
  }
}

TEST(Units, EveryRatioOfNinePlacesComesBackAsItWasWritten) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 5'000; ++i) {
    const std::uint64_t e9 = random() % 1'000'000'000;
    const std::string padded = std::to_string(1'000'000'000 + e9);
    EXPECT_EQ(parse_decimal_e9("0." + padded.substr(1)), e9);
  }
}

TEST(Units, NumbersAreThoseOfJson) {
  EXPECT_EQ(parse_number("812"), 812.0);
  EXPECT_EQ(parse_number("-3.5"), -3.5);
  EXPECT_EQ(parse_number("8.12e+02"), 812.0);
  EXPECT_EQ(parse_number("0"), 0.0);
  for (const char* text : {"", "-", "01", "1.", ".5", "+1", "0x10", "inf", "nan", "1e999", "1 ", "1a"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

TEST(Units, UnsignedNumbersAreDigitsOnly) {
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18'446'744'073'709'551'615u);
  for (const char* text : {"", "+1", "-1", "1.0", "010", "00", "18446744073709551616"})
    EXPECT_EQ(parse_unsigned(text), std::nullopt);
}

}  // namespace
}  // namespace bellrock::config
