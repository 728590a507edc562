// The store in one SQLite file: WAL, synchronous=FULL, so that what was acknowledged survives kill -9 and power loss.
// One process at a time (a lock file beside the database); one writing connection, a few reading ones.
#pragma once

#include <memory>
#include <string>

#include "control/store/series_store.h"

namespace bellrock::store {

Result<std::unique_ptr<SeriesStore>, StoreError> open_sqlite(const std::string& path);

}  // namespace bellrock::store
