#include "control/store/clickhouse_prepare.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include "control/store/clickhouse_replicas.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/clickhouse_soundness.h"
#include "control/store/on_each.h"

namespace bellrock::store {
namespace {

std::uint64_t number_at(const ClickHouseClient& client, std::size_t server, const std::string& query) {
  return client.select_at(server, query).count();
}

std::string of_database(const ClickHouseClient& client) {
  return " WHERE database = " + literal(client.options().database);
}

std::uint64_t tables_at(const ClickHouseClient& client, std::size_t server) {
  return number_at(client, server, "SELECT count() FROM system.replicas" + of_database(client));
}

void refuse_newer(const ClickHouseClient& client, std::uint32_t version) {
  if (version <= kClickHouseSchemaVersion) return;
  throw SqlError("database " + client.options().database + " is of version " + std::to_string(version) +
                 ", which a newer Bellrock made; this one reads " + std::to_string(kClickHouseSchemaVersion));
}

std::uint32_t version_of(const ClickHouseClient& client) {
  RowReader row = client.select("SELECT max(version) FROM schema");
  return row.more() ? row.number<std::uint32_t>() : 0;
}

// The version is written last: a start that was killed before is done again.
void prepare_single(const ClickHouseClient& client) {
  const std::string& database = client.options().database;
  client.run_outside("CREATE DATABASE IF NOT EXISTS " + database);
  if (client.select("SELECT count() FROM system.replicas" + of_database(client)).count() != 0) {
    throw SqlError("database " + database + " is a shard of a cluster: name its servers under `cluster`, not `url`");
  }
  attach_detached(client, client.in_use());
  const bool some =
      client.select("SELECT count() FROM system.tables" + of_database(client) + " AND name = 'schema'").count() != 0;
  const std::uint32_t version = some ? version_of(client) : 0;
  refuse_newer(client, version);
  if (version == kClickHouseSchemaVersion) return;
  for (const Table& table : kTables) client.run(create_statement(table));
  client.insert("schema", RowWriter().number(kClickHouseSchemaVersion));
}

std::string folder_of(const ClickHouseOptions& options) {
  return "/bellrock/" + options.cluster + "/" + options.database + "/" + std::to_string(options.shard) + "-of-" +
         std::to_string(options.shards.size());
}

// Host and port.
std::string replica_name(const ClickHouseOptions& options, std::size_t server) {
  std::string name = options.urls[server];
  name.erase(0, name.rfind('/') + 1);
  const auto is_good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':'; };
  std::replace_if(name.begin(), name.end(), std::not_fn(is_good), '_');
  return name;
}

// A table that ZooKeeper knows and the server does not was on a disk that is gone: its copy gets a name of its own.
void create(const ClickHouseClient& client, std::size_t server, const Table& table, Replica replica) {
  try {
    client.run_at(server, create_statement(table, replica), true);
  } catch (const SqlError& error) {
    if (std::string_view(error.what()).find("Code: 253,") == std::string_view::npos) throw;
    replica.name += "." + std::to_string(std::random_device()());
    client.run_at(server, create_statement(table, replica), true);
  }
}

// That its tables are those of this shard, as far as it has any.
void expect_this_shard(const ClickHouseClient& client, std::size_t server) {
  const ClickHouseOptions& options = client.options();
  const std::string folder = folder_of(options);
  const auto refuse = [&](const std::string& what) {
    throw SqlError(options.urls[server] + " " + what + ", and `cluster` names it as " + folder +
                   " (name, database, shard and number of shards stay as they were first written)");
  };
  RowReader row = client.select_at(
      server, "SELECT any(zookeeper_path) FROM system.replicas" + of_database(client) + " AND table = 'frames'");
  const std::string is = row.more() ? row.text() : "";
  if (!is.empty() && is != folder + "/frames") refuse("holds " + is.substr(0, is.rfind('/')));
  if (is.empty() &&
      number_at(client, server, "SELECT count() FROM system.tables" + of_database(client) + " AND name = 'frames'") !=
          0) {
    refuse("holds what a single server holds");
  }
}

void prepare_server(const ClickHouseClient& client, std::size_t server) {
  client.run_at(server, "CREATE DATABASE IF NOT EXISTS " + client.options().database, false);
  expect_this_shard(client, server);
  if (tables_at(client, server) == kTables.size()) return;
  attach_detached(client, server);
  const Replica replica{folder_of(client.options()), replica_name(client.options(), server)};
  for (const Table& table : kTables) create(client, server, table, replica);
}

// Servers that have just started take a while to find ZooKeeper and each other.
constexpr std::chrono::seconds kToCome{30};

void prepare_patiently(const ClickHouseClient& client, std::size_t server) {
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    try {
      return prepare_server(client, server);
    } catch (const SqlError& error) {
      const bool no_zookeeper = std::string_view(error.what()).find("Code: 999,") != std::string_view::npos;
      if (!no_zookeeper || std::chrono::steady_clock::now() - begun > kToCome) throw;
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

void prepare_shard(const ClickHouseClient& client) {
  struct Outcome {
    bool reached = true, prepared = false;
    std::string why = {};
  };
  const auto outcomes = on_each(client.options().urls.size(), [&](std::size_t server) {
    try {
      prepare_patiently(client, server);
      return Outcome{.prepared = true};
    } catch (const NotReached& error) {
      return Outcome{.reached = false, .why = error.what()};
    } catch (const std::exception& error) {
      return Outcome{.why = error.what()};
    }
  });
  for (const auto& one : outcomes) {
    if (one.reached && !one.prepared) throw SqlError(one.why);
  }
  if (std::none_of(outcomes.begin(), outcomes.end(), [](const auto& one) { return one.prepared; })) {
    throw SqlError(outcomes.front().why);
  }
  client.catch_up(kCountTables, kToCome);
  const std::uint32_t version = version_of(client);
  refuse_newer(client, version);
  if (version != kClickHouseSchemaVersion) client.insert("schema", RowWriter().number(kClickHouseSchemaVersion));
}

}  // namespace

void prepare(const ClickHouseClient& client) {
  client.options().shard == 0 ? prepare_single(client) : prepare_shard(client);
}

void prepare_absent(const ClickHouseClient& client) {
  if (client.options().shard == 0) return;
  for (std::size_t server = 0; server < client.options().urls.size(); ++server) {
    try {
      if (tables_at(client, server) != kTables.size()) prepare_server(client, server);
    } catch (const SqlError&) {  // whoever needs it will say so
    }
  }
}

}  // namespace bellrock::store
