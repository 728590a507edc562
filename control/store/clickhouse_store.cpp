#include "control/store/clickhouse_store.h"

#include <algorithm>
#include <set>

#include "control/store/clickhouse_cluster.h"
#include "control/store/clickhouse_shard.h"
#include "control/store/guarded.h"

namespace bellrock::store {
namespace {

bool is_name(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
}

// What goes into the head of a request.
bool is_plain(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string wrong_shards(const std::vector<std::vector<std::string>>& shards) {
  std::set<std::string> urls;
  for (const auto& shard : shards) {
    if (shard.empty()) return "a shard has no server";
    for (const auto& url : shard) {
      if (!urls.insert(url).second) return url + " is named twice: each server holds one shard";
    }
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<SeriesStore>, StoreError> open_clickhouse(const ClickHouseOptions& options) {
  const auto refused = [](const std::string& why) { return Failure{StoreError{"store.clickhouse." + why, false}}; };
  if (!is_name(options.database)) {
    return refused("database: " + options.database + ": write letters, digits and _ only");
  }
  const bool cluster = !options.shards.empty();
  if (options.urls.empty() && !cluster) {
    return refused("url: no server is named: write for example http://127.0.0.1:8123");
  }
  if (cluster && !is_name(options.cluster)) {
    return refused("cluster.name: " + options.cluster + ": write letters, digits and _ only");
  }
  if (const auto why = wrong_shards(options.shards); !why.empty()) return refused("cluster.shards: " + why);
  if (!is_plain(options.user)) return refused("user: holds control characters");
  if (!is_plain(options.password)) return refused("password_file: its first line holds control characters");
  auto opened = guarded([&]() -> std::unique_ptr<SeriesStore> {
    if (cluster) return std::make_unique<ClickHouseCluster>(options);
    return std::make_unique<ClickHouseShard>(options);
  });
  if (!opened.ok()) return Failure{StoreError{"store.clickhouse: " + opened.error().message, false}};
  return opened;
}

}  // namespace bellrock::store
