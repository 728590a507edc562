// The program itself: what it leaves behind when it cannot start.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "control/agent/agent.h"
#include "control/net/http_server.h"
#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

TEST(AgentProgram, LeavesNoBoardBehindWhenItsAddressIsTaken) {
  const TestDirectory directory;
  const auto taken = net::HttpServer::start({}, [](const net::Request&, const net::Respond&) {});
  ASSERT_TRUE(taken.ok());
  std::ofstream(directory.file("agent.yaml"))
      << "apiVersion: bellrock/v1\nkind: Agent\nspec:\n  board: " << directory.file("board")
      << "\n  state_directory: " << directory.file("state") << "\n  listen: 127.0.0.1:" << (*taken)->port() << '\n';
  const std::string line = BELLROCK_BIN "/bellrock-agent --config " BELLROCK_SOURCE "/config/shop --config " +
                           directory.file("agent.yaml") + " 2>/dev/null";
  const int status = std::system(line.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kInUse);
  EXPECT_FALSE(std::filesystem::exists(directory.file("board")));
  EXPECT_FALSE(std::filesystem::exists(directory.file("state")));
}

}  // namespace
}  // namespace bellrock::agent
