#include "control/plane/release_marks.h"

#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

struct Shop {
  // `n` attempts of a release in the minute at `at`; a release is one value of two dimensions.
  void attempts(const char* release, std::uint64_t n, const char* device = "phone") {
    control::DeltaFrame frame;
    frame.node = "edge";
    frame.boot[0] = 9;
    frame.seq = frame.oldest_seq_held = ++seq;
    frame.sent_unix_ms = (at + 60) * 1'000;
    auto key = series(CellKind::kOutcome, "success");
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{"device", device}, {"release", release}};
    frame.windows[at][key].n = n;
    frame.recorded = n;
    ASSERT_EQ(centre.send(frame).status, 200u);
  }
  // As the centre does, which looks and writes down what was found.
  std::vector<slo::ChangeMarker> look() { return look(marks); }
  std::vector<slo::ChangeMarker> look(ReleaseMarks& with) {
    const auto found = with.run(at + 60);
    EXPECT_TRUE(found.ok());
    std::vector<slo::ChangeMarker> markers;
    for (const auto& entry : *found) {
      EXPECT_TRUE(centre.store->write_journal(entry).ok());
      markers.push_back(*change_of(entry));
    }
    return markers;
  }
  [[nodiscard]] std::size_t kept() const { return centre.json("/api/v1/changes?verdicts=false")["changes"].size(); }

  Centre centre;
  ReleaseMarks marks{*centre.store, centre.catalog};
  std::int64_t at = store::kStart + 1'800;
  std::uint64_t seq = 0;
};

TEST(ReleaseMarks, ANewReleaseIsMarkedOnceAtItsFirstMinuteAlsoAfterAStart) {
  Shop shop;
  shop.attempts("2.4.0", 1'000);
  EXPECT_TRUE(shop.look().empty()) << "the first release of all changed nothing";
  shop.at += 3 * 3'600;
  shop.attempts("2.4.0", 1'000);
  const std::int64_t first = shop.at + 60;
  shop.at = first;
  shop.attempts("2.4.1", 20);
  EXPECT_TRUE(shop.look().empty()) << "too few to be sure";
  shop.at += kReleaseLookSeconds;
  shop.attempts("2.4.1", 5);
  shop.attempts("2.4.1", 5, "tablet");
  const auto found = shop.look();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].version, "2.4.1");
  EXPECT_EQ(found[0].journey, "checkout");
  EXPECT_EQ(found[0].who, kReleaseMarkedBy);
  EXPECT_EQ(found[0].at_unix_s, first);
  shop.at += kReleaseLookSeconds;
  shop.attempts("2.4.1", 500);
  EXPECT_TRUE(shop.look().empty());
  ReleaseMarks started(*shop.centre.store, shop.centre.catalog);
  EXPECT_TRUE(shop.look(started).empty());
  EXPECT_EQ(shop.kept(), 1u);
}

TEST(ReleaseMarks, WhatTheStoreDidNotTakeIsFoundAgainAndIsOneEntry) {
  Shop shop;
  shop.attempts("1", 1'000);
  shop.look();
  shop.at += 3 * 3'600;
  shop.attempts("2", 100);
  const auto lost = shop.marks.run(shop.at + 60);  // and not written down
  ASSERT_EQ(lost->size(), 1u);
  shop.at += kReleaseLookSeconds;
  ASSERT_EQ(shop.look().size(), 1u);
  ReleaseMarks other(*shop.centre.store, shop.centre.catalog);  // of a centre that looked before that was written
  ASSERT_TRUE(shop.centre.store->write_journal(lost->at(0)).ok());
  EXPECT_EQ(shop.kept(), 1u);
}

TEST(ReleaseMarks, WhatAPipelineMarkedIsNotMarkedAgain) {
  Shop shop;
  shop.attempts("1", 1'000);
  shop.look();
  shop.at += 3 * 3'600;
  shop.centre.now = shop.at;
  ASSERT_EQ(shop.centre.post_json("/api/v1/changes", {{"what", "deploy"}, {"version", "2"}}).status, 201u);
  shop.attempts("2", 500);
  EXPECT_TRUE(shop.look().empty());
  EXPECT_EQ(shop.kept(), 1u);
}

TEST(ReleaseMarks, WhoSendsNamesOfReleasesMarksFewOrNone) {
  Shop shop;
  shop.attempts("1", 100'000);
  shop.look();
  shop.at += 3 * 3'600;
  shop.attempts("1", 100'000);
  shop.attempts("rare", 900);  // below one in a hundred
  shop.attempts("__other__", 50'000);
  EXPECT_TRUE(shop.look().empty());
  for (int i = 0; i < 30; ++i) {
    shop.at += kReleaseLookSeconds;
    shop.attempts(("x" + std::to_string(i)).c_str(), 20'000);
    shop.look();
  }
  EXPECT_EQ(shop.kept(), kReleasesADay);
}

TEST(ReleaseMarks, OneThatBeginsAsACanaryIsMarkedWhereItGrows) {
  Shop shop;
  shop.attempts("1", 1'000);
  shop.look();
  for (int hour = 0; hour < 30; ++hour) {  // two in a thousand, also over a day
    shop.at += 3'600;
    shop.attempts("1", 1'000);
    shop.attempts("2", 2);
    EXPECT_TRUE(shop.look().empty()) << hour;
  }
  shop.at += 3'600;
  shop.attempts("2", 1'000);
  const auto found = shop.look();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].at_unix_s, shop.at);
}

TEST(ReleaseMarks, LooksAtTheLastDayAfterAStartAndNotAllTheTime) {
  Shop shop;
  shop.attempts("1", 1'000);
  shop.at += 30 * 3'600;
  shop.attempts("2", 1'000);
  const std::int64_t came = shop.at;
  shop.at += 10 * 3'600;  // no centre ran
  const auto found = shop.look();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].at_unix_s, came);
  shop.at += kReleaseLookSeconds - 10;
  shop.attempts("3", 1'000);
  EXPECT_TRUE(shop.look().empty());
  shop.at += 10;
  EXPECT_EQ(shop.look().size(), 1u);
}

}  // namespace
}  // namespace bellrock::plane
