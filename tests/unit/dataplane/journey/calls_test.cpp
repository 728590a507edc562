// The split of calls: requests of pages' scripts that were answered, and the beacons that tell of them.
#include <random>

#include "tests/unit/dataplane/journey/coverage_case.h"

namespace bellrock::journey {
namespace {

class CallsTest : public testing::Test {
 protected:
  void set_up(std::uint32_t pages) {
    definition_ = calling(pages);
    owner_ = std::make_unique<Owner>(definition_);
  }
  Owner& owner() {
    if (!owner_) owner_ = std::make_unique<Owner>(definition_);
    return *owner_;
  }
  void play(const Event& event) {
    owner().apply(event);
    expect_conserved();
  }
  void called(const Called& call) {
    ++called_;
    play(event_of(call));
  }
  void told(const Told& told) {
    ++told_;
    play(event_of(told));
  }
  void until(double second) {
    owner().tracker().expire(at_second(second));
    owner().journal().commit();
    expect_conserved();
  }
  Counts counts() {
    Counts all;
    count_cells(owner().cells, CellScope::kTotal, all);
    return all;
  }
  std::uint64_t count(const std::string& name) { return counts()[name]; }
  std::vector<Duration> measured(SplitItem item) {
    return owner()
        .cells.cell({.journey = kCallNumber, .kind = CellKind::kSplit, .item = static_cast<std::uint8_t>(item)})
        .values;
  }
  // Calls are what became of them and those that wait; and so is what beacons told.
  void expect_conserved() {
    Counts all = counts();
    std::uint64_t ended = 0, waiting = 0;
    for (const auto& [name, n] : all) {
      if (name == "call server" || (name.starts_with("call unmatched/") && name != "call unmatched/no_page"))
        ended += n;
    }
    owner().tracker().pages().each(
        [&](const SeenPage& page, bool) { waiting += page.is_call() && !page.timed() ? 1U : 0U; });
    EXPECT_EQ(called_, ended + waiting);
    EXPECT_EQ(told_, all["call server"] + all["call unmatched/no_page"]);
    EXPECT_EQ(all["call server"], all["call network"] + all["call network/clamped"]);
  }

