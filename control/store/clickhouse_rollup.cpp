#include "control/store/clickhouse_rollup.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_fold.h"
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
  std::uint32_t first_hour_left = std::numeric_limits<std::uint32_t>::max(), last_hour = 0;
};

Taken what_to_take(const ClickHouseClient& client, const View& view, std::int64_t before) {
  const std::string later = "received_ms >= " + text_of(before * 1'000);
  RowReader rows =
      client.select("SELECT intake, max(ordinal), countIf(" + later + "), minIf(ordinal, " + later + "), minIf(hour, " +
                    later + "), max(hour) FROM frames WHERE hour >= " + std::to_string(view.first_hour) + " AND " +
                    view.frames_condition() + " GROUP BY intake");
  Taken taken;
  while (rows.more()) {
    const std::uint64_t intake = rows.count(), newest = rows.count();
    const bool some_later = rows.count() != 0;
    const std::uint64_t first_later = rows.count();
    const auto hour_left = rows.number<std::uint32_t>(), last_hour = rows.number<std::uint32_t>();
    const auto covered = view.covered.find(intake);
    const std::uint64_t above = covered == view.covered.end() ? 0 : covered->second;
    const std::uint64_t until = std::max(above, some_later ? first_later - 1 : newest);
    taken.until[intake] = until;
    taken.any = taken.any || until > above;
    if (some_later) taken.first_hour_left = std::min(taken.first_hour_left, hour_left);
    taken.last_hour = std::max(taken.last_hour, last_hour);
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

// The moment at which a run counts.
void write_run(const ClickHouseClient& client, const View& view, std::uint64_t run) {
  RowWriter row;
  row.number(view.number).number(run).number(view.made).number(view.lifetime_run).number(view.first_hour);
  row.number(view.before).number(view.minutes_before).number(view.trimmed).number(view.frames_run);
  row.number(view.frames_before).number(view.last_ordinal);
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

// The hour of the oldest row of `cells` that a view needs.
std::uint64_t first_used(const ClickHouseClient& client, const View& view) {
  RowReader row = client.select("SELECT count(), min(hour) FROM frames WHERE " + view.cells_condition());
  if (!row.more() || row.count() == 0) return std::numeric_limits<std::uint32_t>::max();
  return row.number<std::uint32_t>();
}

// Rows of a run that is in none of `views`. Those of one that is still at work are younger than a day.
void drop_runs(const ClickHouseClient& client, const char* table, std::uint64_t one, std::uint64_t other) {
  drop_partitions(
      client, table,
      "partition NOT IN ('" + text_of(one) + "','" + text_of(other) + "') AND modification_time < now() - 86400");
}

// What neither `old`, which was in force a while ago, nor `now`, which is, needs any more.
void delete_old(const ClickHouseClient& client, const View& old, const View& now, std::int64_t fine_before) {
  const std::uint64_t newest_hour = number(client, "SELECT toUInt64(max(hour)) FROM frames");
  const auto fine_hour = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fine_before / kHourSeconds));
  View then = old;
  then.newest = now.newest;
  const std::uint64_t hours = std::min({first_used(client, then), first_used(client, now), newest_hour, fine_hour});
  const auto minutes_before = std::min(old.minutes_before, now.minutes_before);
  const auto before = std::min(old.before, now.before);
  drop_partitions(client, "cells", "toUInt64(partition) < " + text_of(hours));
  drop_partitions(client, "minutes", "toInt64(partition) < " + text_of(minutes_before / kDaySeconds));
  drop_partitions(client, "storyboards", "toInt64(partition) < " + text_of(minutes_before / kDaySeconds));
  drop_partitions(client, "hours", "toInt64(partition) < " + text_of(before / kDaySeconds));
  drop_partitions(client, "heard", "toInt64(partition) < " + text_of(before / kDaySeconds));
  drop_partitions(client, "journal", "toInt64(partition) < " + text_of(before / kDaySeconds / 30));
  const std::string folded = "toUInt64(partition) < " + std::to_string(std::min(old.frames_before, now.frames_before));
  drop_partitions(client, "frames", folded);
  drop_partitions(client, "repeats", folded);
  constexpr std::uint64_t kRunsKept = 100;
  if (old.number > kRunsKept) {
    drop_partitions(client, "runs", "toUInt64(partition) < " + text_of((old.number - kRunsKept) / kRunsKept));
  }
  drop_runs(client, "lifetime", old.lifetime_run, now.lifetime_run);
  drop_runs(client, "sources", old.frames_run, now.frames_run);
  drop_runs(client, "losses", old.frames_run, now.frames_run);
  drop_runs(client, "board_lost", old.frames_run, now.frames_run);
  forget_digests(client, old);
}

std::int64_t server_time(const ClickHouseClient& client) {
  return client.select("SELECT toInt64(toUInt32(now()))").integer();
}

// Adds up what `taken` names, so that it counts from `next` on.
void add_up(const ClickHouseClient& client, const View& view, const Taken& taken, std::uint64_t run, View& next) {
  const std::string rows = view.raw_condition(taken.until);
  client.run(sum_into("minutes", kMinuteSeconds, run, "start >= " + text_of(next.minutes_before) + " AND " + rows));
  client.run(sum_into("hours", kHourSeconds, run, "start >= " + text_of(next.before) + " AND " + rows));
  add_lifetime(client, view, run, rows);
  next.trimmed += number(client, "SELECT sum(n) FROM cells WHERE start < " + text_of(next.before) + " AND " + rows);
  next.lifetime_run = run;
  next.runs.push_back(run);
  for (const auto& [intake, ordinal] : taken.until) next.covered[intake] = ordinal;
  // Some hours more, for frames that were written twice at its end.
  constexpr std::uint32_t kTwinHours = 2;
  const std::uint32_t left = std::min(taken.first_hour_left, taken.last_hour);
  next.first_hour = std::max(view.first_hour, left - std::min(left, kTwinHours));
}

}  // namespace

void roll_up(const ClickHouseClient& client, Soundness& soundness, const Retention& keep) {
  using std::chrono::seconds;
  const seconds settle = client.options().settle;
  const std::uint64_t sound = soundness.settle();
  const View view = load_view(client);
  const std::int64_t begun = server_time(client);
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
  if (taken.any) add_up(client, view, taken, run, next);
  fold_frames(client, view, next, run);
  const bool moved = before != view.before || minutes_before != view.minutes_before;
  if (taken.any || moved || next.frames_run != view.frames_run) {
    forget_runs(client, next);
    next.made = server_time(client);
    // Rows that another centre's run replaced meanwhile may be gone by then.
    if (settle.count() > 0 && next.made - begun > settle.count() / 2) {
      throw SqlError("a roll-up took longer than " + text_of(std::int64_t{settle.count() / 2}) +
                     " s and is not counted");
    }
    soundness.expect(sound);
    write_run(client, next, run);
  }
  soundness.expect(sound);
  const View old = load_run_of(client, begun - settle.count());
  if (old.number != 0) delete_old(client, old, view, fine_before);
}

}  // namespace bellrock::store
