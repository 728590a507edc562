// Other limits than the board's: what is given up, and what the log says of it.
#include "control/agent/board_change.h"

#include "tests/unit/control/agent/agent_loop.h"

namespace bellrock::agent {
namespace {

using Limits = journey::Limits;

class BoardChange : public AgentTest {
 protected:
  // Three attempts begin under the board's limits; then the agent starts under others while no edge runs.
  std::string log_of_start_with(std::uint32_t Limits::*limit, std::uint32_t value) {
    auto agent = start();
    {
      Edge edge(board_path());
      for (int i = 0; i < 3; ++i) edge.cores[0]->begin();
      go(*agent, &edge);
    }
    go(*agent, nullptr);
    agent->stop();
    agent.reset();
    definition_.limits.*limit = value;
    testing::internal::CaptureStdout();
    agent = start();
    go(*agent, nullptr);
    std::string said = testing::internal::GetCapturedStdout();
    sent(*agent, *agent);
    expect_sums_hold(agent->status());
    agent->stop();
    return said;
  }
};

TEST_F(BoardChange, ALargerLimitGivesOpenAttemptsUpAndSaysHowManyAndWhy) {
  const std::string said = log_of_start_with(&Limits::sessions_per_core, 32);
  EXPECT_NE(said.find(board_path() + ": 3 open attempts are given up, and reported as board_lost: "
                                     "limits.sessions_per_core is 32 and was 16\n"),
            std::string::npos)
      << said;
  EXPECT_EQ(centre_.board_lost(), 3u);
  EXPECT_EQ(centre_.open(), 0u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 3u) << "what was counted stays";
}

TEST_F(BoardChange, LimitsThatNeedNoRoomOnTheBoardKeepWhatIsOpen) {
  const std::string said = log_of_start_with(&Limits::connections_per_core, 100'000);
  EXPECT_EQ(said.find("board_lost"), std::string::npos) << said;
  EXPECT_EQ(centre_.board_lost(), 0u);
  EXPECT_EQ(centre_.open(), 3u);
}

TEST_F(BoardChange, IsAnnouncedWhileTheEdgeStillRuns) {
  auto agent = start();
  const Edge edge(board_path());
  agent->stop();
  agent.reset();
  definition_.limits.attempts_per_core = 8;
  testing::internal::CaptureStdout();
  agent = start();
  const std::string said = testing::internal::GetCapturedStdout();
  EXPECT_NE(said.find("attempts that are open then will be given up, and reported as board_lost: "
                      "limits.attempts_per_core is 8 and was 16\n"),
            std::string::npos)
      << said;
}

TEST_F(BoardChange, WithoutOpenAttemptsSaysThatNoneWas) {
  auto agent = start();
  agent->stop();
  agent.reset();
  definition_.limits.cells_per_core = 300;
  testing::internal::CaptureStdout();
  agent = start();
  go(*agent, nullptr);
  const std::string said = testing::internal::GetCapturedStdout();
  EXPECT_NE(said.find("a new board is made: limits.cells_per_core is 300 and was 256; no attempt was open\n"),
            std::string::npos)
      << said;
}

TEST_F(BoardChange, NamesEveryLimitThatGivesABoardItsSize) {
  const board::Sizes before = board::sizes_for(definition_, 1'000);
  std::size_t named = 0;
  for (std::uint32_t Limits::*limit :
       {&Limits::workers, &Limits::connections_per_core, &Limits::sessions_per_core, &Limits::attempts_per_core,
        &Limits::cells_per_core, &Limits::pages_per_bank, &Limits::held_events_per_core, &Limits::body_bytes_max}) {
    journey::Definition other = definition_;
    other.limits.*limit += 1;
    const bool resizes = !(board::sizes_for(other, 1'000) == before);
    const std::string why = why_new_board(definition_, other);
    EXPECT_TRUE(counts_the_same(definition_, other));
    if (resizes) {
      EXPECT_NE(why.find(" is " + std::to_string(other.limits.*limit) + " and was "), std::string::npos) << why;
      ++named;
    }
  }
  EXPECT_GE(named, 5u);
}

TEST_F(BoardChange, TellsOtherJourneysFromOtherSizes) {
  const journey::Definition have = definition_;
  change_configuration();
  definition_.limits.sessions_per_core = 32;
  EXPECT_FALSE(counts_the_same(have, definition_));
  EXPECT_EQ(why_new_board(have, definition_), "the configuration counts other things than the board does");
}

}  // namespace
}  // namespace bellrock::agent
