// What the API says of marked changes: which was nearest, and what the hour before and the time since say of each.
#include <gtest/gtest.h>

#include "control/plane/journal.h"
#include "control/store/sqlite.h"
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

// As many more entries like the newest, in one step: written one by one each would be flushed to the disk.
void repeat_newest(const Centre& centre, std::size_t times) {
  const store::Connection journal(centre.folder.file("db"), false);
  store::Statement(journal,
                   "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?) "
                   "INSERT INTO journal SELECT NULL, made, kind, journey, objective, '', body FROM journal, i "
                   "WHERE id = (SELECT max(id) FROM journal)")
      .start(static_cast<std::uint64_t>(times))
      .run();
}

void add_correction(const Centre& centre, const char* objective, std::int64_t to) {
  const slo::Correction one{0, kNow, "checkout", objective, store::kStart, to, "ops", "maintenance"};
  ASSERT_TRUE(centre.store->write_journal(to_entry(one)).ok());
}

TEST(Changes, TheOldestOfThousandsIsFoundAndTheOthersAreCounted) {
  Centre centre;
  for (const char* const what : {"the first", "another"}) {
    const slo::ChangeMarker marker{0, kNow - 60, "checkout", "", "ci", what};
    ASSERT_TRUE(centre.store->write_journal(to_entry(marker, kNow)).ok());
  }
  repeat_newest(centre, kEntriesRead + 100);
  EXPECT_EQ(centre.json("/api/v1/changes?verdicts=false")["older"], kEntriesRead + 102 - 50);
  EXPECT_EQ(centre.json("/api/v1/changes/1")["change"]["what"], "the first");
}

TEST(Changes, IncidentsThatAreNotListedAreCountedAndFound) {
  Centre centre;
  KeptIncident kept{0, "checkout/success/1", "checkout", "success", {}};
  kept.incident.onset = store::kStart;
  kept.incident.detected = store::kStart + 300;
  ASSERT_TRUE(centre.store->write_journal(to_entry(kept)).ok());
  repeat_newest(centre, kEntriesRead + 100);
  const Json listed = centre.json("/api/v1/incidents");
  EXPECT_EQ(listed["incidents"].size() + listed["older"].get<std::size_t>(), kEntriesRead + 101);
  EXPECT_EQ(centre.json("/api/v1/incidents/1")["incident"]["key"], kept.key);
}

TEST(Changes, ACorrectionStaysInForceHoweverManyComeAfterIt) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(20, 90, 10);
  add_correction(centre, "success", traffic.at);
  add_correction(centre, "fast", store::kStart + 60);
  repeat_newest(centre, kCorrectionsMax - 2);
  traffic.minutes(2, 0, 0);
  centre.now = traffic.at = kNow + 120;
  centre.look();
  const Json slo = centre.json("/api/v1/slos/checkout/success")["slo"];
  EXPECT_EQ(slo["counts"]["bad"], 200);
  EXPECT_EQ(slo["corrected"]["counts"]["bad"], 0);
}

TEST(Changes, OneCorrectionTooManyIsRefusedAndNotForgotten) {
  Centre centre;
  add_correction(centre, "fast", store::kStart + 60);
  repeat_newest(centre, kCorrectionsMax - 2);
  const Json body{{"from_unix_s", store::kStart}, {"to_unix_s", store::kStart + 60}, {"who", "ops"}, {"why", "test"}};
  EXPECT_EQ(centre.post_json("/api/v1/corrections", body).status, 201u);
  const auto refused = centre.post_json("/api/v1/corrections", body);
  EXPECT_EQ(refused.status, 409u);
  EXPECT_EQ(Json::parse(refused.body)["error"], "too_many_corrections");
  EXPECT_EQ(centre.post_json("/api/v1/changes", {{"what", "deploy"}}).status, 201u);
}

TEST(Releases, AreComparedWithTheOthersAtTheSameTimeOnly) {
  Centre centre;
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kNow * 1'000;
  const auto add = [&](std::int64_t at, const char* release, std::uint64_t bad, std::uint64_t n) {
    for (const auto& [verdict, count] : {std::pair("bad", bad), std::pair("good", n - bad)}) {
      auto key = series(CellKind::kObjective, "success", verdict);
      key.scope = CellScope::kDimensioned;
      key.dimensions = {{"release", release}};
      frame.windows[at][key].n = count;
      frame.recorded += count;
    }
  };
  const std::int64_t morning = store::kStart, noon = store::kStart + 3'600;
  add(morning, "1.0", 6'000, 10'000);  // an outage, before there was a second release
  add(noon, "1.0", 1, 1'000);
  add(noon, "2.0", 50, 1'000);
  add(noon + 1'200, "2.0", 1'000, 1'000);  // alone
  ASSERT_EQ(centre.send(frame).status, 200u);
  const auto releases = [&] { return centre.json("/api/v1/slos/checkout/success/releases?range=6h")["releases"]; };
  const Json before = releases();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[1]["value"], "2.0");
  EXPECT_EQ(before[1]["verdict"], "bad");
  EXPECT_EQ(before[1]["before"]["bad"], 1);
  EXPECT_EQ(before[1]["after"]["bad"], 50);
  const Json correction{{"from_unix_s", noon}, {"to_unix_s", noon + 60}, {"who", "ops"}, {"why", "test"}};
  ASSERT_EQ(centre.post_json("/api/v1/corrections", correction).status, 201u);
  EXPECT_EQ(releases()[1]["reason"], "there is no time at which both had attempts");
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
