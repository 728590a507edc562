#include "control/store/clickhouse_rollup.h"

#include <algorithm>
#include <limits>
#include <random>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/clickhouse_view.h"

namespace bellrock::store {
namespace {

std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(std::int64_t value) { return std::to_string(value); }

// What a run takes: of each intake all frames up to the first that was received later than `before`.
struct Taken {
  Intakes until;
  bool any = false;
  std::uint32_t first_day_left = std::numeric_limits<std::uint32_t>::max(), last_day = 0;
};

Taken what_to_take(const ClickHouseClient& client, const View& view, std::int64_t before) {
  const std::string later = "received_ms >= " + text_of(before * 1'000);
  RowReader rows =
      client.select("SELECT intake, max(ordinal), countIf(" + later + "), minIf(ordinal, " + later + "), minIf(day, " +
                    later + "), max(day) FROM frames WHERE day >= " + std::to_string(view.first_day) + " AND " +
                    view.frames_condition() + " GROUP BY intake");
  Taken taken;
  while (rows.more()) {
    const std::uint64_t intake = rows.count(), newest = rows.count();
    const bool some_later = rows.count() != 0;
    const std::uint64_t first_later = rows.count();
    const auto day_left = rows.number<std::uint32_t>(), last_day = rows.number<std::uint32_t>();
    const auto covered = view.covered.find(intake);
    const std::uint64_t above = covered == view.covered.end() ? 0 : covered->second;
    const std::uint64_t until = std::max(above, some_later ? first_later - 1 : newest);
    taken.until[intake] = until;
    taken.any = taken.any || until > above;
    if (some_later) taken.first_day_left = std::min(taken.first_day_left, day_left);
    taken.last_day = std::max(taken.last_day, last_day);
  }
  return taken;
}

std::string sum_into(const char* table, std::int64_t step_s, std::uint64_t run, const std::string& condition) {
  const std::string step = text_of(step_s), keys = kKeyColumns;
  return std::string("INSERT INTO ") + table + " SELECT " + text_of(run) + ", intDiv(start, " + step + ") * " + step +
         " AS at, " + keys + ", sum(n), sum(sum_high), sum(sum_low), minIf(min, measured != 0), max(max), " +
         "sum(measured), sum(zero), sum(overflow), sumMap(bucketsMap.index, bucketsMap.count).1, " +
         "sumMap(bucketsMap.index, bucketsMap.count).2 FROM cells WHERE " + condition + " GROUP BY at, " + keys;
}

void add_lifetime(const ClickHouseClient& client, const View& view, std::uint64_t run, const std::string& taken) {
  const std::string keys = kKeyColumns;
  client.run("INSERT INTO lifetime SELECT " + text_of(run) + ", " + keys + ", sum(n) FROM (SELECT " + keys +
             ", n FROM lifetime WHERE run = " + text_of(view.lifetime_run) + " UNION ALL SELECT " + keys +
             ", n FROM cells WHERE scope = " + std::to_string(static_cast<int>(CellScope::kTotal)) + " AND " + taken +
             ") GROUP BY " + keys);
}

std::uint64_t number(const ClickHouseClient& client, const std::string& query) {
  RowReader row = client.select(query);
  return row.more() ? row.count() : 0;
}

// Whose rows are all gone.
void forget_runs(const ClickHouseClient& client, View& view) {
  RowReader rows = client.select("SELECT DISTINCT run FROM hours WHERE start >= " + text_of(view.before) + " AND " +
                                 view.runs_condition());
  view.runs.clear();
  while (rows.more()) view.runs.push_back(rows.count());
}

void write_run(const ClickHouseClient& client, const View& view, std::uint64_t run) {
  RowWriter row;
  row.number(view.number).number(run).number(view.lifetime_run).number(view.first_day).number(view.before);
  row.number(view.minutes_before).number(view.trimmed);
  row.length(view.covered.size());
  for (const auto& [intake, ordinal] : view.covered) row.number(intake);
  row.length(view.covered.size());
  for (const auto& [intake, ordinal] : view.covered) row.number(ordinal);
  row.length(view.twins.size());
  for (const auto& [intake, ordinal] : view.twins) row.number(intake);
  row.length(view.twins.size());
  for (const auto& [intake, ordinal] : view.twins) row.number(ordinal);
  row.length(view.runs.size());
  for (const auto one : view.runs) row.number(one);
  client.insert("runs", row);
}

void drop_partitions(const ClickHouseClient& client, const char* table, const std::string& condition) {
  RowReader rows = client.select(
      "SELECT DISTINCT partition FROM system.parts WHERE active AND database = " + literal(client.options().database) +
      " AND table = " + literal(table) + " AND " + condition);
  while (rows.more()) client.run(std::string("ALTER TABLE ") + table + " DROP PARTITION " + rows.text());
}

// What `view`, which was in force before this run, did not need any more.
void delete_old(const ClickHouseClient& client, const View& view, std::int64_t fine_before) {
  const auto first_used = [&]() -> std::uint64_t {
    RowReader row = client.select("SELECT count(), min(hour) FROM frames WHERE " + view.cells_condition());
    return row.count() == 0 ? std::numeric_limits<std::uint32_t>::max() : row.number<std::uint32_t>();
  };
  const std::uint64_t newest_hour = number(client, "SELECT toUInt64(max(hour)) FROM frames");
  const auto fine_hour = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fine_before / kHourSeconds));
  const std::uint64_t hours = std::min({first_used(), newest_hour, fine_hour});
  drop_partitions(client, "cells", "toUInt64(partition) < " + text_of(hours));
  drop_partitions(client, "minutes", "toInt64(partition) < " + text_of(view.minutes_before / kDaySeconds));
  drop_partitions(client, "hours", "toInt64(partition) < " + text_of(view.before / kDaySeconds));
  drop_partitions(client, "journal", "toInt64(partition) < " + text_of(view.before / kDaySeconds / 30));
  constexpr std::uint64_t kRunsKept = 100;
  if (view.number > kRunsKept) {
    drop_partitions(client, "runs", "toUInt64(partition) < " + text_of((view.number - kRunsKept) / kRunsKept));
  }
  drop_partitions(client, "lifetime",
                  "partition NOT IN ('" + text_of(view.lifetime_run) + "') AND modification_time < now() - 86400");
}

}  // namespace

