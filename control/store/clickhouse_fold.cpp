#include "control/store/clickhouse_fold.h"

#include <algorithm>
#include <set>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_sources.h"

namespace bellrock::store {
namespace {

std::string digits(std::uint64_t value) { return std::to_string(value); }

void write_source(RowWriter& rows, const KnownSource& source, std::uint64_t run) {
  const SourceStatus& status = source.status;
  rows.number(run).text(status.node).blob(status.boot).number(status.applied).number(status.newest_seq);
  rows.number(status.recorded).number(source.n).number(status.first_seen_unix_ms).number(status.last_seen_unix_ms);
  rows.number(source.base_seq).number(status.oldest_seq_held).number(status.repeated);
  rows.number(status.conflicts).blob(status.board_id).blob(status.snapshot);
  rows.text(write_levels(status.open)).text(write_levels(status.counters));
  rows.number(static_cast<std::int8_t>(status.edge ? status.edge->running : -1));
  rows.number(status.edge ? status.edge->since_unix_ms : std::int64_t{0}).number(source.levels_since);
  rows.number(source.frozen_below).number(source.frozen_came).number(source.frozen_lost);
  rows.length(source.lost.size());
  for (const auto& [first, last] : source.lost) rows.number(first);
  rows.length(source.lost.size());
  for (const auto& [first, last] : source.lost) rows.number(last);
}

void write_losses(const ClickHouseClient& client, const KnownSources& sources, std::uint64_t run) {
  RowWriter rows;
  bool any = false;
  for (const auto& [id, source] : sources) {
    if (source.status.last_lost_unix_ms == 0) continue;
    rows.number(run).text(id.first).blob(id.second).number(source.status.last_lost_unix_ms);
    any = true;
  }
  if (any) client.insert("losses", rows);
}

// What is far below the oldest frame that a source holds is settled: no frame of it will be taken any more.
void freeze(const ClickHouseClient& client, const View& view, KnownSources& sources) {
  std::map<SourceId, SeqSpan> spans;
  for (const auto& [id, source] : sources) {
    const SeqSpan span{source.counted_from(), sequence_floor(source.status.oldest_seq_held)};
    if (span.from < span.to) spans[id] = span;
  }
  const auto came = count_came(client, view, spans);
  for (const auto& [id, span] : spans) {
    KnownSource& source = sources[id];
    source.frozen_lost += count_lost(client, view, id, source.lost, span);
    if (const auto some = came.find(id); some != came.end()) source.frozen_came += some->second;
    source.frozen_below = span.to;
    SeqRanges left;
    for (const auto& [first, last] : source.lost) {
      if (last >= span.to) left.emplace_back(std::max(first, span.to), last);
    }
    source.lost = std::move(left);
  }
}

// The digests of folded frames that may still come again.
void remember(const ClickHouseClient& client, const KnownSources& sources, const std::string& folded) {
  constexpr std::size_t kTogether = 1'000;
  for (auto at = sources.begin(); at != sources.end();) {
    std::map<SourceId, SeqSpan> floors;
    for (; at != sources.end() && floors.size() < kTogether; ++at) floors[at->first] = {at->second.frozen_below, 0};
    client.run(
        "INSERT INTO remembered SELECT hour, node, boot, seq, digest FROM (SELECT hour, node, boot, seq, digest "
        "FROM frames WHERE " +
        folded + ") ANY INNER JOIN " + spans_table(floors) + " USING node, boot WHERE seq >= a");
  }
}

// Attempts that were lost before what is kept are one sum.
void fold_board_lost(const ClickHouseClient& client, const View& view, const View& next, const std::string& folded,
                     std::uint64_t run) {
  client.run("INSERT INTO board_lost SELECT " + digits(run) + ", journey, if(start < " + std::to_string(next.before) +
             ", 0, start) AS at, sum(n) FROM (SELECT journey, start, n FROM board_lost WHERE run = " +
             digits(view.frames_run) +
             " UNION ALL SELECT board_lost.journey, intDiv(heard, 3600) * 3600, board_lost.n FROM frames ARRAY JOIN "
             "board_lost WHERE " +
             folded + ") GROUP BY journey, at HAVING sum(n) > 0");
}

// Frames that are folded need no list of who wrote them.
void prune(const ClickHouseClient& client, View& next) {
  std::set<std::uint64_t> left;
  RowReader rows = client.select("SELECT DISTINCT intake FROM frames WHERE hour >= " + digits(next.frames_before));
  while (rows.more()) left.insert(rows.count());
  std::erase_if(next.covered, [&](const auto& one) { return !left.contains(one.first); });
  std::erase_if(next.twins, [&](const auto& one) { return !left.contains(one.first); });
}

}  // namespace

void fold_frames(const ClickHouseClient& client, const View& view, View& next, std::uint64_t run) {
  RowReader row =
      client.select("SELECT count(), min(hour), max(hour), max(ordinal) FROM frames WHERE " + view.frames_condition());
  if (!row.more() || row.count() == 0) return;
  const auto oldest = row.number<std::uint32_t>(), newest = row.number<std::uint32_t>();
  const std::uint64_t last_ordinal = row.count();
  const std::uint32_t until = std::min(next.first_hour, newest - std::min(newest, kHoursOfFrames));
  if (until <= oldest) return;
  const std::string folded = view.frames_condition() + " AND hour < " + digits(until);
  KnownSources sources = load_sources(client, view, until);
  freeze(client, view, sources);
  remember(client, sources, folded);
  client.run("INSERT INTO heard SELECT DISTINCT heard FROM frames WHERE " + folded);
  fold_board_lost(client, view, next, folded, run);
  RowWriter rows;
  for (const auto& [id, source] : sources) write_source(rows, source, run);
  client.insert("sources", rows);
  write_losses(client, sources, run);
  next.frames_run = run;
  next.frames_before = until;
  next.last_ordinal = std::max(view.last_ordinal, last_ordinal);
  prune(client, next);
}

void forget_digests(const ClickHouseClient& client, const View& view) {
  constexpr int kTogether = 1'000;
  std::map<SourceId, std::uint64_t> below;
  RowReader sources = client.select(
      "SELECT node, boot, frozen_below FROM sources WHERE run = " + digits(view.frames_run) + " AND frozen_below > 0");
  const auto read_id = [](RowReader& row) {
    SourceId id;
    id.first = row.text();
    row.read(id.second);
    return id;
  };
  while (sources.more()) {
    const SourceId id = read_id(sources);
    below[id] = sources.count();
  }
  std::string condition;
  int count = 0;
  RowReader oldest = client.select("SELECT node, boot, min(seq) FROM remembered GROUP BY node, boot");
  while (oldest.more()) {
    const SourceId id = read_id(oldest);
    const std::uint64_t seq = oldest.count();
    const auto floor = below.find(id);
    if (floor == below.end() || seq >= floor->second || ++count > kTogether) continue;  // the rest the next time
    condition += (condition.empty() ? "(node = " : " OR (node = ") + literal(id.first) +
                 " AND boot = " + literal(text(Bytes(id.second))) + " AND seq < " + digits(floor->second) + ")";
  }
  if (!condition.empty()) client.run("ALTER TABLE remembered DELETE WHERE " + condition);
}

}  // namespace bellrock::store
