#include "control/store/sqlite_snapshot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "control/store/cell_row.h"
#include "control/store/story_row.h"

namespace bellrock::store {
namespace {

using control::Distribution;
using control::SeriesSlice;
using control::SeriesSum;

constexpr const char* kCells =
    "SELECT start, n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM cells "
    "WHERE series = ? AND start >= ? AND start < ? ORDER BY start";
constexpr const char* kHours =
    "SELECT start, n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM hours "
    "WHERE series = ? AND start >= ? AND start < ? ORDER BY start";

constexpr const char* kMinutes =
    "SELECT start, n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM minutes "
    "WHERE series = ? AND start >= ? AND start < ? ORDER BY start";

// [from, to) as whole hours with windows of 10 s before and after.
struct Parts {
  Parts(std::int64_t from, std::int64_t to)
      : hours_from(std::min(hour_of(from + kHourSeconds - 1), to)), hours_to(std::max(hour_of(to), hours_from)) {}
  std::int64_t hours_from, hours_to;
};

// Calls on_cell(start, cell) for every row of one series in a range.
template <typename OnCell>
void each(Statement& statement, std::int64_t series, std::int64_t from, std::int64_t to, OnCell&& on_cell) {
  if (from >= to) return;
  for (statement.start(series, from, to); statement.next();) on_cell(statement.integer(0), read_cell(statement, 1));
}

// Hours answer where every slice is made of whole ones.
bool in_whole_hours(const SeriesQuery& query, std::int64_t step_s) {
  return step_s % kHourSeconds == 0 && query.from % kHourSeconds == 0;
}

std::int64_t slice_of(const SeriesQuery& query, std::int64_t step_s, std::int64_t start) {
  return query.from + (start - query.from) / step_s * step_s;
}

// What the hours of each day of one series add up to (add_up).
struct DayReader {
  Statement& hours;
  std::int64_t series;

  template <typename OnPart>
  void operator()(std::int64_t from, std::int64_t to, OnPart&& on_part) const {
    std::int64_t day = 0;
    Distribution total;
    const auto finish = [&] {
      if (total.n != 0) on_part(day, std::exchange(total, {}));
    };
    each(hours, series, from, to, [&](std::int64_t start, const Distribution& cell) {
      if (chunk_to(start, kDayChunkSeconds) != day) finish();
      day = chunk_to(start, kDayChunkSeconds);
      merge(total, cell);
    });
    finish();
  }
};

// Adds what the settled hours of one series add up to; whole days of them are kept for other spans.
void add_settled(const CacheView& view, Statement& hours, std::int64_t series, const SettledSpan& span,
                 Distribution& total) {
  auto kept = view.cache->spans.find(series, span.from, span.fingerprint);
  if (!kept) {
    Distribution sum;
    const Cached<Distribution> days{&view.cache->days, &TouchState::days, kDayChunkSeconds};
    add_up(view, days, series, span.from, span.to, DayReader{hours, series},
           [&](const Distribution& day) { merge(sum, day); });
    kept = std::make_shared<const Distribution>(std::move(sum));
    if (view.cache->make_room_for_span(bytes_of(*kept)))
      view.cache->spans.put(series, span.from, span.fingerprint, kept);
  }
  merge(total, *kept);
}

// Counts of one series by minute or hour, part by part (add_up).
struct CountReader {
  Statement& rows;
  std::int64_t series, chunk_s, unit_s;

