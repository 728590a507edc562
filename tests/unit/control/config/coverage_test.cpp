// What Sites say of pages whose beacons are waited for.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string site(const std::string& name, const std::string& coverage) {
  return "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {coverage: " + coverage +
         "}\n---\n";
}
std::string with(const std::string& more) { return site("a", "{identity: web" + more + "}") + kIdentity; }

TEST(SiteCoverage, IsReadAndTravels) {
  const Loaded loaded = load_text(site("a",
                                       "{identity: web, pages: [/, \"/product/{id}\"], within: 90s, split: true, "
                                       "place: {from: header.x-country, set: [de, fr]}}") +
                                  site("b",
                                       "{identity: web, pages: [/, /cart], within: 90s, split: true, "
                                       "place: {from: header.x-country, set: [de, fr]}}") +
                                  kIdentity);
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->coverage_pages.size(), 3u);
  EXPECT_EQ(again->templates[again->coverage_pages[2].index()].text, "/cart");
  const journey::Coverage& coverage = again->coverage;
  EXPECT_TRUE(coverage.on && coverage.split && coverage.has_place);
  EXPECT_EQ(coverage.within, 90 * kSecond);
  EXPECT_EQ(again->dimensions[coverage.place.index()].values, (std::vector<std::string>{"de", "fr"}));
  EXPECT_EQ(again->identities[coverage.identity.index()].name, "web");
}

TEST(SiteCoverage, HasCallsThatSitesShare) {
  const std::string more = ", split: true, pages: [/search], calls: [{path: \"/api/{ver}/search\", event: api.search}";
  const Loaded loaded =
      load_text(site("a", "{identity: web" + more + "]}") +
                site("b", "{identity: web" + more + ", {path: /api/cart, event: cart.add}]}") + kIdentity);
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->coverage_calls.size(), 2u);
  EXPECT_EQ(again->templates[again->coverage_calls[0].path.index()].text, "/api/{ver}/search");
  EXPECT_EQ(again->coverage_calls[0].event, "api.search");
  EXPECT_EQ(again->coverage_calls[1].event, "cart.add");
}

TEST(SiteCoverage, GivesEachPathOfCallsOneEventAndEachEventOnePath) {
  const auto code = [](const std::string& calls, const char* pages = "") {
    return load_text(with(std::string(pages) + ", split: true, calls: [" + calls + "]"));
  };
  EXPECT_TRUE(code("{path: /a, event: a}, {path: /b, event: b}, {path: /a, event: a}").ok());
  EXPECT_TRUE(has_code(code("{path: /a, event: a}, {path: /a, event: b}"), "BR1202"));
  EXPECT_TRUE(has_code(code("{path: /a, event: a}, {path: /b, event: a}"), "BR1202"));
  EXPECT_TRUE(has_code(code("{path: \"/a/{x}\", event: a}, {path: \"/a/{y}\", event: b}"), "BR1202"));
  EXPECT_TRUE(has_code(code("{path: /a, event: a}", ", pages: [/a]"), "BR1210"));
  EXPECT_TRUE(has_code(code("{path: /a, event: \"\"}"), "BR1111"));
  EXPECT_TRUE(has_code(code("{path: /a}"), "BR1102"));
  EXPECT_TRUE(has_code(code("{event: a}"), "BR1102"));
  EXPECT_TRUE(has_code(code("{path: /rum, event: a}"), "BR1303"));
  EXPECT_TRUE(has_code(load_text(with(", calls: [{path: /a, event: a}]")), "BR1102")) << "no split";
}

TEST(SiteCoverage, SplitsSoManyCalls) {
  const auto so_many = [](std::size_t count) {
    std::string calls;
    for (std::size_t i = 0; i < count; ++i) {
      calls += "{path: /p" + std::to_string(i) + ", event: e" + std::to_string(i) + "}, ";
    }
    return with(", split: true, calls: [" + calls + "]");
  };
  EXPECT_TRUE(load_text(so_many(kCoverageCallsMax)).ok());
  EXPECT_TRUE(has_code(load_text(so_many(kCoverageCallsMax + 1)), "BR1201"));
  const std::string one_more = site("b", "{identity: web, split: true, calls: [{path: /more, event: more}]}");
  EXPECT_TRUE(has_code(load_text(one_more + so_many(kCoverageCallsMax)), "BR1201")) << "over all sites";
}

TEST(SiteCoverage, IsOffUnlessASiteAsksForIt) {
  const Loaded loaded = load_text(kIdentity);
  EXPECT_FALSE(loaded.definition.coverage.on);
  EXPECT_EQ(journey::seen_pages_needed(loaded.definition), 0u);
  const Loaded asked = load_text(with(""));
  ASSERT_TRUE(asked.ok()) << lines(asked);
  EXPECT_EQ(asked.definition.coverage.within, 5 * kMinute);
  EXPECT_FALSE(asked.definition.coverage.split);
  EXPECT_EQ(journey::seen_pages_needed(asked.definition), 65'536u);
}

TEST(SiteCoverage, NamesAnIdentityThatIsThere) {
  EXPECT_TRUE(has_code(load_text(site("a", "{}") + kIdentity), "BR1102"));
  EXPECT_FALSE(load_text(site("a", "{identity: wbe}") + kIdentity).ok());
}

TEST(SiteCoverage, NeedsAnIdentityWhoseKeysRequestsCarry) {
  const auto keyed = [](const std::string& keys) {
    return load_text(site("a", "{identity: mine}") +
                     "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: mine}\nspec: {keys: [" + keys + "]}\n");
  };
  EXPECT_FALSE(keyed("{beacon: sid}").ok());
  EXPECT_TRUE(keyed("{beacon: sid}, {cookie: sid}").ok());
  EXPECT_TRUE(keyed("{header: x-sid}").ok());
}

TEST(SiteCoverage, HasItsBounds) {
  for (const char* const within : {"1s", "30m"}) EXPECT_TRUE(load_text(with(std::string(", within: ") + within)).ok());
  for (const char* const within : {"999ms", "31m"}) {
    EXPECT_TRUE(has_code(load_text(with(std::string(", within: ") + within)), "BR1107")) << within;
  }
  std::string many = ", pages: [";
  for (std::size_t i = 0; i <= kCoveragePagesMax; ++i) many += "/p" + std::to_string(i) + ", ";
  EXPECT_TRUE(has_code(load_text(with(many + "]")), "BR1201"));
  EXPECT_FALSE(load_text(with(", place: {from: header.x-country}")).ok());
  EXPECT_FALSE(load_text(with(", place: {from: header.x-country, set: [de, de]}")).ok());
  EXPECT_FALSE(load_text(with(", places: []")).ok());
}

TEST(SiteCoverage, IsTheSameForAllSites) {
  const std::string a = site("a", "{identity: web, within: 10s}");
  EXPECT_TRUE(load_text(a + site("b", "{identity: web, within: 10s}") + kIdentity).ok());
  EXPECT_TRUE(has_code(load_text(a + site("b", "{identity: web, within: 11s}") + kIdentity), "BR1107"));
  EXPECT_TRUE(has_code(load_text(a + site("b", "{identity: web, within: 10s, split: true}") + kIdentity), "BR1107"));
}

}  // namespace
}  // namespace bellrock::config
