// What the API says of how far its figures can be trusted.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "control/plane/nodes_heard.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

TEST(ApiTrust, AnObjectiveIsPartialEverywhereWhereNobodyReportedForAWhile) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(10, 500, 0);
  const auto said = [&] {
    const Json slo = centre.json("/api/v1/slos/checkout/success");
    const Json listed = centre.json("/api/v1/slos");
    EXPECT_EQ(listed["slos"][0]["objective"], "success");
    EXPECT_EQ(slo["slo"]["partial"], listed["slos"][0]["partial"]);
    EXPECT_EQ(slo["slo"]["data"], listed["slos"][0]["data"]);
    return std::tuple(slo["slo"]["partial"].get<bool>(), slo["slo"]["data"].get<std::string>(),
                      slo["explanation"].back().get<std::string>());
  };
  const auto [partial, data, line] = said();
  EXPECT_FALSE(partial);
  EXPECT_EQ(data, "full");
  EXPECT_EQ(line.find("partial"), std::string::npos) << line;
  traffic.at += 5 * 60;
  traffic.minutes(10, 500, 0);
  const auto [gap, gap_data, gap_line] = said();
  EXPECT_TRUE(gap);
  EXPECT_EQ(gap_data, "partial");
  EXPECT_TRUE(gap_line.starts_with("partial: no node reported in 5 of ")) << gap_line;
}

TEST(ApiTrust, ASingleMinuteInWhichNobodyReportedIsSeen) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(10, 500, 0);
  traffic.at += 60;
  traffic.minutes(10, 500, 0);
  const Json slo = centre.json("/api/v1/slos/checkout/success");
  EXPECT_EQ(slo["slo"]["data"], "partial");
  EXPECT_TRUE(slo["explanation"].back().get<std::string>().starts_with("partial: no node reported in 1 of "))
      << slo["explanation"].back();
}

// A frame of a node that counted nothing.
void hear_of(Centre& centre, const std::string& node, std::uint64_t seq, std::int64_t unix_s) {
  control::DeltaFrame frame;
  frame.node = node;
  frame.seq = frame.oldest_seq_held = seq;
  frame.sent_unix_ms = unix_s * 1'000;
  const store::ReceivedFrame received{&frame, {static_cast<std::uint8_t>(seq)}, frame.sent_unix_ms};
  ASSERT_TRUE(centre.store->apply({&received, 1}).ok());
}

TEST(ApiTrust, NodesThatAreSilentNowMakeEveryObjectivePartialUntilTheyAreHeardOfOrGone) {
  Centre centre;
  Traffic traffic(centre);
  for (const char* const node : {"edge-2", "edge-3", "edge-4"}) hear_of(centre, node, 1, traffic.at + 30);
  traffic.minutes(10, 500, 0);
  const auto because = [&] {
    const Json listed = centre.json("/api/v1/slos");
    const Json slo = centre.json("/api/v1/slos/checkout/success");
    EXPECT_EQ(listed["slos"].size(), 2u);
    for (const auto& one : listed["slos"]) {
      EXPECT_EQ(one["partial"], !one["partial_because"].empty());
      EXPECT_EQ(one["data"] == "partial", one["partial"]);
      EXPECT_EQ(one["partial_because"], slo["slo"]["partial_because"]);
    }
    for (std::size_t i = 0; i < slo["slo"]["partial_because"].size(); ++i) {
      const std::size_t at = slo["explanation"].size() - slo["slo"]["partial_because"].size() + i;
      EXPECT_EQ(slo["explanation"][at], "partial: " + slo["slo"]["partial_because"][i].get<std::string>());
    }
    return listed["slos"][0]["partial_because"];
  };
  EXPECT_EQ(centre.json("/api/v1/status")["nodes"]["stale"], 3);
  ASSERT_EQ(because().size(), 1u);
  EXPECT_EQ(because()[0],
            "3 of 4 nodes are not heard of, since " + utc_text(store::kStart + 30 + kStaleSeconds) + " first edge-2");
  for (const char* const node : {"edge-2", "edge-3"}) hear_of(centre, node, 2, centre.now);
  ASSERT_EQ(because().size(), 1u);
  EXPECT_TRUE(because()[0].get<std::string>().starts_with("1 of 4 nodes are not heard of"));
  hear_of(centre, "edge-4", 2, centre.now);
  EXPECT_EQ(because(), Json::array());
  centre.now += kGoneSeconds + 60;
  hear_of(centre, "edge", 100, centre.now);  // the others were taken away a day ago
  ASSERT_EQ(because().size(), 1u);
  EXPECT_TRUE(because()[0].get<std::string>().starts_with("no node reported in ")) << because();
}

