// Statements to ClickHouse over HTTP, each a request of its own; any thread. Failures are thrown as SqlError and caught
// by the store's public functions. A failed insert may have happened, or may happen later.
//
// The servers of a shard hold copies, and a copy may lag. One of them is asked for all things, until it cannot be
// reached or has not got what others have; and none is asked that has not got it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/store/clickhouse_store.h"
#include "control/store/row_binary.h"

namespace bellrock::store {

// No connection came about: nothing was done.
struct NotReached : SqlError {
  using SqlError::SqlError;
};

using TableNames = std::span<const char* const>;

class ClickHouseClient {
 public:
  explicit ClickHouseClient(ClickHouseOptions options) : options_(std::move(options)) {}

  // One statement without rows: its text is sent as it is. It may take ten times as long as others.
  void run(const std::string& statement) const;
  // Without the database, which may not be there yet.
  void run_outside(const std::string& statement) const;
  // A table that is not there for a moment, because it is read anew from the disk, is waited for.
  [[nodiscard]] RowReader select(const std::string& query) const;
  // All of `rows` as one block, which is written wholly or not at all where they belong to one partition.
  void insert(std::string_view table, const RowWriter& rows) const;

  // Of one server, whichever is in use. `inside` the database, which otherwise may not be there yet. A query is given
  // up after `at_most`, or where one of `select` would be.
  void run_at(std::size_t server, const std::string& statement, bool inside) const;
  [[nodiscard]] RowReader select_at(std::size_t server, const std::string& query, bool inside = false,
                                    std::chrono::milliseconds at_most = kSoon) const;

  // For servers that hold copies, and nothing for others. Afterwards the one in use has all that was written to
  // `tables` before; SqlError when none has, after a while of waiting.
  void catch_up(TableNames tables) const { catch_up(tables, std::chrono::seconds(3)); }
  void catch_up(TableNames tables, std::chrono::milliseconds patience) const;
  // Waits until the other servers have `tables` as they are now, but not for one that cannot be reached or lags far
  // behind. The writing thread.
  void spread(TableNames tables) const;
  // The servers that `spread` did not wait for, the last time that it tried.
  [[nodiscard]] std::vector<std::string> lagging() const;

  [[nodiscard]] const ClickHouseOptions& options() const { return options_; }
  [[nodiscard]] std::size_t in_use() const { return server_ % options_.urls.size(); }  // of options().urls

 private:
  // Small questions, between which others wait.
  static constexpr std::chrono::milliseconds kSoon{2'000};
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string send(std::string_view parameters, std::string_view body, bool inside,
                                 std::chrono::milliseconds timeout) const;
  [[nodiscard]] std::string send_to(std::size_t server, const std::string& target, std::string_view body,
                                    std::chrono::milliseconds timeout) const;
  [[nodiscard]] std::string target(bool inside) const;
  void take_another(std::size_t server) const;
  [[noreturn]] void give_up(const std::string& why) const;

  ClickHouseOptions options_;
  mutable std::atomic<std::size_t> server_ = 0;    // the one in use
  mutable std::atomic<Clock::rep> failed_at_ = 0;  // when last no server of the shard would do
  mutable std::mutex mutex_;                       // of what follows
  mutable std::string failed_why_;
  mutable std::map<std::size_t, Clock::time_point> lagging_;  // servers that `spread` does not wait for, until then
};

// A text as a literal that no text can end early.
std::string literal(std::string_view text);
// What `unhex` makes of it is `text`: for a list of many, to which it is applied once.
std::string hex_text(std::string_view text);

}  // namespace bellrock::store
