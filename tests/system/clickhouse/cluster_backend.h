// A database of its own on the cluster that all tests of a process share. A step takes tens of milliseconds there, so
// that tests with random input are repeated less often, but as often as elsewhere when BELLROCK_CLUSTER_LONG is set.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/store/clickhouse_client.h"
#include "tests/system/clickhouse/cluster.h"
#include "tests/unit/control/store/backend.h"

namespace bellrock::store {

class ClusterBackend : public Backend {
 public:
  ClusterBackend();
  ~ClusterBackend() override;

  Result<std::unique_ptr<SeriesStore>, StoreError> try_open_with(const SeriesLimits& limits) override {
    ClickHouseOptions options = options_;
    options.limits = limits;
    return open_clickhouse(options);
  }
  [[nodiscard]] int kills() const override;
  void expect_hours_are_their_parts(std::int64_t kept_from) override;

  // Of a second centre, which names the servers of each shard in the other order, and so writes to the others.
  std::unique_ptr<SeriesStore> open_from_the_other_end();
  [[nodiscard]] std::unique_ptr<ClickHouseClient> client(std::size_t shard) const;
  [[nodiscard]] const ClickHouseOptions& options() const { return options_; }

 private:
  ClickHouseOptions options_;
};

}  // namespace bellrock::store
