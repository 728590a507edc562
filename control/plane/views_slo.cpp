#include <algorithm>
#include <map>

#include "control/plane/views.h"
#include "control/slo/evaluator.h"
#include "control/slo/explain.h"

namespace bellrock::plane {
namespace {

using control::SeriesSum;
using control::SloCounts;
using store::SeriesQuery;
using store::StoreSnapshot;

Json window_json(const Span& span) {
  return {{"from_unix_s", span.from}, {"to_unix_s", span.to}, {"seconds", span.to - span.from}};
}

SeriesQuery objective_query(const std::string& journey, const Span& span) {
  SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kTotal;
  query.from = span.from;
  query.to = span.to;
  return query;
}

std::uint64_t lost_of(const std::map<std::string, std::uint64_t>& lost, const std::string& journey) {
  const auto found = lost.find(journey);
  return found == lost.end() ? 0 : found->second;
}

// Good, bad and unknown of one slice or one dimension value.
Json share_json(const SloCounts& counts) {
  const std::uint64_t known = counts.good + counts.bad;
  Json json{{"good", counts.good}, {"bad", counts.bad}, {"unknown", counts.unknown}};
  json["ratio"] = known == 0 ? Json(nullptr) : Json(static_cast<double>(counts.good) / static_cast<double>(known));
  return json;
}

Result<Json, store::StoreError> course(StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range,
                                       std::int64_t now) {
  const Span span = span_of(range, now);
  SeriesQuery query = objective_query(objective.journey, span);
  query.item = objective.name;
  TRY_ASSIGN(const auto found, snapshot.slices(query, range.step_s));
  std::map<std::int64_t, SloCounts> slices;
  for (const auto& [start, key, total] : found) slo::add_verdict(objective, key, total.n, slices[start]);
  Json json{{"range", range.name}, {"from_unix_s", span.from}, {"to_unix_s", span.to}, {"step_s", range.step_s}};
  json["slices"] = Json::array();
  for (const auto& [start, counts] : slices) {
    Json slice{{"start_unix_s", start}};
    slice.update(share_json(counts));
    json["slices"].push_back(std::move(slice));
  }
  return json;
}

// For each dimension its values, the one with the most bad attempts first.
Result<Json, store::StoreError> dimensions(StoreSnapshot& snapshot, const slo::Objective& objective, const Span& span) {
  constexpr std::size_t kValuesShown = 10;
  SeriesQuery query = objective_query(objective.journey, span);
  query.item = objective.name;
  query.scope = CellScope::kDimensioned;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::string, std::map<std::string, SloCounts>> by_name;
  for (const auto& [key, total] : sums) {
    for (const auto& [name, value] : key.dimensions) slo::add_verdict(objective, key, total.n, by_name[name][value]);
  }
  Json json = Json::array();
  for (const auto& [name, values] : by_name) {
    std::vector<std::pair<std::string, SloCounts>> sorted(values.begin(), values.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.bad > b.second.bad; });
    sorted.resize(std::min(sorted.size(), kValuesShown));
    Json shown = Json::array();
    for (const auto& [value, counts] : sorted) {
      Json one{{"value", value}};
      one.update(share_json(counts));
      shown.push_back(std::move(one));
    }
    json.push_back({{"name", name}, {"values", std::move(shown)}});
  }
  return json;
}

}  // namespace

View slos_view(StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now) {
  const Span span = slo_span(now);
  TRY_ASSIGN(const auto lost, snapshot.board_lost(span.from, span.to));
  Json slos = Json::array();
  for (const auto& journey : catalog) {
    TRY_ASSIGN(const auto sums, snapshot.sums(objective_query(journey.name, span)));
    for (const auto& objective : journey.objectives) {
      const auto tally = slo::tally(objective, sums, lost_of(lost, journey.name));
      slos.push_back(to_json(objective, slo::evaluate(objective, tally), tally.other_versions));
    }
  }
  return Json{{"now_unix_s", now}, {"window", window_json(span)}, {"slos", std::move(slos)}};
}

Json outcomes_json(std::span<const SeriesSum> sums, std::uint64_t board_lost) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [key, total] : sums) {
    if (key.kind == CellKind::kOutcome) counts[key.item] += total.n;
  }
  counts["unknown"] += board_lost;
  Json json = Json::object();
  for (const auto& name : kOutcomeNames) json[std::string(name)] = counts[std::string(name)];
  for (const auto& [name, n] : counts) json[name] = n;  // of newer edges too
  return json;
}

View explain_view(StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range, std::int64_t now) {
  const Span span = slo_span(now);
  TRY_ASSIGN(const auto lost, snapshot.board_lost(span.from, span.to));
  const std::uint64_t board_lost = lost_of(lost, objective.journey);
  SeriesQuery query = objective_query(objective.journey, span);
  query.kind.reset();
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  const auto tally = slo::tally(objective, sums, board_lost);
  const auto status = slo::evaluate(objective, tally);
  Json json{{"now_unix_s", now}, {"window", window_json(span)}};
  json["slo"] = to_json(objective, status, tally.other_versions);
  json["explanation"] = slo::explain(objective, status);
  TRY_ASSIGN(json["course"], course(snapshot, objective, range, now));
  json["outcomes"] = outcomes_json(sums, board_lost);
  TRY_ASSIGN(json["dimensions"], dimensions(snapshot, objective, span));
  return json;
}

}  // namespace bellrock::plane
