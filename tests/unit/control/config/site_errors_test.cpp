// What Sites say of the errors that their pages tell of.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string site(const std::string& name, const std::string& errors) {
  return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {errors: " + errors + "}\n---\n";
}

TEST(SiteErrors, AreReadAndTravel) {
  const Loaded loaded = load_text(site("a", "{top: 12, pages: [/, \"/product/{id}\"]}") +
                                  site("b", "{top: 12, pages: [\"/product/{sku}\", /cart]}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->error_top, 12u);
  ASSERT_EQ(again->error_pages.size(), 3u);
  EXPECT_EQ(again->templates[again->error_pages[2].index()].text, "/cart");
}

TEST(SiteErrors, AreOffUnlessASiteAsksAndNeedNoPages) {
  EXPECT_EQ(load_text(kIdentity).definition.error_top, 0u);
  const Loaded loaded = load_text(site("a", "{}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  EXPECT_EQ(loaded.definition.error_top, 20u);
  EXPECT_TRUE(loaded.definition.error_pages.empty());
}

TEST(SiteErrors, LeaveJourneysTheirOpenEndedDimensions) {
  std::string dimensions;
  for (std::size_t i = 0; i < kTopDimensionsMax; ++i) {
    dimensions += "d" + std::to_string(i) + ": {from: beacon.attrs.a" + std::to_string(i) + ", top: 3}, ";
  }
  const Loaded loaded = load_text(
      site("a", "{top: 100}") + kIdentity +
      "---\napiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: j}\nspec: {identity: web, steps: [{name: s, kind: "
      "start, match: {beacon: {event: s}}}, {name: e, kind: success, match: {beacon: {event: e}}}], dimensions: {" +
      dimensions + "}}\n");
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
}

TEST(SiteErrors, HaveTheirBounds) {
  for (const char* const bad : {"{top: 0}", "{top: 101}"}) {
    EXPECT_TRUE(has_code(load_text(site("a", bad)), "BR1107")) << bad;
  }
  EXPECT_TRUE(has_code(load_text(site("a", "{top: 5}") + site("b", "{top: 6}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(site("a", "{codes: 5}")), "BR1101"));
  EXPECT_TRUE(has_code(load_text(site("a", "[/cart]")), "BR1103"));
  EXPECT_TRUE(has_code(load_text(site("a", "{pages: [cart]}")), "BR1301"));
  std::string many = "{pages: [";
  for (std::size_t i = 0; i <= kErrorPagesMax; ++i) many += "/p" + std::to_string(i) + ", ";
  EXPECT_TRUE(has_code(load_text(site("a", many + "]}")), "BR1201"));
}

TEST(SiteErrors, OfASnapshotAreWithinTheirBoundsToo) {
  const journey::Definition good = load_text(site("a", "{pages: [/cart]}")).definition;
  EXPECT_TRUE(journey::check(good).ok());
  journey::Definition bad = good;
  bad.error_pages = {TemplateId{9}};
  EXPECT_FALSE(journey::check(bad).ok());
  bad = good;
  bad.error_pages = {TemplateId{0}};
  EXPECT_FALSE(journey::check(bad).ok());
  bad = good;
  bad.error_top = kTopMax + 1;
  EXPECT_FALSE(journey::check(bad).ok());
  bad = good;
  bad.error_top = 0;
  EXPECT_FALSE(journey::check(bad).ok()) << "pages of errors that nobody counts";
}

}  // namespace
}  // namespace bellrock::config
