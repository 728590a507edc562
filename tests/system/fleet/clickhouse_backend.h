// bellrock-central over ClickHouse, whose server is a process too and has its data on the small disk.
#pragma once

#include <optional>

#include "tests/system/clickhouse/server.h"
#include "tests/system/fleet/small_disk_backend.h"

namespace bellrock::fleet {

class ClickHouseBackend : public SmallDiskBackend {
 public:
  ClickHouseBackend(const std::string& central, const std::string& shop);
  ~ClickHouseBackend() override { SmallDiskBackend::kill(); }
  std::unique_ptr<store::SeriesStore> open() override;
  bool kill_store() override;
  bool start_store() override { return server_->try_start(); }

 private:
  std::optional<store::ClickHouseServer> server_;
};

}  // namespace bellrock::fleet
