#include "control/store/rollup.h"

#include <map>

#include "control/store/cell_row.h"

namespace bellrock::store {

Rollup::Rollup(const Connection& connection)
    : cells_(connection,
             "SELECT start, n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM cells "
             "WHERE series = ? AND start < ? ORDER BY start"),
      delete_cells_(connection, "DELETE FROM cells WHERE series = ? AND start < ?"),
      read_minute_(connection,
                   "SELECT n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM minutes "
                   "WHERE series = ? AND start = ?"),
      write_minute_(connection, "INSERT OR REPLACE INTO minutes VALUES (?,?,?,?,?,?,?,?,?,?,?)"),
      delete_minutes_(connection, "DELETE FROM minutes WHERE series = ? AND start < ?") {}

void Rollup::run(std::int64_t series, std::int64_t fine_before, std::int64_t minutes_before) {
  std::map<std::int64_t, control::Distribution> minutes;
  for (cells_.start(series, fine_before); cells_.next();) {
    const std::int64_t minute = minute_of(cells_.integer(0));
    if (minute >= minutes_before) merge(minutes[minute], read_cell(cells_, 1));
  }
  for (const auto& [start, delta] : minutes) {
    // Never more than its hour, whose bound was checked.
    (void)add_to_cell(read_minute_, write_minute_, series, start, delta);
  }
  delete_cells_.start(series, fine_before).run();
  delete_minutes_.start(series, minutes_before).run();
}

}  // namespace bellrock::store
