// The store in one SQLite file: WAL, synchronous=FULL, so that what was acknowledged survives kill -9 and power loss.
// One process at a time (a lock file beside the database); one writing connection, a few reading ones.
#pragma once

#include <memory>
#include <string>

#include "control/store/series_store.h"
#include "control/store/sum_cache.h"

namespace bellrock::store {

// `cache_bytes_max`: for sums over past parts of time (sum_cache.h); 0: every question reads the tables.
Result<std::unique_ptr<SeriesStore>, StoreError> open_sqlite(const std::string& path,
                                                             std::size_t cache_bytes_max = SumCache::kBytesMax,
                                                             const SeriesLimits& limits = {});

}  // namespace bellrock::store
