#include "control/store/sqlite.h"

namespace bellrock::store {

Connection::Connection(const std::string& path, bool read_only) {
  sqlite3* database = nullptr;
  const int mode = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &database, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) throw SqlError(path + ": " + (database ? sqlite3_errmsg(database) : "out of memory"));
  constexpr int kBusyMs = 5'000;
  sqlite3_busy_timeout(database, kBusyMs);
}

void Connection::run(const char* sql) {
  if (sqlite3_exec(get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw SqlError(sqlite3_errmsg(get()));
}

std::int64_t Connection::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.start().next() ? statement.integer(0) : 0;
}

Statement::Statement(const Connection& connection, const char* sql) : database_(connection.get()) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  check(code);
}

bool Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    const std::string message = sqlite3_errmsg(database_);
    sqlite3_reset(statement_.get());
    throw SqlError(message);
  }
  sqlite3_reset(statement_.get());
  return false;
}

std::string Statement::text(int column) const { return std::string(bellrock::text(blob(column))); }

Bytes Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  return {static_cast<const std::uint8_t*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Statement::bind(int index, std::string_view value) {
  check(sqlite3_bind_text64(statement_.get(), index, value.data() ? value.data() : "", value.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}

void Statement::bind(int index, Bytes value) {
  const void* data = value.data() ? static_cast<const void*>(value.data()) : "";
  check(sqlite3_bind_blob64(statement_.get(), index, data, value.size(), SQLITE_STATIC));
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SqlError(sqlite3_errmsg(database_));
}

}  // namespace bellrock::store
