#include "control/agent/agent.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/unit/control/agent/agent_loop.h"

namespace bellrock::agent {
namespace {

TEST_F(AgentTest, WhatTheEdgeCountsArrivesAtTheCentre) {
  const auto agent = start();
  Edge edge(board_path());
  for (int i = 0; i < 100; ++i) {
    edge.cores[static_cast<std::size_t>(i & 1)]->begin();
    if (i % 3 == 0) edge.cores[static_cast<std::size_t>(i & 1)]->succeed();
    edge.cores[0]->count_packet(i % 2 == 0);
    if (i % 20 == 0) go(*agent, &edge, 2);
  }
  go(*agent, &edge);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 100u);
  EXPECT_EQ(centre_.n(CellKind::kOutcome), 34u);
  EXPECT_EQ(centre_.open(), 66u);
  const control::DeltaFrame last = centre_.last();
  EXPECT_EQ(last.node, "node");
  EXPECT_EQ(last.counters.at("packets"), 100u);
  EXPECT_EQ(last.snapshot, config::content_hash(definition_));
  const AgentStatus status = agent->status();
  EXPECT_TRUE(status.edge_running);
  EXPECT_TRUE(status.trouble.empty());
  expect_sums_hold(status);
  EXPECT_EQ(status.ledger.harvested, 134u);
}

TEST_F(AgentTest, AnIdleEdgeMakesFewFrames) {
  const auto agent = start();
  Edge edge(board_path());
  edge.cores[0]->begin();
  go(*agent, &edge, 100);
  EXPECT_LE(agent->status().spool.appended, 4u);
  EXPECT_GE(agent->status().spool.appended, 1u);
}

TEST_F(AgentTest, ADeadEdgesCountsAreTakenOverAndItsAttemptsStayOpen) {
  const auto agent = start();
  {
    Edge edge(board_path());
    for (int i = 0; i < 10; ++i) edge.cores[1]->begin();
    go(*agent, &edge);
    for (int i = 0; i < 5; ++i) edge.cores[1]->succeed();
    // An event that a kill cuts off: its stores are there, its commit is not.
    edge.cores[1]->shard().count_at(0);
    edge.cores[1]->journal().add(edge.board.core(1).control.position, 1);
  }
  go(*agent, nullptr);
  EXPECT_FALSE(agent->status().edge_running);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 10u);
  EXPECT_EQ(centre_.n(CellKind::kOutcome), 5u);
  EXPECT_EQ(centre_.open(), 5u);
  expect_sums_hold(agent->status());

  Edge next(board_path());
  EXPECT_EQ(next.cores[1]->open(), 5u);  // sessions and counts went on
  next.cores[1]->succeed();
  go(*agent, &next);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kOutcome), 6u);
  EXPECT_EQ(centre_.open(), 4u);
  expect_sums_hold(agent->status());
}

TEST_F(AgentTest, ARestartedAgentGoesOnWhereItStopped) {
  auto agent = start();
  Edge edge(board_path());
  for (int i = 0; i < 10; ++i) edge.cores[0]->begin();
  go(*agent, &edge);
  agent->stop();
  const control::Id128 boot = centre_.last().boot;
  const std::uint64_t seq = centre_.last().seq;
  agent.reset();
  for (int i = 0; i < 4; ++i) edge.cores[0]->succeed();
  agent = start();
  go(*agent, &edge);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 10u);
  EXPECT_EQ(centre_.n(CellKind::kOutcome), 4u);
  EXPECT_EQ(centre_.last().boot, boot);
  EXPECT_GT(centre_.last().seq, seq);
  expect_sums_hold(agent->status());
}

// Killed after the record was on the disk and before the bank was cleared: the bank is only cleared.
TEST_F(AgentTest, ABankThatIsInTheSpoolAlreadyIsOnlyCleared) {
  auto agent = start();
  Edge edge(board_path());
  edge.cores[0]->begin();
  go(*agent, &edge);
  sent(*agent, *agent);
  agent.reset();
  edge.cores[0]->begin();
  ASSERT_TRUE(edge.cores[0]->seal());
  {
    board::Board board = std::move(*board::Board::attach(board_path().c_str()));
    harvest::Harvester harvester(board, definition_);
    auto spool = std::move(*Spool::open(directory_.file("state"), 64 * 1024 * 1024));
    auto frame = harvester.collect();
    ASSERT_TRUE(frame);
    frame->node = "node";
    Ledger ledger = spool->ledger();
    ledger.add(*frame, harvester.parts());
    ASSERT_TRUE(spool->append(*frame, ledger, harvester.parts()).ok());
  }
  agent = start();
  go(*agent, &edge);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 2u);
  expect_sums_hold(agent->status());
}

