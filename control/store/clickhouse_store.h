// The store in ClickHouse, over HTTP: for many nodes, and for several centres on one database. Rows are written first
// and become visible by one block that names them, so that a kill of either side at any moment leaves rows that nobody
// sees and never half a frame; README.md of this folder says how. It trusts in no window of remembered blocks.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "control/store/series_store.h"

namespace bellrock::store {

struct ClickHouseOptions {
  std::vector<std::string> urls;  // http://host:port of servers that hold the same; the first that answers is asked
  std::string database;           // letters, digits and _; made when it is not there
  std::string user = "default";
  std::string password = {};
  // Rows that a roll-up replaced stay so long, for snapshots and for roll-ups of other centres that are at work.
  std::chrono::seconds settle{1'800};
  SeriesLimits limits{};
  // Of one statement; those that add up or make something may take ten times as long.
  std::chrono::milliseconds timeout{60'000};

  // A cluster instead of `urls`: of each shard the servers that hold copies of it. Its tables are in ZooKeeper under
  // its name, which has letters, digits and _.
  std::string cluster = "bellrock";
  std::vector<std::vector<std::string>> shards = {};
  // Which of the shards `urls` are, from 1; the store sets it. 0: `urls` are no part of a cluster.
  std::size_t shard = 0;
};

Result<std::unique_ptr<SeriesStore>, StoreError> open_clickhouse(const ClickHouseOptions& options);

}  // namespace bellrock::store