  template <typename OnPart>
  void operator()(std::int64_t from, std::int64_t to, OnPart&& on_part) const {
    std::int64_t chunk = 0;
    PartCounts part;
    const auto finish = [&] {
      if (!part.empty()) on_part(chunk, std::exchange(part, {}));
    };
    for (rows.start(series, from, to); rows.next();) {
      const std::int64_t at = chunk_to(rows.integer(0), unit_s);
      if (chunk_to(at, chunk_s) != chunk) finish();
      chunk = chunk_to(at, chunk_s);
      if (part.empty() || part.back().first != at) part.emplace_back(at, 0);
      part.back().second += rows.count(1);
    }
    finish();
  }
};

// Sums of 62-bit numbers in halves: SQLite's sum() fails where 63 bits run over.
std::uint64_t big_sum(Connection& connection, const char* high, const char* low) {
  return (static_cast<std::uint64_t>(connection.number(high)) << 32) +
         static_cast<std::uint64_t>(connection.number(low));
}

SourceStatus read_source(const Statement& row) {
  SourceStatus source;
  source.node = row.text(0);
  row.read(1, source.boot);
  row.read(2, source.board_id);
  row.read(3, source.snapshot);
  source.newest_seq = row.count(4);
  source.oldest_seq_held = row.count(5);
  source.applied = row.count(6);
  source.repeated = row.count(7);
  source.conflicts = row.count(8);
  source.lost = row.count(9);
  source.recorded = row.count(10);
  source.first_seen_unix_ms = row.integer(11);
  source.last_seen_unix_ms = row.integer(12);
  source.open = read_levels(row.text(13));
  source.counters = read_levels(row.text(14));
  if (!row.is_null(18)) source.edge = {row.integer(18) != 0, row.integer(19)};
  source.last_lost_unix_ms = row.integer(20);
  if (!row.is_null(21)) source.clock = {row.integer(21), row.integer(22)};
  // Of [base_seq, oldest_seq_held), what was neither applied nor declared lost.
  const std::int64_t span = row.integer(5) - row.integer(15);
  const std::int64_t settled = row.integer(6) - row.integer(16) - row.integer(17) + row.integer(9);
  source.unexplained = static_cast<std::uint64_t>(std::max<std::int64_t>(0, span - settled));
  return source;
}

}  // namespace

std::unique_ptr<Connection> ReaderPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>(path_, true);
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(connection));
}

SqliteSnapshot::SqliteSnapshot(ReaderPool& pool, const SeriesIndex& index, SumCache& cache, const Touches& touches,
                               const Novelty& novelty)
    : pool_(pool),
      index_(index),
      novelty_(novelty),
      connection_(pool.take()),
      cached_{&cache, touches.state(), nullptr} {
  connection_->run("BEGIN");
  connection_->number("SELECT count(*) FROM totals");  // the snapshot begins at the first read
  cached_.after = touches.state();
}

