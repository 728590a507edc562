// What later versions bring is refused by its name, so that nobody believes it is counted.
#include "support.h"

namespace bellrock::config {
namespace {

void expect_later(const std::string& text, const std::string& feature) {
  const Loaded loaded = load_text(text);
  const bool named = std::any_of(loaded.diagnostics.begin(), loaded.diagnostics.end(), [&feature](const auto& d) {
    return d.code == "BR1801" && d.message.find('`' + feature + '`') != std::string::npos;
  });
  EXPECT_TRUE(named) << feature << "\n" << lines(loaded);
  EXPECT_EQ(loaded.diagnostics.size(), 1u) << lines(loaded);
}

TEST(LaterFeature, OfAJourneyIsRefusedByName) { expect_later(journey_text("  alerts: [{page: 14.4}]\n"), "alerts"); }

TEST(LaterFeature, OfAnObjectiveIsRefusedByName) {
  expect_later(journey_text("  objectives: [{name: fast, sli: web_vitals, target: 0.9}]\n"), "web_vitals");
}

TEST(LaterFeature, OfADimensionIsRefusedByName) {
  expect_later(journey_text("  dimensions: {returning: {set: [DE]}}\n"), "returning");
}

TEST(LaterFeature, OfAnIdentityIsRefusedByName) {
  const std::string head = "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: ";
  expect_later(head + "{keys: [{beacon: rt.ss}]}\n", "rt.ss");
  expect_later(head + "{keys: [{cookie: sid}], lifetime: {rotate: 12h}}\n", "rotate other than 24h");
}

// Without the word that is refused the key would be missing.
TEST(LaterFeature, ThatIsAWordOfAKeyThatIsNeededComesWithTheWordsThatThereAre) {
  const Loaded loaded = load_text(journey_text("  objectives: [{name: fast, sli: web_vitals, target: 0.9}]\n"));
  ASSERT_EQ(loaded.diagnostics.size(), 1u) << lines(loaded);
  EXPECT_EQ(loaded.diagnostics[0].fix, "write `success`, `latency` or `consistency`");
}

TEST(LaterFeature, OpenSloDocumentsAreRefusedByName) {
  expect_later("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {}\n", "openslo/v1");
}

}  // namespace
}  // namespace bellrock::config
