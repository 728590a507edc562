// A database of its own on the server that all tests of a process share.
#pragma once

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_view.h"
#include "tests/system/clickhouse/server.h"
#include "tests/unit/control/store/backend.h"

namespace bellrock::store {

class ClickHouseBackend : public Backend {
 public:
  ClickHouseBackend() : options_(ClickHouseServer::shared().options(fresh_name())) {}
  ~ClickHouseBackend() override {
    try {
      client().run_outside("DROP DATABASE IF EXISTS " + options_.database);
    } catch (const std::exception&) {
      ADD_FAILURE() << "the server does not answer any more";
    }
  }

  Result<std::unique_ptr<SeriesStore>, StoreError> try_open_with(const SeriesLimits& limits) override {
    ClickHouseOptions options = options_;
    options.limits = limits;
    return open_clickhouse(options);
  }

  void expect_hours_are_their_parts(std::int64_t kept_from) override {
    const std::string runs = load_view(client()).runs_condition(), from = std::to_string(kept_from);
    const std::string parts =
        "SELECT sum(cityHash64(journey, kind, item, detail, dimensions, at) * n) FROM (SELECT "
        "journey, kind, item, detail, dimensions, intDiv(start, 3600) * 3600 AS at, n FROM ";
    const auto sum = [&](const char* table) {
      return client().select(parts + table + " WHERE start >= " + from + " AND " + runs + ")").count();
    };
    EXPECT_EQ(sum("hours"), sum("minutes"));
  }

  [[nodiscard]] ClickHouseClient client() const { return ClickHouseClient(options_); }
  [[nodiscard]] const ClickHouseOptions& options() const { return options_; }

 private:
  static std::string fresh_name() {
    static int made = 0;
    return "bellrock_test_" + std::to_string(++made);
  }

  ClickHouseOptions options_;
};

}  // namespace bellrock::store
