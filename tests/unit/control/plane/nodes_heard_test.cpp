#include "control/plane/nodes_heard.h"

#include <gtest/gtest.h>

#include <vector>

#include "control/agent/uplink.h"

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

TEST(NodesHeard, NobodyIsSilentTowardsACentreThatWasNotThere) {
  const auto down = heard({source("a", 135), source("b", 140), source("c", 140)});
  EXPECT_TRUE(down.blind());
  for (const std::int64_t up_s : {std::int64_t{0}, std::int64_t{60}, kStaleSeconds}) {
    const auto nodes = towards(kBegin - up_s, down, kBegin);
    EXPECT_FALSE(nodes.suspect());
    EXPECT_EQ(nodes.awaited, 3u);
  }
  EXPECT_TRUE(towards(kBegin - kStaleSeconds - 1, down, kBegin).blind());
  EXPECT_TRUE(towards(kBegin + 1, down, kBegin).blind());  // a clock that was set back says nothing of the centre
}

TEST(NodesHeard, ACentreThatWasDownForDaysWaitsForItsNodesToo) {
  const auto nodes = heard({source("a", 3 * kDaySeconds), source("b", 2 * kDaySeconds)});
  EXPECT_FALSE(towards(kBegin - 10, nodes, kBegin).suspect());
  EXPECT_EQ(towards(kBegin - 10, nodes, kBegin).awaited, 2u);
  EXPECT_TRUE(towards(kBegin - 200, nodes, kBegin).blind());
  const auto some = towards(kBegin - 10, heard({source("a", 5), source("old", 2 * kDaySeconds)}), kBegin);
  EXPECT_EQ(some.awaited, 0u);  // nobody waits for a node that was taken away
  EXPECT_EQ(some.gone, 1u);
}

TEST(NodesHeard, AnAgentsLongestPauseIsOverBeforeItIsSilent) {
  EXPECT_LT(agent::Backoff{}.most_ms + 2 * net::HttpOptions{}.timeout.count(), kStaleSeconds * 1'000);
}

TEST(NodesHeard, AReloadIsNoStartAndAPauseIs) {
  Listening listening;
  listening.begin(kBegin);
  listening.end(kBegin + 300);
  listening.begin(kBegin + 301);
  EXPECT_EQ(listening.since(), kBegin);
  listening.end(kBegin + 400);
  listening.begin(kBegin + 400 + Listening::kMomentSeconds + 1);
  EXPECT_EQ(listening.since(), kBegin + 400 + Listening::kMomentSeconds + 1);
}

}  // namespace
}  // namespace bellrock::plane