TEST(ApiTrust, ANodeWhoseClockIsWeeksBehindMakesNothingPartial) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(10, 500, 0);
  std::uint64_t seq = 0;
  const auto behind = [&](std::int64_t seconds) {
    control::DeltaFrame frame;
    frame.node = "edge";
    frame.boot[7] = 9;
    frame.seq = frame.oldest_seq_held = ++seq;
    frame.sent_unix_ms = (centre.now - seconds) * 1'000;
    const store::ReceivedFrame received{&frame, {static_cast<std::uint8_t>(seq)}, centre.now * 1'000};
    ASSERT_TRUE(centre.store->apply({&received, 1}).ok());
  };
  const auto slo = [&] { return centre.json("/api/v1/slos")["slos"][0]; };
  behind(20 * kDaySeconds);
  behind(20 * kDaySeconds - 120);
  behind(7 * kDaySeconds);
  EXPECT_EQ(slo()["partial_because"], Json::array());
  EXPECT_EQ(slo()["data"], "full");
  traffic.at += 5 * 60;
  traffic.minutes(10, 500, 0);
  EXPECT_TRUE(slo()["partial_because"][0].get<std::string>().starts_with("no node reported in 5 of "));
  // What was heard for an hour was no mistake.
  for (std::int64_t minute = 0; minute <= 60; ++minute) behind(3 * kDaySeconds - 60 * minute);
  EXPECT_TRUE(slo()["partial_because"][0].get<std::string>().starts_with("no node reported in 42")) << slo();
}

TEST(ApiTrust, AGateKnowsNothingOfAnObjectiveThatNobodyTriedWhileANodeIsSilent) {
  Centre centre;
  for (const char* const node : {"edge-1", "edge-2", "edge-3"}) hear_of(centre, node, 1, centre.now - 20);
  hear_of(centre, "edge-4", 1, centre.now - 200);
  centre.look();
  const Json gate = centre.json("/api/v1/slos/checkout/success/gate");
  EXPECT_EQ(gate["verdict"], "inconclusive");
  EXPECT_EQ(gate["data"], "partial");
  EXPECT_EQ(gate["reasons"][0], "there is no data: partial");
}

TEST(ApiTrust, ALostFrameIsAProblemForADayAndCountedForEver) {
  Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  auto frame = shop_frame(4);
  frame.lost = {{2, 3}};
  ASSERT_EQ(centre.send(frame).status, 200u);
  Json status = centre.json("/api/v1/status");
  EXPECT_FALSE(status["healthy"].get<bool>());
  EXPECT_NE(status["problems"][0].get<std::string>().find("node edge: 2 frames lost, the last at 20"),
            std::string::npos)
      << status["problems"];
  centre.now += kDaySeconds + 1;
  frame = shop_frame(5);
  frame.lost = {{2, 3}};  // as the node repeats it until it is acknowledged
  ASSERT_EQ(centre.send(frame).status, 200u);
  status = centre.json("/api/v1/status");
  EXPECT_TRUE(status["healthy"].get<bool>()) << status["problems"];
  EXPECT_EQ(status["frames"]["lost"], 2);
  frame = shop_frame(9);
  frame.lost = {{6, 8}};
  ASSERT_EQ(centre.send(frame).status, 200u);
  EXPECT_FALSE(centre.json("/api/v1/status")["healthy"].get<bool>());
}

}  // namespace
}  // namespace bellrock::plane
