#include "control/plane/watch.h"

#include <gtest/gtest.h>

#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

Json slo_of(const Centre& centre) { return centre.json("/api/v1/slos")["slos"][0]; }

TEST(Watch, AnOutageFiresOpensAnIncidentAndEnds) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  centre.look();
  EXPECT_TRUE(slo_of(centre)["alert"].is_null());
  EXPECT_EQ(slo_of(centre)["data"], "full");
  const std::int64_t began = traffic.at;
  traffic.minutes(12, 0, 500);
  centre.look();
  const Json slo = slo_of(centre);
  EXPECT_EQ(slo["alert"]["severity"], "page");
  EXPECT_TRUE(slo["burn_rates"][0]["holds"].get<bool>());
  EXPECT_EQ(slo["burn_rates"][0]["short"]["bad"], 2'500);
  const Json open = centre.json("/api/v1/incidents?open=true")["incidents"];
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0]["onset_unix_s"], began);
  EXPECT_EQ(open[0]["state"], "open");
  traffic.minutes(400, 500, 1);  // until the outage has left the longest short window, six hours
  centre.look();
  EXPECT_TRUE(slo_of(centre)["alert"].is_null());
  const Json closed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0]["id"], open[0]["id"]);
  EXPECT_EQ(closed[0]["seconds_to_recover"], 12 * 60);
  EXPECT_EQ(closed[0]["counts"]["bad"], 6'000);
  EXPECT_TRUE(centre.json("/api/v1/incidents?open=true")["incidents"].empty());
}

TEST(Watch, WhatIsShownAsOneDayIsOfOneDayAfterAnIncidentTooAndIsWhatTheBurnRatesSay) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  EXPECT_TRUE(slo_of(centre)["burn_rates"][2]["judged_long"].is_null());
  traffic.minutes(408, 500, 1);
  centre.look();
  const Json slo = slo_of(centre);
  ASSERT_TRUE(slo["alert"].is_null());
  const Json course = centre.json("/api/v1/slos/checkout/success/burn?range=24h");
  for (const auto& pair : slo["burn_rates"]) {
    if (pair["long_s"] < 3'600) continue;
    const std::int64_t long_s = pair["long_s"];
    std::size_t window = 0;
    while (course["windows_s"][window] != long_s) ++window;
    EXPECT_EQ(pair["long"]["bad"], course["points"].back()["readings"][window][2]) << long_s;
  }
  const Json& day = slo["burn_rates"][2];
  EXPECT_EQ(day["long"]["bad"], 120 + 6'000 + 408);
  EXPECT_EQ(day["judged_long"]["bad"], 408);
  EXPECT_EQ(day["judged_long"]["from_unix_s"], traffic.at - 408 * 60);
}

TEST(Watch, AStartInTheMiddleOfAnIncidentGoesOnWithIt) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  const Json before = centre.json("/api/v1/incidents")["incidents"];
  Watch again(*centre.store, centre.catalog);
  auto news = again.run(centre.now);
  ASSERT_TRUE(news.ok());
  EXPECT_TRUE(news->incidents.empty()) << to_json(news->incidents[0]).dump();
  EXPECT_EQ(again.state()->at(0).alerts[0], centre.watch.state()->at(0).alerts[0]);
  traffic.minutes(400, 500, 1);
  news = again.run(centre.now);
  ASSERT_TRUE(news.ok());
  ASSERT_EQ(news->incidents.size(), 1u);
  ASSERT_TRUE(centre.store->write_journal(to_entry(news->incidents[0])).ok());
  const Json after = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0]["id"], before[0]["id"]);
  EXPECT_EQ(after[0]["state"], "closed");
}

TEST(Watch, AnIncidentOfManyDaysIsTheSameToOneThatStartsAgain) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  centre.look();
  for (int i = 0; i < 12; ++i) {  // six days at one and a half times the budget's rate: a ticket
    traffic.minutes(720, 500, 6);
    centre.look();
  }
  const Json before = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0]["state"], "open");
  EXPECT_GE(before[0]["counts"]["bad"].get<int>(), 6 * 24 * 60 * 5);
  Watch again(*centre.store, centre.catalog);
  const auto news = again.run(centre.now);
  ASSERT_TRUE(news.ok());
  EXPECT_TRUE(news->incidents.empty()) << to_json(news->incidents[0]).dump() << before[0].dump();
}

