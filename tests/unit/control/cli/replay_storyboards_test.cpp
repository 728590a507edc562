// Storyboards from recorded packets: attempts of real browsers that failed, the same for any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

const std::string kShop = BELLROCK_SOURCE "/config/shop/";

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replayed(const std::string& checkout, unsigned workers) {
  std::vector<std::string> config{checkout};
  for (const char* name : {"site", "identity", "search", "visitors"}) config.push_back(kShop + name + ".yaml");
  return replay_of_shop(config, workers);
}

TEST(ReplayedStoryboards, AreOfAttemptsThatFailedWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string checkout =
      scratch.write("checkout.yaml", text_of(kShop + "checkout.yaml") + "\n  storyboards: {keep: 3}\n");
  const std::string one = replayed(checkout, 1);
  EXPECT_EQ(replayed(checkout, 2), one);
  EXPECT_EQ(replayed(checkout, 4), one);
  const Json document = Json::parse(one);
  const Json& journey = document["journeys"]["checkout"];
  std::map<std::string, std::uint64_t> told;
  for (const Json& story : journey["storyboards"]) {
    ++told[story["outcome"].get<std::string>()];
    ASSERT_FALSE(story["steps"].empty()) << story;
    EXPECT_EQ(story["steps"][0]["offset_ms"], 0) << "an attempt begins with its first step";
    for (const Json& step : story["steps"]) {
      EXPECT_TRUE(journey["steps"].contains(step["step"].get<std::string>()));
      EXPECT_LE(step["offset_ms"], story["lasted_ms"]);
    }
  }
  std::uint64_t failed = 0;
  for (const char* outcome :
       {"failed.user", "failed.business", "failed.system", "silent_failure", "abandoned", "abandoned.waiting"}) {
    const auto attempts = journey["outcomes"][outcome].get<std::uint64_t>();
    EXPECT_EQ(told[outcome], std::min<std::uint64_t>(attempts, 3)) << outcome;
    failed += attempts;
  }
  EXPECT_GT(failed, 3u);
}

}  // namespace
}  // namespace bellrock::cli
