// Beacon coverage and splits from recorded packets: what `bellrock replay` counts of real browsers' page loads, calls
// and beacons, for any number of workers.
#include <gtest/gtest.h>

#include <map>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

constexpr const char* kSite =
    "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: covered}\n"
    "spec: {coverage: {identity: web, pages: [/search, /checkout, \"/product/{id}\"], split: true}}\n";

TEST(ReplayedCoverage, IsConservedAndTheSameForAnyNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string site = scratch.write("site.yaml", kSite);
  const std::vector<std::string> config{BELLROCK_SOURCE "/config/shop", site};
  const std::string one = replay_of_shop(config, 1);
  EXPECT_EQ(replay_of_shop(config, 2), one);
  EXPECT_EQ(replay_of_shop(config, 4), one);
  const Json document = Json::parse(one);
  std::map<std::string, std::uint64_t> total, by_browser;
  for (const Json& series : document["series"]) {
    if (series["kind"] != "coverage") continue;
    const std::string item = series["step"];
    (series["scope"] == "total" ? total : by_browser)[item] += series["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(by_browser, total);
  EXPECT_GT(total["seen"], 50u);
  EXPECT_GT(total["covered"], 50u);
  EXPECT_GE(total["seen"], total["covered"] + total["uncovered"] + total["unknown"]) << "the rest waits at the end";
  for (const auto& [page, of] : document["split"].items()) {
    const auto count = [&of = of](const char* part, const char* detail) {
      return of.value(Json::json_pointer(std::string("/") + part + "/" + detail), std::uint64_t{0});
    };
    EXPECT_GT(count("server", "measured"), 0u) << page;
    EXPECT_EQ(count("server", "measured"), count("network", "measured") + count("network", "clamped")) << page;
    EXPECT_GE(count("server", "measured"), count("client", "measured") + count("client", "clamped")) << page;
  }
  EXPECT_EQ(document["recorded"]["recorded"], document["recorded"]["harvested"]);
}

// The shop's pages send 24 POSTs to /api/cart, and of each an action with the time that it took.
constexpr const char* kCallingSite =
    "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: calling}\n"
    "spec: {coverage: {identity: web, split: true, calls: [{path: /api/cart, event: cart.add}]}}\n";

TEST(ReplayedCoverage, SplitsEveryCallThatABeaconTellsOf) {
  const ScratchFiles scratch;
  const std::vector<std::string> config{BELLROCK_SOURCE "/config/shop", scratch.write("site.yaml", kCallingSite)};
  const std::string one = replay_of_shop(config, 1);
  EXPECT_EQ(replay_of_shop(config, 2), one);
  EXPECT_EQ(replay_of_shop(config, 4), one);
  const Json document = Json::parse(one);
  const Json& cart = document["call_split"]["/api/cart"];
  EXPECT_EQ(cart["server"]["measured"], 24);
  EXPECT_EQ(cart["network"]["measured"], 24);
  EXPECT_GT(cart["network"]["p50"].get<double>(), 0);
  EXPECT_FALSE(cart.contains("client")) << "they say no first byte";
  EXPECT_FALSE(cart.contains("unmatched"));
  EXPECT_FALSE(document["split"].contains("/api/cart"));
  EXPECT_EQ(document["recorded"]["recorded"], document["recorded"]["harvested"]);
  std::uint64_t by_device = 0;
  for (const Json& series : document["series"]) {
    if (series["kind"] != "split" || series["step"] != "call_server" || series["scope"] == "total") continue;
    EXPECT_EQ(series["journey"], "/api/cart");
    by_device += series["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(by_device, 24u);
}

TEST(ReplayedCoverage, CallsChangeNothingOfPagesAndJourneys) {
  const ScratchFiles scratch;
  const std::string pages_only = scratch.write("pages.yaml",
                                               "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: calling}\nspec: "
                                               "{coverage: {identity: web, split: true}}\n");
  const std::string calls = scratch.write("calls.yaml", kCallingSite);
  const Json with = Json::parse(replay_of_shop({BELLROCK_SOURCE "/config/shop", calls}));
  const Json without = Json::parse(replay_of_shop({BELLROCK_SOURCE "/config/shop", pages_only}));
  for (const char* const part : {"journeys", "coverage", "split"}) EXPECT_EQ(with[part], without[part]) << part;
  EXPECT_FALSE(without.contains("call_split"));
}

TEST(ReplayedCoverage, ChangesNothingOfJourneys) {
  const ScratchFiles scratch;
  const std::string site = scratch.write("site.yaml", kSite);
  const Json with = Json::parse(replay_of_shop({BELLROCK_SOURCE "/config/shop", site}));
  const Json without = Json::parse(replay_of_shop({BELLROCK_SOURCE "/config/shop"}));
  EXPECT_EQ(with["journeys"], without["journeys"]);
  EXPECT_FALSE(without.contains("coverage"));
}

}  // namespace
}  // namespace bellrock::cli
