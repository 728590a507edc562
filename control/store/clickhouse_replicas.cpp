#include "control/store/clickhouse_replicas.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace bellrock::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{10};
constexpr milliseconds kAlone{500};  // so long only the server in use is looked at
constexpr milliseconds kSpreadAtMost{2'000};
constexpr milliseconds kMuted{10'000};
constexpr milliseconds kFailedFor{1'000};  // so that a shard that is away holds up no other one

std::string in_list(TableNames tables) {
  std::string text;
  for (const char* table : tables) text += (text.empty() ? "" : ",") + literal(table);
  return text;
}

// The server wants no expression here.
std::string path_is(const std::string& path) {
  if (path.find_first_of("'\\") != std::string::npos) throw SqlError("a path in ZooKeeper has quotes");
  return " FROM system.zookeeper WHERE path = '" + path + "'";
}

}  // namespace

bool CatchUp::done() { return read_pointers() && read_queues(); }

bool CatchUp::read_pointers() {
  const bool all_past = state_.size() == tables_.size() &&
                        std::all_of(state_.begin(), state_.end(), [](const auto& one) { return one.second.past; });
  if (all_past) return true;
  RowReader rows = client_.select_at(
      server_,
      "SELECT table, is_readonly OR is_session_expired, zookeeper_path, replica_path, log_max_index, log_pointer FROM "
      "system.replicas WHERE database = " +
          literal(client_.options().database) + " AND table IN (" + in_list(tables_) + ")");
  std::size_t known = 0;
  bool cut_off = false;
  std::map<std::string, Table*> unclear;
  for (; rows.more(); ++known) {
    const std::string name = rows.text();
    cut_off = rows.number<std::uint8_t>() != 0 || cut_off;
    const std::string path = rows.text(), replica = rows.text();
    const std::uint64_t newest = rows.count(), next = rows.count();
    const auto [at, is_new] = state_.try_emplace(name, Table{replica, path + "/log"});
    Table& table = at->second;
    if (is_new) table.newest = newest;
    table.past = table.past || next > table.newest;
    // One entry that it has not seen, or none that there is.
    if (!table.past && newest == 0 && next == 0) unclear[name] = &table;
  }
  if (known != tables_.size()) return waits("has not got all tables yet");
  if (cut_off) return waits("cannot reach ZooKeeper");
  find_empty_logs(unclear);
  for (const auto& [name, table] : state_) {
    if (!table.past) return waits("has not looked at all that was written to `" + name + "`");
  }
  return true;
}

void CatchUp::find_empty_logs(const std::map<std::string, Table*>& tables) const {
  std::string query;
  for (const auto& [name, table] : tables) {
    query += (query.empty() ? "" : " UNION ALL ") + ("SELECT " + literal(name)) + " AS of_table, count()" +
             path_is(table->log);
  }
  if (query.empty()) return;
  RowReader rows = client_.select_at(server_, query);
  while (rows.more()) {
    Table& table = *tables.at(rows.text());
    table.past = rows.count() == 0;
  }
}

bool CatchUp::read_queues() {
  const bool all_tables = tables_.size() == std::size(kCountTables);  // before a server is taken
  std::string query;
  for (const auto& [name, table] : state_) {
    if (table.looked && table.to_get.empty()) continue;
    const std::string select = "SELECT " + literal(name) + " AS of_table, name AS entry";
    query += (query.empty() ? "" : " UNION ALL ") + select + path_is(table.replica + "/queue") +
             " AND position(value, '\nget\n') != 0";
    if (all_tables) query += " UNION ALL " + select + path_is(table.replica) + " AND name = 'is_lost' AND value != '0'";
  }
  if (query.empty()) return true;
  std::map<std::string, std::set<std::string>> found;
  RowReader rows = client_.select_at(server_, query);
  while (rows.more()) {
    const std::string name = rows.text();
    found[name].insert(rows.text());
  }
  std::size_t left = 0;
  for (auto& [name, table] : state_) {
    const auto& now = found[name];
    if (!table.looked) {
      table.to_get = now;
    } else {
      std::erase_if(table.to_get, [&](const std::string& one) { return !now.contains(one); });
    }
    table.looked = !now.contains("is_lost");  // else there is more to get than is in the queue
    if (!table.to_get.empty()) (void)waits("has not got all that was written to `" + name + "`");
    left += table.to_get.size();
  }
  return left == 0;
}

void ClickHouseClient::catch_up(TableNames tables, milliseconds patience) const {
  if (options_.shard == 0) return;
  const auto begun = Clock::now();
  const std::size_t count = options_.urls.size(), first = server_ % count;
  const auto failed = Clock::time_point(Clock::duration(failed_at_));
  if (begun - failed < kFailedFor) {
    const std::lock_guard lock(mutex_);
    throw SqlError(failed_why_);
  }
  std::vector<CatchUp> looks;
  for (std::size_t i = 0; i < count; ++i) {
    looks.emplace_back(*this, (first + i) % count, i == 0 ? tables : TableNames(kCountTables));
  }
  for (;;) {
    std::string why;
    bool alone = Clock::now() - begun < kAlone;
    for (std::size_t i = 0; i < count && (i == 0 || !alone); ++i) {
      try {
        if (looks[i].done()) {
          server_ = (first + i) % count;
          return;
        }
        why += (why.empty() ? "" : "; ") + options_.urls[(first + i) % count] + " " + looks[i].why();
      } catch (const SqlError& error) {
        alone = false;
        why += (why.empty() ? "" : "; ") + std::string(error.what());
      }
    }
    if (Clock::now() - begun > patience) give_up(why);
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void ClickHouseClient::give_up(const std::string& why) const {
  const std::lock_guard lock(mutex_);
  failed_why_ = "shard " + std::to_string(options_.shard) + " has no server with all that was written to it: " + why;
  failed_at_ = Clock::now().time_since_epoch().count();
  throw SqlError(failed_why_);
}

// A server by itself may be any of its addresses; of servers that hold copies the next one must have all.
void ClickHouseClient::take_another(std::size_t server) const {
  if (options_.shard != 0) return catch_up(kCountTables);
  server_ = server + 1;
}

void ClickHouseClient::spread(TableNames tables) const {
  if (options_.shard == 0) return;
  const auto begun = Clock::now();
  for (std::size_t other = 0; other < options_.urls.size(); ++other) {
    if (other == server_) continue;
    {
      const std::lock_guard lock(mutex_);
      if (const auto one = lagging_.find(other); one != lagging_.end() && one->second > begun) continue;
    }
    CatchUp look(*this, other, tables);
    bool has_all = false;
    try {
      while (!(has_all = look.done()) && Clock::now() - begun < kSpreadAtMost) {
        std::this_thread::sleep_for(kBetweenLooks);
      }
    } catch (const SqlError&) {  // it cannot be reached
    }
    const std::lock_guard lock(mutex_);
    lagging_.erase(other);
    if (!has_all) lagging_[other] = Clock::now() + kMuted;
  }
}

std::vector<std::string> ClickHouseClient::lagging() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> urls;
  for (const auto& [server, until] : lagging_) {
    if (server != server_) urls.push_back(options_.urls[server]);
  }
  return urls;
}

}  // namespace bellrock::store
