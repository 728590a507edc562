#include "tests/system/clickhouse/cluster_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "control/store/clickhouse_view.h"
#include "control/store/on_each.h"

namespace bellrock::store {
namespace {

std::string fresh_name() {
  static int made = 0;
  return "bellrock_test_" + std::to_string(++made);
}

bool is_long() { return std::getenv("BELLROCK_CLUSTER_LONG") != nullptr; }

std::uint64_t rolled_up(const ClickHouseClient& client, const std::string& table, std::int64_t kept_from) {
  return client
      .select(
          "SELECT sum(cityHash64(journey, kind, item, detail, dimensions, at) * n) FROM (SELECT journey, kind, item, "
          "detail, dimensions, intDiv(start, 3600) * 3600 AS at, n FROM " +
          table + " WHERE start >= " + std::to_string(kept_from) + " AND " + load_view(client).runs_condition() + ")")
      .count();
}

}  // namespace

ClusterBackend::ClusterBackend() : options_(Cluster::shared().options(fresh_name())) {}

ClusterBackend::~ClusterBackend() {
  std::vector<std::string> urls;
  for (const auto& shard : options_.shards) urls.insert(urls.end(), shard.begin(), shard.end());
  const auto dropped = on_each(urls.size(), [&](std::size_t i) {
    try {
      ClickHouseClient({{urls[i]}, options_.database}).run_outside("DROP DATABASE IF EXISTS " + options_.database);
      return true;
    } catch (const std::exception&) {
      return false;
    }
  });
  EXPECT_EQ(std::count(dropped.begin(), dropped.end(), false), 0) << "a server does not answer any more";
}

int ClusterBackend::kills() const { return is_long() ? Backend::kills() : 5; }

void ClusterBackend::expect_hours_are_their_parts(std::int64_t kept_from) {
  for (std::size_t shard = 0; shard < options_.shards.size(); ++shard) {
    const auto one = client(shard);
    EXPECT_EQ(rolled_up(*one, "hours", kept_from), rolled_up(*one, "minutes", kept_from)) << shard;
  }
}

std::unique_ptr<SeriesStore> ClusterBackend::open_from_the_other_end() {
  ClickHouseOptions options = options_;
  for (auto& shard : options.shards) std::reverse(shard.begin(), shard.end());
  auto store = open_clickhouse(options);
  EXPECT_TRUE(store.ok()) << store.error().message;
  return std::move(store).value();
}

std::unique_ptr<ClickHouseClient> ClusterBackend::client(std::size_t shard) const {
  ClickHouseOptions options = options_;
  options.urls = options.shards[shard];
  options.shard = shard + 1;
  return std::make_unique<ClickHouseClient>(options);
}

std::unique_ptr<Backend> make_backend() { return std::make_unique<ClusterBackend>(); }
std::uint64_t rounds(std::uint64_t most) { return is_long() ? most : std::max<std::uint64_t>(1, most / 16); }

}  // namespace bellrock::store
