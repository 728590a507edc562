// Rules by which visitors are told apart: the built-in ones on what browsers and robots say, and a site's own.
#include "control/config/visitors.h"

#include <random>

#include "dataplane/journey/snapshot.h"
#include "dataplane/journey/visitor_reader.h"
#include "support.h"
#include "tests/unit/dataplane/journey/slow_visitor_rules.h"

namespace bellrock::config {
namespace {

using journey::VisitorReader;
using journey::VisitorRules;

struct Said {
  const char* agent;
  const char* is;  // class device browser
  const char* brands = "";
  const char* mobile = "";
  const char* platform = "";
};

const char* const kEdgeBrands = R"("Chromium";v="124", "Microsoft Edge";v="124", "Not-A.Brand";v="99")";
const char* const kChromeBrands = R"("Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99")";

const Said kSaid[] = {
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "human desktop chrome"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "human phone chrome", "", "?1"},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "human phone chrome"},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "human tablet chrome",
     kChromeBrands, "?0", "\"Android\""},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36", "human desktop edge",
     kEdgeBrands, "?0", "\"Windows\""},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36 Edg/124.0",
     "human desktop edge"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
     "human phone safari"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) CriOS/126.0 Mobile/15E148 Safari/604.1",
     "human phone chrome"},
    {"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12.1 Mobile/15E148 Safari/604.1", "human tablet safari"},
    {"Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 Silk/126.2 like Chrome/126.0 Safari/537.36",
     "human tablet silk"},
    {"Mozilla/5.0 (Android 14; Tablet; rv:126.0) Gecko/126.0 Firefox/126.0", "human tablet firefox"},
    {"Mozilla/5.0 (Android 14; Mobile; rv:126.0) Gecko/126.0 Firefox/126.0", "human phone firefox"},
    {"Mozilla/5.0 (Windows NT 6.1; Tablet PC 2.0; rv:11.0; Trident/7.0) like Gecko", "human desktop ie"},
    {"Opera/9.80 (Android; Opera Mini/36.2) Presto/2.12", "human tablet opera"},
    {"Opera/9.80 (Android; Opera Mobi/36.2) Presto/2.12", "human phone opera"},
    {"Mozilla/5.0 (Linux; Android 13; SM-S901B) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
     "human phone samsung"},
    {"Mozilla/5.0 (Linux; Android 8.1; CUBOT_X18) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36",
     "human phone chrome"},
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot desktop unknown"},
    {"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/126.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
     "bot phone chrome"},
    {"Mozilla/5.0 (compatible; PriceCrawler/2.1; +http://crawler.example/)", "bot desktop unknown"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36", "bot desktop chrome"},
    {"curl/8.0", "bot desktop unknown"},
    {"python-requests/2.31", "bot desktop unknown"},
    {"Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "synthetic desktop unknown"},
    {"Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36 Chrome-Lighthouse", "synthetic desktop chrome"},
    {"SomeApp/3.1 (build 7)", "unknown desktop unknown"},
    {"", "unknown desktop unknown", "", "?0"},
    {"", "unknown phone chrome", kChromeBrands, "?1"},
    {"", "unknown tablet unknown", "", "?0", "\"Android\""},
    {"", "unknown unknown unknown"},
};

VisitorReader::Texts texts_of(const Said& said) { return {said.agent, said.brands, said.mobile, said.platform}; }

std::string text_of(const VisitorRules& rules, VisitorSigns signs) {
  return std::string(kVisitorClassNames[static_cast<std::size_t>(signs.kind)]) + ' ' +
         std::string(kDeviceNames[static_cast<std::size_t>(signs.device)]) + ' ' +
         (signs.browser == 0 ? "unknown" : rules.browsers[signs.browser - 1u]);
}

TEST(BuiltInVisitors, AreToldApartByWhatTheirBrowsersSay) {
  const VisitorRules& rules = builtin_visitors();
  VisitorReader reader(rules);
  for (const Said& said : kSaid) EXPECT_EQ(text_of(rules, reader.read(texts_of(said))), said.is) << said.agent;
  EXPECT_FALSE(rules.version.empty());
}

// Real texts with bytes changed, left out and repeated.
TEST(BuiltInVisitors, AreReadAsTheRulesAreReadSlowly) {
  const VisitorRules& rules = builtin_visitors();
  VisitorReader reader(rules);
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const Said& said = kSaid[random() % std::size(kSaid)];
    std::string agent = said.agent, brands = said.brands;
    for (std::string* text : {&agent, &brands}) {
      for (auto changes = random() % 3; changes > 0 && !text->empty(); --changes) {
        const std::size_t at = random() % text->size();
        if (random() % 2 == 0) text->erase(at, random() % 4);
        if (!text->empty()) (*text)[random() % text->size()] = static_cast<char>(random() % 256);
        const std::string_view other = kSaid[random() % std::size(kSaid)].agent;
        text->insert(random() % (text->size() + 1), other.substr(0, random() % 3));
      }
    }
    const VisitorReader::Texts texts{agent, brands, said.mobile, said.platform};
    ASSERT_EQ(reader.read(texts), journey::slow_signs(rules, texts)) << agent;
  }
}

