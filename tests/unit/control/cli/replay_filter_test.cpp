// Bots among recorded visitors: the desktop browsers of the capture say HeadlessChrome, which is a bot by the built-in
// rules and somebody by those of the example configuration. What the one run counts as attempts the other counts apart.
#include <gtest/gtest.h>

#include "control/cli/output.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

const std::string kShop = BELLROCK_SOURCE "/config/shop/";

std::vector<std::string> built_in_rules() {
  std::vector<std::string> files;
  for (const char* name : {"site", "identity", "checkout", "search"}) files.push_back(kShop + name + ".yaml");
  return files;
}

std::uint64_t event(const Json& document, const char* name) { return document["events"].value(name, std::uint64_t{0}); }

std::uint64_t starts(const Json& document) {
  std::uint64_t sum = 0;
  for (const auto& [name, journey] : document["journeys"].items()) {
    std::uint64_t ended = 0;
    for (const auto& [outcome, n] : journey["outcomes"].items()) ended += n.get<std::uint64_t>();
    EXPECT_EQ(journey["starts"], ended + journey["open"].get<std::uint64_t>()) << name;
    sum += journey["starts"].get<std::uint64_t>();
  }
  return sum;
}

TEST(ReplayedBots, BeginNoAttemptsAndAreCountedApart) {
  const Json everybody = Json::parse(replay_of_shop({kShop}));
  const Json people = Json::parse(replay_of_shop(built_in_rules()));
  EXPECT_EQ(event(everybody, "filtered_bot"), 0u);
  EXPECT_GT(event(people, "filtered_bot"), 100u);
  EXPECT_GT(starts(people), 0u);
  EXPECT_EQ(starts(everybody) - starts(people),
            event(people, "filtered_starts") + event(everybody, "retried") - event(people, "retried"));
  EXPECT_EQ(event(people, "flagged"), 0u);
  const auto of_all_classes = [](const Json& document) {
    return event(document, "class_human") + event(document, "class_bot") + event(document, "class_synthetic") +
           event(document, "class_unknown");
  };
  EXPECT_GT(event(people, "class_bot"), 100u);
  EXPECT_LE(event(people, "class_bot"), event(people, "filtered_bot")) << "answers are filtered too, and of no class";
  EXPECT_EQ(event(everybody, "class_bot"), 0u);
  EXPECT_EQ(of_all_classes(people), of_all_classes(everybody)) << "other rules change classes and no message";
  EXPECT_EQ(people["packets"], everybody["packets"]);
  EXPECT_EQ(event(people, "events"), event(everybody, "events")) << "a message is not lost by being a bot's";
  EXPECT_EQ(everybody["visitor_rules"].get<std::string>(), people["visitor_rules"].get<std::string>() + "+shop");
}

TEST(ReplayedBots, AreTheSameForAnyNumberOfWorkers) {
  const std::string one = replay_of_shop(built_in_rules());
  EXPECT_EQ(replay_of_shop(built_in_rules(), 2), one);
  EXPECT_EQ(replay_of_shop(built_in_rules(), 4), one);
}

TEST(ReplayedBots, AreToldApartByBrowserWhereAJourneyAsks) {
  const Json document = Json::parse(replay_of_shop(
      {kShop + "site.yaml", kShop + "visitors.yaml", kShop + "identity.yaml", BELLROCK_TEST_DATA "/browsers.yaml"}));
  std::uint64_t chrome = 0, all = 0;
  for (const Json& series : document["series"]) {
    if (series["journey"] != "browsing" || series["kind"] != "outcome") continue;
    if (series["scope"] == "total") all += series["count"].get<std::uint64_t>();
    if (series["scope"] == "dimensioned" && series["dimensions"]["browser"] == "chrome") {
      chrome += series["count"].get<std::uint64_t>();
    }
  }
  EXPECT_GT(all, 0u);
  EXPECT_EQ(chrome, all);
}

}  // namespace
}  // namespace bellrock::cli