SqliteSnapshot::~SqliteSnapshot() {
  if (sqlite3_exec(connection_->get(), "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK) {
    pool_.give_back(std::move(connection_));
  }
}

Result<std::vector<SeriesSum>, StoreError> SqliteSnapshot::sums(const SeriesQuery& query) {
  return guarded([&] {
    Statement cells(*connection_, kCells), minutes(*connection_, kMinutes), hours(*connection_, kHours);
    const Parts parts(query.from, query.to);
    const auto settled = settled_spans(cached_, parts.hours_from, parts.hours_to);
    const std::int64_t settled_to = settled.empty() ? parts.hours_from : settled.back().to;
    std::vector<SeriesSum> sums;
    for (auto& [id, key] : index_.matching(query)) {
      Distribution total;
      for (const SettledSpan& span : settled) add_settled(cached_, hours, id, span, total);
      const auto add = [&](std::int64_t, const Distribution& cell) { merge(total, cell); };
      each(cells, id, query.from, parts.hours_from, add);
      each(minutes, id, query.from, parts.hours_from, add);
      each(hours, id, settled_to, parts.hours_to, add);
      each(cells, id, parts.hours_to, query.to, add);
      each(minutes, id, parts.hours_to, query.to, add);
      if (total.n != 0) sums.push_back({std::move(key), std::move(total)});
    }
    return sums;
  });
}

Result<std::vector<SeriesSlice>, StoreError> SqliteSnapshot::slices(const SeriesQuery& query, std::int64_t step_s) {
  return guarded([&] {
    const bool whole_hours = in_whole_hours(query, step_s);
    Statement fine(*connection_, whole_hours ? kHours : kCells), minutes(*connection_, kMinutes);
    std::vector<SeriesSlice> slices;
    for (const auto& [id, key] : index_.matching(query)) {
      std::map<std::int64_t, Distribution> by_start;
      const auto add = [&](std::int64_t start, const Distribution& cell) {
        merge(by_start[slice_of(query, step_s, start)], cell);
      };
      each(fine, id, query.from, query.to, add);
      if (!whole_hours) each(minutes, id, query.from, query.to, add);
      for (auto& [start, total] : by_start) slices.push_back({start, key, std::move(total)});
    }
    return slices;
  });
}

Result<Counts, StoreError> SqliteSnapshot::counts(const SeriesQuery& query, std::int64_t step_s) {
  return guarded([&] {
    const bool whole_hours = in_whole_hours(query, step_s);
    constexpr const char* kFineN =
        "SELECT start, n FROM cells WHERE series = ?1 AND start >= ?2 AND start < ?3 UNION ALL "
        "SELECT start, n FROM minutes WHERE series = ?1 AND start >= ?2 AND start < ?3 ORDER BY start";
    constexpr const char* kHoursN =
        "SELECT start, n FROM hours WHERE series = ? AND start >= ? AND start < ? ORDER BY start";
    Statement rows(*connection_, whole_hours ? kHoursN : kFineN);
    const Cached<PartCounts> parts =
        whole_hours ? Cached<PartCounts>{&cached_.cache->hours, &TouchState::days, kDayChunkSeconds}
                    : Cached<PartCounts>{&cached_.cache->minutes, &TouchState::fine, kFineChunkSeconds};
    // Windows of 10 s are kept together by the minute, unless slices are finer.
    const bool by_minute = step_s % kMinuteSeconds == 0 && query.from % kMinuteSeconds == 0;
    const CacheView view = (whole_hours || by_minute) && !query.once ? cached_ : CacheView{};
    const std::int64_t unit_s = whole_hours ? kHourSeconds : by_minute ? kMinuteSeconds : 1;
    Counts counts;
    for (auto& [id, key] : index_.matching(query)) {
      const std::size_t before = counts.slices.size();
      const auto add = [&](const PartCounts& part) {  // parts and their counts come in the order of time
        for (const auto& [at, n] : part) {
          const std::int64_t start = slice_of(query, step_s, at);
          if (counts.slices.size() == before || counts.slices.back().start_unix_s != start)
            counts.slices.push_back({start, counts.keys.size(), 0});
          counts.slices.back().n += n;
        }
      };
      add_up(view, parts, id, query.from, query.to, CountReader{rows, id, parts.chunk_s, unit_s}, add);
      if (counts.slices.size() != before) counts.keys.push_back(std::move(key));
    }
    return counts;
  });
}

// More than the lowest kStoriesKeptMax of an outcome are never asked for.
Result<std::vector<control::Storyboard>, StoreError> SqliteSnapshot::storyboards(const StoryQuery& query) {
  return guarded([&] {
    std::vector<control::Storyboard> stories;
    Statement rows(*connection_,
                   "SELECT body FROM (SELECT body, row_number() OVER (PARTITION BY outcome ORDER BY rank) AS place "
                   "FROM storyboards WHERE journey = ?1 AND minute >= ?2 AND minute < ?3 "
                   "AND (?4 = '' OR outcome = ?4)) WHERE place <= ?5");
    rows.start(query.journey, query.from, query.to, query.outcome, static_cast<int>(kStoriesKeptMax));
    while (rows.next()) stories.push_back(read_story(rows.blob(0)));
    control::keep_lowest(stories);
    return stories;
  });
}

Result<Heard, StoreError> SqliteSnapshot::heard(std::int64_t from, std::int64_t to) {
  return guarded([&] {
    Heard heard;
    Statement first(*connection_, "SELECT minute FROM heard ORDER BY minute LIMIT 1");
    if (first.start().next()) heard.first = first.integer(0);
    Statement rows(*connection_, "SELECT count(*) FROM heard WHERE minute >= ? AND minute < ?");
    if (rows.start(from, to).next()) heard.minutes = rows.integer(0);
    return heard;
  });
}

Result<std::vector<JournalEntry>, StoreError> SqliteSnapshot::journal(const std::string& kind, std::size_t max) {
  return guarded([&] {
    std::vector<JournalEntry> entries;
    Statement rows(*connection_,
                   "SELECT id, made, kind, journey, objective, key, body FROM journal WHERE kind = ? "
                   "ORDER BY id DESC LIMIT ?");
    for (rows.start(kind, static_cast<std::uint64_t>(max)); rows.next();) {
      entries.push_back(
          {rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)});
    }
    return entries;
  });
}

