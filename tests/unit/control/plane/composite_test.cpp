// Several objectives as one, through the API.
#include "control/plane/nodes_heard.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

using slo::CompositeKind;

slo::Composite shop_composite(CompositeKind kind) {
  slo::Composite composite;
  composite.name = "shop";
  composite.kind = kind;
  composite.parts = {{"checkout", "success", 2}, {"checkout", "fast", 1}};
  composite.target_e9 = kind == CompositeKind::kLeastHealthy ? 0 : 900'000'000;
  composite.period_s = 7 * 24 * 3'600;
  return composite;
}

TEST(Composites, AreListedWithTheirPartsBesideTheObjectives) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kWeighted)};
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  const Json shop = centre.json("/api/v1/slos")["composites"].at(0);
  EXPECT_EQ(shop["name"], "shop");
  EXPECT_EQ(shop["kind"], "weighted");
  EXPECT_EQ(shop["window_s"], 7 * 24 * 3'600);
  // success 90 good, 3 bad, 2 unknown, twice; fast 80 good, 10 + 3 bad.
  EXPECT_EQ(shop["counts"]["good"], 2 * 90 + 80);
  EXPECT_EQ(shop["counts"]["bad"], 2 * 3 + 13);
  EXPECT_EQ(shop["counts"]["unknown"], 2 * 2);
  EXPECT_DOUBLE_EQ(shop["lower"], 260.0 / 283);
  EXPECT_DOUBLE_EQ(shop["upper"], 264.0 / 283);
  EXPECT_EQ(shop["state"], "met");
  ASSERT_EQ(shop["parts"].size(), 2u);
  EXPECT_EQ(shop["parts"][0]["objective"], "success");
  EXPECT_EQ(shop["parts"][0]["counts"]["good"], 90);
  EXPECT_EQ(shop["parts"][0]["state"], "missed");
}

TEST(Composites, SayWhatCorrectionsLeaveBesideWhatWasCounted) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kWeighted), shop_composite(CompositeKind::kLeastHealthy)};
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  EXPECT_EQ(centre.json("/api/v1/slos")["composites"][0]["corrected"], nullptr);
  const Json correction{{"journey", "checkout"},           {"objective", "success"}, {"from_unix_s", store::kStart},
                        {"to_unix_s", store::kStart + 60}, {"who", "ops"},           {"why", "maintenance"}};
  ASSERT_EQ(centre.post_json("/api/v1/corrections", correction).status, 201u);
  const Json composites = centre.json("/api/v1/slos")["composites"];
  EXPECT_EQ(composites[0]["counts"]["good"], 2 * 90 + 80);
  EXPECT_EQ(composites[0]["corrected"]["counts"],
            (Json{{"good", 80}, {"bad", 13}, {"unknown", 0}, {"ratio", 80.0 / 93}}));
  EXPECT_EQ(composites[0]["corrected"]["state"], "missed");
  EXPECT_EQ(composites[1]["corrected"]["worst"], "checkout/fast");
  const Json lines = centre.json("/api/v1/composites/shop")["explanation"];
  EXPECT_EQ(lines.back(), "corrections leave 80 good, 13 bad and 0 unknown: missed");
}

TEST(Composites, ArePartialAsTheirObjectivesAreWhereNodesAreSilent) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kWeighted)};
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  EXPECT_FALSE(centre.json("/api/v1/slos")["composites"][0]["partial"].get<bool>());
  auto other = shop_frame(1);
  other.node = "edge-2";
  ASSERT_EQ(centre.send(other).status, 200u);
  centre.now += kStaleSeconds + 1;
  ASSERT_EQ(centre.send(shop_frame(2)).status, 200u);
  EXPECT_TRUE(centre.json("/api/v1/slos")["composites"][0]["partial"].get<bool>());
  const Json lines = centre.json("/api/v1/composites/shop")["explanation"];
  EXPECT_TRUE(lines.back().get<std::string>().starts_with("partial: 1 of 2 nodes are not heard of, since ")) << lines;
}

TEST(Composites, AreNamedAsLeftOutWhereThereIsNoPlaceForThem) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kWeighted)};
  const std::string text = centre.json("/api/v1/export/openslo")["text"];
  EXPECT_NE(text.find("# Left out: the composite shop,"), std::string::npos) << text;
}

TEST(Composites, AgreeWithTheObjectivesTheyAreMadeOf) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kAttempt), shop_composite(CompositeKind::kLeastHealthy)};
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  auto gone = shop_frame(2);
  gone.board_lost = {{"checkout", 7}};
  ASSERT_EQ(centre.send(gone).status, 200u);
  const Json answer = centre.json("/api/v1/slos");
  for (const auto& composite : answer["composites"]) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Json& part = composite["parts"][i];
      const Json& slo = answer["slos"][i];
      ASSERT_EQ(part["objective"], slo["objective"]);
      for (const char* const count : {"good", "bad", "unknown"}) EXPECT_EQ(part["counts"][count], slo["counts"][count]);
      EXPECT_EQ(part["state"], slo["state"]);
      EXPECT_DOUBLE_EQ(part["left"], slo["budget"]["left_ratio"]);
    }
  }
  // 6 of 186 at 99.2 % are four budgets; 26 of 186 at 95 % are less than three.
  EXPECT_EQ(answer["composites"][1]["worst"], "checkout/success");
  EXPECT_EQ(answer["composites"][1]["target"], nullptr);
  EXPECT_EQ(answer["composites"][1]["left"], answer["composites"][1]["parts"][0]["left"]);
}

TEST(Composites, AreExplainedInSums) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kWeighted)};
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  const Json answer = centre.json("/api/v1/composites/shop");
  EXPECT_EQ(answer["composite"]["name"], "shop");
  EXPECT_EQ(answer["explanation"][0], "good = 2 * 90 (checkout/success) + 80 (checkout/fast) = 260");
  EXPECT_EQ(answer["explanation"][1], "bad = 2 * 3 (checkout/success) + 13 (checkout/fast) = 19");
  EXPECT_EQ(centre.get("/api/v1/composites/none").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/composites/shop?range=1h").status, 400u);
}

TEST(Composites, WithoutDataAreNoSuccess) {
  Centre centre;
  centre.catalog.composites = {shop_composite(CompositeKind::kAttempt), shop_composite(CompositeKind::kLeastHealthy)};
  const Json answer = centre.json("/api/v1/slos");
  ASSERT_EQ(answer["composites"].size(), 2u);
  for (const auto& composite : answer["composites"]) {
    EXPECT_EQ(composite["state"], "no_data");
    EXPECT_EQ(composite["lower"], nullptr);
    EXPECT_EQ(composite["left"], nullptr);
  }
}

}  // namespace
}  // namespace bellrock::plane
