#include "control/slo/correction.h"

#include <gtest/gtest.h>

namespace bellrock::slo {
namespace {

Correction correction(std::uint64_t id, std::int64_t from, std::int64_t to) {
  Correction one;
  one.id = id;
  one.made_unix_s = 1'000;
  one.journey = "checkout";
  one.from = from;
  one.to = to;
  one.who = "kay";
  one.why = "maintenance";
  return one;
}

TEST(Corrections, OverlappingSpansAreTakenOutOnce) {
  const Correction all[] = {correction(1, 60, 180), correction(2, 120, 240), correction(3, 600, 660)};
  const auto out = taken_out(all, "checkout", "success", 2'000);
  EXPECT_EQ(out, (std::vector<Minutes>{{60, 240}, {600, 660}}));
  History history;
  for (int minute = 0; minute < 20; ++minute) history.add(60 * minute, {1, 0, 0, 0});
  EXPECT_EQ(corrected_sum(history, out, 0, 1'200).good, 16u);
  EXPECT_EQ(corrected_sum(history, out, 120, 630).good, 6u - 0u);
  EXPECT_EQ(history.sum(0, 1'200).good, 20u);  // what was counted stays
}

TEST(Corrections, OneConcernsOnlyItsJourneyAndObjective) {
  Correction one = correction(1, 60, 180);
  one.objective = "fast";
  EXPECT_TRUE(taken_out({&one, 1}, "checkout", "success", 2'000).empty());
  EXPECT_TRUE(taken_out({&one, 1}, "search", "fast", 2'000).empty());
  EXPECT_EQ(taken_out({&one, 1}, "checkout", "fast", 2'000).size(), 1u);
  one.journey.clear();
  EXPECT_EQ(taken_out({&one, 1}, "search", "fast", 2'000).size(), 1u);
}

TEST(Corrections, OneThatRevokesOrWasRevokedDoesNotHold) {
  Correction revoking = correction(2, 0, 0);
  revoking.revokes = 1;
  const Correction all[] = {correction(1, 60, 180), revoking, correction(3, 60, 180)};
  EXPECT_TRUE(holds({all, 1}, 1));
  EXPECT_FALSE(holds(all, 1));
  EXPECT_FALSE(holds(all, 2));
  EXPECT_TRUE(holds(all, 3));
  EXPECT_FALSE(holds(all, 4));
  EXPECT_FALSE(holds({}, 0));
}

TEST(Corrections, OneHoldsFromWhenItWasMadeUntilItIsRevoked) {
  Correction revoking = correction(2, 0, 0);
  revoking.made_unix_s = 3'000;
  revoking.revokes = 1;
  const Correction all[] = {correction(1, 60, 180), revoking};
  EXPECT_TRUE(taken_out(all, "checkout", "success", 999).empty());
  EXPECT_EQ(taken_out(all, "checkout", "success", 1'000).size(), 1u);
  EXPECT_EQ(taken_out(all, "checkout", "success", 2'999).size(), 1u);
  EXPECT_TRUE(taken_out(all, "checkout", "success", 3'000).empty());
}

}  // namespace
}  // namespace bellrock::slo
