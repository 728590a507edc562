// What one harvest found, as plain values with names resolved. Encoded by control/proto/frame_codec. Owned, copyable.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/flow/buckets.h"
#include "control/flow/storyboard.h"
#include "dataplane/flow/cell.h"

namespace bellrock::control {

using Id128 = std::array<std::uint8_t, 16>;

// A histogram with base-2 exponential buckets of scale 6 over seconds (OpenTelemetry exponential histogram, scale 6;
// Prometheus native histogram, schema 6). Merging is integer addition, so order and grouping cannot matter.
struct Histogram {
  std::uint64_t n = 0;
  std::uint64_t sum_ns = 0;              // of CellKind::kValue in minor units; without buckets, as of CellKind::kEffect
  std::uint64_t min_ns = 0, max_ns = 0;  // of what was counted; 0 when n = 0
  std::uint64_t zero = 0, overflow = 0;
  Buckets buckets;

  friend bool operator==(const Histogram&, const Histogram&) = default;
};

struct SeriesKey {
  std::string journey;  // of vitals, clicks, click grids, frustration, errors, coverage and splits a page's template
  std::uint64_t version = 0;
  CellKind kind = CellKind::kStart;
  std::string item;  // step, outcome, objective or effect name
  std::string
      detail;  // verdict; of values in money the currency; of vitals the rating; of effects effect_name.h;
               // of feedback feedback_name.h; of click grids click_map_name.h; of coverage and split page_sight.h
  CellScope scope = CellScope::kTotal;
  std::vector<std::pair<std::string, std::string>> dimensions;  // sorted by name

  friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

struct SeqRange {
  std::uint64_t first = 0, last = 0;
};

// Whether a process counts on the node's board, and since when the agent has seen it so.
struct EdgeState {
  bool running = false;
  std::int64_t since_unix_ms = 0;
  friend bool operator==(const EdgeState&, const EdgeState&) = default;
};

// How far a node's clock is off, as its agent measured it by the centre's answers.
struct ClockState {
  std::int64_t offset_ms = 0;     // the centre's time less the node's: positive where the node's clock is behind
  std::int64_t uncertain_ms = 0;  // the truth is no further away than this
  // It is off by more than `ms`, whatever the truth is. Safe for all that a frame can say.
  [[nodiscard]] bool certainly_off(std::int64_t ms) const {
    return (offset_ms < 0 ? -offset_ms : offset_ms) - uncertain_ms > ms;
  }
  friend bool operator==(const ClockState&, const ClockState&) = default;
};
// Of both numbers of a frame: a clock that says 1970 or 2262 has room in it.
inline constexpr std::int64_t kClockMsMax = std::int64_t{1} << 45;

struct DeltaFrame {
  std::string node;
  Id128 boot{};
  std::uint64_t seq = 0;
  std::uint64_t oldest_seq_held = 0;
  std::vector<SeqRange> lost;
  Id128 board_id{};
  std::array<std::uint8_t, 32> snapshot{};
  std::map<std::int64_t, std::map<SeriesKey, Histogram>> windows;  // by window start, Unix seconds
  std::vector<Storyboard> storyboards;                             // in the order of place_of
  std::map<std::string, std::uint64_t> open;                       // per journey
  std::map<std::string, std::uint64_t> board_lost;                 // per journey
  std::map<std::string, std::uint64_t> counters;
  std::uint64_t recorded = 0;
  std::int64_t sent_unix_ms = 0;
  std::optional<EdgeState> edge;    // none: of an agent that does not say
  std::optional<ClockState> clock;  // as of sent_unix_ms; none: not known, or of an agent that does not say
};

}  // namespace bellrock::control
