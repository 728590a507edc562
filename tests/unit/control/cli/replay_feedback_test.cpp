// Answers from recorded packets: what real browsers said on the page after the purchase is counted as answers of
// purchases, for any number of workers, and none is lost.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

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

// Bodies of the capture's feedback beacons, each once.
std::size_t recorded_answers() {
  const std::string all = text_of(BELLROCK_TEST_DATA "/shop.pcap"), begin = "{\"v\":1,";
  std::set<std::string> bodies;
  for (std::size_t at = all.find(begin); at != std::string::npos; at = all.find(begin, at + 1)) {
    const std::string body = all.substr(at, all.find('}', at) + 1 - at);
    if (body.find("\"type\":\"feedback\"") != std::string::npos) bodies.insert(body);
  }
  return bodies.size();
}

TEST(ReplayedFeedback, IsJoinedToThePurchasesWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string checkout = scratch.write(
      "checkout.yaml", text_of(kShop + "checkout.yaml") +
                           "\n  feedback: {questions: [ces, nps], latency: pay_ok}\n  distinct_sessions: true\n");
  const std::string one = replayed(checkout, 1);
  EXPECT_EQ(replayed(checkout, 2), one);
  EXPECT_EQ(replayed(checkout, 4), one);
  const Json document = Json::parse(one);
  const std::size_t sent = recorded_answers();
  EXPECT_GE(sent, 8u);
  EXPECT_EQ(document["events"]["feedback"], sent);
  EXPECT_EQ(document["events"]["feedback_joined"], sent);
  const Json& feedback = document["journeys"]["checkout"]["feedback"];
  EXPECT_EQ(feedback.size(), 1u) << feedback;
  EXPECT_EQ(feedback["success"]["ces"]["7"], sent);
  // Each answer is another visitor's.
  const auto sessions = document["journeys"]["checkout"]["sessions"]["estimate"].get<std::uint64_t>();
  EXPECT_GE(sessions, sent);
  EXPECT_LE(sessions, document["journeys"]["checkout"]["starts"].get<std::uint64_t>());
  std::uint64_t banded = 0;
  for (const Json& series : document["series"]) {
    if (series["kind"] != "feedback" || series["scope"] != "dimensioned") continue;
    EXPECT_EQ(series["step"], "success");
    EXPECT_EQ(series["verdict"], "ces/7");
    EXPECT_NE(series["dimensions"]["latency"], "unmeasured");
    banded += series["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(banded, sent);
}

}  // namespace
}  // namespace bellrock::cli
