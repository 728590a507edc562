// What all series of a store keep together, day by day, so that the sum which has to equal what nodes recorded is read
// from the table and yet is not read as a whole each time it is asked for. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "control/store/sqlite.h"

namespace bellrock::store {

struct CacheView;

// n of each day that has hours, and the version of the day (touches.h) that it is of; none: it may change.
struct KeptDay {
  std::optional<std::uint64_t> version;
  std::uint64_t n = 0;
};
struct KeptDays {
  // How often days had been deleted (touches.h). All days of a snapshot that begins no earlier are among these.
  std::uint64_t deletions = 0;
  std::map<std::int64_t, KeptDay> days;  // by their start
};

// The last answer, for the next one to begin with.
class KeptDaysCache {
 public:
  [[nodiscard]] std::shared_ptr<const KeptDays> get() const {
    const std::lock_guard lock(mutex_);
    return days_;
  }
  // A snapshot of before a deletion does not take the place of one after it.
  void put(std::shared_ptr<const KeptDays> days) {
    const std::lock_guard lock(mutex_);
    if (!days_ || days_->deletions <= days->deletions) days_ = std::move(days);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const KeptDays> days_;
};

// The sum of n over the table `hours` as the snapshot sees it. Reads all of it the first time, and in a snapshot of
// before a deletion that another one has seen; else the days that have changed, of which the newest always has, and
// those that are being deleted.
std::uint64_t sum_kept(const Connection& snapshot, const CacheView& view);

}  // namespace bellrock::store
