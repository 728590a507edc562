// What must not change once a cluster holds counts: where a node's frames are, and how tables are made.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "control/store/clickhouse_cluster.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/on_each.h"

namespace bellrock::store {
namespace {

TEST(Sharding, PutsANodeWhereItHasAlwaysBeen) {
  EXPECT_EQ(shard_of("", 1'000'000), 514'342u);
  EXPECT_EQ(shard_of("foobar", 1'000'000), 447'275u);
  EXPECT_EQ(shard_of("edge", 1), 0u);
}

TEST(Sharding, SpreadsNodesEvenly) {
  for (const std::size_t shards : {2u, 3u, 7u}) {
    std::map<std::size_t, int> nodes;
    constexpr int kNodes = 7'000;
    for (int i = 0; i < kNodes; ++i) ++nodes[shard_of("edge-" + std::to_string(i), shards)];
    ASSERT_EQ(nodes.size(), shards);
    for (const auto& [shard, count] : nodes) EXPECT_NEAR(count, kNodes / static_cast<double>(shards), kNodes * 0.03);
  }
}

TEST(Schema, HasACopyOfEachTableInAShardWithTheEngineOfASingleServer) {
  const Replica replica{"/bellrock/a/b/1-of-2", "host:8123"};
  std::map<std::string, std::string> engines;
  for (const Table& table : kTables) {
    EXPECT_EQ(engine_of(table, {}), table.engine);
    engines[table.name] = engine_of(table, replica);
    EXPECT_NE(create_statement(table, replica).find(" ENGINE = " + engines[table.name] + " PARTITION BY "),
              std::string::npos);
  }
  EXPECT_EQ(engines["frames"], "ReplicatedMergeTree('/bellrock/a/b/1-of-2/frames', 'host:8123')");
  EXPECT_EQ(engines["heard"], "ReplicatedReplacingMergeTree('/bellrock/a/b/1-of-2/heard', 'host:8123')");
  EXPECT_EQ(engines["journal"], "ReplicatedReplacingMergeTree('/bellrock/a/b/1-of-2/journal', 'host:8123', change)");
  EXPECT_EQ(engines["repeats"], "ReplicatedSummingMergeTree('/bellrock/a/b/1-of-2/repeats', 'host:8123')");
}

TEST(OnEach, KeepsTheOrderOfWhatItDoesAtOnce) {
  EXPECT_TRUE(on_each(0, [](std::size_t i) { return i; }).empty());
  EXPECT_EQ(on_each(5, [](std::size_t i) { return i * i; }), (std::vector<std::size_t>{0, 1, 4, 9, 16}));
}

}  // namespace
}  // namespace bellrock::store
