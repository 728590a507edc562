// Boards that are cut while an agent is attached.
#include <gtest/gtest.h>

#include "tests/unit/control/agent/agent_loop.h"

namespace bellrock::agent {
namespace {

// By somebody else, while the agent is attached: not a signal that ends it, but another board.
TEST_F(AgentTest, ABoardThatIsCutIsReplacedAndWhatWasSpooledArrives) {
  const auto agent = start();
  board::Id128 id{};
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{4'096}, std::uintmax_t{100'000}}) {
    {
      Edge edge(board_path());
      EXPECT_NE(edge.board.board_id(), id);
      id = edge.board.board_id();
      for (int i = 0; i < 3; ++i) edge.cores[0]->begin();
      go(*agent, &edge);
      edge.cores[0]->begin();  // counted, but not harvested yet: gone with the file
      std::filesystem::resize_file(board_path(), left);
      go(*agent, nullptr);
      EXPECT_TRUE(edge.board.torn());  // whoever still counts on it ends
    }
    const AgentStatus status = agent->status();
    EXPECT_TRUE(status.board_open);
    EXPECT_EQ(status.trouble, "");
    expect_sums_hold(status);
  }
  sent(*agent, *agent);
  EXPECT_EQ(agent->status().boards_torn, 3u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 9u);
  EXPECT_EQ(centre_.board_lost(), 9u);
  EXPECT_EQ(centre_.open(), 0u);
  Edge next(board_path());
  next.cores[1]->begin();
  go(*agent, &next);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 10u);
  expect_sums_hold(agent->status());
}

// At any moment: a thread cuts the file while the agent reads it.
TEST_F(AgentTest, ABoardMayBeCutAtAnyMomentOfAHarvest) {
  const auto agent = start();
  for (int round = 0; round < 40; ++round) {
    auto edge = std::make_unique<Edge>(board_path());
    for (int i = 0; i < 50; ++i) edge->cores[0]->begin();
    edge->cores[0]->seal();
    edge.reset();
    std::thread cutter([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(40 * round));
      std::filesystem::resize_file(board_path(), static_cast<std::uintmax_t>(round) * 1'000);
    });
    for (int i = 0; i < 20; ++i) agent->tick();
    cutter.join();
    go(*agent, nullptr);
    ASSERT_TRUE(agent->status().board_open) << round << ": " << agent->status().trouble;
    expect_sums_hold(agent->status());
  }
  EXPECT_EQ(agent->status().boards_torn, 40u);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart) % 50, 0u);  // a bank arrives whole or not at all
  EXPECT_EQ(centre_.n(CellKind::kStart), centre_.board_lost());
}

}  // namespace
}  // namespace bellrock::agent