TEST(Watch, LateCountsChangeTheMinutesTheyBelongTo) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(60, 500, 1);
  centre.look();
  const std::int64_t then = traffic.at;
  traffic.at = then - 20 * 60;  // a node comes back with what it counted twenty minutes ago
  traffic.minutes(10, 0, 500);
  traffic.at = then;
  traffic.minutes(1, 500, 1);
  centre.look();
  EXPECT_EQ(slo_of(centre)["burn_rates"][0]["long"]["bad"], 60 + 5'000);
}

TEST(Watch, CorrectionsTakeMinutesOutAndBothViewsAreKept) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(60, 500, 1);
  const std::int64_t from = traffic.at;
  centre.now = from;
  const auto reply = centre.post_json("/api/v1/corrections", {{"journey", "checkout"},
                                                              {"from_unix_s", from},
                                                              {"to_unix_s", from + 1'800},
                                                              {"who", "kay"},
                                                              {"why", "database upgrade"}});
  ASSERT_EQ(reply.status, 201u) << reply.body;
  traffic.minutes(30, 0, 500);
  centre.look();
  Json slo = slo_of(centre);
  EXPECT_TRUE(slo["alert"].is_null());
  EXPECT_EQ(slo["counts"]["bad"], 60 + 15'000);
  EXPECT_EQ(slo["corrected"]["counts"]["bad"], 60);
  EXPECT_EQ(slo["state"], "missed");
  EXPECT_EQ(slo["corrected"]["state"], "met");
  const Json list = centre.json("/api/v1/corrections")["corrections"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(
      centre.post_json("/api/v1/corrections", {{"revokes", list[0]["id"]}, {"who", "kay"}, {"why", "wrong"}}).status,
      201u);
  traffic.minute(0, 500);
  centre.look();
  slo = slo_of(centre);
  EXPECT_EQ(slo["alert"]["severity"], "page");
  EXPECT_TRUE(slo["corrected"].is_null());
}

TEST(Watch, ALeapOfTheClockIsNotLivedThrough) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(10, 500, 1);
  centre.look();
  centre.now += 400 * slo::kDaySeconds;
  centre.look();
  EXPECT_EQ(centre.watch.state()->at(0).at_unix_s, (centre.now - kWatchSettleSeconds) / 60 * 60);
  centre.now -= 400 * slo::kDaySeconds;
  centre.look();
  EXPECT_EQ(centre.watch.state()->at(0).at_unix_s, (centre.now - kWatchSettleSeconds) / 60 * 60);
  traffic.minutes(12, 0, 500);
  centre.look();
  EXPECT_EQ(slo_of(centre)["alert"]["severity"], "page");
  EXPECT_EQ(slo_of(centre)["burn_rates"][0]["long"]["bad"], 10 + 6'000);
}

TEST(Watch, AClockThatCameBackLeavesNoSilence) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  centre.look();
  centre.now += slo::kHourSeconds;
  centre.look();
  traffic.minutes(12, 0, 500);  // sets the clock right
  centre.look();
  EXPECT_EQ(slo_of(centre)["alert"]["severity"], "page");
  EXPECT_EQ(centre.json("/api/v1/incidents?open=true")["incidents"].size(), 1u);
  centre.now += slo::kHourSeconds;  // while it fires
  centre.look();
  traffic.minutes(2, 0, 500);
  centre.look();
  EXPECT_EQ(slo_of(centre)["alert"]["severity"], "page");
  EXPECT_EQ(centre.json("/api/v1/incidents?open=true")["incidents"].size(), 1u);
  EXPECT_EQ(centre.json("/api/v1/incidents")["incidents"].size(), 1u);
}

TEST(Gate, SaysPassFailOrInconclusiveAndWhy) {
  Centre centre;
  Traffic traffic(centre);
  EXPECT_EQ(centre.json("/api/v1/slos/checkout/success/gate")["verdict"], "inconclusive");
  traffic.minutes(90, 500, 1);
  centre.look();
  EXPECT_EQ(centre.json("/api/v1/slos/checkout/success/gate")["verdict"], "pass");
  const std::int64_t deployed = traffic.at;
  const std::string since = "/api/v1/slos/checkout/success/gate?since=" + std::to_string(deployed);
  traffic.minute(10, 0);
  EXPECT_EQ(centre.json(since)["verdict"], "inconclusive");
  traffic.minutes(20, 0, 500);
  centre.look();
  const Json gate = centre.json(since);
  EXPECT_EQ(gate["verdict"], "fail");
  EXPECT_EQ(gate["budget_action"], "freeze");
  EXPECT_EQ(gate["reasons"].size(), 3u) << gate.dump();
  EXPECT_EQ(gate["comparison"]["verdict"], "bad");
  EXPECT_EQ(centre.get("/api/v1/slos/checkout/success/gate?since=yesterday").status, 400u);
}

TEST(Gate, DoesNotPassWhileNobodyIsHeardOf) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  const char* const path = "/api/v1/slos/checkout/success/gate";
  Json gate = centre.json(path);
  EXPECT_EQ(gate["verdict"], "inconclusive");  // nobody has looked at its alerts yet
  EXPECT_EQ(gate["reasons"].size(), 1u) << gate;
  centre.look();
  EXPECT_EQ(centre.json(path)["verdict"], "pass");
  centre.now += 200;
  centre.look();
  gate = centre.json(path);
  EXPECT_EQ(gate["verdict"], "inconclusive");
  EXPECT_NE(gate["reasons"][0].get<std::string>().find("1 of 1 nodes are not heard of"), std::string::npos) << gate;
  control::DeltaFrame other = traffic.frame(500, 1);
  other.node = "other";
  other.seq = other.oldest_seq_held = 1;
  ASSERT_EQ(centre.send(other).status, 200u);
  gate = centre.json(path);
  EXPECT_EQ(gate["verdict"], "pass");  // one of two is heard of, which is said
  EXPECT_EQ(gate["reasons"].size(), 1u) << gate;
}