  Definition definition_ = calling();
  std::unique_ptr<Owner> owner_;
  std::uint64_t called_ = 0, told_ = 0;
};

TEST_F(CallsTest, ABeaconMakesThreePartsOfItsCallOrTwoWhereItSaysNoFirstByte) {
  called({.second = 1, .server_us = 120'000});
  told({.second = 2, .ttfb_us = 200'000, .dur_us = 500'000});
  EXPECT_EQ(measured(SplitItem::kServer), std::vector<Duration>{120 * kMillisecond});
  EXPECT_EQ(measured(SplitItem::kNetwork), std::vector<Duration>{80 * kMillisecond});
  EXPECT_EQ(measured(SplitItem::kClient), std::vector<Duration>{300 * kMillisecond});
  called({.second = 3, .server_us = 120'000});
  told({.second = 4, .dur_us = 500'000});
  EXPECT_EQ(measured(SplitItem::kNetwork), (std::vector<Duration>{80 * kMillisecond, 380 * kMillisecond}));
  EXPECT_EQ(measured(SplitItem::kClient).size(), 1u);
}

TEST_F(CallsTest, NegativePartsAreZeroAndCountedApart) {
  called({.second = 1, .server_us = 300'000});
  told({.second = 2, .ttfb_us = 299'999, .dur_us = 299'998});
  EXPECT_EQ(measured(SplitItem::kNetworkClamped), std::vector<Duration>{0});
  EXPECT_EQ(measured(SplitItem::kClientClamped), std::vector<Duration>{0});
  EXPECT_EQ(measured(SplitItem::kServer), std::vector<Duration>{300 * kMillisecond});
}

TEST_F(CallsTest, OfSeveralCallsAtOnceTheOneThatWasAnsweredFirstIsMeantFirst) {
  called({.second = 1, .server_us = 100'000});
  called({.second = 1.05, .server_us = 300'000});
  told({.second = 1.1, .dur_us = 400'000});
  told({.second = 1.1, .dur_us = 400'000});
  EXPECT_EQ(measured(SplitItem::kServer), (std::vector<Duration>{100 * kMillisecond, 300 * kMillisecond}));
  EXPECT_EQ(measured(SplitItem::kNetwork), (std::vector<Duration>{300 * kMillisecond, 100 * kMillisecond}));
  told({.second = 1.2, .dur_us = 400'000});
  EXPECT_EQ(count("call unmatched/no_page"), 1u) << "each beacon tells of one call";
}

TEST_F(CallsTest, ALostBeaconMisleadsUntilTheVisitorMadeNoSuchCallForAWhile) {
  called({.second = 1, .server_us = 100'000});
  called({.second = 5, .server_us = 200'000});
  told({.second = 5.5, .dur_us = 300'000});
  EXPECT_EQ(measured(SplitItem::kServer), std::vector<Duration>{100 * kMillisecond}) << "the first one's was lost";
  called({.second = 30, .server_us = 400'000});
  told({.second = 30.5, .dur_us = 500'000});
  EXPECT_EQ(measured(SplitItem::kServer), (std::vector<Duration>{100 * kMillisecond, 400 * kMillisecond}));
  until(200);
  EXPECT_EQ(count("call unmatched/no_timing"), 1u);
}

TEST_F(CallsTest, ABeaconIsOfACallThatCanHaveLastedSoLong) {
  called({.second = 1, .visitor = 1, .server_us = 0});
  called({.second = 1, .visitor = 2, .server_us = 1'000'000});
  told({.second = 31.001, .visitor = 1, .dur_us = 20'000'000});
  told({.second = 30.001, .visitor = 2, .dur_us = 20'000'000});
  EXPECT_EQ(count("call unmatched/no_page"), 2u) << "one ms too late";
  told({.second = 31, .visitor = 1, .dur_us = 20'000'000});
  told({.second = 30, .visitor = 2, .dur_us = 20'000'000});
  EXPECT_EQ(count("call server"), 2u) << "the end is included";
}

TEST_F(CallsTest, NoBeaconIsOfACallThatWasAnsweredLater) {
  called({.second = 5});
  Event early = event_of(Told{.second = 5});
  early.time = at_second(5) - 1;
  ++told_;
  play(early);
  EXPECT_EQ(count("call unmatched/no_page"), 1u);
}

TEST_F(CallsTest, OtherVisitorsAreNotMeant) {
  called({.second = 1, .visitor = 1});
  told({.second = 2, .visitor = 2});
  EXPECT_EQ(count("call unmatched/no_page"), 1u);
}

TEST_F(CallsTest, PagesAndCallsAreNotTakenForEachOther) {
  called({.second = 1});
  play(event_of(Spoken{.second = 2, .path = kCallPath, .ttfb_us = 1}));
  EXPECT_EQ(count("beacon/unseen"), 1u) << "a beacon that says the call's path is its page";
  play(event_of(Seen{.second = 3}));
  told({.second = 4});
  told({.second = 5});
  EXPECT_EQ(count("call server"), 1u);
  EXPECT_EQ(count("call unmatched/no_page"), 1u);
  EXPECT_EQ(owner().tracker().pages().open(), 1u);
  until(200);
  EXPECT_EQ(counts()["seen"], 1u);
  EXPECT_EQ(counts()["uncovered"], 1u);
}

TEST_F(CallsTest, WhatHasNoKeyIsNotFollowed) {
  called({.second = 1, .visitor = 0});
  told({.second = 2, .visitor = 0});
  EXPECT_EQ(counts(), (Counts{{"call unmatched/not_followed", 1}, {"call unmatched/no_page", 1}}));
}

TEST_F(CallsTest, WhereThereIsNoRoomTheOldestIsForgottenAndNothingMoreIfItsTimeWasTold) {
  set_up(3);
  for (std::uint64_t visitor = 1; visitor <= 3; ++visitor) called({.second = 1, .visitor = visitor});
  told({.second = 2, .visitor = 1});
  for (std::uint64_t visitor = 4; visitor <= 5; ++visitor) called({.second = 3, .visitor = visitor});
  EXPECT_EQ(count("call unmatched/forgotten"), 1u);
  told({.second = 4, .visitor = 2});
  EXPECT_EQ(count("call unmatched/no_page"), 1u);
  told({.second = 4, .visitor = 5});
  EXPECT_EQ(count("call server"), 2u);
}

TEST_F(CallsTest, OneVisitorHasSoManyThatWaitAndAnyNumberThatWereTold) {
  for (int i = 0; i < 100; ++i) {
    called({.second = 1 + 0.1 * i});
    told({.second = 1.01 + 0.1 * i});
  }
  EXPECT_EQ(count("call server"), 100u);
  for (std::size_t i = 0; i <= kPagesOfVisitorMax; ++i) called({.second = 20 + 0.001 * static_cast<double>(i)});
  EXPECT_EQ(count("call unmatched/not_followed"), 1u);
}

TEST_F(CallsTest, AreFoundAfterARestartAndNotCountedAsPages) {
  called({.second = 1, .visitor = 1});
  called({.second = 1, .visitor = 2});
  told({.second = 1.5, .visitor = 2});
  owner().restart();
  owner().tracker().doubt_pages();
  owner().journal().commit();
  called({.second = 1.8, .visitor = 3});
  told({.second = 2, .visitor = 1});
  told({.second = 2, .visitor = 2});
  until(200);
  Counts all = counts();
  EXPECT_EQ(all["call server"], 2u);
  EXPECT_EQ(all["call unmatched/no_page"], 1u) << "it was told before";
  EXPECT_EQ(all["call unmatched/no_timing"], 1u);
  EXPECT_EQ(all["unknown/restart"] + all["uncovered"] + all["seen"], 0u);
}

TEST_F(CallsTest, KeysThatBecomeOneVisitorsBringTheirCalls) {
  definition_.identities[0].link = true;
  definition_.limits.links_per_core = 64;
  called({.second = 1, .visitor = 1});
  called({.second = 1.1, .visitor = 1});
  told({.second = 1.2, .visitor = 1});
  Event both = make_event(2, at_second(2), Channel::kBeacon);
  add_key(both, key_of(1));
  play(both);
  told({.second = 3, .visitor = 2});
  told({.second = 3, .visitor = 2});
  EXPECT_EQ(count("call server"), 2u);
  EXPECT_EQ(count("call unmatched/no_page"), 1u);
}

// Small tables, lost beacons, processes that die, pages in between.
TEST_F(CallsTest, AreConservedWhateverHappens) {
  std::uint64_t forgotten = 0, crowded = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto upto = [&random](std::uint32_t n) { return static_cast<std::uint32_t>(random() % (n + 1)); };
    called_ = told_ = 0;
    set_up(4 + upto(60));
    double second = 0;
    for (int i = 0; i < 300; ++i) {
      second += upto(9) == 0 ? upto(70) : 0.05 * upto(20);
      const std::uint64_t visitor = upto(3);
      switch (upto(5)) {
        case 0:
          play(event_of(Seen{.second = second, .visitor = visitor}));
          break;
        case 1:
          play(event_of(Spoken{.second = second, .visitor = visitor, .view = upto(2)}));
          break;
        case 2:
          told({.second = second, .visitor = visitor, .dur_us = upto(4) * 100'000});
          break;
        default:
          called({.second = second, .visitor = visitor, .server_us = upto(4) * 100'000});
      }
      if (upto(30) == 0) owner().restart();
    }
    until(second + 100);
    EXPECT_TRUE(owner().tracker().pages().empty());
    forgotten += count("call unmatched/forgotten");
    crowded += count("call unmatched/not_followed");
  }
  EXPECT_GT(forgotten, 0u);
  EXPECT_GT(crowded, 0u);
}

TEST_F(CallsTest, CountNothingOfPages) {
  called({.second = 1});
  told({.second = 2});
  until(200);
  for (const auto& [name, n] : counts()) EXPECT_TRUE(name.starts_with("call ")) << name;
  EXPECT_TRUE(owner().tracker().idle());
}

}  // namespace
}  // namespace bellrock::journey