void roll_up(const ClickHouseClient& client, const Retention& keep) {
  const View view = load_view(client);
  const std::int64_t before = std::max(hour_of(keep.before), view.before);
  const std::int64_t minutes_before = std::max({hour_of(keep.minutes_before), before, view.minutes_before});
  const std::int64_t fine_before = std::max(hour_of(keep.fine_before), before);
  const Taken taken = what_to_take(client, view, fine_before);
  View next = view;
  ++next.number;
  next.before = before;
  next.minutes_before = minutes_before;
  std::random_device random;
  const std::uint64_t run = std::uint64_t{random()} << 32 | random();
  next.trimmed += number(client, "SELECT sum(n) FROM hours WHERE start >= " + text_of(view.before) + " AND start < " +
                                     text_of(before) + " AND " + view.runs_condition());
  if (taken.any) {
    const std::string rows = view.raw_condition(taken.until);
    client.run(sum_into("minutes", kMinuteSeconds, run, "start >= " + text_of(minutes_before) + " AND " + rows));
    client.run(sum_into("hours", kHourSeconds, run, "start >= " + text_of(before) + " AND " + rows));
    add_lifetime(client, view, run, rows);
    next.trimmed += number(client, "SELECT sum(n) FROM cells WHERE start < " + text_of(before) + " AND " + rows);
    next.lifetime_run = run;
    next.runs.push_back(run);
    for (const auto& [intake, ordinal] : taken.until) next.covered[intake] = ordinal;
    // A day more, for frames that were written twice at its end.
    next.first_day =
        std::max(view.first_day, std::max<std::uint32_t>(1, std::min(taken.first_day_left, taken.last_day)) - 1);
  }
  if (taken.any || before != view.before || minutes_before != view.minutes_before) {
    forget_runs(client, next);
    write_run(client, next, run);
  }
  delete_old(client, view, fine_before);
}

}  // namespace bellrock::store