TEST_F(AgentTest, OpenAttemptsOfABoardThatVanishedAreReportedOnce) {
  auto agent = start();
  {
    Edge edge(board_path());
    for (int i = 0; i < 7; ++i) edge.cores[0]->begin();
    go(*agent, &edge);
  }
  agent->stop();
  agent.reset();
  std::filesystem::remove(board_path());  // as a reboot does
  for (int restart = 0; restart < 3; ++restart) {
    agent = start();
    go(*agent, nullptr);
    sent(*agent, *agent);
    agent->stop();
    agent.reset();
    EXPECT_EQ(centre_.board_lost(), 7u);
    EXPECT_EQ(centre_.open(), 0u);
  }
}

TEST_F(AgentTest, ABoardRemovedUnderARunningEdgeIsHarvestedToItsEnd) {
  const auto agent = start();
  {
    Edge edge(board_path());
    edge.cores[0]->begin();
    go(*agent, &edge);
    std::filesystem::remove(board_path());
    edge.cores[0]->begin();
    go(*agent, &edge);
    EXPECT_TRUE(agent->status().board_file_gone);
    edge.cores[0]->begin();
  }
  go(*agent, nullptr);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 3u);
  EXPECT_EQ(centre_.board_lost(), 3u);
  EXPECT_FALSE(agent->status().board_file_gone);
  Edge next(board_path());  // there is a new one
  next.cores[0]->begin();
  go(*agent, &next);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.n(CellKind::kStart), 4u);
  expect_sums_hold(agent->status());
}

TEST_F(AgentTest, ANewConfigurationWaitsForTheEdgeToStop) {
  auto agent = start();
  auto edge = std::make_unique<Edge>(board_path());
  for (int i = 0; i < 3; ++i) edge->cores[0]->begin();
  go(*agent, edge.get());
  agent->stop();
  agent.reset();
  const auto old_hash = config::content_hash(definition_);
  change_configuration();
  agent = start();
  edge->cores[0]->succeed();
  go(*agent, edge.get());
  EXPECT_TRUE(agent->status().configuration_pending);
  sent(*agent, *agent);
  EXPECT_EQ(centre_.last().snapshot, old_hash);
  EXPECT_EQ(centre_.board_lost(), 0u);
  edge.reset();
  go(*agent, nullptr);
  sent(*agent, *agent);
  EXPECT_FALSE(agent->status().configuration_pending);
  EXPECT_EQ(centre_.board_lost(), 2u);
  EXPECT_EQ(centre_.open(), 0u);
  Edge next(board_path());
  EXPECT_EQ(next.board.snapshot_hash(), config::content_hash(definition_));
  EXPECT_EQ(next.cores[0]->started(), 0u);
}

TEST_F(AgentTest, WithoutAnEdgeANewConfigurationIsTakenAtOnce) {
  auto agent = start();
  agent->stop();
  agent.reset();
  change_configuration();
  agent = start();
  go(*agent, nullptr);
  EXPECT_FALSE(agent->status().configuration_pending);
  EXPECT_EQ(board::Board::attach(board_path().c_str())->snapshot_hash(), config::content_hash(definition_));
}

TEST_F(AgentTest, AnotherPortNeedsNoNewBoard) {
  auto agent = start();
  const board::Id128 id = board::Board::attach(board_path().c_str())->board_id();
  agent->stop();
  agent.reset();
  definition_.port.eal.clear();
  definition_.port.pcap_file = "/another.pcap";
  agent = start();
  go(*agent, nullptr);
  const board::Board board = std::move(*board::Board::attach(board_path().c_str()));
  EXPECT_EQ(board.board_id(), id);
  EXPECT_NE(text(*board.snapshot()).find("/another.pcap"), std::string_view::npos);
}

