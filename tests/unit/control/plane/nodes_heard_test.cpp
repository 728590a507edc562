#include "control/plane/nodes_heard.h"

#include <gtest/gtest.h>

#include <vector>

namespace bellrock::plane {
namespace {

constexpr std::int64_t kBegin = 1'764'126'000;

store::SourceStatus source(const char* node, std::int64_t age_s) {
  store::SourceStatus one;
  one.node = node;
  one.last_seen_unix_ms = (kBegin - age_s) * 1'000;
  return one;
}

NodesHeard heard(const std::vector<store::SourceStatus>& sources) { return nodes_heard(sources, kBegin); }

TEST(NodesHeard, ANodeIsJudgedByTheSourceThatWasHeardOfLast) {
  const auto nodes = heard({source("a", 3'000), source("a", 5), source("b", kStaleSeconds)});
  EXPECT_EQ(nodes.heard, 2u);
  EXPECT_FALSE(nodes.suspect());
}

TEST(NodesHeard, OneOfManyThatIsSilentIsSuspectButNotBlind) {
  const auto nodes = heard({source("a", 5), source("b", 200), source("c", 500)});
  EXPECT_TRUE(nodes.suspect());
  EXPECT_TRUE(nodes.blind());  // two of three
  const auto fewer = heard({source("a", 5), source("d", 5), source("b", 200), source("c", 500)});
  EXPECT_TRUE(fewer.suspect());
  EXPECT_FALSE(fewer.blind());
  EXPECT_EQ(fewer.first_silent, "c");
  EXPECT_EQ(fewer.silent_since, kBegin - 500 + kStaleSeconds);
}

TEST(NodesHeard, ANodeThatWasTakenAwayIsNobodysSuspect) {
  const auto nodes = heard({source("a", 5), source("old", kGoneSeconds + 1)});
  EXPECT_EQ(nodes.gone, 1u);
  EXPECT_FALSE(nodes.suspect());
}

TEST(NodesHeard, ACentreThatHearsOfNobodyForDaysIsBlindAndOneThatIsNewIsNot) {
  EXPECT_FALSE(heard({}).suspect());
  const auto nodes = heard({source("a", 3 * kDaySeconds), source("b", 2 * kDaySeconds)});
  EXPECT_TRUE(nodes.blind());
  EXPECT_EQ(nodes.first_silent, "b");
  EXPECT_EQ(nodes.text(), "no node is heard of since 2025-11-24T03:02:00Z, the last was b");
}

}  // namespace
}  // namespace bellrock::plane
