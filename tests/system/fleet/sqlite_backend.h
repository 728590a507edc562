// bellrock-central over SQLite, on a small disk of its own.
#pragma once

#include "tests/system/fleet/small_disk_backend.h"

namespace bellrock::fleet {

class SqliteBackend : public SmallDiskBackend {
 public:
  SqliteBackend(const std::string& central, const std::string& shop);
  std::unique_ptr<store::SeriesStore> open() override;
};

}  // namespace bellrock::fleet
