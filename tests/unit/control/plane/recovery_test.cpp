// What the API says of errors: sums of frames, by failure step, and the share that was recovered from.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

void add(control::DeltaFrame& frame, std::uint64_t version, const char* detail, std::uint64_t n) {
  frame.windows.begin()
      ->second[{"checkout", version, CellKind::kRecovery, "broken", detail, CellScope::kTotal, {}}]
      .n += n;
  frame.recorded += n;
}

TEST(Recovery, IsTheShareOfDecidedErrorsAndBoundedByThoseUnknown) {
  const Centre centre;
  auto frame = shop_frame(1);
  const std::uint64_t version = shop().journeys[0].recovery.version;
  add(frame, version, "errors", 20);
  add(frame, version, "recovered", 6);
  add(frame, version, "not_recovered", 2);
  add(frame, version, "unknown", 4);
  add(frame, version + 1, "errors", 9);
  add(frame, version + 1, "recovered", 9);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/recovery?range=6h");
  ASSERT_EQ(document["recovery"].size(), 1u);
  const Json& journey = document["recovery"][0];
  EXPECT_EQ(journey["journey"], "checkout");
  EXPECT_EQ(journey["within_s"], 600);
  EXPECT_EQ(journey["other_versions"], 9);
  ASSERT_EQ(journey["steps"].size(), 1u);
  const Json& step = journey["steps"][0];
  EXPECT_EQ(step["step"], "broken");
  EXPECT_EQ(step["errors"], 20);
  EXPECT_EQ(step["unknown"], 4);
  EXPECT_EQ(step["rate"], (Json{{"value", 0.75}, {"low", 0.5}, {"high", 10.0 / 12}}));
}

TEST(Recovery, OfNothingHasNoRate) {
  const Centre centre;
  EXPECT_TRUE(centre.json("/api/v1/recovery")["recovery"][0]["steps"].empty());
  auto frame = shop_frame(1);
  add(frame, shop().journeys[0].recovery.version, "errors", 1);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json rate = centre.json("/api/v1/recovery?range=6h")["recovery"][0]["steps"][0]["rate"];
  EXPECT_TRUE(rate["value"].is_null() && rate["low"].is_null() && rate["high"].is_null());
}

}  // namespace
}  // namespace bellrock::plane
