#include "dataplane/journey/deadlines.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace bellrock::journey {
namespace {

constexpr Instant kDay{1'764'000'000 * kSecond};

// What Deadlines promises, as an ordered set.
class Oracle {
 public:
  void set(Slot slot, Instant due) {
    clear(slot);
    by_slot_[slot] = due;
    ordered_.emplace(due, slot);
  }
  void clear(Slot slot) {
    const auto found = by_slot_.find(slot);
    if (found == by_slot_.end()) return;
    ordered_.erase({found->second, slot});
    by_slot_.erase(found);
  }
  Slot take(Instant before, Instant& at) {
    if (ordered_.empty() || ordered_.begin()->first >= before) return 0;
    const auto [due, slot] = *ordered_.begin();
    clear(slot);
    at = due;
    return slot;
  }

 private:
  std::map<Slot, Instant> by_slot_;
  std::set<std::pair<Instant, Slot>> ordered_;
};

// Deadlines from nanoseconds to days away, moved, cleared and taken: always the earliest first.
TEST(Deadlines, ComeInExactOrderHoweverFarAwayTheyWere) {
  std::mt19937_64 random(7);
  constexpr Slot kSlots = 300;
  Deadlines deadlines(kSlots);
  Oracle oracle;
  Instant now = kDay;
  const auto within = [&](Duration bound) {
    return static_cast<Duration>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int i = 0; i < 200'000; ++i) {
    const auto slot = static_cast<Slot>(1 + random() % kSlots);
    switch (random() % 8) {
      case 0:
        deadlines.clear(slot);
        oracle.clear(slot);
        break;
      case 1:
      case 2:
      case 3: {
        constexpr Duration kSpans[] = {10, kSecond, 30 * kMinute, 100 * kHour};
        const Instant due = now + within(kSpans[random() % 4]);
        deadlines.set(slot, due);
        oracle.set(slot, due);
        break;
      }
      default: {
        now = now + within(random() % 50 == 0 ? 3 * kHour : 5 * kSecond);
        for (int k = 0; k < 20; ++k) {
          Instant at;
          const Slot expected = oracle.take(now, at);
          const auto due = deadlines.take(now);
          ASSERT_EQ(due.slot, expected) << i;
          if (expected == 0) break;
          ASSERT_EQ(due.at, at);
        }
      }
    }
  }
}

TEST(Deadlines, ADeadlineIsNotBeforeItself) {
  Deadlines deadlines(1);
  deadlines.set(1, kDay);
  EXPECT_EQ(deadlines.take(kDay).slot, 0u);
  EXPECT_EQ(deadlines.take(kDay + 1).slot, 1u);
  EXPECT_EQ(deadlines.take(kNever).slot, 0u);
}

TEST(Deadlines, NeverAndLongSilencesAreOrdinaryTimes) {
  Deadlines deadlines(3);
  deadlines.set(1, kNever);
  deadlines.set(2, Instant{1});
  deadlines.set(3, kDay);
  EXPECT_EQ(deadlines.take(kDay + 1).slot, 2u);
  EXPECT_EQ(deadlines.take(kDay + 1).slot, 3u);
  EXPECT_EQ(deadlines.take(kDay + 30 * 365 * 24 * kHour).slot, 0u);
  EXPECT_EQ(deadlines.take(kNever).slot, 0u);
}

}  // namespace
}  // namespace bellrock::journey
