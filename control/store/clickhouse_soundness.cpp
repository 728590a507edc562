#include "control/store/clickhouse_soundness.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "control/store/clickhouse_schema.h"

namespace bellrock::store {
namespace {

constexpr std::chrono::milliseconds kWaitMax{1'000};
// Shows that there is room. It is made and dropped.
constexpr const char* kRoom = "room";

bool is_code(const SqlError& error, std::string_view code) {
  return std::string_view(error.what()).find(code) != std::string_view::npos;
}

// `IF NOT EXISTS` is no help where the table is there: another centre may have attached it meanwhile.
void attach(const ClickHouseClient& client, std::size_t server, const char* table) {
  try {
    client.run_at(server, std::string("ATTACH TABLE IF NOT EXISTS ") + table, true);
  } catch (const SqlError& error) {
    if (!is_code(error, "Code: 57,")) throw;
  }
}

}  // namespace

void attach_detached(const ClickHouseClient& client, std::size_t server) {
  RowReader rows =
      client.select_at(server, "SELECT name FROM system.tables WHERE database = " + literal(client.options().database),
                       false, client.options().timeout);
  std::set<std::string> there;
  while (rows.more()) there.insert(rows.text());
  const auto is_there = [&](const Table& table) { return there.contains(table.name); };
  // They are detached one by one, never all.
  if (std::none_of(kTables.begin(), kTables.end(), is_there)) return;
  for (const Table& table : kTables) {
    if (is_there(table)) continue;
    try {
      attach(client, server, table.name);
    } catch (const SqlError& error) {
      if (!is_code(error, "Code: 390,")) throw;  // it was never made
    }
  }
}

Soundness::Soundness(const ClickHouseClient& client) : client_(client), last_(ask()) {
  known_ = last_.failed_writes == 0;
  in_doubt_ = !known_;
}

Soundness::Signs Soundness::ask() const {
  Signs signs;
  signs.server = client_.in_use();
  signs.asked = Clock::now();
  RowReader row = client_.select_at(
      signs.server,
      "SELECT toUInt64(uptime()), sumIf(value, event = 'WriteBufferFromFileDescriptorWriteFailed'), sumIf(value, event "
      "= 'Query'), (SELECT count() FROM system.tables WHERE database = " +
          literal(client_.options().database) + " AND name != '" + kRoom + "') FROM system.events",
      false, client_.options().timeout);
  signs.answered = Clock::now();
  for (auto* value : {&signs.uptime_s, &signs.failed_writes, &signs.queries, &signs.tables}) *value = row.count();
  return signs;
}

// A server that started again begins to count at nothing: of its whole seconds fewer have passed than of ours, from
// which its clock may differ by a thousandth.
bool Soundness::nothing_failed(const Signs& before, const Signs& after) {
  using Slow = std::chrono::duration<std::int64_t, std::ratio<1'000, 999>>;
  const auto apart = std::max(Clock::duration::zero(), after.asked - before.answered);
  const auto passed = static_cast<std::uint64_t>(std::chrono::duration_cast<Slow>(apart).count());
  return before.server == after.server && before.failed_writes == after.failed_writes &&
         before.queries <= after.queries && after.uptime_s >= before.uptime_s + passed;
}

std::uint64_t Soundness::settle() {
  const std::lock_guard lock(mutex_);
  if (suspected_ || in_doubt_) (void)client_.select("SELECT 1");  // a server that can be reached is in use now
  if (suspected_ && !in_doubt_) in_doubt_ = !is_as_it_was(ask());
  suspected_ = false;
  if (in_doubt_) restore();
  return number_;
}

void Soundness::suspect() {
  const std::lock_guard lock(mutex_);
  suspected_ = true;
}

bool Soundness::is_as_it_was(const Signs& now) const {
  return nothing_failed(last_, now) && now.tables == last_.tables;
}

void Soundness::expect(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const Signs now = ask();
  if (!in_doubt_ && number == number_) {
    if (is_as_it_was(now)) {
      last_ = now;
      wait_ = kWait;
      return;
    }
    in_doubt_ = true;
    ++number_;
  }
  throw SqlError("ClickHouse at " + client_.options().urls[now.server] +
                 (now.failed_writes != last_.failed_writes ? " could not write to its disk (is it full?)"
                                                           : " was started again, or its tables were read anew") +
                 ": what it last said to have written is not believed, and is to be sent again");
}

void Soundness::restore() {
  if (Clock::now() - tried_ < wait_) throw SqlError("ClickHouse's tables are to be read anew from its disk");
  tried_ = Clock::now();
  wait_ = std::min(2 * wait_, kWaitMax);
  Signs before = ask();
  // A server that started has read its tables.
  if (before.failed_writes != 0 && !(known_ && nothing_failed(last_, before))) {
    for (const Table& table : kTables) {
      // What merged parts were made of stays until the merged ones are known to be whole.
      client_.run_at(before.server, "SYSTEM STOP MERGES " + client_.options().database + "." + table.name, true);
    }
    expect_room(before.server);
    before = ask();
    reload(before.server);
  } else {
    attach_detached(client_, before.server);
  }
  const Signs after = ask();
  if (!nothing_failed(before, after)) throw SqlError("ClickHouse failed to write while its tables were read anew");
  last_ = after;
  known_ = true;
  in_doubt_ = false;
  ++number_;
}

// What names rows comes before the rows.
void Soundness::reload(std::size_t server) const {
  const auto once_more = [&](const std::string& table) {
    client_.run_at(server, "DETACH TABLE IF EXISTS " + table, true);
    attach(client_, server, table.c_str());
  };
  constexpr std::array<std::string_view, 2> kFirst{"runs", "frames"};
  for (const auto table : kFirst) once_more(std::string(table));
  for (const Table& table : kTables) {
    if (std::find(kFirst.begin(), kFirst.end(), table.name) == kFirst.end()) once_more(table.name);
  }
}

// A table is not attached where a page of its description cannot be written, and nobody can read it until it is.
void Soundness::expect_room(std::size_t server) const {
  const std::string drop = std::string("DROP TABLE IF EXISTS ") + kRoom;
  client_.run_at(server, drop, true);
  const std::uint64_t failed = ask().failed_writes;
  client_.run_at(server, std::string("CREATE TABLE ") + kRoom + " (x UInt64) ENGINE = TinyLog", true);
  try {
    client_.run_at(server, std::string("INSERT INTO ") + kRoom + " SELECT rand64() FROM numbers(131072)", true);
  } catch (const SqlError&) {
    client_.run_at(server, drop, true);
    throw;
  }
  client_.run_at(server, drop, true);
  if (ask().failed_writes != failed) throw SqlError("ClickHouse's disk is full");
}

}  // namespace bellrock::store
