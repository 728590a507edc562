#include "control/store/kept_days.h"

#include <vector>

#include "control/store/cached_rows.h"

namespace bellrock::store {
namespace {

// Sums of 62-bit numbers in halves: SQLite's sum() fails where 63 bits run over.
std::uint64_t whole(const Statement& row, int high) { return (row.count(high) << 32) + row.count(high + 1); }

using Days = std::map<std::int64_t, KeptDay>;

Days read_all(const Connection& snapshot, const CacheView& view) {
  Days days;
  Statement rows(snapshot,
                 "SELECT start / 86400 * 86400, sum(n >> 32), sum(n & 4294967295) FROM hours GROUP BY start / 86400");
  for (rows.start(); rows.next();) {
    const std::int64_t day = rows.integer(0);
    days[day] = {view.version(&TouchState::days, day), whole(rows, 1)};
  }
  return days;
}

// Rows lie by series: each is asked for its few of a day.
class DayReader {
 public:
  explicit DayReader(const Connection& snapshot)
      : rows_(snapshot,
              "SELECT sum(n >> 32), sum(n & 4294967295) FROM series CROSS JOIN hours ON hours.series = series.id "
              "WHERE start >= ? AND start < ?") {}
  std::uint64_t read(std::int64_t day) {
    const std::uint64_t n = rows_.start(day, day + kDayChunkSeconds).next() ? whole(rows_, 0) : 0;
    rows_.done();
    return n;
  }

 private:
  Statement rows_;
};

// More are read with all others: a day by itself costs a look at every series.
constexpr std::size_t kDaysByThemselvesMax = 8;

// All `known` stay, those that are gone with no counts.
Days read_changed(const Connection& snapshot, const CacheView& view, const Days& known) {
  Days days = known;
  for (const auto* const state : {view.before.get(), view.after.get()}) {
    for (const std::int64_t day : state->days.touched()) days.try_emplace(day);
  }
  std::vector<std::int64_t> changed;
  for (const auto& [day, kept] : days) {
    const auto version = view.version(&TouchState::days, day);
    if (!version || version != kept.version) changed.push_back(day);
  }
  if (changed.size() > kDaysByThemselvesMax) {
    Days all = read_all(snapshot, view);
    for (const auto& [day, kept] : days) all.try_emplace(day, KeptDay{view.version(&TouchState::days, day), 0});
    return all;
  }
  DayReader reader(snapshot);
  for (const std::int64_t day : changed) days[day] = {view.version(&TouchState::days, day), reader.read(day)};
  return days;
}

// None where the snapshot may be of before or after a deletion.
std::optional<std::uint64_t> settled_deletions(const CacheView& view) {
  const std::uint64_t before = view.before->days.deletions(), after = view.after->days.deletions();
  return before == after && before % 2 == 0 ? std::optional(before) : std::nullopt;
}

// A snapshot of before a deletion has days that are no longer known. One whose begin took as long as a deletion from
// its begin to its end may see a day of before it that neither state around it tells of any more.
bool serves(const KeptDays& known, const CacheView& view) {
  const std::uint64_t before = view.before->days.deletions(), after = view.after->days.deletions();
  return known.deletions <= before && after - before < 2;
}

// What one question found, for the next. While days are being deleted none is dropped, for another snapshot may still
// see it, and what is known stays good for the same snapshots.
void keep(const CacheView& view, const KeptDays* known, Days&& days) {
  const auto settled = settled_deletions(view);
  if (!settled && !known) return;
  if (settled) std::erase_if(days, [](const auto& day) { return day.second.n == 0; });
  view.cache->kept.put(
      std::make_shared<const KeptDays>(KeptDays{settled ? *settled : known->deletions, std::move(days)}));
}

}  // namespace

std::uint64_t sum_kept(const Connection& snapshot, const CacheView& view) {
  static_assert(kDayChunkSeconds == 86'400);
  auto known = view.cache ? view.cache->kept.get() : nullptr;
  if (known && !serves(*known, view)) known = nullptr;
  auto days = known ? read_changed(snapshot, view, known->days) : read_all(snapshot, view);
  std::uint64_t sum = 0;
  for (const auto& [day, kept] : days) sum += kept.n;
  if (view.cache) keep(view, known.get(), std::move(days));
  return sum;
}

}  // namespace bellrock::store
