// Beacon coverage and the split of page loads: pages that were answered, beacons that speak of them, and what became of
// both.
#include "tests/unit/dataplane/journey/coverage_case.h"

namespace bellrock::journey {
namespace {

class CoverageTest : public testing::Test {
 protected:
  void set_up(std::uint32_t pages) {
    definition_ = covering(pages);
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
  void seen(const Seen& seen) { play(event_of(seen)); }
  void spoken(const Spoken& spoken) { play(event_of(spoken)); }
  void until(double second) {
    owner().tracker().expire(at_second(second));
    owner().journal().commit();
  }
  Counts counts(CellScope scope = CellScope::kTotal) {
    Counts all;
    count_cells(owner().cells, scope, all);
    return all;
  }
  std::uint64_t count(const std::string& name) { return counts()[name]; }
  std::vector<Duration> measured(SplitItem item) {
    return owner()
        .cells.cell({.journey = JourneyId{1}, .kind = CellKind::kSplit, .item = static_cast<std::uint8_t>(item)})
        .values;
  }
  // Pages are what became of them and those that are open; and for the split as well.
  void expect_conserved() {
    Counts all = counts();
    std::uint64_t ended = 0, parts = all["split server"];
    for (const auto& [name, n] : all) {
      if (name == "covered" || name == "uncovered" || name.starts_with("unknown/")) ended += n;
      if (name.starts_with("split unmatched/") && name != "split unmatched/no_page") parts += n;
    }
    EXPECT_EQ(all["seen"], ended + owner().tracker().pages().open());
    if (!definition_.coverage.split) return;
    std::uint64_t untimed = 0;
    owner().tracker().pages().each([&](const SeenPage& page, bool) { untimed += page.timed() ? 0U : 1U; });
    EXPECT_EQ(all["seen"], parts + untimed);
  }

  Definition definition_ = covering();
  std::unique_ptr<Owner> owner_;
};

TEST_F(CoverageTest, APageIsCoveredByABeaconUpToTheEndOfItsWaitAndUncoveredAfterIt) {
  seen({.second = 10, .visitor = 1});
  seen({.second = 10, .visitor = 2});
  spoken({.second = 70, .visitor = 1});
  EXPECT_EQ(count("covered"), 1u) << "the end is included";
  EXPECT_EQ(count("uncovered"), 0u);
  Event late = event_of(Spoken{.second = 70, .visitor = 2});
  late.time = at_second(70) + 1;
  play(late);
  EXPECT_EQ(count("covered"), 1u);
  EXPECT_EQ(count("uncovered"), 1u);
  EXPECT_EQ(count("beacon/unseen"), 1u);
  EXPECT_TRUE(owner().tracker().pages().empty());
}

TEST_F(CoverageTest, FurtherBeaconsOfAPageViewCoverNoOtherPage) {
  seen({.second = 1});
  seen({.second = 2});
  spoken({.second = 3, .view = 7});
  spoken({.second = 4, .view = 7});
  EXPECT_EQ(count("covered"), 1u);
  EXPECT_EQ(count("beacon/further"), 1u);
  spoken({.second = 5, .view = 8});
  EXPECT_EQ(count("covered"), 2u);
  spoken({.second = 6, .view = 9});
  EXPECT_EQ(count("beacon/unseen"), 1u) << "a third page view of two pages";
  spoken({.second = 7, .view = 9, .first = false});
  spoken({.second = 8});
  EXPECT_EQ(count("beacon/further"), 3u);
}

TEST_F(CoverageTest, OtherVisitorsAndOtherPagesAreNotMeant) {
  seen({.second = 1});
  spoken({.second = 2, .visitor = 2});
  spoken({.second = 3, .path = 2});
  EXPECT_EQ(count("covered"), 0u);
  EXPECT_EQ(count("beacon/unseen"), 2u);
}

TEST_F(CoverageTest, WhatHasNoKeyIsUnknownAtOnce) {
  seen({.second = 1, .visitor = 0});
  spoken({.second = 2, .visitor = 0});
  EXPECT_EQ(count("unknown/no_key"), 1u);
  EXPECT_EQ(count("beacon/no_key"), 1u);
  EXPECT_EQ(count("split unmatched/not_followed"), 1u);
  EXPECT_TRUE(owner().tracker().idle());
}

TEST_F(CoverageTest, WhereThereIsNoRoomTheOldestPageIsForgotten) {
  set_up(3);
  for (std::uint64_t visitor = 1; visitor <= 3; ++visitor) seen({.second = 1, .visitor = visitor});
  spoken({.second = 2, .visitor = 1});
  for (std::uint64_t visitor = 4; visitor <= 5; ++visitor) seen({.second = 3, .visitor = visitor});
  EXPECT_EQ(count("unknown/forgotten"), 1u) << "the first was covered already";
  spoken({.second = 4, .visitor = 2});
  EXPECT_EQ(count("beacon/unseen"), 1u);
  spoken({.second = 4, .visitor = 5});
  until(200);
  EXPECT_EQ(count("covered"), 2u);
  EXPECT_EQ(count("uncovered"), 2u);
}

TEST_F(CoverageTest, OneVisitorHasSoManyPagesOfATemplateThatWait) {
  for (std::size_t i = 0; i <= kPagesOfVisitorMax; ++i) seen({.second = 1 + 0.001 * static_cast<double>(i)});
  EXPECT_EQ(count("unknown/crowded"), 1u);
  seen({.second = 2, .path = 2});
  EXPECT_EQ(count("unknown/crowded"), 1u);
}

TEST_F(CoverageTest, OneBucketHasSoManyPagesThatWait) {
  for (std::size_t i = 0; i <= kPagesInBucketMax; ++i) {
    seen({.second = 1, .visitor = 1, .path = static_cast<std::uint16_t>(1 + i)});
  }
  EXPECT_EQ(count("unknown/crowded"), 1u);
}

TEST_F(CoverageTest, PagesThatWaitedWhileTheProcessWasAwayAreNotUncovered) {
  seen({.second = 1, .visitor = 1});
  seen({.second = 1, .visitor = 2});
  owner().restart();
  owner().tracker().doubt_pages();
  owner().journal().commit();
  seen({.second = 2, .visitor = 3});
  spoken({.second = 3, .visitor = 2});
  until(200);
  EXPECT_EQ(count("covered"), 1u);
  EXPECT_EQ(count("unknown/restart"), 1u);
  EXPECT_EQ(count("uncovered"), 1u);
}

TEST_F(CoverageTest, TheTimeOfAPageLoadIsSplitOnceAndNegativePartsAreZeroAndCountedApart) {
  seen({.second = 1, .visitor = 1, .server_us = 120'000});
  spoken({.second = 2, .visitor = 1, .view = 1});
  EXPECT_EQ(count("split server"), 0u) << "it said no time";
  spoken({.second = 3, .visitor = 1, .view = 1, .ttfb_us = 200'000, .load_us = 900'000});
  spoken({.second = 4, .visitor = 1, .view = 1, .ttfb_us = 999'000, .load_us = 999'000});
  EXPECT_EQ(measured(SplitItem::kServer), std::vector<Duration>{120 * kMillisecond});
  EXPECT_EQ(measured(SplitItem::kNetwork), std::vector<Duration>{80 * kMillisecond});
  EXPECT_EQ(measured(SplitItem::kClient), std::vector<Duration>{700 * kMillisecond});
  seen({.second = 5, .visitor = 2, .server_us = 300'000});
  spoken({.second = 6, .visitor = 2, .ttfb_us = 299'999, .load_us = 299'998});
  EXPECT_EQ(measured(SplitItem::kNetworkClamped), std::vector<Duration>{0});
  EXPECT_EQ(measured(SplitItem::kClientClamped), std::vector<Duration>{0});
  seen({.second = 7, .visitor = 3, .server_us = 300'000});
  spoken({.second = 8, .visitor = 3, .ttfb_us = 300'000});
  EXPECT_EQ(measured(SplitItem::kNetwork), (std::vector<Duration>{80 * kMillisecond, 0})) << "all of it the server's";
  spoken({.second = 9, .visitor = 4, .ttfb_us = 1});
  EXPECT_EQ(count("split unmatched/no_page"), 1u);
  seen({.second = 10, .visitor = 5});
  until(200);
  EXPECT_EQ(count("split unmatched/no_timing"), 1u);
  expect_conserved();
}

// A page that took long and was loaded again tells nothing of itself.
TEST_F(CoverageTest, ABeaconThatSaysItsAgeTellsTheTimeOfTheLoadThatWasUnderWayThen) {
  seen({.second = 12, .server_us = 2'000'000});  // asked for at 10
  seen({.second = 12.6, .server_us = 100'000});  // again at 12.5
  spoken({.second = 15.5, .view = 2, .ttfb_us = 150'000, .load_us = 900'000, .age_ms = 3'000});
  EXPECT_EQ(measured(SplitItem::kServer), std::vector<Duration>{100 * kMillisecond});
  EXPECT_EQ(measured(SplitItem::kNetwork), std::vector<Duration>{50 * kMillisecond});
  seen({.second = 20.3, .server_us = 300'000});
  spoken({.second = 23, .view = 3, .ttfb_us = 350'000, .age_ms = 3'000});
  EXPECT_EQ(measured(SplitItem::kServer), (std::vector<Duration>{100 * kMillisecond, 300 * kMillisecond}));
  EXPECT_EQ(measured(SplitItem::kNetwork), (std::vector<Duration>{50 * kMillisecond, 50 * kMillisecond}));
  spoken({.second = 24, .view = 2, .ttfb_us = 150'000, .age_ms = 11'500});
  EXPECT_EQ(measured(SplitItem::kServer).size(), 2u) << "that one was told";
  spoken({.second = 25, .view = 9, .ttfb_us = 150'000, .age_ms = 20'000});
  EXPECT_EQ(count("split unmatched/no_page"), 1u) << "no page had been asked for";
  EXPECT_EQ(count("covered"), 3u);
  until(200);
  EXPECT_EQ(count("split unmatched/no_timing"), 1u);
}

TEST_F(CoverageTest, NothingIsSplitWhereNobodyAsks) {
  definition_.coverage.split = false;
  seen({.second = 1});
  spoken({.second = 2, .ttfb_us = 200'000});
  EXPECT_EQ(counts(), (Counts{{"seen", 1}, {"covered", 1}}));
}

TEST_F(CoverageTest, NothingIsCountedWhereNobodyAsks) {
  definition_.coverage = {};
  definition_.coverage_pages = {};
  owner().apply(event_of(Seen{.second = 1}));
  owner().apply(event_of(Spoken{.second = 2}));
  EXPECT_TRUE(counts().empty());
  EXPECT_FALSE(owner().tracker().pages().on());
}

TEST_F(CoverageTest, ABeaconUnderTodaysKeyFindsThePageUnderYesterdays) {
  seen({.second = 1});
  Event event = event_of(Spoken{.second = 2});
  event.previous_key = event.key;
  event.key = visitor_key(77);
  play(event);
  EXPECT_EQ(count("covered"), 1u);
}

TEST_F(CoverageTest, KeysThatBecomeOneVisitorsBringTheirPages) {
  definition_.identities[0].link = true;
  definition_.limits.links_per_core = 64;
  seen({.second = 1, .visitor = 1});
  Event both = make_event(2, at_second(2), Channel::kBeacon);
  add_key(both, key_of(1));
  play(both);
  spoken({.second = 3, .visitor = 2});
  EXPECT_EQ(count("covered"), 1u);
}

}  // namespace
}  // namespace bellrock::journey
