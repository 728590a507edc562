// What the centre learns while the edge does not run: the agent's own small frames.
#include <gtest/gtest.h>

#include "tests/unit/control/agent/agent_loop.h"

namespace bellrock::agent {
namespace {

TEST_F(AgentTest, SaysThatThereIsNoEdgeYetAndWhenOneCame) {
  const auto agent = start();
  go(*agent, nullptr);
  sent(*agent, *agent);
  ASSERT_TRUE(centre_.last().edge);
  EXPECT_FALSE(centre_.last().edge->running);
  EXPECT_TRUE(centre_.last().windows.empty());
  const std::int64_t before = unix_ms();
  Edge edge(board_path());
  go(*agent, &edge);
  sent(*agent, *agent);
  ASSERT_TRUE(centre_.last().edge);
  EXPECT_TRUE(centre_.last().edge->running);
  EXPECT_GE(centre_.last().edge->since_unix_ms, before);
}

TEST_F(AgentTest, SaysSinceWhenAnEdgeIsDownAndKeepsTheLevels) {
  auto agent = start();
  {
    Edge edge(board_path());
    for (int i = 0; i < 5; ++i) edge.cores[0]->begin();
    edge.cores[0]->count_packet(true);
    go(*agent, &edge);
  }
  const std::int64_t before = unix_ms();
  go(*agent, nullptr);
  sent(*agent, *agent);
  const control::DeltaFrame down = centre_.last();
  ASSERT_TRUE(down.edge);
  EXPECT_FALSE(down.edge->running);
  EXPECT_GE(down.edge->since_unix_ms, before);
  EXPECT_EQ(down.recorded, 0u);
  EXPECT_EQ(centre_.open(), 5u);
  EXPECT_EQ(down.counters.at("packets"), 1u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 5u);
  expect_sums_hold(agent->status());

  agent->stop();
  agent.reset();
  agent = start();  // it has been down since then, whatever agent saw it
  go(*agent, nullptr);
  EXPECT_EQ(agent->status().edge_since_unix_ms, down.edge->since_unix_ms);
}

TEST_F(AgentTest, SaysItOnceUntilSomethingChangesOrTheNextBeatIsDue) {
  const auto agent = start();
  go(*agent, nullptr, 200);
  EXPECT_EQ(agent->status().spool.appended, 1u);
  {
    const Edge edge(board_path());
    go(*agent, nullptr, 200);
    EXPECT_EQ(agent->status().spool.appended, 2u);
  }
  go(*agent, nullptr, 200);
  EXPECT_EQ(agent->status().spool.appended, 3u);
}

TEST_F(AgentTest, TellsNothingOfABoardWhoseOpenAttemptsItDoesNotKnowYet) {
  auto agent = start();
  Edge edge(board_path());
  edge.cores[0]->begin();
  go(*agent, &edge);
  agent->stop();
  agent.reset();
  std::filesystem::remove_all(directory_.file("state"));
  const std::uint64_t frames = centre_.frames();
  agent = start();
  for (int i = 0; i < 5; ++i) agent->tick();  // the edge does not poll, so no bank comes
  EXPECT_EQ(centre_.frames(), frames);
  go(*agent, &edge);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.open(), 1u);
}

}  // namespace
}  // namespace bellrock::agent
