// What the API says of marked changes: which was nearest, and what the hour before and the time since say of each.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

TEST(Changes, TheNearestOneIsOfTheJourneyAndBeforeNow) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(10, 500, 1);
  EXPECT_TRUE(centre.json("/api/v1/slos/checkout/success")["nearest_change"].is_null());
  const auto mark = [&](const char* journey, const char* what, std::int64_t at) {
    const Json body{{"journey", journey}, {"what", what}, {"at_unix_s", at}};
    ASSERT_EQ(centre.post_json("/api/v1/changes", body).status, 201u) << what;
  };
  mark("", "of all", traffic.at - 300);
  mark("checkout", "older", traffic.at - 400);
  EXPECT_EQ(centre.json("/api/v1/slos/checkout/success")["nearest_change"]["what"], "of all");
}

TEST(Changes, AMarkedChangeIsJudgedByTheHourBeforeAndTheTimeSince) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  const std::int64_t at = traffic.at;
  ASSERT_EQ(centre
                .post_json("/api/v1/changes",
                           {{"journey", "checkout"}, {"version", "2.0"}, {"what", "deploy"}, {"at_unix_s", at}})
                .status,
            201u);
  traffic.minutes(2, 10, 0);
  EXPECT_EQ(centre.json("/api/v1/changes")["older"], 0);
  const Json nearest = centre.json("/api/v1/slos/checkout/success")["nearest_change"];
  EXPECT_EQ(nearest["what"], "deploy");
  EXPECT_EQ(nearest["before_s"], centre.now - at);
  Json change = centre.json("/api/v1/changes")["changes"][0];
  ASSERT_EQ(change["objectives"].size(), 2u);
  EXPECT_EQ(change["objectives"][0]["verdict"], "inconclusive");
  EXPECT_GT(change["objectives"][0]["attempts_needed"].get<int>(), 20);
  traffic.minutes(28, 480, 20);
  change = centre.json("/api/v1/changes")["changes"][0];
  EXPECT_EQ(change["objectives"][0]["verdict"], "bad");
  EXPECT_EQ(change["objectives"][0]["before"]["bad"], 60);
  EXPECT_EQ(change["objectives"][0]["after"]["bad"], 560);
  EXPECT_EQ(change["objectives"][1]["verdict"], "inconclusive");  // the other objective has no attempts
}

}  // namespace
}  // namespace bellrock::plane
