#include <algorithm>
#include <ctime>
#include <limits>
#include <map>

#include "control/plane/nodes_heard.h"
#include "control/plane/views.h"

namespace bellrock::plane {
namespace {

using control::Distribution;
using control::SeriesSum;
using store::SeriesQuery;
using store::StoreSnapshot;

SeriesQuery totals_query(const std::string& journey, CellKind kind, const Span& span) {
  SeriesQuery query;
  query.journey = journey;
  query.kind = kind;
  query.scope = CellScope::kTotal;
  query.from = span.from;
  query.to = span.to;
  return query;
}

// --- heatmap

constexpr int kRowsMax = 40;

// Buckets of one row: whole powers of two of them, so few rows that they can be told apart.
int row_shift(std::int32_t first, std::int32_t last) {
  int shift = 4;  // four rows an octave
  while (shift < 6 && (last >> shift) - (first >> shift) >= kRowsMax) ++shift;
  return shift;
}

struct Cells {
  std::map<std::int64_t, Distribution> columns;
  std::int32_t first = 0, last = -1;  // occupied buckets
};

Cells gather(const std::vector<control::SeriesSlice>& slices, const slo::Objective& objective) {
  Cells cells;
  for (const auto& [start, key, total] : slices) {
    if (key.version != objective.version || measured(total) == 0) continue;
    merge(cells.columns[start], total);
    if (total.buckets.empty()) continue;
    const auto first = total.buckets.begin()->first, last = total.buckets.rbegin()->first;
    const bool none = cells.last < cells.first;
    cells.first = none ? first : std::min(cells.first, first);
    cells.last = none ? last : std::max(cells.last, last);
  }
  return cells;
}

// --- journeys

Json slices_json(const store::Counts& counts) {
  std::map<std::int64_t, std::map<std::string, std::uint64_t>> by_start;
  for (const auto& slice : counts.slices) by_start[slice.start_unix_s][counts.keys[slice.series].item] += slice.n;
  Json json = Json::array();
  for (const auto& [start, outcomes] : by_start) json.push_back({{"start_unix_s", start}, {"outcomes", outcomes}});
  return json;
}

// Steps in their written order, with the latency since the attempt's start.
Json funnel_json(const CatalogJourney& journey, std::span<const SeriesSum> sums) {
  std::map<std::string, Distribution> by_step;
  for (const auto& [key, total] : sums) merge(by_step[key.item], total);
  Json json = Json::array();
  for (const auto& step : journey.steps) {
    const Distribution& all = by_step[step.name];
    json.push_back({{"step", step.name},
                    {"kind", step.kind},
                    {"count", all.n},
                    {"p50_ns", or_null(quantile(all, 0.50))},
                    {"p95_ns", or_null(quantile(all, 0.95))},
                    {"p99_ns", or_null(quantile(all, 0.99))}});
  }
  return json;
}

// A number of JSON is whole as long as it can be.
Json whole(control::Uint128 number) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  return number <= kMax ? Json(static_cast<std::uint64_t>(number)) : Json(static_cast<double>(number));
}

// What attempts were worth in minor units. Sums of other versions of a currency are among them: money adds up.
Json values_json(std::span<const SeriesSum> sums) {
  std::map<std::pair<std::string, std::string>, Distribution> by_outcome;
  for (const auto& [key, total] : sums) merge(by_outcome[{key.item, key.detail}], total);
  Json json = Json::array();
  for (const auto& [which, total] : by_outcome) {
    json.push_back({{"outcome", which.first},
                    {"currency", which.second},
                    {"attempts", total.n},
                    {"minor_units", whole(total.sum_ns)}});
  }
  return json;
}

Json ledger_json(const store::JourneyLedger& ledger) {
  return {{"starts", ledger.starts},
          {"ended", ledger.ended},
          {"open", ledger.open},
          {"board_lost", ledger.board_lost},
          {"balanced", ledger.starts == ledger.ended + ledger.open + ledger.board_lost}};
}

View journey_view(StoreSnapshot& snapshot, const CatalogJourney& journey, const Range& range, const Span& span) {
  TRY_ASSIGN(const auto starts, snapshot.sums(totals_query(journey.name, CellKind::kStart, span)));
  TRY_ASSIGN(const auto steps, snapshot.sums(totals_query(journey.name, CellKind::kStep, span)));
  TRY_ASSIGN(const auto outcomes, snapshot.sums(totals_query(journey.name, CellKind::kOutcome, span)));
  TRY_ASSIGN(const auto values, snapshot.sums(totals_query(journey.name, CellKind::kValue, span)));
  TRY_ASSIGN(const auto slices, snapshot.counts(totals_query(journey.name, CellKind::kOutcome, span), range.step_s));
  TRY_ASSIGN(const auto lost, snapshot.board_lost(span.from, span.to));
  std::uint64_t started = 0;
  for (const auto& [key, total] : starts) started += total.n;
  const auto found = lost.find(journey.name);
  Json json{{"name", journey.name}, {"owner", journey.owner}, {"starts", started}};
  json["funnel"] = funnel_json(journey, steps);
  json["outcomes"] = outcomes_json(outcomes, found == lost.end() ? 0 : found->second);
  json["values"] = values_json(values);
  json["slices"] = slices_json(slices);
  return json;
}

// --- nodes

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

Json edge_json(const std::optional<control::EdgeState>& edge) {
  if (!edge) return nullptr;
  return {{"running", edge->running}, {"since_unix_ms", edge->since_unix_ms}};
}

}  // namespace

