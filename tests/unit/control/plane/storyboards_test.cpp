// What the API says of attempts that failed: the sample by outcome, beside how many there were; in an incident too.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

control::Storyboard story(std::uint64_t rank, const char* outcome, std::int64_t start) {
  control::Storyboard one;
  one.start_unix_s = start;
  one.journey = "checkout";
  one.outcome = outcome;
  one.rank = rank;
  one.version = shop().journeys[0].version;
  one.keep = 2;
  one.lasted_ms = 6'250;
  one.dimensions = {{"device", "phone"}};
  one.steps = {{0, "open", Channel::kHttpRequest, "/checkout", 0, {}},
               {6'250, "broken", Channel::kHttpResponse, "/pay", 503, std::uint32_t{1'250}}};
  one.clicks = {{50, "/checkout", ClickKind::kRage, 51}, {60, "", ClickKind::kClick, kNoClickPlace}};
  return one;
}

class ToldCentre : public testing::Test {
 protected:
  void send(std::uint64_t seq, const char* node, std::vector<control::Storyboard> stories,
            std::int64_t window = store::kStart) {
    control::DeltaFrame frame = shop_frame(seq, window);
    frame.node = node;
    frame.storyboards = std::move(stories);
    ASSERT_EQ(result_of(centre_.send(frame)), proto::ReplyResult::kApplied);
  }
  Centre centre_;
};

TEST_F(ToldCentre, ShowsTheLowestOfAllNodesByOutcome) {
  send(1, "a",
       {story(5, "abandoned", store::kStart), story(10, "failed.system", store::kStart),
        story(30, "failed.system", store::kStart)});
  send(1, "b", {story(20, "failed.system", store::kStart)});
  const Json all = centre_.json("/api/v1/storyboards?journey=checkout&range=6h");
  EXPECT_EQ(all["journey"], "checkout");
  EXPECT_TRUE(all["outcome"].is_null());
  ASSERT_EQ(all["outcomes"].size(), 2u);
  EXPECT_EQ(all["outcomes"][0]["outcome"], "abandoned");
  EXPECT_EQ(all["outcomes"][0]["attempts"], 10);
  const Json& failed = all["outcomes"][1];
  EXPECT_EQ(failed["attempts"], 6);
  ASSERT_EQ(failed["storyboards"].size(), 2u) << "10 and 20 of the two nodes";
  const Json& one = failed["storyboards"][0];
  EXPECT_EQ(one["lasted_ms"], 6'250);
  EXPECT_EQ(one["window_unix_s"], store::kStart);
  EXPECT_EQ(one["dimensions"], Json::parse(R"({"device":"phone"})"));
  EXPECT_EQ(one["steps"][1],
            Json::parse(R"({"offset_ms":6250,"step":"broken","channel":"response","page":"/pay","status":503,
                            "took_ms":1250})"));
  EXPECT_TRUE(one["steps"][0]["status"].is_null());
  EXPECT_EQ(one["clicks"][0]["column"], 1);
  EXPECT_EQ(one["clicks"][0]["row"], 1);
  EXPECT_TRUE(one["clicks"][1]["row"].is_null());
  EXPECT_FALSE(one.contains("rank"));
  const Json only = centre_.json("/api/v1/storyboards?journey=checkout&range=6h&outcome=abandoned");
  ASSERT_EQ(only["outcomes"].size(), 1u);
  EXPECT_EQ(only["outcomes"][0]["storyboards"].size(), 1u);
}

TEST_F(ToldCentre, RefusesWhatItDoesNotKnowByName) {
  EXPECT_EQ(centre_.get("/api/v1/storyboards").status, 400u);
  EXPECT_EQ(centre_.get("/api/v1/storyboards?journey=nowhere").status, 404u);
  EXPECT_EQ(centre_.get("/api/v1/storyboards?journey=checkout&outcome=success").status, 400u);
  EXPECT_EQ(centre_.get("/api/v1/storyboards?journey=checkout&page=1").status, 400u);
  EXPECT_TRUE(centre_.json("/api/v1/storyboards?journey=checkout")["outcomes"].empty());
}

TEST_F(ToldCentre, PutsThoseOfAnIncidentBesideIt) {
  send(1, "a", {story(10, "failed.system", store::kStart)});
  const std::int64_t later = store::kStart + 3'600;
  send(2, "a", {story(3, "failed.system", later)}, later);
  KeptIncident kept;
  kept.key = "checkout/success/1";
  kept.journey = "checkout";
  kept.objective = "success";
  kept.incident.onset = kept.incident.detected = store::kStart;
  kept.incident.recovered = kept.incident.closed = store::kStart + 600;
  const auto id = centre_.store->write_journal(to_entry(kept));
  ASSERT_TRUE(id.ok());
  const Json review = centre_.json("/api/v1/incidents/" + std::to_string(*id));
  ASSERT_EQ(review["storyboards"].size(), 1u);
  EXPECT_EQ(review["storyboards"][0]["attempts"], 3);
  ASSERT_EQ(review["storyboards"][0]["storyboards"].size(), 1u) << "from its onset to its recovery";
  EXPECT_EQ(review["storyboards"][0]["storyboards"][0]["window_unix_s"], store::kStart);
}

}  // namespace
}  // namespace bellrock::plane
