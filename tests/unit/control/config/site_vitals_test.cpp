// Pages whose web vitals or clicks are counted, as Sites list them.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string site(const std::string& name, const std::string& vitals) {
  return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {vitals: " + vitals + "}\n---\n";
}

std::vector<std::string> pages(const journey::Definition& definition) {
  std::vector<std::string> texts;
  for (const TemplateId id : definition.vital_pages) texts.push_back(definition.templates[id.index()].text);
  return texts;
}

TEST(SiteVitals, AreTheTemplatesOfAllSitesEachOnceAndTravel) {
  const Loaded loaded = load_text(site("a", "[/, \"/product/{id}\"]") + site("b", "[\"/product/{sku}\", /cart]"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const std::vector<std::string> wanted{"/", "/product/{id}", "/cart"};
  EXPECT_EQ(pages(loaded.definition), wanted);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(pages(*again), wanted);
  EXPECT_TRUE(load_text(kIdentity).definition.vital_pages.empty());
}

TEST(SiteVitals, AreBoundedAndMustBePaths) {
  std::string many = "[";
  for (std::size_t i = 0; i <= kVitalPagesMax; ++i) many += "/p" + std::to_string(i) + ", ";
  EXPECT_TRUE(has_code(load_text(site("a", many + "]")), "BR1201"));
  EXPECT_TRUE(has_code(load_text(site("a", "[product]")), "BR1301"));
  EXPECT_TRUE(has_code(load_text(site("a", "/product")), "BR1103"));
}

TEST(SiteVitals, OfASnapshotPointToTemplatesThatAreListed) {
  journey::Definition definition = load_text(site("a", "[/]")).definition;
  definition.vital_pages = {TemplateId{7}};
  EXPECT_FALSE(journey::check(definition).ok());
  definition.vital_pages = {TemplateId{0}};
  EXPECT_FALSE(journey::check(definition).ok());
}

TEST(SiteClicks, AreTheTemplatesOfAllSitesEachOnceBoundedAndTravel) {
  const auto with = [](const std::string& name, const std::string& clicks) {
    return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {clicks: " + clicks + "}\n---\n";
  };
  const Loaded loaded = load_text(with("a", "[/cart]") + with("b", "[\"/product/{sku}\", /cart]"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->click_pages.size(), 2u);
  EXPECT_EQ(again->templates[again->click_pages[1].index()].text, "/product/{sku}");
  EXPECT_TRUE(again->vital_pages.empty());
  std::string many = "[";
  for (std::size_t i = 0; i <= kClickPagesMax; ++i) many += "/p" + std::to_string(i) + ", ";
  EXPECT_TRUE(has_code(load_text(with("a", many + "]")), "BR1201"));
  journey::Definition definition = loaded.definition;
  definition.click_pages = {TemplateId{0}};
  EXPECT_FALSE(journey::check(definition).ok());
}

TEST(SiteClicks, MayAskForAGridWhichAllSitesShare) {
  const auto with = [](const std::string& name, const std::string& grid) {
    return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name +
           "}\nspec: {clicks: {pages: [/cart], grid: " + grid + "}}\n---\n";
  };
  const Loaded loaded =
      load_text(with("a", "{suppress_below: 8, every: 10m}") + with("b", "{every: 10m, suppress_below: 8}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->click_grid.on);
  EXPECT_EQ(again->click_grid.suppress_below, 8u);
  EXPECT_EQ(again->click_grid.every, 10 * kMinute);
  EXPECT_EQ(again->click_pages.size(), 1u);
  EXPECT_FALSE(load_text("apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: a}\nspec: {clicks: [/cart]}\n")
                   .definition.click_grid.on);
  EXPECT_TRUE(has_code(load_text(with("a", "{every: 10m}") + with("b", "{}")), "BR1107")) << "an hour, and ten minutes";
  for (const char* const bad :
       {"{every: 15s}", "{every: 61s}", "{every: 25h}", "{suppress_below: 0}", "{suppress_below: 10001}"})
    EXPECT_TRUE(has_code(load_text(with("a", bad)), "BR1107")) << bad;
  EXPECT_FALSE(load_text(with("a", "{columns: 9}")).ok());
  EXPECT_FALSE(
      load_text("apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: a}\nspec: {clicks: {grid: {}}}\n").ok());
}

}  // namespace
}  // namespace bellrock::config
