#include "dataplane/journey/top_values.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>

#include "tests/unit/dataplane/journey/player.h"

namespace bellrock::journey {
namespace {

constexpr Duration kAttemptMax = 4 * kHour;

class TopValuesTest : public testing::Test {
 protected:
  // A new process finds the table as it is.
  TopValues& restart() {
    journal_ = std::make_unique<Journal>(reinterpret_cast<std::byte*>(table_.get()), sizeof(TopTable), record_.get());
    journal_->roll_back();
    values_ = std::make_unique<TopValues>(*table_, top_, kAttemptMax, *journal_);
    values_->enter_bank(epoch_);
    return *values_;
  }
  TopValues& values() { return values_ ? *values_ : restart(); }
  std::uint8_t see(const std::string& text, std::uint64_t times = 1) {
    std::uint8_t value = 0;
    for (std::uint64_t i = 0; i < times; ++i) value = values().see(text, now_), journal_->commit();
    return value;
  }
  // As at a window's end: the bank before the last has been taken away.
  void next_bank(Duration later = 10 * kSecond) {
    now_ = now_ + later;
    values().enter_bank(++epoch_);
    values().refresh(now_);
    journal_->commit();
  }
  std::string text(std::uint8_t value) const {
    TopEntry entry;
    return std::string(read_top_text(*table_, value, entry));
  }
  std::string seat_text(std::uint8_t seat) const {
    TopEntry entry;
    return std::string(read_seat_text(*table_, seat, entry));
  }
  // For what a count of `text` would be.
  std::string counted_as(const std::string& text) {
    const std::uint8_t seat = values().counted(see(text));
    journal_->commit();
    return seat == 0 ? "__other__" : seat_text(seat);
  }
  std::set<std::string> told_apart() {
    std::set<std::string> texts;
    for (const TopEntry& entry : table_->entries) {
      if (entry.state == TopState::kToldApart) texts.emplace(entry.view());
    }
    return texts;
  }