View heatmap_view(StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range, std::int64_t now) {
  const Span span = span_of(range, now);
  SeriesQuery query = totals_query(objective.journey, CellKind::kObjective, span);
  query.item = objective.name;
  TRY_ASSIGN(const auto slices, snapshot.slices(query, range.step_s));
  const Cells cells = gather(slices, objective);
  const int shift = row_shift(cells.first, cells.last);
  const std::int32_t base = cells.first >> shift;
  Json rows = Json::array(), counts = Json::array();
  if (cells.first <= cells.last) {
    for (std::int32_t row = base; row <= cells.last >> shift; ++row) {
      rows.push_back({{"lower_ns", control::bucket_lower_ns(row << shift)},
                      {"upper_ns", control::bucket_lower_ns((row + 1) << shift)}});
    }
  }
  std::uint64_t total = 0, below = 0, above = 0;
  for (const auto& [start, column] : cells.columns) {
    std::map<std::int32_t, std::uint64_t> by_row;
    for (const auto& [index, n] : column.buckets) by_row[(index >> shift) - base] += n;
    const std::int64_t at = (start - span.from) / range.step_s;
    for (const auto& [row, n] : by_row) counts.push_back({at, row, n});
    total += measured(column);
    below += column.zero;
    above += column.overflow;
  }
  Json json{{"journey", objective.journey}, {"objective", objective.name}, {"range", range.name}};
  json["from_unix_s"] = span.from;
  json["to_unix_s"] = span.to;
  json["step_s"] = range.step_s;
  json["columns"] = range.seconds / range.step_s;
  json["threshold_ns"] = objective.is_latency ? Json(objective.threshold) : Json(nullptr);
  json["measured"] = total;
  json["below_range"] = below;  // at or below 2^-20 s
  json["above_range"] = above;  // above 2^12 s
  json["rows"] = std::move(rows);
  json["cells"] = std::move(counts);  // [column, row, count]
  return json;
}

View journeys_view(StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only) {
  const Span span = span_of(range, now);
  TRY_ASSIGN(auto ledger, snapshot.ledger());
  Json journeys = Json::array();
  for (const auto& journey : catalog) {
    if (!only.empty() && journey.name != only) continue;
    TRY_ASSIGN(Json one, journey_view(snapshot, journey, range, span));
    one["ledger"] = ledger_json(ledger[journey.name]);
    journeys.push_back(std::move(one));
  }
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"step_s", range.step_s},
              {"outcome_names", kOutcomeNames},
              {"journeys", std::move(journeys)}};
}

std::string utc_text(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm utc{};
  char text[40] = "";
  if (::gmtime_r(&time, &utc) != nullptr) (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

View nodes_view(StoreSnapshot& snapshot, std::int64_t now) {
  TRY_ASSIGN(const auto sources, snapshot.sources());
  Json nodes = Json::array();
  for (const auto& source : sources) {
    const std::int64_t age_s = now - source.last_seen_unix_ms / 1'000;
    nodes.push_back({{"node", source.node},
                     {"boot", hex(source.boot)},
                     {"board_id", hex(source.board_id)},
                     {"snapshot", hex(source.snapshot)},
                     {"newest_seq", source.newest_seq},
                     {"oldest_seq_held", source.oldest_seq_held},
                     {"frames",
                      {{"applied", source.applied},
                       {"repeated", source.repeated},
                       {"conflicts", source.conflicts},
                       {"lost", source.lost},
                       {"unexplained", source.unexplained}}},
                     {"recorded", source.recorded},
                     {"first_seen_unix_ms", source.first_seen_unix_ms},
                     {"last_seen_unix_ms", source.last_seen_unix_ms},
                     {"age_s", age_s},
                     {"stale", age_s > kStaleSeconds},
                     {"edge", edge_json(source.edge)},
                     {"clock_offset_ms", source.clock ? Json(source.clock->offset_ms) : Json(nullptr)},
                     {"clock_uncertain_ms", source.clock ? Json(source.clock->uncertain_ms) : Json(nullptr)},
                     {"clock_wrong", source.clock && source.clock->certainly_off(kClockOffMs)},
                     {"open", source.open},
                     {"counters", source.counters}});
  }
  return Json{{"now_unix_s", now}, {"nodes", std::move(nodes)}};
}

}  // namespace bellrock::plane
