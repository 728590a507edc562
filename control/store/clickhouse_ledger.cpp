// What a snapshot says of sources, and the ledgers that need them.
#include <algorithm>

#include "control/store/clickhouse_snapshot.h"
#include "control/store/clickhouse_sources.h"
#include "control/store/guarded.h"

namespace bellrock::store {
namespace {

// A board's open attempts belong to the source that said so last.
void keep_last_levels(KnownSources& sources) {
  std::map<std::pair<std::string, control::Id128>, std::uint64_t> last;
  for (const auto& [id, source] : sources) {
    auto& newest = last[{source.status.node, source.status.board_id}];
    newest = std::max(newest, source.levels_since);
  }
  for (auto& [id, source] : sources) {
    if (source.levels_since < last[{source.status.node, source.status.board_id}]) source.status.open.clear();
  }
}

// Of [base_seq, oldest_seq_held), what neither came nor was declared lost.
void explain_gaps(const ClickHouseClient& client, const View& view, KnownSources& sources) {
  std::map<SourceId, SeqSpan> spans;
  for (const auto& [id, source] : sources) {
    const SeqSpan span{source.counted_from(), source.status.oldest_seq_held};
    if (span.from < span.to) spans[id] = span;
  }
  auto came = count_came(client, view, spans);
  for (auto& [id, source] : sources) {
    SourceStatus& status = source.status;
    constexpr std::uint64_t kAll = std::uint64_t{1} << 63;
    status.lost = source.frozen_lost + count_lost(client, view, id, source.lost, {source.counted_from(), kAll});
    const std::uint64_t span = status.oldest_seq_held - std::min(status.oldest_seq_held, source.base_seq);
    const std::uint64_t settled = status.lost + source.frozen_came + came[id];
    status.unexplained = span > settled ? span - settled : 0;
  }
}

// Journey, start of the hour and n, as the text of a subquery.
std::string board_losses(const View& view) {
  return "(SELECT journey, start, n FROM board_lost WHERE run = " + std::to_string(view.frames_run) +
         " UNION ALL SELECT board_lost.journey, intDiv(heard, 3600) * 3600, board_lost.n FROM frames ARRAY JOIN "
         "board_lost WHERE " +
         view.frames_condition() + ")";
}

}  // namespace

Result<std::vector<SourceStatus>, StoreError> ClickHouseSnapshot::sources() {
  return guarded([&] {
    KnownSources sources = load_sources(client_, view_);
    add_clocks(client_, sources);
    keep_last_levels(sources);
    explain_gaps(client_, view_, sources);
    std::vector<SourceStatus> list;
    for (auto& [id, source] : sources) list.push_back(std::move(source.status));
    return list;
  });
}

Result<std::map<std::string, std::uint64_t>, StoreError> ClickHouseSnapshot::board_lost(std::int64_t from,
                                                                                        std::int64_t to) {
  return guarded([&] {
    const std::int64_t first = std::max(from - from % 3'600, view_.before);
    RowReader rows = client_.select("SELECT journey, sum(n) AS lost FROM " + board_losses(view_) +
                                    " WHERE start >= " + std::to_string(first) + " AND start < " + std::to_string(to) +
                                    " GROUP BY journey HAVING lost > 0");
    std::map<std::string, std::uint64_t> lost;
    while (rows.more()) {
      const std::string journey = rows.text();
      lost[journey] = rows.count();
    }
    return lost;
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
    RowReader rows = client_.select("SELECT journey, sum(n) FROM " + board_losses(view_) + " GROUP BY journey");
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
