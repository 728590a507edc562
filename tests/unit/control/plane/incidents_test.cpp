// Incidents as the API shows them.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

TEST(Incidents, OneComesWithWhatAReviewNeeds) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  ASSERT_EQ(
      centre.post_json("/api/v1/changes", {{"what", "deploy"}, {"who", "ci"}, {"at_unix_s", traffic.at - 300}}).status,
      201u);
  traffic.minutes(12, 0, 500);
  traffic.minutes(120, 500, 1);
  centre.look();
  const auto id = centre.json("/api/v1/incidents")["incidents"][0]["id"].get<int>();
  const Json one = centre.json("/api/v1/incidents/" + std::to_string(id));
  EXPECT_EQ(one["incident"]["severity"], "page");
  EXPECT_EQ(one["changes"][0]["what"], "deploy");
  EXPECT_EQ(one["dimensions"][0]["values"][0]["value"], "phone");
  EXPECT_EQ(one["dimensions"][0]["values"][0]["bad"], 6'000);
  EXPECT_TRUE(one["postmortem"].get<bool>());
  EXPECT_GT(one["budget_share"].get<double>(), 1);
  EXPECT_GT(one["course"]["slices"].size(), 60u);
  EXPECT_EQ(centre.get("/api/v1/incidents/999").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/incidents/x").status, 404u);
}

TEST(Incidents, OneThatACorrectionConcernsShowsWhatWasCountedAndWhatIsLeft) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  const std::int64_t began = traffic.at;
  traffic.minutes(12, 0, 500);
  centre.look();
  const Json open = centre.json("/api/v1/incidents")["incidents"][0];
  const std::string path = "/api/v1/incidents/" + std::to_string(open["id"].get<int>());
  EXPECT_TRUE(centre.json(path)["corrected"].is_null());
  const double share = centre.json(path)["budget_share"].get<double>();
  ASSERT_EQ(centre
                .post_json("/api/v1/corrections", {{"journey", "checkout"},
                                                   {"from_unix_s", began},
                                                   {"to_unix_s", began + 8 * 60},
                                                   {"who", "kay"},
                                                   {"why", "load test"}})
                .status,
            201u);
  const Json one = centre.json(path);
  EXPECT_EQ(one["corrected"]["counted"]["bad"], 6'000);
  EXPECT_EQ(one["corrected"]["counts"]["bad"], 2'000);
  EXPECT_EQ(one["corrected"]["corrections"][0]["why"], "load test");
  EXPECT_NE(one["budget_share"].get<double>(), share);
}

TEST(Incidents, OneWhoseObjectiveIsTakenOutIsClosedAsNewsAndGoesOnWhenItComesBack) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  const Json open = centre.json("/api/v1/incidents?open=true")["incidents"];
  ASSERT_EQ(open.size(), 1u);
  Catalog without = make_catalog(shop());
  without.journeys[0].objectives.erase(without.journeys[0].objectives.begin());
  without.journeys[0].policies.erase(without.journeys[0].policies.begin());
  const auto look = [&](Watch& watch) {
    auto news = watch.run(centre.now);
    EXPECT_TRUE(news.ok());
    for (const auto& one : news->incidents) EXPECT_TRUE(centre.store->write_journal(to_entry(one)).ok());
    return std::move(news->incidents);
  };
  Watch reloaded(*centre.store, without);
  const auto news = look(reloaded);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].known, news[0].incident.closed) << "it is news, so that webhooks are told";
  EXPECT_TRUE(look(reloaded).empty());
  const Json closed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0]["id"], open[0]["id"]);
  EXPECT_EQ(closed[0]["state"], "closed");
  EXPECT_TRUE(closed[0]["retired"].get<bool>());
  EXPECT_TRUE(closed[0]["recovered_unix_s"].is_null());
  Watch back(*centre.store, centre.catalog);
  look(back);
  const Json again = centre.json("/api/v1/incidents?open=true")["incidents"];
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0]["id"], open[0]["id"]);
  EXPECT_EQ(again[0]["onset_unix_s"], open[0]["onset_unix_s"]);
  EXPECT_FALSE(again[0]["retired"].get<bool>());
}

TEST(Incidents, ALongClosedOneIsHeldAgainstTheBudgetOfItsOwnPeriod) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  traffic.minutes(400, 500, 1);
  centre.look();
  const Json closed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(closed.size(), 1u);
  const std::string path = "/api/v1/incidents/" + std::to_string(closed[0]["id"].get<int>());
  const Json then = centre.json(path);
  ASSERT_GT(then["budget_share"].get<double>(), 1);
  centre.now += 40 * slo::kDaySeconds;  // nothing of it is in today's period
  const Json now = centre.json(path);
  EXPECT_EQ(now["budget_share"], then["budget_share"]);
  EXPECT_EQ(now["postmortem"], then["postmortem"]);
}

}  // namespace
}  // namespace bellrock::plane