TEST(Gate, GoesByWhatCorrectionsLeave) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  const std::int64_t began = traffic.at;
  traffic.minutes(20, 0, 500);
  traffic.minutes(400, 500, 1);
  centre.look();
  const char* const path = "/api/v1/slos/checkout/success/gate";
  EXPECT_EQ(centre.json(path)["budget_action"], "freeze");
  EXPECT_EQ(slo_of(centre)["budget_action"], "freeze");
  ASSERT_EQ(centre
                .post_json("/api/v1/corrections",
                           {{"from_unix_s", began}, {"to_unix_s", began + 1'200}, {"who", "kay"}, {"why", "load test"}})
                .status,
            201u);
  traffic.minutes(2, 500, 1);  // what was said is in force from the next minute on
  centre.look();
  const Json gate = centre.json(path), slo = slo_of(centre);
  EXPECT_EQ(gate["verdict"], "pass") << gate;
  EXPECT_EQ(gate["burned"], slo["corrected"]["burned"]);
  EXPECT_LT(gate["burned"].get<double>(), slo["burned"].get<double>());
  EXPECT_EQ(gate["reasons"][0], "corrections take 10000 of 10492 bad attempts out of the budget") << gate;
  EXPECT_EQ(slo["budget_action"], gate["budget_action"]);
  EXPECT_NE(slo["budget_action"], "freeze");
}

TEST(History, SlicesSayWhatTheyTookOfTheBudget) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(60, 496, 4);  // exactly the budget
  const Json history = centre.json("/api/v1/slos/checkout/success/history?range=6h");
  double burned = 0;
  std::uint64_t bad = 0;
  for (const auto& slice : history["slices"]) {
    burned += slice["burned"].get<double>();
    bad += slice["bad"].get<std::uint64_t>();
  }
  EXPECT_EQ(bad, 240u);
  EXPECT_NEAR(burned, 1, 1e-9);
}

TEST(Releases, EachIsComparedWithAllTheOthers) {
  Centre centre;
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kNow * 1'000;
  const auto add = [&](const char* release, const char* verdict, std::uint64_t n) {
    auto key = series(CellKind::kObjective, "success", verdict);
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{"release", release}};
    frame.windows[store::kStart][key].n = n;
    frame.recorded += n;
  };
  add("1.0", "good", 9'960);
  add("1.0", "bad", 40);
  add("2.0", "good", 4'900);
  add("2.0", "bad", 100);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json releases = centre.json("/api/v1/slos/checkout/success/releases?range=6h")["releases"];
  ASSERT_EQ(releases.size(), 2u);
  EXPECT_EQ(releases[1]["value"], "2.0");
  EXPECT_EQ(releases[1]["verdict"], "bad");
  EXPECT_EQ(releases[0]["verdict"], "good");
}

}  // namespace
}  // namespace bellrock::plane
