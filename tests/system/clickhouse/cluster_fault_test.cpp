// A cluster whose servers are killed and come back, and whose ZooKeeper is away for a while.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "control/store/clickhouse_cluster.h"
#include "control/store/clickhouse_replicas.h"
#include "tests/system/clickhouse/cluster_backend.h"
#include "tests/system/clickhouse/cluster_frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

class ClusterFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() { Cluster::shared(std::chrono::milliseconds(4'000)); }

  // Until a server that was away has all.
  static void wait_for(const ClickHouseClient& client, std::size_t server) {
    CatchUp look(client, server, kCountTables);
    for (bool done = false; !done; std::this_thread::sleep_for(std::chrono::milliseconds(50))) {
      try {
        done = look.done();
      } catch (const SqlError&) {  // it has just started
      }
    }
  }
};

TEST_F(ClusterFaults, LosesAndDoublesNothingWhenOneServerOfEachShardIsKilledAtAnyMomentAndComesBack) {
  ClusterBackend backend;
  const auto first = backend.open(), second = backend.open_from_the_other_end();
  SeriesStore* const centres[] = {first.get(), second.get()};
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> done = 0, failures = 0;
  Model model;
  // Each of its frames to either centre, some to both at once; only one thread writes to a centre at a time.
  std::thread writer([&] {
    for (std::uint64_t seq = 1; !stopping; ++seq) {
      for (const char* node : kNodes) {
        const DeltaFrame frame = any_frame(seq, 63, node);
        const ReceivedFrame one = received(frame);
        std::thread twin([&] { (void)second->apply({&one, 1}); });
        (void)first->apply({&one, 1});
        twin.join();
        failures += send_until_taken(centres, frame);
        add(model, frame);
      }
      done = seq;
    }
  });
  std::mt19937_64 random(63);
  auto& cluster = Cluster::shared();
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t before = done;
    while (done == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
    const std::size_t killed[] = {random() % 2, random() % 2};
    for (std::size_t shard = 0; shard < 2; ++shard) cluster.server(shard, killed[shard]).kill();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 2'000));
    for (std::size_t shard = 0; shard < 2; ++shard) cluster.server(shard, killed[shard]).start();
  }
  const std::uint64_t before = done;
  while (done < before + 2) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  stopping = true;
  writer.join();
  RecordProperty("failures", static_cast<int>(failures));
  for (auto* store : centres) expect_totals(*store, model, done, 4);
  while (!first->trim({kEver, 0, 0}).ok()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (auto* store : centres) expect_totals(*store, model, done, 4);
}

TEST_F(ClusterFaults, GoesOnWithoutOneServerOfEachShardAndThenWithoutTheOther) {
  ClusterBackend backend;
  auto& cluster = Cluster::shared();
  auto store = backend.open();
  Model model;
  std::uint64_t seq = 0;
  const auto send = [&] {
    ++seq;
    SeriesStore* const centre[] = {store.get()};
    for (const char* node : kNodes) {
      send_until_taken(centre, any_frame(seq, 64, node));
      add(model, any_frame(seq, 64, node));
    }
  };
  send();
  for (const std::size_t gone : {1u, 0u}) {
    for (std::size_t shard = 0; shard < 2; ++shard) cluster.server(shard, gone).kill();
    send();
    expect_totals(*store, model, seq, 4);
    EXPECT_EQ(take_snapshot(*store)->problems().size(), Cluster::kShards);
    if (gone == 0) store = backend.open();  // a centre may start meanwhile
    send();
    expect_totals(*store, model, seq, 4);
    for (std::size_t shard = 0; shard < 2; ++shard) cluster.server(shard, gone).start();
    // What it missed it gets from the other one.
    for (std::size_t shard = 0; shard < 2; ++shard) {
      wait_for(*backend.client(shard), gone);
    }
  }
  // A server that was away is waited for again.
  while (!take_snapshot(*store)->problems().empty()) send();
  expect_totals(*store, model, seq, 4);
}

TEST_F(ClusterFaults, AServerThatHasNotGotWhatTheOtherAcknowledgedIsNotAsked) {
  ClusterBackend backend;
  auto& cluster = Cluster::shared();
  const auto store = backend.open();
  SeriesStore* const centre[] = {store.get()};
  Model model;
  const auto send = [&](std::uint64_t seq) {
    send_until_taken(centre, any_frame(seq, 65));
    add(model, any_frame(seq, 65));
  };
  send(1);
  const std::size_t shard = shard_of("edge", 2);
  cluster.server(shard, 1).kill();
  send(2);  // the first server alone has it
  cluster.server(shard, 0).kill();
  cluster.server(shard, 1).start();
  const DeltaFrame third = any_frame(3, 65);
  const ReceivedFrame one = received(third);
  for (int i = 0; i < 3; ++i) {
    const auto applied = store->apply({&one, 1});
    ASSERT_FALSE(applied.ok());
    EXPECT_NE(applied.error().message.find("shard " + std::to_string(shard + 1)), std::string::npos)
        << applied.error().message;
    const auto snapshot = store->snapshot();
    EXPECT_FALSE(snapshot.ok()) << "totals without the second frame";
  }
  // The other shard's frames are taken meanwhile.
  const char* const beside = shard_of("edge-a", 2) == shard ? "edge-b" : "edge-a";
  ASSERT_NE(shard_of(beside, 2), shard);
  send_until_taken(centre, any_frame(1, 65, beside));
  cluster.server(shard, 0).start();
  send(3);
  add(model, any_frame(1, 65, beside));
  EXPECT_EQ(sums(*store), model);
}

TEST_F(ClusterFaults, TakesNothingWhileZooKeeperIsAwayAndGoesOnByItself) {
  ClusterBackend backend;
  const auto store = backend.open();
  SeriesStore* const centre[] = {store.get()};
  Model model;
  for (std::uint64_t seq = 1; seq <= 2; ++seq) {
    for (const char* node : kNodes) {
      add(model, any_frame(seq, 66, node));
      if (seq == 1) send_until_taken(centre, any_frame(seq, 66, node));
    }
  }
  Cluster::shared().zookeeper().kill();
  const DeltaFrame frame = any_frame(2, 66, kNodes[0]);
  const ReceivedFrame one = received(frame);
  EXPECT_FALSE(store->apply({&one, 1}).ok());
  Cluster::shared().zookeeper().start();
  for (const char* node : kNodes) send_until_taken(centre, any_frame(2, 66, node));
  expect_totals(*store, model, 2, 4);
}

TEST_F(ClusterFaults, AServerThatLostItsDiskGetsAllBackFromTheOther) {
  ClusterBackend backend;
  auto& server = Cluster::shared().server(0, 1);
  const auto store = backend.open();
  std::vector<DeltaFrame> frames;
  Model model;
  for (const char* node : kNodes) frames.push_back(any_frame(1, 67, node));
  for (const auto& frame : frames) add(model, frame);
  apply_together(*store, frames);
  ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
  server.kill();
  server.lose_disk();
  server.start();
  while (!store->trim({kEver, 0, 0}).ok()) {  // looks after servers too
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto client = backend.client(0);
  wait_for(*client, 1);
  for (const char* table : {"frames", "cells", "hours", "runs"}) {
    const std::string count = std::string("SELECT count() FROM ") + table;
    EXPECT_EQ(client->select_at(1, count, true).count(), client->select_at(0, count, true).count()) << table;
  }
  expect_totals(*store, model, 1, 4);
}

}  // namespace
}  // namespace bellrock::store
