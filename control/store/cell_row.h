// Rows of the tables `cells` and `hours`, and the text columns, to and from plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/flow/histogram.h"
#include "control/store/series_store.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

inline constexpr std::int64_t kHourSeconds = 3'600;
inline std::int64_t hour_of(std::int64_t unix_s) { return unix_s - unix_s % kHourSeconds; }
inline constexpr std::int64_t kMinuteSeconds = 60;
inline std::int64_t minute_of(std::int64_t unix_s) { return unix_s - unix_s % kMinuteSeconds; }

// The node's own time of sending, unless its clock is absurd.
inline std::int64_t sent_unix_s(const ReceivedFrame& received) {
  const std::int64_t ahead_max_ms = kHourSeconds * 1'000;
  const std::int64_t sent = received.frame->sent_unix_ms;
  const bool sane = sent > 0 && sent < received.received_unix_ms + ahead_max_ms;
  return (sane ? sent : received.received_unix_ms) / 1'000;
}

inline constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62;  // SQLite's integers are signed

// Columns n, sum_high, sum_low, min, max, zero, overflow, first, buckets from `column` on.
control::Distribution read_cell(const Statement& row, int column);

// Adds `delta` to the row (series, start), which `read` selects and `write` replaces. False, and nothing is written,
// when its count would pass kCountMax.
[[nodiscard]] bool add_to_cell(Statement& read, Statement& write, std::int64_t series, std::int64_t start,
                               const control::Distribution& delta);

// "name=value\n" for each; names hold no control characters, so the last '=' of a line parts them.
std::string write_levels(const std::map<std::string, std::uint64_t>& levels);
std::map<std::string, std::uint64_t> read_levels(const std::string& text);

// "name\nvalue\n" for each.
using Dimensions = std::vector<std::pair<std::string, std::string>>;
std::string write_dimensions(const Dimensions& dimensions);
Dimensions read_dimensions(const std::string& text);

}  // namespace bellrock::store
