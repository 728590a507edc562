// SQLite in C++: connections and prepared statements that clean up after themselves. Failures are thrown as SqlError
// and caught by the store's public functions; none leaves this folder. A connection is used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace bellrock::store {

struct SqlError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Connection {
 public:
  explicit Connection(const std::string& path, bool read_only);
  void run(const char* sql);  // any number of statements, no results
  std::int64_t number(const char* sql);
  [[nodiscard]] sqlite3* get() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// bind() numbers parameters from 1, columns count from 0. `start` makes a statement ready to be run again.
class Statement {
 public:
  Statement(const Connection& connection, const char* sql);

  template <typename... Values>
  Statement& start(const Values&... values) {
    sqlite3_reset(statement_.get());
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  bool next();                                      // false: no more rows
  void done() { sqlite3_reset(statement_.get()); }  // with the rows that are left
  void run() {
    while (next()) {
    }
  }

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  [[nodiscard]] std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] Bytes blob(int column) const;  // until the next step
  template <std::size_t N>
  void read(int column, std::array<std::uint8_t, N>& to) const {
    const Bytes from = blob(column);
    if (from.size() != N) throw SqlError("a stored value has the wrong size");
    std::copy(from.begin(), from.end(), to.begin());
  }

 private:
  // Bound text and blobs must live until the statement has run.
  void bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), index, value)); }
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, Bytes value);
  template <std::size_t N>
  void bind(int index, const std::array<std::uint8_t, N>& value) {
    bind(index, Bytes(value));
  }
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace bellrock::store
