// What the API says about the latencies that journeys correlate with.
#include <gtest/gtest.h>

#include "control/flow/effect_name.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

// One frame of one edge.
class Counts {
 public:
  // `left` of them while they waited, the others were answered.
  void add(const std::string& device, std::uint64_t ms, std::uint64_t answered, std::uint64_t left) {
    add(device, Wait::kAnswered, ms, Outcome::kSuccess, answered);
    add(device, Wait::kEnded, ms, Outcome::kAbandonedWaiting, left);
  }
  void add(const std::string& device, Wait wait, std::uint64_t ms, Outcome outcome, std::uint64_t n,
           CellScope scope = CellScope::kDimensioned) {
    control::SeriesKey key;
    key.journey = "checkout";
    key.version = shop().journeys[0].effects[0].version;
    key.kind = CellKind::kEffect;
    key.item = "paid";
    key.detail = control::effect_detail(wait_slot(wait, band_of(static_cast<Duration>(ms * kMs))), outcome);
    for (const CellScope one : {CellScope::kTotal, scope}) {
      key.scope = one;
      key.dimensions.clear();
      if (one == CellScope::kDimensioned) key.dimensions = {{"device", device}};
      auto& cell = frame_.windows[store::kStart][key];
      cell.n += n;
      cell.sum_ns += n * ms * kMs;
      frame_.recorded += n;
    }
  }
  void send(const Centre& centre) {
    frame_.node = "edge";
    frame_.boot[0] = 1;
    frame_.seq = frame_.oldest_seq_held = 1;
    frame_.sent_unix_ms = kNow * 1'000;
    EXPECT_EQ(centre.send(frame_).status, 200u);
  }

 private:
  control::DeltaFrame frame_;
};

Json effect_of(const Centre& centre) {
  const Json effects = centre.json("/api/v1/effects?range=24h&journey=checkout")["effects"];
  EXPECT_EQ(effects.size(), 1u);
  return effects.at(0);
}

TEST(Effects, WithoutAttemptsAreNoNumber) {
  const Centre centre;
  const Json effect = effect_of(centre);
  EXPECT_EQ(effect["effect"], "paid");
  EXPECT_EQ(effect["from"], "pay");
  EXPECT_EQ(effect["outcomes"], Json::array({"abandoned", "abandoned.waiting"}));
  EXPECT_EQ(effect["strata"], Json::array({"device"}));
  EXPECT_EQ(effect["attempts"], 0);
  for (const char* method : {"table", "hazard"}) {
    for (const char* figure : {"estimate", "crude"}) {
      const Json& estimate = effect[method][figure];
      EXPECT_EQ(estimate["verdict"], "not_enough_data");
      EXPECT_EQ(estimate["n"], 0);
      EXPECT_TRUE(estimate["per_100ms"].is_null() && estimate["low"].is_null() && estimate["high"].is_null());
    }
  }
}

TEST(Effects, OfFramesAreByStrataWithTheirIntervals) {
  const Centre centre;
  Counts counts;
  for (const std::string device : {"phone", "desktop"}) {
    for (const std::uint64_t ms : {150u, 250u, 350u}) counts.add(device, ms, 900, 100);
  }
  counts.add("phone", Wait::kUndated, 0, Outcome::kUnknown, 5);
  counts.send(centre);
  const Json effect = effect_of(centre);
  EXPECT_EQ(effect["attempts"], 6'005);
  EXPECT_EQ(effect["unknown"], 5);
  EXPECT_EQ(effect["undated"], 5);
  const Json& hazard = effect["hazard"];
  EXPECT_EQ(hazard["estimate"]["verdict"], "raises");
  EXPECT_EQ(hazard["estimate"]["n"], 6'000);
  EXPECT_EQ(hazard["estimate"]["events"], 600);
  EXPECT_LT(hazard["estimate"]["low"], hazard["estimate"]["per_100ms"]);
  EXPECT_LT(hazard["estimate"]["per_100ms"], hazard["estimate"]["high"]);
  EXPECT_EQ(hazard["strata_in_all"], 2);
  EXPECT_EQ(hazard["strata"][0]["values"].size(), 1u);
  EXPECT_EQ(hazard["bands"][0]["at_risk"], 6'000);
  EXPECT_EQ(effect["table"]["estimate"]["verdict"], "not_enough_data") << "whoever was answered stayed";
  EXPECT_EQ(effect["table"]["bands"].size(), 3u);
  EXPECT_EQ(effect["table"]["bands"][0]["mean_ns"], 150.0 * kMs);
}

TEST(Effects, StayWhatTheyWereWhenWindowsBecomeMinutes) {
  const Centre centre;
  Counts counts;
  for (const std::string device : {"phone", "desktop"}) {
    for (const std::uint64_t ms : {150u, 250u, 350u}) counts.add(device, ms, 900, 100);
  }
  counts.send(centre);
  const Json before = effect_of(centre);
  ASSERT_TRUE(centre.store->trim({store::kStart + 3'600, 0, 0}).ok());
  EXPECT_EQ(effect_of(centre), before);
}

TEST(Effects, OfManyThatFoundNoRoomAreNoNumber) {
  const Centre centre;
  Counts counts;
  for (const std::uint64_t ms : {150u, 250u, 350u}) counts.add("phone", ms, 900, 100);
  counts.add("", Wait::kAnswered, 250, Outcome::kSuccess, 1'000, CellScope::kOverflow);
  counts.send(centre);
  const Json effect = effect_of(centre);
  EXPECT_EQ(effect["unplaced"], 1'000);
  EXPECT_EQ(effect["hazard"]["estimate"]["verdict"], "not_enough_data");
  EXPECT_TRUE(effect["hazard"]["estimate"]["per_100ms"].is_null());
}

TEST(Effects, OfAJourneyThatIsNotThereAreRefusedByName) {
  const Centre centre;
  const auto reply = centre.get("/api/v1/effects?journey=none");
  EXPECT_EQ(reply.status, 404u);
  EXPECT_EQ(Json::parse(reply.body)["parameter"], "journey");
  EXPECT_EQ(centre.get("/api/v1/effects?range=2h").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
