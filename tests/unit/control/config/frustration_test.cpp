// What a Site counts as frustration, and on which pages.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string site(const std::string& name, const std::string& frustration) {
  return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {frustration: " + frustration +
         "}\n---\n";
}

TEST(Frustration, HasThresholdsThatPagesChangeAndTravels) {
  const Loaded loaded =
      load_text(site("a",
                     "{from: requests, back: 3s, loop: {returns: 1, within: 2m}, thrash: off, "
                     "pages: [/cart, {path: \"/product/{id}\", back: off, thrash: {views: 4}, retry: 1.5s}]}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->frustration_pages.size(), 2u);
  EXPECT_EQ(again->templates[again->frustration_pages[1].index()].text, "/product/{id}");
  EXPECT_TRUE(again->frustration.on);
  EXPECT_TRUE(again->frustration.by_requests);
  const journey::FrustrationRules all{3 * kSecond, 1, 2 * kMinute, 6, 0, 30 * kSecond};
  EXPECT_EQ(again->frustration.of(0), all);
  EXPECT_EQ(again->frustration.of(1), all);
  EXPECT_EQ(again->frustration.of(2), (journey::FrustrationRules{0, 1, 2 * kMinute, 4, 15 * kSecond, 3 * kSecond / 2}));
}

TEST(Frustration, IsWhatIsWrittenInTheHandbookWhereNothingIsWritten) {
  const Loaded loaded = load_text(site("a", "{}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  EXPECT_TRUE(loaded.definition.frustration.on);
  EXPECT_FALSE(loaded.definition.frustration.by_requests);
  EXPECT_EQ(loaded.definition.frustration.of(0),
            (journey::FrustrationRules{5 * kSecond, 2, 90 * kSecond, 6, 15 * kSecond, 30 * kSecond}));
  EXPECT_FALSE(load_text(kIdentity).definition.frustration.on);
}

TEST(Frustration, IsOneOfAllSites) {
  const Loaded loaded = load_text(site("a", "{back: 2s, pages: [/a]}") + site("b", "{back: 2s, pages: [/a, /b]}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  EXPECT_EQ(loaded.definition.frustration_pages.size(), 2u);
  EXPECT_TRUE(has_code(load_text(site("a", "{back: 2s}") + site("b", "{back: 3s}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(site("a", "{pages: [/a]}") + site("b", "{from: requests, pages: [/a]}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(site("a", "{pages: [/a, {path: /a, back: 1s}]}")), "BR1107"));
}

TEST(Frustration, HasWindowsOfTenthsOfSecondsAndBoundedNumbers) {
  for (const char* const bad :
       {"{back: 31m}", "{retry: 50ms}", "{loop: {returns: 0}}", "{loop: {returns: 4}}", "{loop: {within: 1h}}",
        "{thrash: {views: 1}}", "{thrash: {views: 9}}", "{pages: [{path: /a, thrash: {within: 15ms}}]}"}) {
    EXPECT_TRUE(has_code(load_text(site("a", bad)), "BR1107")) << bad;
  }
  EXPECT_FALSE(load_text(site("a", "{backs: 1s}")).ok());
  EXPECT_FALSE(load_text(site("a", "{loop: {views: 2}}")).ok());
  EXPECT_FALSE(load_text(site("a", "{loop: 3s}")).ok());
  EXPECT_FALSE(load_text(site("a", "{from: packets}")).ok());
  EXPECT_FALSE(load_text(site("a", "{from: requests}")).ok()) << "of which pages?";
  EXPECT_FALSE(load_text(site("a", "{pages: [{back: 1s}]}")).ok());
  std::string many = "{pages: [";
  for (std::size_t i = 0; i <= kFrustrationPagesMax; ++i) many += "/p" + std::to_string(i) + ", ";
  EXPECT_TRUE(has_code(load_text(site("a", many + "]}")), "BR1201"));
}

}  // namespace
}  // namespace bellrock::config
