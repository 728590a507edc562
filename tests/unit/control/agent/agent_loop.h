// An agent, an edge and a centre in one process, for tests of the agent's loop.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/agent/agent.h"
#include "control/agent/files.h"
#include "control/config/loader.h"
#include "tests/unit/control/agent/agent_fixture.h"
#include "tests/unit/control/agent/counting_edge.h"

namespace bellrock::agent {

// An edge in this process: a descriptor of its own on the board, so that locks work as between processes.
struct Edge {
  explicit Edge(const std::string& path) : board(std::move(*board::Board::attach(path.c_str()))) {
    CHECK(board.take_edge(board.workers(), kSecond).ok());
    for (std::uint32_t i = 0; i < board.workers(); ++i) cores.push_back(std::make_unique<CountingCore>(board, i));
  }
  board::Board board;
  std::vector<std::unique_ptr<CountingCore>> cores;
};

class AgentTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string shop[] = {BELLROCK_SOURCE "/config/shop"};
    config::Loaded loaded = config::load(shop);
    ASSERT_TRUE(loaded.ok());
    definition_ = std::move(loaded.definition);
    definition_.limits.workers = 2;
    definition_.limits.cells_per_core = definition_.limits.pages_per_bank = 256;
    definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 16;
  }
  [[nodiscard]] std::string board_path() const { return directory_.file("board"); }
  [[nodiscard]] AgentSetup setup() {
    AgentSetup setup;
    setup.settings.node = "node";
    setup.settings.board = board_path();
    setup.settings.state_directory = directory_.file("state");
    setup.settings.harvest_interval = 0;
    setup.definition = definition_;
    setup.snapshot_hash = config::content_hash(definition_);
    setup.post = centre_.post();
    setup.backoff = {.first_ms = 1, .most_ms = 10};
    return setup;
  }
  std::unique_ptr<Agent> start() {
    auto agent = Agent::start(setup());
    CHECK(agent.ok());
    return std::move(agent).value();
  }
  ExitCode start_error() {
    const auto agent = Agent::start(setup());
    return agent.ok() ? kDone : agent.error().exit_code;
  }
  // Rounds of the agent with the edge polling in between.
  static void go(Agent& agent, Edge* edge, int rounds = 6) {
    for (int i = 0; i < rounds; ++i) {
      agent.tick();
      for (std::size_t core = 0; edge != nullptr && core < edge->cores.size(); ++core) edge->cores[core]->poll();
    }
  }
  // Waits until the centre has everything.
  static void sent(const Agent& agent, Agent& ticking) {
    for (int i = 0; i < 2'000; ++i) {
      ticking.tick();
      if (agent.status().spool.pending == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL() << "frames are left";
  }
  void change_configuration() {
    definition_.journeys[0].objectives[0].threshold += kSecond;
    definition_.journeys[0].version += 1;
  }
  static void expect_sums_hold(const AgentStatus& status) {
    for (const auto& sum : conservation(status))
      EXPECT_FALSE(sum.broken()) << sum.name << " " << sum.in << " " << sum.out;
  }

  TestDirectory directory_;
  journey::Definition definition_;
  Centre centre_;
};

}  // namespace bellrock::agent
