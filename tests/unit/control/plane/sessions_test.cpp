// What the API says of distinct sessions: one estimate over all windows of a range.
#include <gtest/gtest.h>

#include <random>

#include "control/flow/distinct.h"
#include "control/flow/histogram.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

// `n` visitors who begin one attempt in each of the frame's windows.
void add_visitors(control::DeltaFrame& frame, int n, std::uint64_t seed, std::uint64_t version) {
  for (auto& [start, cells] : frame.windows) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < n; ++i) {
      const Coupon coupon = coupon_of(SessionKey{{random(), random()}}, JourneyId{0u});
      auto& histogram = cells[{
          "checkout", version, CellKind::kDistinct, control::distinct_item(coupon.cell), "", CellScope::kTotal, {}}];
      add_latency(histogram, control::kBucketMin + coupon.slot, 1);
      ++frame.recorded;
    }
  }
}

TEST(Sessions, AreCountedOnceOverAllWindowsOfARange) {
  const Centre centre;
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kNow * 1'000;
  frame.windows[store::kStart];
  frame.windows[store::kStart + 10];
  frame.windows[store::kStart + 3'600];
  const std::uint64_t version = shop().journeys[0].version;
  add_visitors(frame, 2'000, 1, version);
  add_visitors(frame, 50, 2, version + 1);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/sessions?range=24h&journey=checkout");
  EXPECT_DOUBLE_EQ(document["standard_error"].get<double>(), control::kDistinctError);
  ASSERT_EQ(document["sessions"].size(), 1u);
  const Json& sessions = document["sessions"][0];
  EXPECT_EQ(sessions["journey"], "checkout");
  EXPECT_EQ(sessions["starts"], 3 * 2'000);
  EXPECT_EQ(sessions["other_versions"], 3 * 50);
  const auto estimate = sessions["sessions"].get<double>();
  EXPECT_NEAR(estimate, 2'000, 3 * control::kDistinctError * 2'000);
  EXPECT_NEAR(sessions["low"].get<double>(), estimate * (1 - 1.96 * control::kDistinctError), 2);
  EXPECT_NEAR(sessions["high"].get<double>(), estimate * (1 + 1.96 * control::kDistinctError), 2);
}

TEST(Sessions, OfNobodyAreNone) {
  const Centre centre;
  const Json sessions = centre.json("/api/v1/sessions")["sessions"].at(0);
  for (const char* figure : {"sessions", "low", "high", "starts"}) EXPECT_EQ(sessions[figure], 0) << figure;
  EXPECT_EQ(centre.get("/api/v1/sessions?journey=returns").status, 404u);
}

}  // namespace
}  // namespace bellrock::plane
