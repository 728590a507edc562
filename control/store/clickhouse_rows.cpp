#include "control/store/clickhouse_rows.h"

#include <limits>

#include "control/store/cell_row.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;
using control::Histogram;

void write_cell(RowWriter& rows, const Histogram& cell) {
  constexpr std::uint64_t kLow = 0xffff'ffff;
  rows.number(cell.n).number(cell.sum_ns >> 32).number(cell.sum_ns & kLow).number(cell.min_ns).number(cell.max_ns);
  rows.number(std::uint64_t{measured(cell)}).number(cell.zero).number(cell.overflow);
  rows.length(cell.buckets.size());
  for (const auto& [index, count] : cell.buckets) rows.number(static_cast<std::int16_t>(index));
  rows.length(cell.buckets.size());
  for (const auto& [index, count] : cell.buckets) rows.number(count);
}

}  // namespace

void write_key(RowWriter& rows, const control::SeriesKey& key) {
  rows.text(key.journey).number(key.version).number(static_cast<std::uint8_t>(key.kind)).text(key.item);
  rows.text(key.detail).number(static_cast<std::uint8_t>(key.scope)).text(write_dimensions(key.dimensions));
}

void write_cells(RowWriter& rows, const DeltaFrame& frame, const Place& place) {
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) {
      if (histogram.n == 0) continue;
      rows.number(place.hour).number(place.intake).number(place.ordinal).number(start);
      write_key(rows, key);
      write_cell(rows, histogram);
    }
  }
}

void write_frame(RowWriter& rows, const ReceivedFrame& received, const Place& place) {
  const DeltaFrame& frame = *received.frame;
  std::uint64_t n = 0;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) n += histogram.n;
  }
  rows.number(place.hour).number(place.intake).number(place.ordinal);
  rows.text(frame.node).blob(frame.boot).number(frame.seq).blob(received.digest).blob(frame.board_id);
  rows.blob(frame.snapshot).number(received.received_unix_ms).number(minute_of(sent_unix_s(received)));
  rows.number(frame.oldest_seq_held).number(frame.recorded).number(n);
  rows.number(frame.windows.empty() ? std::numeric_limits<std::int64_t>::max() : frame.windows.begin()->first);
  rows.length(frame.lost.size());
  for (const auto& range : frame.lost) rows.number(range.first);
  rows.length(frame.lost.size());
  for (const auto& range : frame.lost) rows.number(range.last);
  rows.text(write_levels(frame.open)).text(write_levels(frame.counters));
  rows.number(static_cast<std::int8_t>(frame.edge ? frame.edge->running : -1));
  rows.number(frame.edge ? frame.edge->since_unix_ms : std::int64_t{0});
  rows.length(frame.board_lost.size());
  for (const auto& [journey, lost] : frame.board_lost) rows.text(journey);
  rows.length(frame.board_lost.size());
  for (const auto& [journey, lost] : frame.board_lost) rows.number(lost);
}

void write_clock(RowWriter& rows, const DeltaFrame& frame) {
  if (!frame.clock) return;
  rows.text(frame.node).blob(frame.boot).number(frame.seq);
  rows.number(frame.clock->offset_ms).number(frame.clock->uncertain_ms);
}

control::SeriesKey read_key(RowReader& row) {
  control::SeriesKey key;
  key.journey = row.text();
  key.version = row.count();
  key.kind = static_cast<CellKind>(row.number<std::uint8_t>());
  key.item = row.text();
  key.detail = row.text();
  key.scope = static_cast<CellScope>(row.number<std::uint8_t>());
  key.dimensions = read_dimensions(row.text());
  return key;
}

control::Distribution read_cell(RowReader& row) {
  control::Distribution cell;
  cell.n = row.count();
  cell.sum_ns = control::Uint128{row.count()} << 32;
  cell.sum_ns += row.count();
  cell.min_ns = row.count();
  cell.max_ns = row.count();
  (void)row.count();  // measured
  cell.zero = row.count();
  cell.overflow = row.count();
  std::vector<std::int16_t> indexes(row.length());
  for (auto& index : indexes) index = row.number<std::int16_t>();
  if (row.length() != indexes.size()) throw SqlError("a stored histogram is damaged");
  for (const auto index : indexes) {
    if (const std::uint64_t count = row.count(); count != 0) cell.buckets[index] = count;
  }
  return cell;
}

}  // namespace bellrock::store
