// Frustration from recorded packets: the page views of `bellrock replay` are those that stand in real browsers'
// beacons, and its signs are the same for any number of workers.
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

// By page, how many page views the bodies of the capture tell of.
std::map<std::string, std::uint64_t> recorded_views() {
  std::ifstream file(BELLROCK_TEST_DATA "/shop.pcap", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}}, begin = "{\"v\":1,";
  std::map<std::string, std::set<std::string>> views;
  for (std::size_t at = all.find(begin); at != std::string::npos; at = all.find(begin, at + 1)) {
    std::string body;
    int depth = 0;
    for (std::size_t end = at; end < all.size() && (body.empty() || depth > 0); ++end) {
      depth += all[end] == '{' ? 1 : all[end] == '}' ? -1 : 0;
      body += all[end];
    }
    const Json beacon = Json::parse(body, nullptr, false);
    if (!beacon.is_object() || !beacon.contains("pv")) continue;
    const std::string path = beacon["page"];
    const bool product = path.starts_with("/product/") && path.size() > 9;
    views[product ? "/product/{id}" : "__other__"].insert(beacon["sid"].get<std::string>() + ' ' +
                                                          beacon["pv"].get<std::string>());
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [page, ids] : views) counts[page] = ids.size();
  return counts;
}

TEST(ReplayedFrustration, IsOfThePageViewsThatBrowsersToldWhateverTheNumberOfWorkers) {
  const ScratchFiles scratch;
  const std::string site =
      scratch.write("site.yaml",
                    "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: annoying}\n"
                    "spec: {frustration: {back: 30m, loop: {returns: 1, within: 30m}, thrash: {views: 2, within: 30m}, "
                    "pages: [\"/product/{id}\"]}}\n");
  const auto replayed = [&](unsigned workers) {
    return replay_of_shop({BELLROCK_SOURCE "/config/shop", site}, workers);
  };
  const std::string one = replayed(1);
  EXPECT_EQ(replayed(2), one);
  EXPECT_EQ(replayed(4), one);
  const Json document = Json::parse(one);
  std::map<std::string, std::uint64_t> views, by_device, signs;
  for (const auto& [page, counts] : document["frustration"].items()) {
    for (const auto& [sign, n] : counts.items()) signs[sign] += n.get<std::uint64_t>();
    views[page] = counts["views"].get<std::uint64_t>();
  }
  for (const Json& series : document["series"]) {
    if (series["kind"] != "frustration" || series["scope"] != "dimensioned" || series["step"] != "views") continue;
    by_device[series["journey"].get<std::string>()] += series["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(views, recorded_views());
  EXPECT_EQ(by_device, views);
  EXPECT_GT(signs["back"], 0u);
  EXPECT_GT(signs["loop"], 0u);
  EXPECT_GT(signs["thrash"], 0u);
  EXPECT_EQ(document["recorded"]["recorded"], document["recorded"]["harvested"]);
}

}  // namespace
}  // namespace bellrock::cli
