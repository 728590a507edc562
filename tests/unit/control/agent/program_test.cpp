// The program itself: what it leaves behind when it cannot start.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "control/agent/agent.h"
#include "control/net/http_client.h"
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

// The program, and the signal.
TEST(AgentProgram, ReadsItsFilesAgainAtAHangupAndLivesOnWhenTheyAreBroken) {
  const TestDirectory directory;
  std::uint16_t port = 0;
  {
    const auto any = net::HttpServer::start({}, [](const net::Request&, const net::Respond&) {});
    port = (*any)->port();
  }
  const auto write = [&](const char* more) {
    std::ofstream(directory.file("agent.yaml"))
        << "apiVersion: bellrock/v1\nkind: Agent\nspec:\n  board: " << directory.file("board")
        << "\n  state_directory: " << directory.file("state") << "\n  listen: 127.0.0.1:" << port << '\n'
        << more;
  };
  const auto wait_for = [&](const std::string& sample) {
    for (int i = 0; i < 3'000; ++i) {
      const auto page = net::http_get("http://127.0.0.1:" + std::to_string(port) + "/metrics");
      if (page.ok() && page->body.find(sample) != std::string::npos) return true;
      ::usleep(10'000);
    }
    return false;
  };
  write("");
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string file = directory.file("agent.yaml");
    ::execl(BELLROCK_BIN "/bellrock-agent", "bellrock-agent", "--config", BELLROCK_SOURCE "/config/shop", "--config",
            file.c_str(), nullptr);
    ::_exit(127);
  }
  EXPECT_TRUE(wait_for("bellrock_board_open 1"));
  write("  nonsense: 1\n");
  ::kill(child, SIGHUP);
  EXPECT_TRUE(wait_for("bellrock_reloads_total{result=\"refused\"} 1"));
  write("");
  ::kill(child, SIGHUP);
  EXPECT_TRUE(wait_for("bellrock_reloads_total{result=\"applied\"} 1"));
  ::kill(child, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kDone);
}

}  // namespace
}  // namespace bellrock::agent
