// The ids of all series, in memory: the writer adds, snapshots look for what matches. Bounded by kSeriesMax.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/store/series_store.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

class SeriesIndex {
 public:
  void load(const Connection& connection);  // forgets what was there
  [[nodiscard]] std::optional<std::int64_t> find(const control::SeriesKey& key) const;
  void add(const control::SeriesKey& key, std::int64_t id);
  // Appends an id for each series of a frame's window, kUnknown for those that have none yet. Keys of both stand in the
  // same order, so that where nodes send the same series each costs one comparison.
  static constexpr std::int64_t kUnknown = -1;
  void find_each(const std::map<control::SeriesKey, control::Histogram>& window, std::vector<std::int64_t>& ids) const;
  [[nodiscard]] std::size_t size() const;

  struct Entry {
    std::int64_t id;
    control::SeriesKey key;
  };
  [[nodiscard]] std::vector<Entry> matching(const SeriesQuery& query) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<control::SeriesKey, std::int64_t> ids_;
};

}  // namespace bellrock::store
