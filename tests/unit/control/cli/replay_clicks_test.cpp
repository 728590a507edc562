// Clicks from recorded packets: what `bellrock replay` counts of real browsers' beacons is what stands in their bodies,
// for any number of workers.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/cli/shop_replay.h"

namespace bellrock::cli {
namespace {

std::string replayed(const std::string& site, unsigned workers) {
  return replay_of_shop({BELLROCK_SOURCE "/config/shop", site}, workers);
}

// By page and kind, each body of the capture once.
std::map<std::string, std::uint64_t> recorded() {
  std::ifstream file(BELLROCK_TEST_DATA "/shop.pcap", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}}, begin = "{\"v\":1,";
  std::set<std::string> bodies;
  for (std::size_t at = all.find(begin); at != std::string::npos; at = all.find(begin, at + 1)) {
    const std::string body = all.substr(at, all.find('}', at) + 1 - at);
    if (body.find("\"type\":\"click\"") != std::string::npos) bodies.insert(body);
  }
  std::map<std::string, std::uint64_t> counts;
  for (const std::string& body : bodies) {
    const Json beacon = Json::parse(body);
    const std::string path = beacon["page"];
    const bool product = path.starts_with("/product/") && path.size() > 9;
    ++counts[(product ? "/product/{id} " : "__other__ ") + beacon["kind"].get<std::string>()];
  }
  return counts;
}

TEST(ReplayedClicks, AreWhatTheBrowsersSaidWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string site = scratch.write(
      "site.yaml",
      "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: clicked}\nspec: {clicks: [\"/product/{id}\"]}\n");
  const std::string one = replayed(site, 1);
  EXPECT_EQ(replayed(site, 2), one);
  EXPECT_EQ(replayed(site, 4), one);
  const Json document = Json::parse(one);
  std::map<std::string, std::uint64_t> counted, by_device;
  std::uint64_t sum = 0;
  for (const auto& [page, kinds] : document["clicks"].items()) {
    for (const auto& [kind, n] : kinds.items()) {
      counted[page + ' ' + kind] = n.get<std::uint64_t>();
      sum += n.get<std::uint64_t>();
    }
  }
  std::set<std::string> devices;
  for (const Json& series : document["series"]) {
    if (series["kind"] != "click" || series["scope"] != "dimensioned") continue;
    devices.insert(series["dimensions"]["device"]);
    by_device[series["journey"].get<std::string>() + ' ' + series["step"].get<std::string>()] +=
        series["count"].get<std::uint64_t>();
  }
  EXPECT_GT(sum, 10u);
  EXPECT_EQ(counted, recorded());
  EXPECT_EQ(by_device, counted);
  EXPECT_EQ(devices, (std::set<std::string>{"desktop", "phone"}));
  EXPECT_EQ(document["events"]["clicks"], sum);
}

// By page and kind, what the grid's parts add up to.
std::map<std::string, std::uint64_t> grid_sums(const Json& document) {
  std::map<std::string, std::uint64_t> sums;
  for (const auto& [page, kinds] : document["click_grid"].items()) {
    for (const auto& [kind, parts] : kinds.items()) {
      for (const auto& [part, n] : parts.items()) sums[page + ' ' + kind] += n.get<std::uint64_t>();
    }
  }
  return sums;
}

TEST(ReplayedClicks, OnAGridAreAllThatAreOfListedPagesWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string head = "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: clicked}\nspec: ";
  std::map<std::string, std::uint64_t> placed;
  for (const char* const least : {"1", "1000"}) {
    const std::string site = scratch.write(
        "site.yaml",
        head + "{clicks: {pages: [\"/product/{id}\"], grid: {every: 1m, suppress_below: " + least + "}}}\n");
    const std::string one = replayed(site, 1);
    EXPECT_EQ(replayed(site, 2), one);
    EXPECT_EQ(replayed(site, 4), one);
    const Json document = Json::parse(one);
    auto clicks = recorded();
    std::erase_if(clicks, [](const auto& of) { return of.first.starts_with("__other__"); });
    EXPECT_EQ(grid_sums(document), clicks);
    EXPECT_EQ(document["recorded"]["recorded"], document["recorded"]["harvested"]);
    for (const auto& [kind, parts] : document["click_grid"]["/product/{id}"].items()) {
      placed[least] += parts["placed"].get<std::uint64_t>();
      EXPECT_EQ(parts["unplaced"], 0) << "the browsers said where";
      EXPECT_TRUE(std::string(least) != "1" || parts["suppressed"] == 0);
    }
  }
  EXPECT_GT(placed["1"], 5u);
  EXPECT_EQ(placed["1000"], 0u);
}

}  // namespace
}  // namespace bellrock::cli
