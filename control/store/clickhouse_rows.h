// Rows of the ClickHouse tables, to and from plain values. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "control/flow/histogram.h"
#include "control/store/row_binary.h"
#include "control/store/series_store.h"

namespace bellrock::store {

inline constexpr std::int64_t kDaySeconds = 86'400;

// Where a frame's rows go.
struct Place {
  std::uint64_t intake = 0, ordinal = 0;
  std::uint32_t hour = 0;  // since 1970, in which it was received
};

void write_key(RowWriter& rows, const control::SeriesKey& key);  // kKeyColumns
void write_cells(RowWriter& rows, const control::DeltaFrame& frame, const Place& place);
void write_frame(RowWriter& rows, const ReceivedFrame& received, const Place& place);
// Of `clocks`; nothing where the frame does not say.
void write_clock(RowWriter& rows, const control::DeltaFrame& frame);

control::SeriesKey read_key(RowReader& row);      // kKeyColumns
control::Distribution read_cell(RowReader& row);  // what kCellSums selects

// Sums of whole numbers, sketches included, made by the database; `kCellColumns` are what they are made of.
inline constexpr const char* kCellColumns =
    "n, sum_high, sum_low, min, max, measured, zero, overflow, bucketsMap.index, bucketsMap.count";
inline constexpr const char* kCellSums =
    "sum(n), sum(sum_high), sum(sum_low), minIf(min, measured != 0), max(max), sum(measured), sum(zero), "
    "sum(overflow), sumMap(bucketsMap.index, bucketsMap.count)";

}  // namespace bellrock::store
