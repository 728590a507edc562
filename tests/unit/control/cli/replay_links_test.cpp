// Linked keys from recorded packets: a second key that many visitors share, as somebody would send it who wants to make
// them one. What is counted is the same for any number of workers, and no attempt is lost.
#include <gtest/gtest.h>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

std::string replayed(const std::string& identity, unsigned workers) {
  std::vector<std::string> config{identity};
  for (const char* file : {"checkout", "policy", "search", "site", "visitors"}) {
    config.push_back(std::string(BELLROCK_SOURCE "/config/shop/") + file + ".yaml");
  }
  return replay_of_shop(config, workers);
}

TEST(ReplayedLinks, CountTheSameWhateverTheNumberOfWorkersAndLoseNoAttempt) {
  const ScratchFiles scratch;
  const std::string identity = scratch.write("identity.yaml",
                                             "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec:\n"
                                             "  keys: [{cookie: sid}, {beacon: name}, {beacon: sid}]\n  link: true\n");
  const std::string one = replayed(identity, 1);
  EXPECT_EQ(replayed(identity, 2), one);
  EXPECT_EQ(replayed(identity, 4), one);
  const Json document = Json::parse(one);
  EXPECT_GT(document["events"]["linked"], 10u);
  EXPECT_GT(document["events"]["relinked"], 0u);
  EXPECT_GT(document["events"]["link_full"], 0u);
  for (const auto& [journey, its] : document["journeys"].items()) {
    std::uint64_t ended = 0;
    for (const auto& [outcome, n] : its["outcomes"].items()) ended += n.get<std::uint64_t>();
    EXPECT_EQ(its["starts"], ended + its["open"].get<std::uint64_t>()) << journey;
    EXPECT_GT(its["starts"], 0u) << journey;
  }
}

}  // namespace
}  // namespace bellrock::cli