Result<std::map<std::string, std::uint64_t>, StoreError> SqliteSnapshot::board_lost(std::int64_t from,
                                                                                    std::int64_t to) {
  return guarded([&] {
    std::map<std::string, std::uint64_t> lost;
    Statement rows(*connection_,
                   "SELECT journey, sum(n) FROM board_lost WHERE start >= ? AND start < ? GROUP BY journey");
    for (rows.start(hour_of(from), to); rows.next();) lost[rows.text(0)] = rows.count(1);
    return lost;
  });
}

Result<std::vector<SourceStatus>, StoreError> SqliteSnapshot::sources() {
  return guarded([&] {
    std::vector<SourceStatus> sources;
    Statement rows(
        *connection_,
        "SELECT node, boot, board_id, snapshot, newest_seq, oldest_seq_held, applied, repeated, conflicts, lost, "
        "recorded, first_seen_ms, last_seen_ms, open, counters, base_seq, applied_below_base, "
        "(SELECT count(*) FROM frames WHERE source = id AND seq >= oldest_seq_held), running, since_ms, "
        "ifnull(last_ms, 0), offset_ms, uncertain_ms FROM sources LEFT JOIN edges ON edges.source = id "
        "LEFT JOIN losses ON losses.source = id LEFT JOIN clocks ON clocks.source = id ORDER BY node, id");
    for (rows.start(); rows.next();) sources.push_back(read_source(rows));
    return sources;
  });
}

Result<std::vector<LifetimeCount>, StoreError> SqliteSnapshot::lifetime() {
  return guarded([&] {
    std::vector<LifetimeCount> counts;
    Statement rows(*connection_, "SELECT id, ever FROM series WHERE scope = 0");
    std::map<std::int64_t, std::uint64_t> ever;
    for (rows.start(); rows.next();) ever[rows.integer(0)] = rows.count(1);
    SeriesQuery totals;
    totals.scope = CellScope::kTotal;
    for (auto& [id, key] : index_.matching(totals)) {
      if (const auto found = ever.find(id); found != ever.end()) counts.push_back({std::move(key), found->second});
    }
    return counts;
  });
}

Result<std::map<std::string, JourneyLedger>, StoreError> SqliteSnapshot::ledger() {
  TRY_ASSIGN(const auto all, sources());
  TRY_ASSIGN(const auto counts, lifetime());
  return guarded([&] {
    std::map<std::string, JourneyLedger> ledger;
    for (const auto& [key, n] : counts) {
      if (key.kind == CellKind::kStart) ledger[key.journey].starts += n;
      if (key.kind == CellKind::kOutcome) ledger[key.journey].ended += n;
    }
    Statement rows(*connection_, "SELECT journey, n FROM board_lost_ever");
    for (rows.start(); rows.next();) ledger[rows.text(0)].board_lost = rows.count(1);
    for (const auto& source : all) {
      for (const auto& [journey, open] : source.open) ledger[journey].open += open;
    }
    return ledger;
  });
}

Result<Conservation, StoreError> SqliteSnapshot::conservation() {
  return guarded([&] {
    Conservation all;
    all.recorded = big_sum(*connection_, "SELECT sum(recorded >> 32) FROM sources",
                           "SELECT sum(recorded & 4294967295) FROM sources");
    all.kept = sum_kept(*connection_, cached_);
    all.trimmed = static_cast<std::uint64_t>(connection_->number("SELECT value FROM totals WHERE name = 'trimmed'"));
    return all;
  });
}

Result<AsideSummary, StoreError> SqliteSnapshot::aside() {
  return guarded([&] {
    AsideSummary aside;
    aside.refused = static_cast<std::uint64_t>(connection_->number("SELECT value FROM totals WHERE name = 'refused'"));
    aside.kept = static_cast<std::uint64_t>(connection_->number("SELECT count(*) FROM aside"));
    Statement last(*connection_, "SELECT reason, received_ms FROM aside ORDER BY id DESC LIMIT 1");
    if (last.start().next()) {
      aside.last_reason = last.text(0);
      aside.last_unix_ms = last.integer(1);
    }
    return aside;
  });
}

}  // namespace bellrock::store
