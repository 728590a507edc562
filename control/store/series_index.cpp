#include "control/store/series_index.h"

#include <mutex>

#include "control/store/cell_row.h"

namespace bellrock::store {

void SeriesIndex::load(const Connection& connection) {
  std::map<control::SeriesKey, std::int64_t> ids;
  Statement rows(connection, "SELECT id, journey, version, kind, item, detail, scope, dimensions FROM series");
  for (rows.start(); rows.next();) {
    control::SeriesKey key;
    key.journey = rows.text(1);
    key.version = rows.count(2);
    key.kind = static_cast<CellKind>(rows.integer(3));
    key.item = rows.text(4);
    key.detail = rows.text(5);
    key.scope = static_cast<CellScope>(rows.integer(6));
    key.dimensions = read_dimensions(rows.text(7));
    ids.emplace(std::move(key), rows.integer(0));
  }
  const std::unique_lock lock(mutex_);
  ids_ = std::move(ids);
}

std::optional<std::int64_t> SeriesIndex::find(const control::SeriesKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = ids_.find(key);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

void SeriesIndex::find_each(const std::map<control::SeriesKey, control::Histogram>& window,
                            std::vector<std::int64_t>& ids) const {
  const std::shared_lock lock(mutex_);
  auto at = ids_.end();
  for (const auto& [key, histogram] : window) {
    if (at == ids_.end() || at->first != key) at = ids_.lower_bound(key);
    const bool known = at != ids_.end() && at->first == key;
    ids.push_back(known ? at->second : kUnknown);
    if (known) ++at;
  }
}

void SeriesIndex::add(const control::SeriesKey& key, std::int64_t id) {
  const std::unique_lock lock(mutex_);
  ids_.emplace(key, id);
}

std::size_t SeriesIndex::size() const {
  const std::shared_lock lock(mutex_);
  return ids_.size();
}

std::vector<SeriesIndex::Entry> SeriesIndex::matching(const SeriesQuery& query) const {
  const std::shared_lock lock(mutex_);
  std::vector<Entry> found;
  auto at =
      query.journey.empty()
          ? ids_.begin()
          : ids_.lower_bound(control::SeriesKey{.journey = query.journey, .item = {}, .detail = {}, .dimensions = {}});
  for (; at != ids_.end(); ++at) {
    const auto& key = at->first;
    if (!query.journey.empty() && key.journey != query.journey) break;  // sorted by journey first
    if (query.kind && key.kind != *query.kind) continue;
    if (query.scope && key.scope != *query.scope) continue;
    if (!query.item.empty() && key.item != query.item) continue;
    found.push_back({at->second, key});
  }
  return found;
}

}  // namespace bellrock::store
