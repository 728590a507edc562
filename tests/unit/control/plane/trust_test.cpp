// What the API says of how far its figures can be trusted.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

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
