// What is a cluster's own while nothing fails: where frames are, several centres at once, and what is refused.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "control/store/clickhouse_cluster.h"
#include "tests/system/clickhouse/cluster_backend.h"
#include "tests/system/clickhouse/cluster_frames.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

TEST(Cluster, HasEachNodesFramesInOneShardOnBothOfItsServers) {
  ClusterBackend backend;
  const auto store = backend.open();
  std::vector<DeltaFrame> frames;
  Model model;
  for (const char* node : kNodes) {
    for (std::uint64_t seq = 1; seq <= 3; ++seq) frames.push_back(any_frame(seq, 61, node));
  }
  apply_together(*store, frames);
  for (const auto& frame : frames) add(model, frame);
  expect_totals(*store, model, 3, 4);
  for (std::size_t shard = 0; shard < Cluster::kShards; ++shard) {
    std::uint64_t expected = 0;
    for (const char* node : kNodes) expected += shard_of(node, Cluster::kShards) == shard ? 3u : 0u;
    EXPECT_GT(expected, 0u);
    const auto client = backend.client(shard);
    for (std::size_t server = 0; server < Cluster::kReplicas; ++server) {
      // An acknowledged frame is on all servers of its shard that can be reached.
      EXPECT_EQ(client->select_at(server, "SELECT count() FROM frames", true).count(), expected);
      EXPECT_EQ(client->select_at(server, "SELECT count() FROM cells", true).count(),
                client->select_at(1 - server, "SELECT count() FROM cells", true).count());
    }
  }
}

TEST(Cluster, TwoCentresThatWriteToDifferentServersCountEachFrameOnce) {
  ClusterBackend backend;
  const auto first = backend.open(), second = backend.open_from_the_other_end();
  constexpr std::uint64_t kFrames = 12;
  Model model;
  for (const char* node : {"edge-a", "edge-b", "edge-c"}) {
    for (std::uint64_t seq = 1; seq <= kFrames; ++seq) add(model, any_frame(seq, 62, node));
  }
  // Both are sent the frames of the first two at the same time and in the same order, and one each half of the third's.
  std::atomic<int> at_work = 2;
  const auto send_all = [&](SeriesStore& store, std::uint64_t half) {
    SeriesStore* const centre[] = {&store};
    for (std::uint64_t seq = 1; seq <= kFrames; ++seq) {
      for (const char* node : {"edge-a", "edge-b"}) send_until_taken(centre, any_frame(seq, 62, node));
      if (seq % 2 == half) send_until_taken(centre, any_frame(seq, 62, "edge-c"));
    }
    --at_work;
  };
  std::thread other([&] { send_all(*second, 1); });
  std::thread roller([&] {
    while (at_work != 0) {
      const auto trimmed = first->trim({kEver, 0, 0});
      EXPECT_TRUE(trimmed.ok()) << trimmed.error().message;
    }
  });
  send_all(*first, 0);
  other.join();
  roller.join();
  for (auto* store : {first.get(), second.get()}) expect_totals(*store, model, kFrames, 3);
  ASSERT_TRUE(second->trim({kEver, 0, 0}).ok());
  expect_totals(*first, model, kFrames, 3);
}

TEST(Cluster, IsNotTakenForAnotherOne) {
  ClusterBackend backend;
  { backend.open(); }
  const auto expect = [&](const ClickHouseOptions& options, const std::string& part) {
    const auto store = open_clickhouse(options);
    ASSERT_FALSE(store.ok());
    EXPECT_NE(store.error().message.find(part), std::string::npos) << store.error().message;
  };
  const std::string folder = "/bellrock/bellrock/" + backend.options().database + "/";
  ClickHouseOptions other = backend.options();
  std::swap(other.shards[0], other.shards[1]);
  expect(other, "holds " + folder);
  other = backend.options();
  other.shards.pop_back();
  expect(other, "holds " + folder + "1-of-2, and `cluster` names it as " + folder + "1-of-1");
  other = backend.options();
  other.cluster = "another";
  expect(other, "holds " + folder);
  other = backend.options();
  other.shards[1].push_back(other.shards[0][0]);
  expect(other, "is named twice");
  ClickHouseOptions single{{backend.options().shards[0][0]}, backend.options().database};
  expect(single, "is a shard of a cluster: name its servers under `cluster`");
  other = backend.options();
  other.shards = {{"http://127.0.0.1:1"}};
  expect(other, "http://127.0.0.1:1: Connection refused");
  single.database = other.database = backend.options().database + "_single";
  { ASSERT_TRUE(open_clickhouse(single).ok()); }
  other.shards = {single.urls};
  expect(other, "holds what a single server holds");
  ClickHouseClient(single).run_outside("DROP DATABASE " + single.database);
}

}  // namespace
}  // namespace bellrock::store
