// Composite documents.
#include "control/config/composite.h"

#include "support.h"

namespace bellrock::config {
namespace {

std::string composite_text(const std::string& spec) {
  return "apiVersion: bellrock/v1\nkind: Composite\nmetadata: {name: shop}\nspec: " + spec + "\n---\n" +
         journey_text(
             "  objectives:\n"
             "    - {name: success, sli: success, count_from: pay, target: 0.992, bad: [failed.system, "
             "abandoned.waiting], "
             "exclude: [abandoned, superseded, failed.user]}\n"
             "    - {name: steady, sli: success, target: 0.9, bad: [failed], exclude: [abandoned, superseded]}\n");
}

// The first error's code; empty for none.
std::string code(const std::string& spec) {
  const Loaded loaded = load_text(composite_text(spec));
  for (const auto& one : loaded.diagnostics) {
    if (!one.warning) return one.code;
  }
  return "";
}

TEST(CompositeDocument, FillsEverySetting) {
  const Loaded loaded = load_text(composite_text(
      "{by: weighted, objectives: [checkout/steady, {objective: checkout/success, weight: 5}], target: 0.99, strict: "
      "true, max_unknown: 0.01, window: 7d}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  ASSERT_EQ(loaded.composites.size(), 1u);
  const Composite& composite = loaded.composites[0];
  EXPECT_EQ(composite.name, "shop");
  EXPECT_EQ(composite.by, CompositeBy::kWeighted);
  ASSERT_EQ(composite.parts.size(), 2u);
  EXPECT_EQ(composite.parts[0].journey + "/" + composite.parts[0].objective, "checkout/steady");
  EXPECT_EQ(composite.parts[0].weight, 1u);
  EXPECT_EQ(composite.parts[1].objective, "success");
  EXPECT_EQ(composite.parts[1].weight, 5u);
  EXPECT_EQ(composite.target_e9, 990'000'000u);
  EXPECT_TRUE(composite.strict);
  EXPECT_TRUE(composite.has_max_unknown);
  EXPECT_EQ(composite.max_unknown_e9, 10'000'000u);
  EXPECT_EQ(composite.window, 7 * 24 * kHour);
}

TEST(CompositeDocument, CountsAttemptsOnceUnlessItSaysOtherwise) {
  const Loaded loaded = load_text(composite_text("{objectives: [checkout/success], target: 0.99}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  EXPECT_EQ(loaded.composites[0].by, CompositeBy::kAttempt);
  EXPECT_EQ(loaded.composites[0].window, 28 * 24 * kHour);
  EXPECT_FALSE(loaded.composites[0].has_max_unknown);
}

TEST(CompositeDocument, RefusesWhatCannotWork) {
  EXPECT_EQ(code("{objectives: [checkout/success, checkout/steady], by: least_healthy}"), "");
  EXPECT_EQ(code("{objectives: [checkout/success], by: least_healthy, target: 0.9}"), "BR1511");
  EXPECT_EQ(code("{objectives: [checkout/success], by: least_healthy, strict: true}"), "BR1511");
  EXPECT_EQ(code("{objectives: [{objective: checkout/success, weight: 2}], target: 0.9}"), "BR1511");
  EXPECT_EQ(code("{objectives: [{objective: checkout/success, weight: 0}], by: weighted, target: 0.9}"), "BR1107");
  EXPECT_EQ(code("{objectives: [{objective: checkout/success, weight: 1001}], by: weighted, target: 0.9}"), "BR1107");
  EXPECT_EQ(code("{objectives: [checkout/success]}"), "BR1102");
  EXPECT_EQ(code("{target: 0.9}"), "BR1102");
  EXPECT_EQ(code("{objectives: [], target: 0.9}"), "BR1111");
  EXPECT_EQ(code("{objectives: [checkout/none], target: 0.9}"), "BR1207");
  EXPECT_EQ(code("{objectives: [checkout], target: 0.9}"), "BR1207");
  EXPECT_EQ(code("{objectives: [\"checkout/*\"], target: 0.9}"), "BR1207");
  EXPECT_EQ(code("{objectives: [checkout/success, checkout/success], target: 0.9}"), "BR1202");
  EXPECT_EQ(code("{objectives: [checkout/success], target: 0.9, by: average}"), "BR1108");
  EXPECT_EQ(code("{objectives: [checkout/success], target: 0.9, window: 90m}"), "BR1107");
  EXPECT_EQ(code("{objectives: [checkout/success], target: 99}"), "BR1110");
}

}  // namespace
}  // namespace bellrock::config
