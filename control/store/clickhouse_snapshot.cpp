#include "control/store/clickhouse_snapshot.h"

#include <algorithm>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/guarded.h"
#include "control/store/story_row.h"

namespace bellrock::store {
namespace {

using control::SeriesSlice;
using control::SeriesSum;

std::string text_of(std::int64_t value) { return std::to_string(value); }

std::string series_condition(const SeriesQuery& query) {
  std::string text;
  if (!query.journey.empty()) text += " AND journey = " + literal(query.journey);
  if (query.kind) text += " AND kind = " + text_of(static_cast<int>(*query.kind));
  if (query.scope) text += " AND scope = " + text_of(static_cast<int>(*query.scope));
  if (!query.item.empty()) text += " AND item = " + literal(query.item);
  return text;
}

std::string between(std::int64_t from, std::int64_t to) {
  return from < to ? "start >= " + text_of(from) + " AND start < " + text_of(to) : "0";
}

// The slice that a row belongs to, as an expression.
std::string slice_expression(const SeriesQuery& query, std::int64_t step_s) {
  const std::string from = "toInt64(" + text_of(query.from) + ")", step = text_of(step_s);
  return from + " + intDiv(start - " + from + ", " + step + ") * " + step;
}

const std::string kKeys = kKeyColumns;

}  // namespace

// Whole hours from `hours`, what is before and after them from `minutes`, and what is not rolled up from `cells`.
std::string ClickHouseSnapshot::whole_range(const SeriesQuery& query, const std::string& columns) const {
  const std::int64_t from = std::max(query.from, view_.before), to = std::max(query.to, from);
  const std::int64_t hours_from = std::min(hour_of(from + kHourSeconds - 1), to);
  const std::int64_t hours_to = std::max(hour_of(to), hours_from);
  const std::int64_t minutes_from = std::max(from, view_.minutes_before);
  const std::string series = series_condition(query), runs = " AND " + view_.runs_condition() + series;
  const std::string select = "SELECT " + columns + " FROM ";
  return "(" + select + "cells WHERE " + between(from, to) + " AND " + view_.cells_condition() + series +
         " UNION ALL " + select + "hours WHERE " + between(hours_from, hours_to) + runs + " UNION ALL " + select +
         "minutes WHERE (" + between(minutes_from, hours_from) + " OR " +
         between(std::max(hours_to, minutes_from), to) + ")" + runs + ")";
}

std::string ClickHouseSnapshot::sliced_range(const SeriesQuery& query, std::int64_t step_s,
                                             const std::string& columns) const {
  const bool whole_hours = step_s % kHourSeconds == 0 && query.from % kHourSeconds == 0;
  const std::int64_t from = std::max(query.from, view_.before);
  const std::int64_t rolled_from = whole_hours ? from : std::max(from, view_.minutes_before);
  const std::string series = series_condition(query), select = "SELECT start, " + columns + " FROM ";
  return "(" + select + "cells WHERE " + between(from, query.to) + " AND " + view_.cells_condition() + series +
         " UNION ALL " + select + (whole_hours ? "hours" : "minutes") + " WHERE " + between(rolled_from, query.to) +
         " AND " + view_.runs_condition() + series + ")";
}

Result<std::vector<SeriesSum>, StoreError> ClickHouseSnapshot::sums(const SeriesQuery& query) {
  return guarded([&] {
    RowReader rows = client_.select("SELECT " + kKeys + ", " + kCellSums + " FROM " +
                                    whole_range(query, kKeys + ", " + kCellColumns) + " GROUP BY " + kKeys);
    std::vector<SeriesSum> sums;
    while (rows.more()) {
      auto key = read_key(rows);
      sums.push_back({std::move(key), read_cell(rows)});
    }
    std::sort(sums.begin(), sums.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return sums;
  });
}

Result<std::vector<SeriesSlice>, StoreError> ClickHouseSnapshot::slices(const SeriesQuery& query, std::int64_t step_s) {
  return guarded([&] {
    RowReader rows = client_.select("SELECT " + slice_expression(query, step_s) + " AS slice, " + kKeys + ", " +
                                    kCellSums + " FROM " + sliced_range(query, step_s, kKeys + ", " + kCellColumns) +
                                    " GROUP BY slice, " + kKeys);
    std::vector<SeriesSlice> slices;
    while (rows.more()) {
      const std::int64_t start = rows.integer();
      auto key = read_key(rows);
      slices.push_back({start, std::move(key), read_cell(rows)});
    }
    std::sort(slices.begin(), slices.end(), [](const auto& a, const auto& b) {
      return std::tie(a.key, a.start_unix_s) < std::tie(b.key, b.start_unix_s);
    });
    return slices;
  });
}

Result<Counts, StoreError> ClickHouseSnapshot::counts(const SeriesQuery& query, std::int64_t step_s) {
  return guarded([&] {
    RowReader rows =
        client_.select("SELECT " + slice_expression(query, step_s) + " AS slice, " + kKeys + ", sum(n) FROM " +
                       sliced_range(query, step_s, kKeys + ", n") + " GROUP BY slice, " + kKeys);
    std::map<control::SeriesKey, std::map<std::int64_t, std::uint64_t>> by_key;
    while (rows.more()) {
      const std::int64_t start = rows.integer();
      auto key = read_key(rows);
      by_key[std::move(key)][start] = rows.count();
    }
    Counts counts;
    for (const auto& [key, by_start] : by_key) {
      for (const auto& [start, n] : by_start) counts.slices.push_back({start, counts.keys.size(), n});
      counts.keys.push_back(key);
    }
    return counts;
  });
}

Result<std::vector<control::Storyboard>, StoreError> ClickHouseSnapshot::storyboards(const StoryQuery& query) {
  return guarded([&] {
    const std::string outcome = query.outcome.empty() ? "" : " AND outcome = " + literal(query.outcome);
    RowReader rows = client_.select(
        "SELECT outcome, rank, any(body) FROM storyboards WHERE journey = " + literal(query.journey) + outcome +
        " AND minute >= " + text_of(std::max(query.from, view_.minutes_before)) + " AND minute < " + text_of(query.to) +
        " GROUP BY outcome, rank ORDER BY outcome, rank LIMIT " + std::to_string(kStoriesKeptMax) + " BY outcome");
    std::vector<control::Storyboard> stories;
    while (rows.more()) {
      (void)rows.text();
      (void)rows.count();
      stories.push_back(read_story(bytes(rows.text())));
    }
    control::keep_lowest(stories);
    return stories;
  });
}

std::string ClickHouseSnapshot::heard_rows() const {
  return "(SELECT heard AS at FROM frames WHERE " + view_.frames_condition() +
         " UNION ALL SELECT minute AS at FROM heard) WHERE at >= " + text_of(view_.before);
}

Result<Heard, StoreError> ClickHouseSnapshot::heard(std::int64_t from, std::int64_t to) {
  return guarded([&] {
    const std::string inside = "at >= " + text_of(from) + " AND at < " + text_of(to);
    RowReader row = client_.select("SELECT count(), min(at), uniqExactIf(at, " + inside + ") FROM " + heard_rows());
    Heard heard;
    if (!row.more() || row.count() == 0) return heard;
    heard.first = row.integer();
    heard.minutes = row.integer();
    return heard;
  });
}

Result<ClickHouseSnapshot::HeardMinutes, StoreError> ClickHouseSnapshot::heard_minutes(std::int64_t from,
                                                                                       std::int64_t to) {
  return guarded([&] {
    const std::string inside = "at >= " + text_of(from) + " AND at < " + text_of(to);
    RowReader row =
        client_.select("SELECT count(), min(at), groupUniqArrayIf(at, " + inside + ") FROM " + heard_rows());
    HeardMinutes heard;
    if (!row.more() || row.count() == 0) return heard;
    heard.first = row.integer();
    heard.minutes.resize(row.length());
    for (auto& minute : heard.minutes) minute = row.integer();
    return heard;
  });
}

Result<std::vector<JournalEntry>, StoreError> ClickHouseSnapshot::journal(const std::string& kind, std::size_t max) {
  return guarded([&] {
    // Two centres may have written one thing at once: one of the two is shown.
    RowReader rows = client_.select(
        "SELECT min(id), any(made), any(kind), any(journey), any(objective), key, argMax(body, change) FROM journal "
        "FINAL WHERE kind = " +
        literal(kind) + " AND made >= " + text_of(view_.before) +
        " GROUP BY key, if(key = '', id, 0) AS one, if(key = '', writer, 0) AS by ORDER BY min(id) DESC LIMIT " +
        std::to_string(max));
    std::vector<JournalEntry> entries;
    while (rows.more()) {
      JournalEntry entry;
      entry.id = rows.integer();
      entry.made_unix_s = rows.integer();
      for (auto* text : {&entry.kind, &entry.journey, &entry.objective, &entry.key, &entry.body}) *text = rows.text();
      entries.push_back(std::move(entry));
    }
    return entries;
  });
}

Result<std::vector<LifetimeCount>, StoreError> ClickHouseSnapshot::lifetime() {
  return guarded([&] {
    const std::string select = "SELECT " + kKeys + ", n FROM ";
    RowReader rows = client_.select("SELECT " + kKeys + ", sum(n) FROM (" + select +
                                    "lifetime WHERE run = " + std::to_string(view_.lifetime_run) + " UNION ALL " +
                                    select + "cells WHERE scope = " + text_of(static_cast<int>(CellScope::kTotal)) +
                                    " AND " + view_.cells_condition() + ") GROUP BY " + kKeys);
    std::vector<LifetimeCount> counts;
    while (rows.more()) {
      auto key = read_key(rows);
      counts.push_back({std::move(key), rows.count()});
    }
    std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return counts;
  });
}

Result<Conservation, StoreError> ClickHouseSnapshot::conservation() {
  return guarded([&] {
    const std::string before = text_of(view_.before), raw = view_.cells_condition();
    RowReader row = client_.select(
        "SELECT (SELECT sum(recorded) FROM (SELECT recorded FROM frames WHERE " + view_.frames_condition() +
        " UNION ALL SELECT recorded FROM sources WHERE run = " + std::to_string(view_.frames_run) +
        ")), (SELECT sum(n) FROM " + "(SELECT n FROM cells WHERE start >= " + before + " AND " + raw +
        " UNION ALL SELECT n FROM hours WHERE start >= " + before + " AND " + view_.runs_condition() +
        ")), (SELECT sum(n) FROM cells WHERE start < " + before + " AND " + raw + ")");
    Conservation all;
    all.recorded = row.count();
    all.kept = row.count();
    all.trimmed = view_.trimmed + row.count();
    return all;
  });
}

Result<AsideSummary, StoreError> ClickHouseSnapshot::aside() {
  return guarded([&] {
    AsideSummary aside;
    RowReader rows =
        client_.select("SELECT ordinal, size FROM aside ORDER BY ordinal DESC LIMIT " + text_of(kAsideFramesMax));
    for (std::uint64_t bytes = 0; rows.more(); ++aside.kept) {
      aside.refused = std::max(aside.refused, rows.count());
      if ((bytes += rows.count()) > static_cast<std::uint64_t>(kAsideBytesMax)) break;
    }
    RowReader last = client_.select("SELECT reason, received_ms FROM aside ORDER BY ordinal DESC LIMIT 1");
    if (last.more()) {
      aside.last_reason = last.text();
      aside.last_unix_ms = last.integer();
    }
    return aside;
  });
}

std::vector<std::string> ClickHouseSnapshot::problems() const {
  std::vector<std::string> problems = troubles_;
  for (const auto& url : client_.lagging()) {
    problems.push_back("shard " + std::to_string(client_.options().shard) + ": ClickHouse at " + url +
                       " lags behind or cannot be reached: what was written meanwhile has one copy less");
  }
  return problems;
}

}  // namespace bellrock::store
