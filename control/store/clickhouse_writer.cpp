#include "control/store/clickhouse_writer.h"

#include <algorithm>
#include <limits>
#include <random>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/clickhouse_sources.h"
#include "control/store/clickhouse_view.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;
using control::Uint128;

// Repeats are added up over so long: their rows are bounded by time, not by how often a node repeats.
constexpr std::int64_t kRepeatMs = 10'000;

// The rows of `sources` that count.
constexpr const char* kNewestFold = "run IN (SELECT frames_run FROM runs ORDER BY number DESC, run LIMIT 1)";

std::string identity_text(const DeltaFrame& frame) {
  return literal(frame.node) + "," + literal(text(Bytes(frame.boot)));
}

Uint128 total_of(const DeltaFrame& frame) {
  Uint128 total = 0;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) total += histogram.n;
  }
  return total;
}

}  // namespace

ClickHouseWriter::ClickHouseWriter(const ClickHouseClient& client) : client_(client) {
  RowReader row = client_.select(
      "SELECT max(ordinal), max(hour), sum(intDiv(n, 4294967296)), sum(bitAnd(n, 4294967295)) FROM frames");
  if (row.more()) {
    ordinal_ = row.count();
    hour_ = row.number<std::uint32_t>();
    total_ = Uint128{row.count()} << 32;
    total_ += row.count();
  }
  RowReader run =
      client_.select("SELECT frames_run, first_hour, last_ordinal FROM runs ORDER BY number DESC, run LIMIT 1");
  if (run.more()) {
    RowReader folded = client_.select("SELECT n FROM sources WHERE run = " + std::to_string(run.count()));
    while (folded.more()) total_ += folded.count();
    hour_ = std::max(hour_, run.number<std::uint32_t>());
    ordinal_ = std::max(ordinal_, run.count());
  }
  begin_intake();
  RowReader rows = client_.select(std::string("SELECT DISTINCT ") + kKeyColumns + " FROM series");
  while (rows.more()) series_.insert(read_key(rows));
}

// Rows that an intake wrote without making them visible stay invisible, since its ordinals end before them. So after a
// write whose outcome is not known there has to be another.
void ClickHouseWriter::begin_intake() {
  std::random_device random;
  intake_ = std::uint64_t{random()} << 32 | random();
}

std::vector<Applied> ClickHouseWriter::apply(std::span<const ReceivedFrame> frames) {
  if (frames.empty()) return {};
  learn(frames);
  Uint128 total = total_;
  for (const auto& frame : frames) total += total_of(*frame.frame);
  if (total <= kCountMax) return apply_together(frames, false);
  // A count of one series and hour may run over: one by one, each held against what is there.
  std::vector<Applied> results;
  for (const auto& frame : frames) results.push_back(apply_together({&frame, 1}, true).front());
  return results;
}

// The mark below which a source's frames are no longer looked up, once for each source.
void ClickHouseWriter::learn(std::span<const ReceivedFrame> frames) {
  std::string sources;
  for (const auto& [frame, digest, received] : frames) {
    if (!oldest_seq_held_.emplace(Source{frame->node, frame->boot}, 0).second) continue;
    sources += (sources.empty() ? "(" : ",(") + identity_text(*frame) + ")";
  }
  if (sources.empty()) return;
  try {
    const std::string of = " WHERE (node, boot) IN (" + sources + ")";
    RowReader rows =
        client_.select("SELECT node, boot, max(oldest_seq_held) FROM (SELECT node, boot, oldest_seq_held FROM frames" +
                       of + " UNION ALL SELECT node, boot, oldest_seq_held FROM sources" + of + " AND " + kNewestFold +
                       ") GROUP BY node, boot");
    while (rows.more()) {
      Source source;
      source.first = rows.text();
      rows.read(source.second);
      oldest_seq_held_[source] = rows.count();
    }
  } catch (...) {
    oldest_seq_held_.clear();
    throw;
  }
}

// First the frames, then what they are folded into: what goes from the one is in the other before.
std::map<ClickHouseWriter::Identity, ClickHouseWriter::Digest> ClickHouseWriter::known(
    std::span<const ReceivedFrame> frames) {
  std::string identities, sources;
  for (const auto& [frame, digest, received] : frames) {
    const std::string source = identity_text(*frame);
    identities += (identities.empty() ? "(" : ",(") + source + "," + std::to_string(frame->seq) + ")";
    sources += (sources.empty() ? "(" : ",(") + source + ")";
  }
  const std::string these = " WHERE (node, boot, seq) IN (" + identities + ")";
  std::map<Identity, Digest> known;
  const auto take = [&](RowReader& rows) {
    Identity identity;
    std::get<0>(identity) = rows.text();
    rows.read(std::get<1>(identity));
    std::get<2>(identity) = rows.count();
    rows.read(known[identity]);
  };
  RowReader rows = client_.select("SELECT node, boot, seq, digest FROM frames" + these);
  while (rows.more()) take(rows);
  RowReader folded = client_.select(
      "SELECT 0 AS sort, node, boot, seq, digest FROM remembered" + these +
      " UNION ALL SELECT 1 AS sort, node, boot, frozen_below AS seq, '' AS digest FROM sources WHERE (node, boot) IN "
      "(" +
      sources + ") AND " + kNewestFold +
      " UNION ALL SELECT 2 AS sort, '' AS node, '' AS boot, toUInt64(first_hour) AS seq, '' AS digest FROM (SELECT "
      "first_hour FROM runs ORDER BY number DESC, run LIMIT 1)");
  while (folded.more()) {
    const auto sort = folded.number<std::uint8_t>();
    if (sort == 0) {
      take(folded);
      continue;
    }
    Source source;
    source.first = folded.text();
    if (sort == 1) folded.read(source.second);
    if (sort == 2) (void)folded.text();
    const std::uint64_t number = folded.count();
    (void)folded.text();
    if (sort == 1) frozen_below_[source] = number;
    if (sort == 2) hour_ = std::max(hour_, static_cast<std::uint32_t>(number));  // what is older is rolled up
  }
  return known;
}

