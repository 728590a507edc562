#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/plan.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran plan(const PlanOptions& options) {
  std::ostringstream out, err;
  const int exit_code = run_plan(options, false, out, err);
  return {exit_code, out.str(), err.str()};
}

const std::string kConfig = BELLROCK_SOURCE "/config";

TEST(PlanCommand, PrintsTheProductOfSeriesForEachJourney) {
  const Ran ran = plan({{kConfig}, {}, "table"});
  EXPECT_EQ(ran.exit_code, kDone);
  EXPECT_NE(ran.out.find("device 4 x method 4 = 16"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\nboard    "), std::string::npos);
  EXPECT_NE(ran.out.find("\nwire     at most "), std::string::npos);
  EXPECT_EQ(ran.out.find("events a second"), std::string::npos);
}

TEST(PlanCommand, WritesTheSameNumbersAsJson) {
  const Json json = Json::parse(plan({{kConfig}, 1'000, "json"}).out);
  ASSERT_EQ(json["journeys"].size(), 2u);
  for (const auto& journey : json["journeys"]) {
    const auto& series = journey["series"];
    EXPECT_EQ(series["all"],
              series["total"].get<int>() + series["by_dimension"].get<int>() + series["overflow"].get<int>());
    std::uint64_t product = 1;
    for (const auto& dimension : journey["dimensions"]) product *= dimension["values"].get<std::uint64_t>();
    EXPECT_EQ(journey["combinations"], product);
    EXPECT_EQ(series["by_dimension"],
              product * (journey["outcomes"].get<std::uint64_t>() +
                         journey["objectives"].get<std::uint64_t>() * journey["verdicts"].get<std::uint64_t>()));
  }
  EXPECT_TRUE(json["board"]["fits"].get<bool>());
  EXPECT_EQ(json["wire"]["day_bytes_max"], 8'640 * json["wire"]["window_bytes_max"].get<std::uint64_t>());
  EXPECT_LT(json["wire"]["day_bytes_max_at_events"], json["wire"]["day_bytes_max"]);
}

TEST(PlanCommand, WritesALineForEachJourney) {
  std::istringstream lines(plan({{kConfig}, {}, "jsonl"}).out);
  std::string line;
  std::size_t count = 0;
  for (; std::getline(lines, line); ++count) EXPECT_TRUE(Json::parse(line).contains("series"));
  EXPECT_EQ(count, 2u);
}

TEST(PlanCommand, EndsWithOneWhenSeriesFindNoRoom) {
  const ScratchFiles scratch;
  const std::string edge = scratch.write("edge.yaml",
                                         "apiVersion: bellrock/v1\nkind: Edge\nspec: {port: {pcap: a.pcap}, limits: "
                                         "{cells_per_core: 16}}\n");
  const Ran ran = plan({{kConfig + "/shop", edge}, {}, "table"});
  EXPECT_EQ(ran.exit_code, kDifferent);
  EXPECT_NE(ran.out.find("what finds none is counted as overflow"), std::string::npos) << ran.out;
}

TEST(PlanCommand, RefusesAnInvalidConfiguration) {
  const Ran ran = plan({{BELLROCK_TEST_DATA "/broken-config/no-start.yaml"}, {}, "json"});
  EXPECT_EQ(ran.exit_code, kInvalidConfiguration);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("BR1401"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::cli
