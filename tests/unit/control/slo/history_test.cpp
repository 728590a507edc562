#include "control/slo/history.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bellrock::slo {
namespace {

constexpr std::int64_t kStart = 1'700'000'040;  // a whole minute

Events events(std::uint64_t good, std::uint64_t bad = 0, std::uint64_t unknown = 0) { return {good, bad, unknown, 0}; }

TEST(History, SumsOfAnySpanAreThoseOfAPlainMapWhateverComesLate) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    History history;
    std::map<std::int64_t, Events> plain;
    for (int step = 0; step < 400; ++step) {
      const std::int64_t at = kStart + static_cast<std::int64_t>(random() % 7'200);
      if (random() % 50 == 0) {
        history.clear_from(at);
        const std::int64_t minute = at - at % 60;
        plain.erase(plain.lower_bound(minute), plain.end());
      } else {
        const Events some = events(random() % 100, random() % 10, random() % 3);
        ASSERT_TRUE(history.add(at, some));
        plain[at - at % 60] += some;
      }
      const std::int64_t from = kStart + 60 * static_cast<std::int64_t>(random() % 130) - 300;
      const std::int64_t to = from + 60 * static_cast<std::int64_t>(random() % 130);
      Events sum;
      for (const auto& [minute, one] : plain) {
        if (minute >= from && minute < to) sum += one;
      }
      ASSERT_EQ(history.sum(from, to), sum) << "seed " << seed << " step " << step;
    }
  }
}

TEST(History, ForgottenMinutesAreNoLongerPartOfAnySum) {
  History history;
  for (int minute = 0; minute < 10; ++minute) history.add(kStart + 60 * minute, events(1));
  history.forget_before(kStart + 240);
  EXPECT_EQ(history.first(), kStart + 240);
  EXPECT_EQ(history.sum(kStart - 1'000, kStart + 10'000), events(6));
}

TEST(History, ALeapOfTheClockCostsABoundedNumberOfMinutes) {
  History history;
  history.add(kStart, events(1));
  ASSERT_TRUE(history.add(kStart + 1'000ll * 24 * 3'600, events(2)));
  EXPECT_LE(static_cast<std::size_t>((history.end() - history.first()) / 60), History::kMinutesMax);
  EXPECT_EQ(history.sum(0, kStart * 2), events(2));
  EXPECT_FALSE(history.add(kStart, events(4)));
  EXPECT_EQ(history.sum(0, kStart * 2), events(2));
}

TEST(History, AnEmptySpanHoldsNothing) {
  History history;
  EXPECT_EQ(history.sum(0, kStart), Events{});
  history.add(kStart, events(3));
  EXPECT_EQ(history.sum(kStart + 60, kStart), Events{});
  EXPECT_EQ(history.at(kStart), events(3));
}

}  // namespace
}  // namespace bellrock::slo
