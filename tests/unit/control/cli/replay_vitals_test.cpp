// Web vitals from recorded packets: what `bellrock replay` counts of real browsers' beacons is what stands in their
// bodies, by rating, page and device, for any number of workers.
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

const std::string kSite =
    "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: measured}\nspec: {vitals: [/, \"/product/{id}\"]}\n";

std::string replayed(const std::string& site, unsigned workers) {
  return replay_of_shop({BELLROCK_SOURCE "/config/shop", site}, workers);
}

// The beacons of the capture, each once: they are short, so each lies in one packet.
std::set<std::string> recorded_vitals() {
  std::ifstream file(BELLROCK_TEST_DATA "/shop.pcap", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> bodies;
  const std::string begin = "{\"v\":1,";
  for (std::size_t at = all.find(begin); at != std::string::npos; at = all.find(begin, at + 1)) {
    const std::string body = all.substr(at, all.find('}', at) + 1 - at);
    if (body.find("\"type\":\"vitals\"") != std::string::npos) bodies.insert(body);
  }
  return bodies;
}

// By the thresholds as they are published, in milliseconds.
std::string rating(const std::string& vital, double value) {
  static const std::map<std::string, std::pair<double, double>> kPublished{{"lcp", {2'500, 4'000}},
                                                                           {"inp", {200, 500}},
                                                                           {"cls", {0.1, 0.25}},
                                                                           {"fcp", {1'800, 3'000}},
                                                                           {"ttfb", {800, 1'800}}};
  const auto at = kPublished.find(vital);
  if (at == kPublished.end()) return "unrated";
  return value <= at->second.first ? "good" : value <= at->second.second ? "needs_improvement" : "poor";
}

using Counts = std::map<std::string, std::uint64_t>;

Counts expected() {
  Counts counts;
  for (const std::string& body : recorded_vitals()) {
    const Json beacon = Json::parse(body);
    const std::string path = beacon["page"];
    const bool product = path.starts_with("/product/") && path.size() > 9;
    const std::string page = path == "/" ? "/" : product ? "/product/{id}" : "__other__";
    for (const char* vital : {"lcp", "inp", "cls", "fcp", "ttfb", "dcl", "load"}) {
      if (beacon.contains(vital)) ++counts[page + ' ' + vital + ' ' + rating(vital, beacon[vital])];
    }
  }
  return counts;
}

TEST(ReplayedVitals, AreWhatTheBrowsersSaidWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string site = scratch.write("site.yaml", kSite);
  const std::string one = replayed(site, 1);
  EXPECT_EQ(replayed(site, 2), one);
  EXPECT_EQ(replayed(site, 4), one);
  const Json document = Json::parse(one);
  Counts counted, by_group;
  for (const auto& [page, vitals] : document["vitals"].items()) {
    for (const auto& [vital, ratings] : vitals.items()) {
      for (const auto& [rating, n] : ratings.items()) {
        if (rating != "p75") counted[page + ' ' + vital + ' ' + rating] += n.get<std::uint64_t>();
      }
    }
  }
  const Counts wanted = expected();
  EXPECT_GE(wanted.size(), 8u);
  EXPECT_EQ(counted, wanted);
  std::set<std::string> devices;
  for (const Json& series : document["series"]) {
    if (series["kind"] != "vital" || series["scope"] != "dimensioned") continue;
    devices.insert(series["dimensions"]["device"]);
    by_group[series["journey"].get<std::string>() + ' ' + series["step"].get<std::string>() + ' ' +
             series["verdict"].get<std::string>()] += series["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(by_group, wanted);
  EXPECT_EQ(devices, (std::set<std::string>{"desktop", "phone"}));
  std::uint64_t sum = 0;
  for (const auto& [what, n] : wanted) sum += n;
  EXPECT_EQ(document["events"]["vitals"], sum);
}

TEST(ReplayedVitals, AreNotCountedWhereNoSiteAsksForThem) {
  const ScratchFiles scratch;
  const Json document = Json::parse(replayed(
      scratch.write("site.yaml", "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: other}\nspec: {}\n"), 1));
  EXPECT_FALSE(document.contains("vitals"));
  EXPECT_FALSE(document["events"].contains("vitals"));
}

}  // namespace
}  // namespace bellrock::cli
