// Adds windows of 10 s up by minute, inside the caller's transaction. Every count is in exactly one of `cells` and
// `minutes` until its minute is deleted, and in `hours` all along. One thread.
#pragma once

#include <cstdint>

#include "control/store/sqlite.h"

namespace bellrock::store {

class Rollup {
 public:
  explicit Rollup(const Connection& connection);

  // Of one series: windows before `fine_before` become minutes; minutes before `minutes_before` are deleted.
  void run(std::int64_t series, std::int64_t fine_before, std::int64_t minutes_before);

 private:
  Statement cells_, delete_cells_, read_minute_, write_minute_, delete_minutes_;
};

}  // namespace bellrock::store
