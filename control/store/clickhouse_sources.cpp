// What was folded, and what the rows of `frames` add to it. What a snapshot says of it is in clickhouse_ledger.cpp.
#include "control/store/clickhouse_sources.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_rows.h"

namespace bellrock::store {
namespace {

SourceId read_id(RowReader& row) {
  SourceId id;
  id.first = row.text();
  row.read(id.second);
  return id;
}

std::string digits(std::uint64_t value) { return std::to_string(value); }

// Columns of the newest frame.
void read_levels_of(RowReader& row, KnownSource& source) {
  SourceStatus& status = source.status;
  row.read(status.board_id);
  row.read(status.snapshot);
  status.open = read_levels(row.text());
  status.counters = read_levels(row.text());
  const auto running = row.number<std::int8_t>();
  const std::int64_t since = row.integer();
  status.edge.reset();
  if (running >= 0) status.edge = {running != 0, since};
  source.levels_since = row.count();
}

void load_folded(const ClickHouseClient& client, const View& view, KnownSources& sources) {
  RowReader rows = client.select(
      "SELECT node, boot, applied, newest_seq, recorded, n, first_seen_ms, last_seen_ms, base_seq, oldest_seq_held, "
      "repeated, conflicts, frozen_below, frozen_came, frozen_lost, lost.first, lost.last, board_id, snapshot, open, "
      "counters, edge, "
      "edge_since_ms, levels_since FROM sources WHERE run = " +
      digits(view.frames_run));
  while (rows.more()) {
    const SourceId id = read_id(rows);
    KnownSource& source = sources[id];
    SourceStatus& status = source.status;
    status.node = id.first;
    status.boot = id.second;
    for (auto* to : {&status.applied, &status.newest_seq, &status.recorded, &source.n}) *to = rows.count();
    for (auto* to : {&status.first_seen_unix_ms, &status.last_seen_unix_ms}) *to = rows.integer();
    for (auto* to : {&source.base_seq, &status.oldest_seq_held, &status.repeated, &status.conflicts,
                     &source.frozen_below, &source.frozen_came, &source.frozen_lost}) {
      *to = rows.count();
    }
    source.lost.resize(rows.length());
    for (auto& range : source.lost) range.first = rows.count();
    if (rows.length() != source.lost.size()) throw SqlError("a stored source is damaged");
    for (auto& range : source.lost) range.second = rows.count();
    read_levels_of(rows, source);
    // Of a fold before there were times of losses: this one at the latest.
    if (source.frozen_lost != 0 || !source.lost.empty()) status.last_lost_unix_ms = status.last_seen_unix_ms;
  }
  RowReader losses = client.select("SELECT node, boot, last_ms FROM losses WHERE run = " + digits(view.frames_run));
  while (losses.more()) {
    const SourceId id = read_id(losses);
    sources[id].status.last_lost_unix_ms = losses.integer();
  }
}

void add_frames(const ClickHouseClient& client, const std::string& visible, KnownSources& sources) {
  RowReader rows = client.select(
      "SELECT node, boot, count(), max(seq), sum(recorded), sum(intDiv(n, 4294967296)), min(received_ms), "
      "max(received_ms), argMin(oldest_seq_held, ordinal), max(oldest_seq_held), argMax(board_id, seq), "
      "argMax(snapshot, seq), argMax(open, seq), argMax(counters, seq), argMax(edge, seq), argMax(edge_since_ms, seq), "
      "argMax(ordinal, seq), sum(bitAnd(n, 4294967295)) FROM frames WHERE " +
      visible + " GROUP BY node, boot");
  while (rows.more()) {
    const SourceId id = read_id(rows);
    const auto [at, is_new] = sources.try_emplace(id);
    KnownSource& source = at->second;
    SourceStatus& status = source.status;
    status.node = id.first;
    status.boot = id.second;
    status.applied += rows.count();
    const std::uint64_t newest = rows.count();
    status.recorded += rows.count();
    const std::uint64_t n_high = rows.count();
    const std::int64_t first_seen = rows.integer(), last_seen = rows.integer();
    status.first_seen_unix_ms = is_new ? first_seen : std::min(status.first_seen_unix_ms, first_seen);
    status.last_seen_unix_ms = is_new ? last_seen : std::max(status.last_seen_unix_ms, last_seen);
    const std::uint64_t base = std::max<std::uint64_t>(1, rows.count());
    if (is_new) source.base_seq = base;
    status.oldest_seq_held = std::max({source.base_seq, status.oldest_seq_held, rows.count()});
    KnownSource levels;
    read_levels_of(rows, levels);
    const control::Uint128 n = (control::Uint128{n_high} << 32) + rows.count() + source.n;
    source.n = n < kCountMax ? static_cast<std::uint64_t>(n) : kCountMax;
    if (!is_new && newest < status.newest_seq) continue;
    status.newest_seq = newest;
    source.levels_since = levels.levels_since;
    std::tie(status.board_id, status.snapshot, status.open, status.counters, status.edge) = std::tie(
        levels.status.board_id, levels.status.snapshot, levels.status.open, levels.status.counters, levels.status.edge);
  }
}

// A range as it was first declared.
struct Declared {
  std::int64_t at_ms = 0;
  std::uint64_t first = 0, last = 0;
};

// Joins them to what the source had lost before, in the order in which they came: what is within one range is no news.
void join(std::vector<Declared> declared, KnownSource& source) {
  std::stable_sort(declared.begin(), declared.end(), [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
  std::map<std::uint64_t, std::uint64_t> joined(source.lost.begin(), source.lost.end());
  for (auto [at_ms, first, last] : declared) {
    auto after = joined.upper_bound(first);
    if (after != joined.begin() && std::prev(after)->second >= last) continue;
    source.status.last_lost_unix_ms = std::max(source.status.last_lost_unix_ms, at_ms);
    if (after != joined.begin() && std::prev(after)->second + 1 >= first) first = std::prev(after)->first;
    for (auto at = joined.lower_bound(first); at != joined.end() && at->first <= last + 1; at = joined.erase(at)) {
      last = std::max(last, at->second);
    }
    joined[first] = last;
  }
  source.lost.assign(joined.begin(), joined.end());
}

// Every frame repeats the ranges of those before it; those before the first frame are not ours, and what was frozen
// stays as it is.
void add_lost(const ClickHouseClient& client, const std::string& visible, KnownSources& sources) {
  RowReader rows =
      client.select("SELECT node, boot, lost.first, lost.last, min(received_ms) FROM frames ARRAY JOIN lost WHERE " +
                    visible + " GROUP BY node, boot, lost.first, lost.last");
  std::map<SourceId, std::vector<Declared>> declared;
  while (rows.more()) {
    const SourceId id = read_id(rows);
    const std::uint64_t first = rows.count(), last = rows.count();
    const std::int64_t at_ms = rows.integer();
    const auto source = sources.find(id);
    if (source == sources.end() || last < source->second.counted_from()) continue;
    declared[id].push_back({at_ms, std::max(first, source->second.counted_from()), last});
  }
  for (auto& [id, ranges] : declared) join(std::move(ranges), sources[id]);
}

// Of hours that are not folded.
void add_repeats(const ClickHouseClient& client, const View& view, std::uint32_t until, KnownSources& sources) {
  constexpr std::uint64_t kHourMs = 3'600'000;
  RowReader rows = client.select(
      "SELECT node, boot, sum(repeated), sum(conflicts), max(at_ms) FROM repeats WHERE at_ms >= " +
      digits(view.frames_before * kHourMs) + " AND at_ms < " + digits(until * kHourMs) + " GROUP BY node, boot");
  while (rows.more()) {
    const auto source = sources.find(read_id(rows));
    const std::uint64_t repeated = rows.count(), conflicts = rows.count();
    const std::int64_t last = rows.integer();
    if (source == sources.end()) continue;
    SourceStatus& status = source->second.status;
    status.repeated += repeated;
    status.conflicts += conflicts;
    status.last_seen_unix_ms = std::max(status.last_seen_unix_ms, last);
  }
}

void count_into(const ClickHouseClient& client, const std::string& counted, const std::string& rows_of,
                const std::map<SourceId, SeqSpan>& spans, std::map<SourceId, std::uint64_t>& came) {
  RowReader rows = client.select("SELECT node, boot, " + counted + " FROM (SELECT node, boot, seq FROM " + rows_of +
                                 ") ANY INNER JOIN " + spans_table(spans) + " USING node, boot GROUP BY node, boot");
  while (rows.more()) {
    const SourceId id = read_id(rows);
    came[id] += rows.count();
  }
}

}  // namespace

std::string spans_table(const std::map<SourceId, SeqSpan>& spans) {
  std::string nodes, boots, from, to;
  for (const auto& [id, span] : spans) {
    const char* const comma = nodes.empty() ? "" : ",";
    nodes += comma + hex_text(id.first);
    boots += comma + hex_text(bellrock::text(Bytes(id.second)));
    from += comma + digits(span.from);
    to += comma + digits(span.to);
  }
  // Lists of plain values: four calls for each source would be as many expressions of the statement.
  return "(SELECT unhex(node_) AS node, unhex(boot_) AS boot, toUInt64(a_) AS a, toUInt64(b_) AS b FROM system.one "
         "ARRAY JOIN [" +
         nodes + "] AS node_, [" + boots + "] AS boot_, [" + from + "] AS a_, [" + to + "] AS b_)";
}

KnownSources load_sources(const ClickHouseClient& client, const View& view, std::uint32_t until) {
  const std::string visible = view.frames_condition() + " AND hour < " + digits(until);
  KnownSources sources;
  load_folded(client, view, sources);
  add_frames(client, visible, sources);
  add_lost(client, visible, sources);
  add_repeats(client, view, until, sources);
  return sources;
}

void add_clocks(const ClickHouseClient& client, KnownSources& sources) {
  RowReader rows = client.select(
      "SELECT node, boot, max(seq), argMax(offset_ms, seq), argMax(uncertain_ms, seq) FROM clocks GROUP BY node, boot");
  while (rows.more()) {
    const auto source = sources.find(read_id(rows));
    const std::uint64_t seq = rows.count();
    const std::int64_t offset_ms = rows.integer(), uncertain_ms = rows.integer();
    if (source == sources.end() || seq < source->second.status.newest_seq) continue;
    source->second.status.clock = {offset_ms, uncertain_ms};
  }
}

std::map<SourceId, std::uint64_t> count_came(const ClickHouseClient& client, const View& view,
                                             const std::map<SourceId, SeqSpan>& spans) {
  constexpr std::size_t kTogether = 1'000;  // sources in one statement
  std::map<SourceId, std::uint64_t> came;
  for (auto at = spans.begin(); at != spans.end();) {
    std::map<SourceId, SeqSpan> some;
    for (; at != spans.end() && some.size() < kTogether; ++at) some.insert(*at);
    count_into(client, "countIf(seq >= a AND seq < b)", "frames WHERE " + view.frames_condition(), some, came);
    // A fold that was killed may have left some of them twice.
    count_into(client, "uniqExactIf(seq, seq >= a AND seq < b)",
               "remembered WHERE hour < " + digits(view.frames_before), some, came);
  }
  return came;
}

std::uint64_t count_lost(const ClickHouseClient& client, const View& view, const SourceId& id, const SeqRanges& lost,
                         const SeqSpan& within) {
  std::uint64_t all = 0;
  std::string ranges;
  for (auto [first, last] : lost) {
    first = std::max(first, within.from);
    last = std::min(last, within.to - 1);
    if (first > last) continue;
    all += last - first + 1;
    ranges += (ranges.empty() ? "" : " OR ") + ("(seq >= " + digits(first)) + " AND seq <= " + digits(last) + ")";
  }
  if (all == 0) return 0;
  const std::string condition =
      "node = " + literal(id.first) + " AND boot = " + literal(text(Bytes(id.second))) + " AND (" + ranges + ") AND ";
  const auto count = [&](const std::string& counted, const std::string& table, const std::string& visible) {
    RowReader row = client.select("SELECT " + counted + " FROM " + table + " WHERE " + condition + visible);
    return row.more() ? row.count() : 0;
  };
  const std::uint64_t came = count("count()", "frames", view.frames_condition()) +
                             count("uniqExact(seq)", "remembered", "hour < " + digits(view.frames_before));
  return all > came ? all - came : 0;
}

}  // namespace bellrock::store
