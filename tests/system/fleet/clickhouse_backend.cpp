#include "tests/system/fleet/clickhouse_backend.h"

#include <stdexcept>

namespace bellrock::fleet {
namespace {

constexpr const char* kDatabase = "faults";
// A part of a table has two files of a page at least for each column, and stays a while after it was merged.
constexpr int kDiskMegabytes = 768;

}  // namespace

ClickHouseBackend::ClickHouseBackend(const std::string& central, const std::string& shop)
    : SmallDiskBackend(central, shop, kDiskMegabytes) {
  server_.emplace(disk() / "clickhouse", std::nullopt, folder() / "clickhouse.log");
  write_document("store: {clickhouse: {url: \"" + server_->url() + "\", database: " + kDatabase + "}}");
}

std::unique_ptr<store::SeriesStore> ClickHouseBackend::open() {
  auto store = store::open_clickhouse(server_->options(kDatabase));
  if (!store.ok()) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

bool ClickHouseBackend::kill_store() {
  server_->kill();
  return true;
}

}  // namespace bellrock::fleet