std::vector<Applied> ClickHouseWriter::apply_together(std::span<const ReceivedFrame> frames, bool check_counts) {
  frozen_below_.clear();
  std::map<Identity, Digest> known = this->known(frames);
  std::vector<Applied> results;
  std::vector<const ReceivedFrame*> fresh;
  RowWriter repeats;
  for (const auto& received : frames) {
    const DeltaFrame& frame = *received.frame;
    if (const auto already = judge(received, known)) {
      results.push_back(*already);
      const std::uint64_t repeated = *already == Applied::kRepeated;
      repeats.text(frame.node)
          .blob(frame.boot)
          .number(std::max(received.received_unix_ms, hour_ * kHourSeconds * 1'000) / kRepeatMs * kRepeatMs)
          .number(repeated)
          .number(1 - repeated);
    } else if ((check_counts && !counts_fit(frame)) || !take_series(frame)) {
      results.push_back(Applied::kTooMany);
    } else {
      results.push_back(Applied::kApplied);
      known[{frame.node, frame.boot, frame.seq}] = received.digest;
      fresh.push_back(&received);
    }
  }
  client_.insert("series", new_series_);
  new_series_ = {};
  if (!fresh.empty()) write(fresh);
  client_.insert("repeats", repeats);
  return results;
}

std::optional<Applied> ClickHouseWriter::judge(const ReceivedFrame& received, std::map<Identity, Digest>& known) const {
  const DeltaFrame& frame = *received.frame;
  const auto oldest = oldest_seq_held_.find({frame.node, frame.boot});
  if (oldest != oldest_seq_held_.end() && frame.seq < sequence_floor(oldest->second)) return Applied::kRepeated;
  // Another centre may have had frames of this source that this one does not know of.
  const auto frozen = frozen_below_.find({frame.node, frame.boot});
  if (frozen != frozen_below_.end() && frame.seq < frozen->second) return Applied::kRepeated;
  const auto same = known.find({frame.node, frame.boot, frame.seq});
  if (same == known.end()) return std::nullopt;
  return same->second == received.digest ? Applied::kRepeated : Applied::kConflict;
}

// Names are what a hostile node could make without end. They are written down before anything else is, so that a start
// need not look for them in all that there is.
bool ClickHouseWriter::take_series(const DeltaFrame& frame) {
  std::set<control::SeriesKey> fresh;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) {
      if (histogram.n != 0 && !series_.contains(key)) fresh.insert(key);
    }
  }
  if (series_.size() + fresh.size() > SeriesStore::kSeriesMax) return false;
  for (const auto& key : fresh) write_key(new_series_, key);
  series_.merge(fresh);
  return true;
}

bool ClickHouseWriter::counts_fit(const DeltaFrame& frame) const {
  using Cell = std::pair<control::SeriesKey, std::int64_t>;
  std::map<Cell, Uint128> hours;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) hours[{key, hour_of(start)}] += histogram.n;
  }
  if (hours.empty()) return true;
  const View view = load_view(client_);
  const std::string range = " start >= " + std::to_string(hour_of(frame.windows.begin()->first)) + " AND start < " +
                            std::to_string(hour_of(frame.windows.rbegin()->first) + kHourSeconds);
  const std::string columns = std::string("SELECT ") + kKeyColumns + ", start, n FROM ";
  RowReader rows =
      client_.select(std::string("SELECT ") + kKeyColumns + ", intDiv(start, 3600) * 3600 AS at, sum(n) FROM (" +
                     columns + "cells WHERE " + view.cells_condition() + " AND" + range + " UNION ALL " + columns +
                     "hours WHERE " + view.runs_condition() + " AND" + range + ") GROUP BY " + kKeyColumns + ", at");
  while (rows.more()) {
    control::SeriesKey key = read_key(rows);
    const std::int64_t hour = rows.integer();
    const std::uint64_t n = rows.count();
    if (const auto cell = hours.find({std::move(key), hour}); cell != hours.end()) cell->second += n;
  }
  return std::all_of(hours.begin(), hours.end(), [](const auto& hour) { return hour.second <= kCountMax; });
}

void ClickHouseWriter::write(const std::vector<const ReceivedFrame*>& frames) {
  Place place{intake_, ordinal_, hour_};
  for (const auto* one : frames) {
    place.hour = std::max(place.hour, static_cast<std::uint32_t>(one->received_unix_ms / 1'000 / kHourSeconds));
  }
  RowWriter cells, rows;
  for (const auto* one : frames) {
    ++place.ordinal;
    write_cells(cells, *one->frame, place);
    write_frame(rows, *one, place);
  }
  try {
    client_.insert("cells", cells);
    client_.insert("frames", rows);
  } catch (...) {
    begin_intake();
    throw;
  }
  ordinal_ = place.ordinal;
  hour_ = place.hour;
  for (const auto* one : frames) {
    total_ += total_of(*one->frame);
    auto& oldest = oldest_seq_held_[{one->frame->node, one->frame->boot}];
    oldest = std::max(oldest, one->frame->oldest_seq_held);
  }
}

}  // namespace bellrock::store