// The board keeps its identity: for the centre its counts go on, and nothing becomes unknown.
TEST_F(AgentTest, ASettledBoardMovesToAnotherNumberOfWorkersAndItsSumsGoOn) {
  auto agent = start();
  const board::Id128 id = board::Board::attach(board_path().c_str())->board_id();
  std::uint64_t rounds = 0;
  for (const std::uint32_t workers : {3u, 1u, 2u}) {
    {
      Edge edge(board_path());
      for (auto& core : edge.cores) {
        core->begin();
        core->succeed();
        core->count_packet(true);
        ++rounds;
      }
      go(*agent, &edge);
      agent->stop();
      agent.reset();
      definition_.limits.workers = workers;
      agent = start();
      go(*agent, &edge);
      EXPECT_TRUE(agent->status().configuration_pending);
      EXPECT_EQ(edge.board.wanted_workers(), workers);
      edge.board.core(0).control.events_done = 0;  // of a counting edge it is a count
    }
    go(*agent, nullptr);
    {
      board::Board board = std::move(*board::Board::attach(board_path().c_str()));
      if (board.workers() != workers) {  // several workers: only what an edge has settled moves
        EXPECT_TRUE(agent->status().configuration_pending);
        board.mark_settled();
      }
    }
    go(*agent, nullptr);
    const board::Board board = std::move(*board::Board::attach(board_path().c_str()));
    EXPECT_EQ(board.workers(), workers);
    EXPECT_EQ(board.board_id(), id);
    EXPECT_FALSE(agent->status().configuration_pending);
    sent(*agent, *agent);
    expect_sums_hold(agent->status());
    EXPECT_EQ(centre_.n(CellKind::kStart), rounds);
    EXPECT_EQ(centre_.n(CellKind::kOutcome), rounds);
    EXPECT_EQ(centre_.board_lost(), 0u);
    EXPECT_EQ(agent->status().counters.at("packets"), rounds);
    for (std::uint32_t i = 0; i < workers; ++i)
      board::Board::attach(board_path().c_str())->core(i).control.position = 0;
  }
}

TEST_F(AgentTest, AnotherNumberOfWorkersForOtherJourneysIsANewBoard) {
  auto agent = start();
  const board::Id128 id = board::Board::attach(board_path().c_str())->board_id();
  agent->stop();
  agent.reset();
  change_configuration();
  definition_.limits.workers = 3;
  agent = start();
  go(*agent, nullptr);
  const board::Board board = std::move(*board::Board::attach(board_path().c_str()));
  EXPECT_EQ(board.workers(), 3u);
  EXPECT_NE(board.board_id(), id);
}

TEST_F(AgentTest, WhatCannotBeUsedIsAnErrorWithItsCode) {
  {
    const auto agent = start();
    EXPECT_EQ(start_error(), kInUse);  // the state directory has an agent
    AgentSetup other = setup();
    other.settings.state_directory = directory_.file("other");
    const auto second = Agent::start(std::move(other));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().exit_code, kInUse);  // the board has one too
  }
  std::filesystem::remove(board_path());
  std::ofstream(board_path()) << std::string(10'000, 'x');
  EXPECT_EQ(start_error(), kInUse);  // no board of ours: not touched
  EXPECT_EQ(std::filesystem::file_size(board_path()), 10'000u);
  std::filesystem::remove(board_path());
  AgentSetup nowhere = setup();
  nowhere.settings.board = directory_.file("missing/board");
  EXPECT_FALSE(Agent::start(std::move(nowhere)).ok());
}

TEST_F(AgentTest, AStoppedWorkerShowsAndItsBankIsNotTouched) {
  const auto agent = start();
  Edge edge(board_path());
  edge.cores[0]->begin();
  for (int i = 0; i < 60; ++i) {
    edge.cores[1]->poll();
    agent->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const AgentStatus status = agent->status();
  EXPECT_EQ(status.core_stalled, (std::vector<bool>{true, false}));
  EXPECT_EQ(centre_.n(CellKind::kStart), 0u);
  go(*agent, &edge);
  sent(*agent, *agent);
  EXPECT_EQ(agent->status().core_stalled, (std::vector<bool>{false, false}));
  EXPECT_EQ(centre_.n(CellKind::kStart), 1u);
}

}  // namespace
}  // namespace bellrock::agent
