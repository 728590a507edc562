// What goes by the minute stays as it was for as long as objectives are judged, and what is older says so.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "control/flow/distinct.h"
#include "control/plane/journal.h"
#include "control/plane/retention.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

constexpr std::int64_t kKeptSeconds = 400 * kDaySeconds;

// An hour of traffic in which minutes 20 to 29 are bad, an incident of them and a change just before.
struct Outage {
  Outage() : traffic(centre), from(store::kStart + 20 * 60), to(from + 10 * 60) {
    traffic.minutes(20, 100, 0);
    traffic.minutes(10, 20, 80);
    traffic.minutes(60, 100, 0);
    KeptIncident kept{0, "checkout/success/1", "checkout", "success", {}};
    kept.incident.onset = from;
    kept.incident.detected = kept.incident.paged = from + 120;
    kept.incident.recovered = to;
    kept.incident.closed = to + 1'800;
    kept.incident.events = {200, 800, 0, 0};
    incident = *centre.store->write_journal(to_entry(kept));
    slo::ChangeMarker marker{0, from, "checkout", "2.0", "ops", "new form"};
    change = *centre.store->write_journal(to_entry(marker, from));
  }
  // So many days later the same node is heard of again, and the centre has deleted what is old.
  void pass(std::int64_t days) {
    traffic.at = store::kStart + days * kDaySeconds;
    traffic.minutes(1, 1, 0);
    const auto keep = retention_at(*centre.store, centre.now, kKeptSeconds);
    ASSERT_TRUE(keep.ok());
    ASSERT_TRUE(centre.store->trim(*keep).ok());
    centre.look();
  }
  [[nodiscard]] Json slo() const { return centre.json("/api/v1/slos/checkout/success")["slo"]; }
  [[nodiscard]] Json review() const { return centre.json("/api/v1/incidents/" + std::to_string(incident)); }
  [[nodiscard]] Json verdict() const {
    return centre.json("/api/v1/changes/" + std::to_string(change))["change"]["objectives"][0];
  }

  Centre centre;
  Traffic traffic;
  std::int64_t from, to, incident = 0, change = 0;
};

// {start, good, bad} of each slice of a course, without what they are of today's budget.
std::vector<std::array<std::int64_t, 3>> counts_of(const Json& course) {
  std::vector<std::array<std::int64_t, 3>> counts;
  for (const auto& slice : course["slices"]) counts.push_back({slice["start_unix_s"], slice["good"], slice["bad"]});
  return counts;
}

TEST(Minutes, ACorrectionHoldsForAsLongAsItsObjectiveIsJudged) {
  Outage outage;
  const auto made = outage.centre.post_json(
      "/api/v1/corrections", {{"from_unix_s", outage.from}, {"to_unix_s", outage.to}, {"who", "ops"}, {"why", "test"}});
  ASSERT_EQ(made.status, 201u) << made.body;
  outage.centre.now += 120;  // it is in force from the next minute on
  outage.centre.look();
  const Json before = outage.slo();
  EXPECT_EQ(before["counts"]["bad"], 800);
  EXPECT_EQ(before["corrected"]["counts"]["bad"], 0);
  for (const std::int64_t days : {9, 20, 27}) {
    outage.pass(days);
    const Json after = outage.slo();
    EXPECT_EQ(after["counts"]["bad"], 800) << days;
    EXPECT_EQ(after["corrected"]["counts"]["bad"], 0) << days;
    EXPECT_EQ(after["budget_action"], before["budget_action"]) << days;
  }
}

TEST(Minutes, IncidentsAndVerdictsStayAsTheyWere) {
  Outage outage;
  outage.centre.now = outage.to + 7'200;
  const Json review = outage.review(), verdict = outage.verdict();
  EXPECT_EQ(verdict["verdict"], "bad");
  EXPECT_FALSE(review["dimensions"].empty());
  EXPECT_TRUE(review["minutes_kept"].get<bool>());
  EXPECT_EQ(review["user_minutes"], (Json{{"at_most", 800}, {"estimate", nullptr}}));
  for (const std::int64_t days : {9, 27, 44}) {
    outage.pass(days);
    EXPECT_EQ(outage.verdict(), verdict) << days;
    const Json later = outage.review();
    for (const char* const part : {"incident", "dimensions", "outcomes", "user_minutes", "minutes_kept"}) {
      EXPECT_EQ(later[part], review[part]) << part << " after " << days << " days";
    }
    EXPECT_EQ(counts_of(later["course"]), counts_of(review["course"])) << days;
  }
}

TEST(Minutes, WhatIsOlderSaysThatItsMinutesAreNoLongerKept) {
  Outage outage;
  outage.pass(48);
  const Json review = outage.review(), verdict = outage.verdict();
  EXPECT_FALSE(review["minutes_kept"].get<bool>());
  EXPECT_EQ(review["user_minutes"], nullptr);
  EXPECT_EQ(review["incident"]["counts"]["bad"], 800);
  EXPECT_EQ(verdict["verdict"], "inconclusive");
  EXPECT_EQ(verdict["reason"], "minutes of that time are no longer kept");
}

TEST(Minutes, UserMinutesAreTheSessionsThatHadABadAttemptMinuteByMinute) {
  Outage outage;
  // In each bad minute 40 different sessions began the 100 attempts, of which 80 failed: hardly any had none.
  std::mt19937_64 random(1);
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 9;
  frame.seq = frame.oldest_seq_held = ++outage.traffic.seq;
  frame.sent_unix_ms = outage.centre.now * 1'000;
  for (std::int64_t at = outage.from; at < outage.to; at += 60) {
    for (int session = 0; session < 40; ++session) {
      const Coupon coupon = coupon_of(SessionKey{{random(), random()}}, JourneyId{0u});
      const auto key = series(CellKind::kDistinct, control::distinct_item(coupon.cell).c_str());
      add_latency(frame.windows[at + 20][key], control::kBucketMin + coupon.slot, 1);
    }
  }
  for (const auto& [at, cells] : frame.windows) {
    for (const auto& [key, histogram] : cells) frame.recorded += histogram.n;
  }
  ASSERT_EQ(outage.centre.send(frame).status, 200u);
  const Json minutes = outage.review()["user_minutes"];
  EXPECT_EQ(minutes["at_most"], 800);
  EXPECT_NEAR(minutes["estimate"].get<double>(), 10 * 40 * (1 - std::pow(0.2, 2.5)),
              10 * 40 * 3 * control::kDistinctError);
}

}  // namespace
}  // namespace bellrock::plane