const std::string kVisitors = "apiVersion: bellrock/v1\nkind: Visitors\nspec:\n";

TEST(OwnVisitors, AreTriedBeforeTheBuiltInOnesAndNamedBesideThem) {
  const Loaded loaded = load_text(kVisitors +
                                  "  version: ours-1\n  filter: [bot]\n"
                                  "  class: [{is: human, has: HeadlessChrome}, {is: synthetic, starts: OurProbe/}]\n"
                                  "  browser: [{is: kiosk, in: brands, has: Kiosk, lacks: Demo}]\n");
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const VisitorRules& rules = loaded.definition.visitors;
  EXPECT_EQ(rules.version, builtin_visitors().version + "+ours-1");
  EXPECT_EQ(rules.filtered, journey::filter_bit(Filter::kBot));
  VisitorReader reader(rules);
  const auto said = [&](const char* agent, const char* brands) {
    return text_of(rules, reader.read(VisitorReader::Texts{agent, brands, {}, {}}));
  };
  EXPECT_EQ(said("Mozilla/5.0 (X11; x) HeadlessChrome/1.0", ""), "human desktop chrome");
  EXPECT_EQ(said("OurProbe/2", "\"Kiosk\""), "synthetic desktop kiosk");
  EXPECT_EQ(said("An OurProbe/2", "\"Kiosk Demo\""), "unknown desktop unknown");
}

TEST(OwnVisitors, MayFilterNobodyAndWithoutADocumentAllAreFiltered) {
  EXPECT_EQ(load_text(kVisitors + "  filter: none\n").definition.visitors.filtered, 0);
  EXPECT_EQ(load_text(kIdentity).definition.visitors.filtered, journey::kFiltersAll);
}

TEST(OwnVisitors, TravelWithTheConfiguration) {
  const Loaded loaded = load_text(journey_text("  dimensions: {browser: {set: [firefox, chrome]}}\n"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->visitors.version, builtin_visitors().version);
  ASSERT_EQ(again->visitors.rules.size(), builtin_visitors().rules.size());
  for (std::size_t i = 0; i < again->visitors.rules.size(); ++i) {
    EXPECT_EQ(again->visitors.rules[i].text, builtin_visitors().rules[i].text);
    EXPECT_EQ(again->visitors.rules[i].lacks, builtin_visitors().rules[i].lacks);
  }
}

TEST(OwnVisitors, WithAMistakeAreRefusedWhereItIs) {
  const auto refused = [](const std::string& spec, const char* code) {
    const Loaded loaded = load_text(kVisitors + spec);
    EXPECT_TRUE(has_code(loaded, code)) << spec << lines(loaded);
    EXPECT_EQ(loaded.diagnostics.size(), 1u) << spec << lines(loaded);
  };
  refused("  class: [{is: bot, has: x}]\n", "BR1102");
  refused("  version: a\n  class: [{is: robot, has: x}]\n", "BR1108");
  refused("  version: a\n  device: [{is: bot, has: x}]\n", "BR1108");
  refused("  version: a\n  class: [{is: bot, has: x, starts: y}]\n", "BR1101");
  refused("  version: a\n  class: [{is: bot, in: cookie, has: x}]\n", "BR1108");
  refused("  version: a\n  class: [{has: x}]\n", "BR1102");
  refused("  version: a\n  class: [{is: bot, has: " + std::string(65, 'x') + "}]\n", "BR1112");
  refused("  filter: [robots]\n", "BR1108");
  EXPECT_TRUE(has_code(load_text(journey_text("  dimensions: {browser: {set: [netscape]}}\n")), "BR1108"));
  EXPECT_TRUE(has_code(load_text(journey_text("  dimensions: {browser: {top: 3}}\n")), "BR1101"));
}

}  // namespace
}  // namespace bellrock::config
