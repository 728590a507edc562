// Statements to ClickHouse over HTTP, each a request of its own; any thread. Failures are thrown as SqlError and caught
// by the store's public functions. A failed insert may have happened, or may happen later.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "control/store/clickhouse_store.h"
#include "control/store/row_binary.h"

namespace bellrock::store {

class ClickHouseClient {
 public:
  explicit ClickHouseClient(ClickHouseOptions options) : options_(std::move(options)) {}

  // One statement without rows: its text is sent as it is. It may take ten times as long as others.
  void run(const std::string& statement) const;
  // Without the database, which may not be there yet.
  void run_outside(const std::string& statement) const;
  [[nodiscard]] RowReader select(const std::string& query) const;
  // All of `rows` as one block, which is written wholly or not at all where they belong to one partition.
  void insert(std::string_view table, const RowWriter& rows) const;

  [[nodiscard]] const ClickHouseOptions& options() const { return options_; }

 private:
  [[nodiscard]] std::string send(std::string_view parameters, std::string_view body, bool inside,
                                 std::chrono::milliseconds timeout) const;

  ClickHouseOptions options_;
  mutable std::atomic<std::size_t> server_ = 0;  // the one that answered last
};

// A text as a literal that no text can end early.
std::string literal(std::string_view text);

}  // namespace bellrock::store
