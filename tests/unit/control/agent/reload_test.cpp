// Another configuration for a running agent.
#include <gtest/gtest.h>

#include <fstream>

#include "control/agent/service.h"
#include "control/net/http_client.h"
#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

class Reload : public testing::Test {
 protected:
  Reload() {
    listen_ = free_address();
    write();
  }
  static std::string free_address() {
    const auto any = net::HttpServer::start({}, [](const net::Request&, const net::Respond&) {});
    return "127.0.0.1:" + std::to_string((*any)->port());
  }
  void write() const {
    std::ofstream(directory_.file("processes.yaml"))
        << "apiVersion: bellrock/v1\nkind: Edge\nspec:\n  workers: " << workers_
        << "\n  port: {pcap: /none.pcap}\n  limits: {connections_per_core: 16, sessions_per_core: 16, "
           "attempts_per_core: 16, cells_per_core: 256, pages_per_bank: 256}\n---\n"
        << "apiVersion: bellrock/v1\nkind: Agent\nspec:\n  node: tested\n  board: " << board_
        << "\n  state_directory: " << directory_.file("state") << "\n  central: http://127.0.0.1:1\n  listen: \""
        << listen_ << "\"\n  harvest_interval: 10ms\n"
        << more_;
  }
  void start() {
    Status<AgentError> started = service_.start(load_agent(files_));
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  void rounds(int n = 30) {
    for (int i = 0; i < n; ++i) {
      service_.tick();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  void reload() {
    write();
    const auto reloaded = service_.reload();
    ASSERT_TRUE(reloaded.ok()) << reloaded.error().message;
    rounds();
  }
  static std::string get(const std::string& address, const std::string& path) {
    const auto reply = net::http_get("http://" + address + path);
    return reply.ok() ? reply->body : "";
  }
  void expect_reloads(int applied, int refused) {
    const std::string page = get(listen_, "/metrics");
    EXPECT_NE(page.find("bellrock_reloads_total{result=\"applied\"} " + std::to_string(applied)), std::string::npos);
    EXPECT_NE(page.find("bellrock_reloads_total{result=\"refused\"} " + std::to_string(refused)), std::string::npos);
  }
  [[nodiscard]] board::Board attach() const { return std::move(*board::Board::attach(board_.c_str())); }

  TestDirectory directory_;
  std::string listen_, more_;
  std::string board_ = directory_.file("board");
  unsigned workers_ = 1;
  std::vector<std::string> files_{BELLROCK_SOURCE "/config/shop", directory_.file("processes.yaml")};
  Service service_{files_};
};

TEST_F(Reload, AnInvalidConfigurationIsRefusedByItsPlaceAndTheOldOneStays) {
  start();
  more_ = "  spool_bytes_max: 12\n";
  testing::internal::CaptureStderr();
  reload();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(directory_.file("processes.yaml") + ":17:20: error BR1106"), std::string::npos) << said;
  EXPECT_NE(said.find("fix: "), std::string::npos) << said;
  expect_reloads(0, 1);
  EXPECT_NE(get(listen_, "/readyz").find("the last reload was refused"), std::string::npos);
  EXPECT_NE(get(listen_, "/metrics").find("bellrock_board_open 1"), std::string::npos);
  more_.clear();
  reload();
  expect_reloads(1, 1);
  EXPECT_EQ(get(listen_, "/readyz").find("the last reload was refused"), std::string::npos);
}

TEST_F(Reload, WhatCannotBeStartedIsRefusedAndTheOldOneStartsAgain) {
  start();
  const std::string good = std::exchange(board_, directory_.file("missing/board"));
  reload();
  board_ = good;
  expect_reloads(0, 1);
  EXPECT_NE(get(listen_, "/readyz").find("missing/board"), std::string::npos);
  EXPECT_NE(get(listen_, "/metrics").find("bellrock_board_open 1"), std::string::npos);
}

TEST_F(Reload, AnotherAddressIsTakenAndTheOldOneIsLeft) {
  start();
  const std::string old = std::exchange(listen_, free_address());
  reload();
  expect_reloads(1, 0);
  EXPECT_EQ(get(old, "/metrics"), "");
  const auto taken = net::HttpServer::start({}, [](const net::Request&, const net::Respond&) {});
  const std::string mine = std::exchange(listen_, "127.0.0.1:" + std::to_string((*taken)->port()));
  reload();
  listen_ = mine;
  expect_reloads(1, 1);
}

TEST_F(Reload, AnotherNumberOfWorkersWaitsForTheEdgeAndThenMovesTheBoard) {
  start();
  const board::Id128 id = attach().board_id();
  {
    board::Board edge = attach();
    ASSERT_TRUE(edge.take_edge(1, kSecond).ok());
    workers_ = 3;
    reload();
    expect_reloads(1, 0);
    EXPECT_NE(get(listen_, "/metrics").find("bellrock_configuration_pending 1"), std::string::npos);
    EXPECT_EQ(attach().workers(), 1u);
    EXPECT_EQ(edge.wanted_workers(), 3u);
  }
  rounds();
  EXPECT_EQ(attach().workers(), 3u);
  EXPECT_EQ(attach().board_id(), id);
  EXPECT_NE(get(listen_, "/metrics").find("bellrock_configuration_pending 0"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::agent
