// Errors from recorded packets: what `bellrock replay` counts of real browsers' beacons is what stands in their bodies,
// for any number of workers.
#include <gtest/gtest.h>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

std::string replayed(const std::string& errors, unsigned workers) {
  const ScratchFiles scratch;
  const std::string site = scratch.write(
      "site.yaml", "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: failing}\nspec: {errors: " + errors + "}\n");
  return replay_of_shop({BELLROCK_SOURCE "/config/shop", site}, workers);
}

// The capture has two error beacons, of two visitors: code R1, on /search.
TEST(ReplayedErrors, AreWhatTheBrowsersSaidWhateverTheNumberOfWorkers) {
  const std::string one = replayed("{top: 5, pages: [/search]}", 1);
  EXPECT_EQ(replayed("{top: 5, pages: [/search]}", 2), one);
  EXPECT_EQ(replayed("{top: 5, pages: [/search]}", 4), one);
  const Json document = Json::parse(one);
  EXPECT_EQ(document["errors"], Json::parse(R"({"/search": {"errors": 2, "codes": {"R1": 2}}})"));
  EXPECT_EQ(document["beacons"]["by_type"]["error"], 2);
  EXPECT_EQ(document["events"]["page_errors"], 2);
  EXPECT_EQ(document["recorded"]["recorded"], document["recorded"]["harvested"]);
  EXPECT_EQ(one.find("did not render"), std::string::npos) << "the message's text goes nowhere";
}

TEST(ReplayedErrors, OfPagesThatAreNotListedAreTogether) {
  const Json document = Json::parse(replayed("{}", 1));
  EXPECT_EQ(document["errors"], Json::parse(R"({"__other__": {"errors": 2, "codes": {"R1": 2}}})"));
}

TEST(ReplayedErrors, AreNotThereWhereNoSiteAsks) {
  EXPECT_FALSE(Json::parse(replay_of_shop({BELLROCK_SOURCE "/config/shop"})).contains("errors"));
}

}  // namespace
}  // namespace bellrock::cli
