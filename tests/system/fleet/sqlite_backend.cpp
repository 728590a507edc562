#include "tests/system/fleet/sqlite_backend.h"

#include <stdexcept>

#include "control/store/sqlite_store.h"

namespace bellrock::fleet {

SqliteBackend::SqliteBackend(const std::string& central, const std::string& shop)
    : SmallDiskBackend(central, shop, 96) {
  write_document("database: " + (disk() / "db").string());
}

std::unique_ptr<store::SeriesStore> SqliteBackend::open() {
  auto store = store::open_sqlite(disk() / "db");
  if (!store.ok()) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

}  // namespace bellrock::fleet
