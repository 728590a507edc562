#include "control/store/cell_cache.h"

#include <algorithm>

#include "control/flow/bucket_codec.h"
#include "control/store/cell_row.h"

namespace bellrock::store {

void HeldCell::add(const control::Histogram& delta) {
  if (control::has_measured(delta)) {
    min_ns = measured ? std::min(min_ns, delta.min_ns) : delta.min_ns;
    max_ns = measured ? std::max(max_ns, delta.max_ns) : delta.max_ns;
    measured = true;
  }
  n += delta.n;
  sum_ns += delta.sum_ns;
  zero += delta.zero;
  overflow += delta.overflow;
  add(delta.buckets);
}

void HeldCell::add(const control::Buckets& buckets) {
  if (buckets.empty()) return;
  const std::int32_t low = buckets.begin()->first, high = buckets.rbegin()->first;
  if (counts.empty()) first = low;
  if (low < first) {
    counts.insert(counts.begin(), static_cast<std::size_t>(first - low), 0);
    first = low;
  }
  const auto places = static_cast<std::size_t>(high - first) + 1;
  if (places > counts.size()) counts.resize(places);
  for (const auto& [index, count] : buckets) counts[static_cast<std::size_t>(index - first)] += count;
}

control::Buckets HeldCell::buckets() const {
  control::Buckets::sequence_type occupied;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) occupied.emplace_back(first + static_cast<std::int32_t>(i), counts[i]);
  }
  control::Buckets buckets;
  buckets.adopt_sequence(boost::container::ordered_unique_range, std::move(occupied));
  return buckets;
}

std::size_t CellCache::Hash::operator()(const Key& key) const {
  // Series are numbered one by one, starts are multiples of ten.
  auto hash = static_cast<std::uint64_t>(key.first) * 0x9e3779b97f4a7c15 + static_cast<std::uint64_t>(key.second);
  hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93;
  return hash ^ (hash >> 32);
}

HeldCell& CellCache::at(std::int64_t series, std::int64_t start) {
  const auto [found, is_new] = cells_.try_emplace({series, start});
  HeldCell& cell = found->second;
  if (is_new) {
    if (read_.start(series, start).next()) {
      const control::Distribution row = read_cell(read_, 0);
      read_.done();
      cell.measured = control::has_measured(row);
      cell.n = row.n, cell.sum_ns = row.sum_ns;
      cell.min_ns = row.min_ns, cell.max_ns = row.max_ns;
      cell.zero = row.zero, cell.overflow = row.overflow;
      cell.add(row.buckets);
    }
  }
  if (!cell.changed) {
    changed_.emplace_back(found->first, &cell);
    cell.changed = true;
  }
  return cell;
}

void CellCache::write(const Key& key, HeldCell& cell) {
  const auto packed = control::pack(cell.buckets());
  write_
      .start(key.first, key.second, cell.n, static_cast<std::uint64_t>(cell.sum_ns >> 64),
             static_cast<std::uint64_t>(cell.sum_ns), cell.min_ns, cell.max_ns, cell.zero, cell.overflow, packed.first,
             bytes(packed.bytes))
      .run();
  cell.changed = false;
}

void CellCache::flush() {
  std::sort(changed_.begin(), changed_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, cell] : changed_) {
    // A cell that a refused frame only looked at has no row, and none is made.
    if (cell->n != 0) write(key, *cell);
    cell->changed = false;
  }
  changed_.clear();
  buckets_ = 0;
  for (const auto& [key, cell] : cells_) buckets_ += cell.counts.size();
  if (full()) forget();
}

void CellCache::forget() {
  cells_.clear();
  changed_.clear();
  buckets_ = 0;
}

bool CellCache::full() const { return cells_.size() > kCellsMax || buckets_ > kBucketsMax; }

}  // namespace bellrock::store
