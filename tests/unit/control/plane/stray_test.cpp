// What the API says of successes that no attempt waited for, beside an objective.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

void add(control::DeltaFrame& frame, CellKind kind, std::uint64_t version, const char* item, const char* detail,
         std::uint64_t n) {
  frame.windows.begin()->second[{"checkout", version, kind, item, detail, CellScope::kTotal, {}}].n += n;
  frame.recorded += n;
}

Json strays_with(std::uint64_t unknown, std::uint64_t orphans) {
  const Centre centre;
  auto frame = shop_frame(1);
  const auto& journey = shop().journeys[0];
  add(frame, CellKind::kStray, journey.version, "orphan", "", orphans);
  add(frame, CellKind::kStray, journey.version, "late", "", 2);
  add(frame, CellKind::kObjective, journey.objectives[0].version, "success", "unknown", unknown);
  EXPECT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/slos/checkout/success");
  EXPECT_GE(document["slo"]["counts"]["unknown"], unknown);
  EXPECT_EQ(document["stray_successes"]["split_bound"],
            std::min(document["slo"]["counts"]["unknown"].get<std::uint64_t>(), orphans));
  return document["stray_successes"];
}

TEST(StraySuccesses, BoundHowManyUnknownAttemptsWereSeenByTwoNodes) {
  const Json few = strays_with(100, 7);
  EXPECT_EQ(few["orphan"], 7);
  EXPECT_EQ(few["late"], 2);
  EXPECT_EQ(few["duplicate"], 0);
  EXPECT_EQ(few["split_bound"], 7) << "no more than succeeded without a beginning";
  EXPECT_LT(strays_with(5, 1'000)["split_bound"], 1'000) << "no more than are unknown";
}

}  // namespace
}  // namespace bellrock::plane
