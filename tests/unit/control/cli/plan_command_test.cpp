#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
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

// Every feature that takes memory has a part of it; where it is off there is none.
const std::string kEverySite = R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: more}
spec:
  clicks: {pages: [/], grid: {suppress_below: 5, every: 1h}}
  frustration: {pages: [/]}
  coverage: {identity: all, pages: [/]}
---
apiVersion: bellrock/v1
kind: Identity
metadata: {name: all}
spec: {keys: [{cookie: a}, {cookie: b}], link: true, reorder_wait: 1s}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: told}
spec:
  identity: all
  steps:
    - {name: open, kind: start, match: {http: {at: request, path: /told}}}
    - {name: done, kind: success, match: {http: {at: response, path: /told}}}
  storyboards: {keep: 4}
)";

std::map<std::string, std::uint64_t> memory_of(const Json& board) {
  std::map<std::string, std::uint64_t> memory;
  for (const Json& part : board["memory_per_core"]) {
    memory[part["name"]] = part["bytes"];
    EXPECT_GE(part["each"].get<std::uint64_t>() * part["room"].get<std::uint64_t>(), part["bytes"]) << part.dump();
  }
  return memory;
}

TEST(PlanCommand, HasAPartForEveryFeatureThatTakesMemory) {
  const ScratchFiles scratch;
  const std::string more = scratch.write("more.yaml", kEverySite);
  const Json plain = Json::parse(plan({{kConfig}, {}, "json"}).out)["board"];
  const Json all = Json::parse(plan({{kConfig, more}, {}, "json"}).out)["board"];
  std::set<std::string> names;
  for (const auto& [name, bytes] : memory_of(plain)) names.insert(name);
  EXPECT_EQ(names, (std::set<std::string>{"series", "visitors", "attempts and visits"}));
  const auto memory = memory_of(all);
  EXPECT_EQ(memory.size(), 11u) << all.dump(1);
  std::uint64_t sum = 0;
  for (const auto& [name, bytes] : memory) sum += bytes;
  EXPECT_EQ(all["bytes"], sum + all["other_bytes"].get<std::uint64_t>());
  const auto other = all["other_bytes"].get<std::int64_t>() - plain["other_bytes"].get<std::int64_t>();
  EXPECT_LT(std::abs(other), 32 * 1'024) << "what the features take is in the parts, but for a larger snapshot";
  const std::string table = plan({{kConfig, more}, {}, "table"}).out;
  for (const auto& [name, bytes] : memory) EXPECT_NE(table.find('\n' + name + ' '), std::string::npos) << name << table;
  EXPECT_LE(all["visitor_bytes"], 256);
}

// What the folder's README shows is what this program prints.
TEST(PlanCommand, PrintsWhatTheReadmeShows) {
  std::ifstream file(kConfig + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}}, head = "\n$ bellrock plan config --events 1000\n";
  const std::size_t at = readme.find(head);
  ASSERT_NE(at, std::string::npos);
  const std::size_t begin = at + head.size();
  EXPECT_EQ(readme.substr(begin, readme.find("```", begin) - begin), plan({{kConfig}, 1'000, "table"}).out);
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
