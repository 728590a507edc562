// What frames say of each source: what was folded into the table `sources`, and the rows of `frames` since then. Any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/store/clickhouse_view.h"

namespace bellrock::store {

using SourceId = std::pair<std::string, control::Id128>;
using SeqRanges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct KnownSource {
  SourceStatus status;
  std::uint64_t n = 0;  // of its cells; holds at kCountMax
  std::uint64_t base_seq = 0;
  std::uint64_t levels_since = 0;  // the ordinal of its newest frame
  // Of the sequence numbers below frozen_below it is settled how many came and how many are lost.
  std::uint64_t frozen_below = 0, frozen_came = 0, frozen_lost = 0;
  SeqRanges lost;  // joined, in order, from base_seq and frozen_below on

  [[nodiscard]] std::uint64_t counted_from() const { return std::max(base_seq, frozen_below); }
};
using KnownSources = std::map<SourceId, KnownSource>;

// Those that are folded, and what the frames add that `view` sees and that were received before the hour `until`.
inline constexpr std::uint32_t kAllHours = 1u << 30;
KnownSources load_sources(const ClickHouseClient& client, const View& view, std::uint32_t until = kAllHours);

// What the newest frame of each says of its clock.
void add_clocks(const ClickHouseClient& client, KnownSources& sources);

// How many different sequence numbers of each source came within [from, to), folded or not.
struct SeqSpan {
  std::uint64_t from = 0, to = 0;
};
std::map<SourceId, std::uint64_t> count_came(const ClickHouseClient& client, const View& view,
                                             const std::map<SourceId, SeqSpan>& spans);

// Of the ranges of `lost` within [from, to), what did not come.
std::uint64_t count_lost(const ClickHouseClient& client, const View& view, const SourceId& id, const SeqRanges& lost,
                         const SeqSpan& within);

// A table of values for each source, to be joined on (node, boot): columns node, boot, a, b.
std::string spans_table(const std::map<SourceId, SeqSpan>& spans);

// Frames that are this far below the oldest that their source still holds are told from repeats no more.
inline std::uint64_t sequence_floor(std::uint64_t oldest) {
  return oldest > kSeqsRemembered ? oldest - kSeqsRemembered : 0;
}

}  // namespace bellrock::store