  std::uint8_t top_ = 2;
  Instant now_ = kDay;
  std::uint64_t epoch_ = 1;
  std::unique_ptr<TopTable> table_ = std::make_unique<TopTable>();
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<TopValues> values_;
};

TEST_F(TopValuesTest, TheFirstValuesAreToldApartAtOnceAndTheNextAreOther) {
  const std::uint8_t a = see("a"), b = see("b"), c = see("c");
  EXPECT_EQ(seat_text(values().counted(a)), "a");
  EXPECT_EQ(seat_text(values().counted(b)), "b");
  EXPECT_EQ(values().counted(c), 0);
  EXPECT_EQ(see("a"), a);
  EXPECT_EQ(text(a), "a");
}

TEST_F(TopValuesTest, WhatIsNoShortVisibleTextIsOther) {
  for (const std::string& bad : {std::string(), std::string(39, 'x'), std::string("a\n"), std::string("\xc3\xa4"),
                                 std::string("__other__"), std::string(1, '\0')}) {
    EXPECT_EQ(see(bad), 0) << bad;
  }
  EXPECT_NE(see(std::string(38, 'x')), 0);
}

TEST_F(TopValuesTest, AValueSeenMoreOftenTakesTheRarestOnesPlaceOneInEachBank) {
  see("a", 10), see("b", 5), see("c", 20), see("d", 30);
  EXPECT_EQ(told_apart(), (std::set<std::string>{"a", "b"}));
  next_bank();
  EXPECT_EQ(told_apart(), (std::set<std::string>{"a", "d"}));
  next_bank();
  EXPECT_EQ(told_apart(), (std::set<std::string>{"c", "d"}));
  next_bank();
  EXPECT_EQ(told_apart(), (std::set<std::string>{"c", "d"}));
}

TEST_F(TopValuesTest, ASeatGoesToAnotherValueWhenWhatWasCountedThereHasBeenTakenAway) {
  EXPECT_EQ(counted_as("a"), "a");
  EXPECT_EQ(counted_as("b"), "b");
  see("c", 20);
  see("b", 5);
  next_bank();
  EXPECT_EQ(told_apart(), (std::set<std::string>{"b"})) << "a's count may still be waiting";
  EXPECT_EQ(seat_text(1), "a");
  EXPECT_EQ(counted_as("c"), "__other__");
  EXPECT_EQ(counted_as("new"), "__other__") << "a seat that is to be had is not the next comer's";
  restart();
  EXPECT_EQ(counted_as("c"), "__other__");
  next_bank();
  EXPECT_EQ(counted_as("c"), "c");
  EXPECT_EQ(counted_as("b"), "b");
  EXPECT_EQ(seat_text(1), "c");
}

TEST_F(TopValuesTest, WhatIsToldApartAgainHasTheSeatThatItHadBefore) {
  EXPECT_EQ(counted_as("a"), "a");
  EXPECT_EQ(counted_as("b"), "b");
  see("c", 20);
  see("b", 5);
  next_bank();
  see("a", 40);
  next_bank();
  EXPECT_EQ(told_apart(), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(values().counted(see("a")), 1);
}

TEST_F(TopValuesTest, WhatWasFrequentOnceGivesWay) {
  see("old", 1'000), see("other", 500);
  for (int hour = 0; hour < 12; ++hour) {
    see("new", 50);
    next_bank(kHour + kSecond);
  }
  EXPECT_TRUE(told_apart().contains("new"));
}

TEST_F(TopValuesTest, NeitherNumberNorSeatMeansAnotherTextWhileACountOrAnAttemptMayMeanTheOldOne) {
  // Few texts are frequent, many are seen once. What was counted in a bank, and what an attempt holds, is remembered.
  std::mt19937_64 random(5);
  std::map<std::uint8_t, std::map<std::uint64_t, std::string>> counted;  // by seat and epoch
  std::multimap<Instant, std::pair<std::uint8_t, std::string>> attempts;
  std::set<std::string> texts_counted;
  for (int i = 0; i < 60'000; ++i) {
    const auto common = static_cast<int>(random() % 8) + 8 * (i / 10'000);
    const std::string what = random() % 2 == 0 ? "common" + std::to_string(common) : "rare" + std::to_string(i);
    const std::uint8_t value = see(what);
    if (value != 0) attempts.emplace(now_ + static_cast<Duration>(random() % kAttemptMax), std::pair{value, what});
    for (auto at = attempts.begin(); at != attempts.end() && at->first <= now_; at = attempts.erase(at)) {
      const auto [held, then] = at->second;
      const std::uint8_t seat = values().counted(held);
      if (seat == 0) continue;
      EXPECT_LE(seat, top_);
      EXPECT_EQ(seat_text(seat), then);
      counted[seat].emplace(epoch_, then);
    }
    journal_->commit();
    if (i % 20 == 0) next_bank(20 * kSecond);
    if (i % 1'000 == 0) restart();
    for (auto& [seat, epochs] : counted) {
      while (!epochs.empty() && epochs.begin()->first + 2 <= epoch_) epochs.erase(epochs.begin());
      for (const auto& [epoch, then] : epochs) ASSERT_EQ(seat_text(seat), then);
    }
    texts_counted.insert(counted.contains(1) && !counted[1].empty() ? counted[1].rbegin()->second : "");
  }
  EXPECT_GE(told_apart().size(), 1u);
  EXPECT_GT(texts_counted.size(), 5u) << "a seat is not its first holder's for ever";
}

TEST_F(TopValuesTest, FrequentValuesAreFoundAmongVeryManyRareOnes) {
  top_ = 5;
  std::mt19937_64 random(6);
  for (int i = 0; i < 2'000; ++i) see("rare" + std::to_string(i));
  for (int bank = 0; bank < 200; ++bank) {
    for (int i = 0; i < 40; ++i) see("frequent" + std::to_string(random() % 5));
    for (int i = 0; i < 40; ++i) see("rare" + std::to_string(random() % 100'000));
    next_bank(5 * kMinute);
  }
  std::set<std::string> expected;
  for (int i = 0; i < 5; ++i) expected.insert("frequent" + std::to_string(i));
  EXPECT_EQ(told_apart(), expected);
}

TEST_F(TopValuesTest, FindsEveryValueAgainWhateverWasReplaced) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    see("v" + std::to_string(random() % 400));
    if (i % 37 != 0) continue;
    std::map<std::string, int> times;
    for (std::size_t value = 1; value <= table_->used; ++value) ++times[text(static_cast<std::uint8_t>(value))];
    for (const auto& [what, count] : times) ASSERT_EQ(count, 1) << what;
  }
}

TEST_F(TopValuesTest, CountsAreWhatSpaceSavingPromises) {
  std::mt19937_64 random(8);
  std::map<std::string, std::uint64_t> exact;
  for (int i = 0; i < 50'000; ++i) {
    const auto skewed = static_cast<int>(1'000.0 / (1.0 + static_cast<double>(random() % 1'000)));
    const std::string what = "v" + std::to_string(skewed) + "." + std::to_string(random() % 3);
    ++exact[what];
    see(what);
  }
  for (std::size_t value = 1; value <= table_->used; ++value) {
    const TopEntry& entry = table_->entries[value - 1];
    const std::uint64_t truth = exact.at(std::string(entry.view()));
    EXPECT_LE(truth, entry.count);
    EXPECT_GE(truth, entry.count - entry.error);
  }
}

// The tracker with them.
TEST(TopDimension, SumsOverItsValuesAreTheTotalWhateverVisitorsSay) {
  Definition d = make_definition();
  d.dimensions.push_back({.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 3});
  d.journeys[checkout::kId.index()].dimensions = {DimensionId{1}};
  d.limits.sessions_per_core = d.limits.attempts_per_core = 2'000;
  Owner owner(d);
  for (std::uint64_t visitor = 1; visitor <= 1'000; ++visitor) {
    Event event = make_event(visitor, at_second(static_cast<double>(visitor)), Channel::kHttpRequest);
    add_match(event, checkout::kId, checkout::kOpen);
    add_top(event, DimensionId{1}, visitor % 2 == 0 ? "r" + std::to_string(visitor % 6) : std::to_string(visitor));
    owner.apply(event);
  }
  owner.tracker().expire(at_second(10'000));
  std::uint64_t total = 0, sum = 0;
  std::map<std::string, std::uint64_t> by_text;
  for (const auto& [at, cell] : owner.cells.windows()) {
    const CellKey& key = at.second;
    if (key.journey != checkout::kId || key.kind != CellKind::kOutcome) continue;
    (key.scope == CellScope::kTotal ? total : sum) += cell.count;
    if (key.scope == CellScope::kDimensioned) by_text[owner.top_text(DimensionId{1}, key.values[0])] += cell.count;
  }
  EXPECT_EQ(total, 1'000u);
  EXPECT_EQ(sum, total);
  EXPECT_LE(by_text.size(), 4u);
  EXPECT_GT(by_text[""], 500u);
}

TEST(TopDimension, TheLastValueUpToTheEndIsTheAttempts) {
  Definition d = make_definition();
  d.dimensions.push_back({.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 3});
  d.journeys[checkout::kId.index()].dimensions = {DimensionId{1}};
  Owner owner(d);
  const auto play = [&](double second, std::uint8_t step, std::initializer_list<const char*> said) {
    Event event = make_event(1, at_second(second), Channel::kBeacon);
    add_match(event, checkout::kId, step);
    for (const char* text : said) add_top(event, DimensionId{1}, text);
    owner.apply(event);
  };
  const auto cancelled = [&] {
    std::map<std::string, std::uint64_t> by_text;
    for (const auto& [at, cell] : owner.cells.windows()) {
      const CellKey& key = at.second;
      if (key.kind == CellKind::kOutcome && key.scope == CellScope::kDimensioned)
        by_text[owner.top_text(DimensionId{1}, key.values[0])] += cell.count;
    }
    return by_text;
  };
  play(1, checkout::kOpen, {"one"});
  play(2, checkout::kAddress, {});
  play(3, checkout::kLeft, {"two"});
  play(4, checkout::kOpen, {"one"});
  play(5, checkout::kAddress, {""});
  play(6, checkout::kLeft, {});
  EXPECT_EQ(cancelled(), (std::map<std::string, std::uint64_t>{{"two", 1}, {"", 1}}));
}

}  // namespace
}  // namespace bellrock::journey
