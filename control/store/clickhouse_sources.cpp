// What the rows of `frames` say of each source: the counters that the SQLite store keeps are added up here.
#include <algorithm>
#include <tuple>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_snapshot.h"
#include "control/store/guarded.h"

namespace bellrock::store {
namespace {

using SourceId = std::pair<std::string, control::Id128>;
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct Source {
  SourceStatus status;
  std::uint64_t base_seq = 0;
  std::uint64_t levels_since = 0;  // the ordinal of its newest frame
  Ranges lost;                     // joined, in order, from base_seq on
};
using Sources = std::map<SourceId, Source>;

SourceId read_id(RowReader& row) {
  SourceId id;
  id.first = row.text();
  row.read(id.second);
  return id;
}

Source read_source(RowReader& row) {
  Source source;
  SourceStatus& status = source.status;
  status.applied = row.count();
  status.newest_seq = row.count();
  status.recorded = row.count();
  status.first_seen_unix_ms = row.integer();
  status.last_seen_unix_ms = row.integer();
  source.base_seq = std::max<std::uint64_t>(1, row.count());
  status.oldest_seq_held = std::max(source.base_seq, row.count());
  row.read(status.board_id);
  row.read(status.snapshot);
  status.open = read_levels(row.text());
  status.counters = read_levels(row.text());
  const auto running = row.number<std::int8_t>();
  const std::int64_t since = row.integer();
  if (running >= 0) status.edge = {running != 0, since};
  source.levels_since = row.count();
  return source;
}

Sources load(const ClickHouseClient& client, const std::string& visible) {
  RowReader rows = client.select(
      "SELECT node, boot, count(), max(seq), sum(recorded), min(received_ms), max(received_ms), "
      "argMin(oldest_seq_held, ordinal), max(oldest_seq_held), argMax(board_id, seq), argMax(snapshot, seq), "
      "argMax(open, seq), argMax(counters, seq), argMax(edge, seq), argMax(edge_since_ms, seq), argMax(ordinal, seq) "
      "FROM frames WHERE " +
      visible + " GROUP BY node, boot");
  Sources sources;
  while (rows.more()) {
    const SourceId id = read_id(rows);
    Source& source = sources[id] = read_source(rows);
    source.status.node = id.first;
    source.status.boot = id.second;
  }
  return sources;
}

void add_repeats(const ClickHouseClient& client, Sources& sources) {
  RowReader rows =
      client.select("SELECT node, boot, sum(repeated), sum(conflicts), max(at_ms) FROM repeats GROUP BY node, boot");
  while (rows.more()) {
    const auto source = sources.find(read_id(rows));
    const std::uint64_t repeated = rows.count(), conflicts = rows.count();
    const std::int64_t last = rows.integer();
    if (source == sources.end()) continue;
    SourceStatus& status = source->second.status;
    status.repeated = repeated;
    status.conflicts = conflicts;
    status.last_seen_unix_ms = std::max(status.last_seen_unix_ms, last);
  }
}

// A board's open attempts belong to the source that said so last.
void keep_last_levels(Sources& sources) {
  std::map<std::pair<std::string, control::Id128>, std::uint64_t> last;
  for (const auto& [id, source] : sources) {
    auto& newest = last[{source.status.node, source.status.board_id}];
    newest = std::max(newest, source.levels_since);
  }
  for (auto& [id, source] : sources) {
    if (source.levels_since < last[{source.status.node, source.status.board_id}]) source.status.open.clear();
  }
}

// Every frame repeats the ranges of those before it; those before the first frame are not ours.
void load_lost(const ClickHouseClient& client, const std::string& visible, Sources& sources) {
  RowReader rows =
      client.select("SELECT DISTINCT node, boot, lost.first, lost.last FROM frames ARRAY JOIN lost WHERE " + visible +
                    " ORDER BY node, boot, lost.first, lost.last");
  while (rows.more()) {
    const auto source = sources.find(read_id(rows));
    std::uint64_t first = rows.count();
    const std::uint64_t last = rows.count();
    if (source == sources.end()) continue;
    first = std::max(first, source->second.base_seq);
    if (first > last) continue;
    Ranges& ranges = source->second.lost;
    if (!ranges.empty() && first <= ranges.back().second + 1) {
      ranges.back().second = std::max(ranges.back().second, last);
    } else {
      ranges.emplace_back(first, last);
    }
  }
}

// Frames of the source whose sequence numbers meet `condition`.
std::uint64_t came(const ClickHouseClient& client, const std::string& visible, const SourceId& id,
                   const std::string& condition) {
  RowReader row = client.select("SELECT count() FROM frames WHERE node = " + literal(id.first) + " AND boot = " +
                                literal(text(Bytes(id.second))) + " AND " + condition + " AND " + visible);
  return row.more() ? row.count() : 0;
}

std::string within(std::uint64_t first, std::uint64_t last) {
  return "(seq >= " + std::to_string(first) + " AND seq <= " + std::to_string(last) + ")";
}

// Of [base_seq, oldest_seq_held), what neither came nor was declared lost.
void explain_gaps(const ClickHouseClient& client, const std::string& visible, const SourceId& id, Source& source) {
  SourceStatus& status = source.status;
  if (!source.lost.empty()) {
    std::string condition = "(0";
    for (const auto& [first, last] : source.lost) {
      status.lost += last - first + 1;
      condition += " OR " + within(first, last);
    }
    status.lost -= came(client, visible, id, condition + ")");
  }
  const std::uint64_t span = status.oldest_seq_held - source.base_seq;
  if (span == 0) return;
  const std::uint64_t settled =
      status.lost + came(client, visible, id, within(source.base_seq, status.oldest_seq_held - 1));
  status.unexplained = span > settled ? span - settled : 0;
}

}  // namespace

Result<std::vector<SourceStatus>, StoreError> ClickHouseSnapshot::sources() {
  return guarded([&] {
    const std::string visible = view_.frames_condition();
    Sources sources = load(client_, visible);
    add_repeats(client_, sources);
    keep_last_levels(sources);
    load_lost(client_, visible, sources);
    std::vector<SourceStatus> list;
    for (auto& [id, source] : sources) {
      explain_gaps(client_, visible, id, source);
      list.push_back(std::move(source.status));
    }
    return list;
  });
}

Result<std::map<std::string, JourneyLedger>, StoreError> ClickHouseSnapshot::ledger() {
  TRY_ASSIGN(const auto all, sources());
  TRY_ASSIGN(const auto counts, lifetime());
  return guarded([&] {
    std::map<std::string, JourneyLedger> ledger;
    for (const auto& [key, n] : counts) {
      if (key.kind == CellKind::kStart) ledger[key.journey].starts += n;
      if (key.kind == CellKind::kOutcome) ledger[key.journey].ended += n;
    }
    RowReader rows =
        client_.select("SELECT board_lost.journey, sum(board_lost.n) FROM frames ARRAY JOIN board_lost WHERE " +
                       view_.frames_condition() + " GROUP BY board_lost.journey");
    while (rows.more()) {
      const std::string journey = rows.text();
      ledger[journey].board_lost = rows.count();
    }
    for (const auto& source : all) {
      for (const auto& [journey, open] : source.open) ledger[journey].open += open;
    }
    return ledger;
  });
}

}  // namespace bellrock::store
