#include "control/cli/replay/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>

#include "control/cli/replay/text.h"
#include "control/flow/click_map_name.h"
#include "control/flow/distinct.h"
#include "control/flow/feedback_name.h"
#include "control/flow/histogram.h"
#include "dataplane/flow/recovery.h"
#include "dataplane/flow/stray.h"

namespace bellrock::cli {
namespace {

using Json = nlohmann::ordered_json;

// The counters of one group, "drops.truncated" -> {"truncated": n}.
Json group(const ReplayResult& result, const std::string& prefix) {
  Json object = Json::object();
  for (auto at = result.counters.lower_bound(prefix + "."); at != result.counters.end(); ++at) {
    if (!at->first.starts_with(prefix + ".")) break;
    if (at->second > 0) object[at->first.substr(prefix.size() + 1)] = at->second;
  }
  return object;
}

std::uint64_t counter(const ReplayResult& result, const std::string& name) {
  const auto at = result.counters.find(name);
  return at == result.counters.end() ? 0 : at->second;
}

std::uint64_t count_of(const ReplayResult& result, const std::string& journey, CellKind kind, const std::string& item) {
  std::uint64_t n = 0;
  for (const auto& [key, histogram] : result.series) {
    if (key.journey == journey && key.kind == kind && key.item == item && key.scope == CellScope::kTotal) {
      n += histogram.n;
    }
  }
  return n;
}

// What attempts were worth, by outcome.
Json value_report(const ReplayResult& result, const journey::Journey& journey) {
  Json outcomes = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.journey != journey.name || key.kind != CellKind::kValue || key.scope != CellScope::kTotal) continue;
    outcomes[key.item] = {{"attempts", histogram.n}, {"minor_units", histogram.sum_ns}};
  }
  return {{"currency", journey.value.currency}, {"outcomes", outcomes}};
}

// Answers by outcome and question; every count, since they do not leave this machine.
Json feedback_report(const ReplayResult& result, const journey::Journey& journey) {
  Json outcomes = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.journey != journey.name || key.kind != CellKind::kFeedback || key.scope != CellScope::kTotal) continue;
    const auto name = control::read_feedback_detail(key.detail);
    if (!name) continue;
    const std::string question(kQuestionNames[static_cast<std::size_t>(name->question)]);
    outcomes[key.item][question][std::string(kAnswerNames[name->answer])] = histogram.n;
  }
  return outcomes;
}

// How many different visitors began attempts: an estimate, and the bound of its error.
Json sessions_report(const ReplayResult& result, const journey::Journey& journey) {
  control::DistinctSketch sketch;
  for (const auto& [key, histogram] : result.series) {
    if (key.journey == journey.name && key.kind == CellKind::kDistinct) control::merge(sketch, key.item, histogram);
  }
  return {{"estimate", std::llround(control::estimate(sketch))}, {"standard_error", control::kDistinctError}};
}

// By failure step, how many errors there were and what became of them.
Json recovery_report(const ReplayResult& result, const journey::Journey& journey) {
  Json steps = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.journey != journey.name || key.kind != CellKind::kRecovery) continue;
    Json& step = steps[key.item];
    if (step.is_null()) {
      for (const auto name : kRecoveryNames) step[std::string(name)] = 0;
    }
    step[key.detail] = histogram.n;
  }
  return steps;
}

// Attempts that failed, step by step: of the whole capture as many as the journey keeps of a window.
Json storyboards_report(const ReplayResult& result, const journey::Journey& journey) {
  Json stories = Json::array();
  for (const auto& story : result.storyboards) {
    if (story.journey != journey.name) continue;
    Json dimensions = Json::object(), steps = Json::array();
    for (const auto& [name, value] : story.dimensions) dimensions[name] = value;
    for (const auto& step : story.steps) {
      Json& one = steps.emplace_back(Json{{"step", step.step}, {"offset_ms", step.offset_ms}});
      if (!step.page.empty()) one["page"] = step.page;
      if (step.status != 0) one["status"] = step.status;
      if (step.took_ms) one["took_ms"] = *step.took_ms;
    }
    stories.push_back({{"outcome", story.outcome},
                       {"window_unix_s", story.start_unix_s},
                       {"lasted_ms", story.lasted_ms},
                       {"dimensions", dimensions},
                       {"steps", steps},
                       {"clicks", story.clicks.size()},
                       {"replay", story.replay.empty() ? Json() : Json(story.replay)}});
  }
  return stories;
}

Json strays_report(const ReplayResult& result, const journey::Journey& journey) {
  Json strays = Json::object();
  for (const auto name : kStrayNames) {
    strays[std::string(name)] = count_of(result, journey.name, CellKind::kStray, std::string(name));
  }
  return strays;
}

Json journey_report(const ReplayResult& result, const journey::Journey& journey) {
  Json outcomes = Json::object();
  for (const auto name : kOutcomeNames) {
    outcomes[std::string(name)] = count_of(result, journey.name, CellKind::kOutcome, std::string(name));
  }
  Json steps = Json::object();
  for (const auto& step : journey.steps) steps[step.name] = count_of(result, journey.name, CellKind::kStep, step.name);
  const auto open = result.open.find(journey.name);
  Json report = {{"starts", count_of(result, journey.name, CellKind::kStart, "")},
                 {"open", open == result.open.end() ? 0 : open->second},
                 {"outcomes", outcomes},
                 {"steps", steps},
                 {"stray_successes", strays_report(result, journey)}};
  if (journey.value.amount != 0) report["value"] = value_report(result, journey);
  if (journey.feedback.questions != 0) report["feedback"] = feedback_report(result, journey);
  if (journey.recovery.within != 0) report["recovery"] = recovery_report(result, journey);
  if (journey.distinct_sessions) report["sessions"] = sessions_report(result, journey);
  if (journey.stories_kept != 0) report["storyboards"] = storyboards_report(result, journey);
  return report;
}

// By page and vital: how many were good, and so on, and what three of four page views stayed below.
Json vitals_report(const ReplayResult& result) {
  std::map<std::pair<std::string, std::string>, control::Distribution> all;
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.kind != CellKind::kVital || key.scope != CellScope::kTotal) continue;
    pages[key.journey][key.item][key.detail] = histogram.n;
    merge(all[{key.journey, key.item}], histogram);
  }
  for (const auto& [name, distribution] : all) {
    const auto p75 = control::quantile(distribution, 0.75);
    if (p75) pages[name.first][name.second]["p75"] = *p75 / 1e9;
  }
  return pages;
}

// By page, clicks or signs of frustration.
Json counts_report(const ReplayResult& result, CellKind kind) {
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.kind == kind && key.scope == CellScope::kTotal) pages[key.journey][key.item] = histogram.n;
  }
  return pages;
}

// By page: what became of those that were seen, and of beacons that speak of none that waits.
Json coverage_report(const ReplayResult& result) {
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.kind != CellKind::kCoverage || key.scope != CellScope::kTotal) continue;
    Json& of = pages[key.journey][key.item];
    (key.detail.empty() ? of : of[key.detail]) = histogram.n;
  }
  return pages;
}

// By page, or by call: how many of each part, and what half of them stayed below.
Json split_report(const ReplayResult& result, bool calls) {
  std::map<std::pair<std::string, std::string>, control::Distribution> all;
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    const SplitName name = split_name(key.item);
    if (key.kind != CellKind::kSplit || key.scope != CellScope::kTotal || name.call != calls) continue;
    const std::string item(name.item);
    pages[key.journey][item][key.detail.empty() ? "measured" : key.detail] = histogram.n;
    if (item != "unmatched") merge(all[{key.journey, item}], histogram);
  }
  for (const auto& [name, distribution] : all) {
    const auto p50 = control::quantile(distribution, 0.5);
    if (p50) pages[name.first][name.second]["p50"] = *p50 / 1e9;
  }
  return pages;
}

// By page: how many errors there were, and of which codes.
Json errors_report(const ReplayResult& result) {
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.kind != CellKind::kError) continue;
    Json& page = pages[key.journey];
    if (key.scope == CellScope::kTotal) page["errors"] = histogram.n;
    if (key.scope == CellScope::kDimensioned) page["codes"][key.dimensions.front().second] = histogram.n;
    if (key.scope == CellScope::kOverflow) page["no_room"] = histogram.n;
  }
  return pages;
}

// The grid's sums: on places that are shown, and what is not.
Json click_grid_report(const ReplayResult& result) {
  static constexpr std::array kParts{"placed", "suppressed", "unplaced", "no_room"};
  Json pages = Json::object();
  for (const auto& [key, histogram] : result.series) {
    if (key.kind != CellKind::kClickMap) continue;
    const auto detail = control::parse_click_detail(key.detail);
    if (!detail) continue;
    Json& of = pages[key.journey][key.item];
    if (of.is_null()) of = {{"placed", 0}, {"suppressed", 0}, {"unplaced", 0}, {"no_room", 0}};
    Json& sum = of[kParts[static_cast<std::size_t>(detail->part)]];
    sum = sum.get<std::uint64_t>() + histogram.n;
  }
  return pages;
}

constexpr std::array kScopes{"total", "dimensioned", "overflow"};

Json money_report(const control::SeriesKey& key, const control::Histogram& histogram, const Json& dimensions) {
  return {{"journey", key.journey},
          {"version", fmt::format("{:016x}", key.version)},
          {"kind", "value"},
          {"step", key.item},
          {"currency", key.detail},
          {"scope", kScopes[static_cast<std::size_t>(key.scope)]},
          {"dimensions", dimensions},
          {"count", histogram.n},
          {"minor_units", histogram.sum_ns}};
}

Json effect_report(const control::SeriesKey& key, const control::Histogram& histogram, const Json& dimensions) {
  return {{"journey", key.journey},    {"version", fmt::format("{:016x}", key.version)},
          {"kind", "effect"},          {"step", key.item},
          {"wait", key.detail},        {"scope", kScopes[static_cast<std::size_t>(key.scope)]},
          {"dimensions", dimensions},  {"count", histogram.n},
          {"sum_ns", histogram.sum_ns}};
}

Json series_report(const control::SeriesKey& key, const control::Histogram& histogram) {
  static constexpr std::array kKinds{"start",    "step",     "outcome", "objective", "value",     "vital",
                                     "effect",   "feedback", "click",   "distinct",  "click_map", "frustration",
                                     "recovery", "coverage", "split",   "stray",     "error"};
  static_assert(kKinds.size() == 1 + static_cast<std::size_t>(CellKind::kError));
  Json dimensions = Json::object();
  for (const auto& [name, value] : key.dimensions) dimensions[name] = value;
  Json quantiles = Json::object();
  for (const double q : {0.5, 0.75, 0.9, 0.95, 0.99}) {
    if (const auto ns = control::quantile(histogram, q); ns.has_value()) {
      quantiles[fmt::format("{:g}", q)] = *ns;
    }
  }
  Json buckets = Json::array();
  for (const auto& [index, n] : histogram.buckets) buckets.push_back({index, n});
  if (key.kind == CellKind::kValue) return money_report(key, histogram, dimensions);
  if (key.kind == CellKind::kEffect) return effect_report(key, histogram, dimensions);
  return {{"journey", key.journey},
          {"version", fmt::format("{:016x}", key.version)},
          {"kind", kKinds[static_cast<std::size_t>(key.kind)]},
          {"step", key.item},
          {"verdict", key.detail},
          {"scope", kScopes[static_cast<std::size_t>(key.scope)]},
          {"dimensions", dimensions},
          {"count", histogram.n},
          {"sum_ns", histogram.sum_ns},
          {"min_ns", histogram.min_ns},
          {"max_ns", histogram.max_ns},
          {"zero", histogram.zero},
          {"overflow", histogram.overflow},
          {"quantiles", quantiles},
          {"buckets", buckets}};
}

// Bytes from a capture are not always UTF-8; what is not is shown as U+FFFD.
void line(std::ostream& out, const Json& json) {
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

Json report(const journey::Definition& definition, const ReplayResult& result) {
  Json document;
  document["packets"] = counter(result, "packets");
  document["bytes"] = counter(result, "bytes");
  document["passed"] = counter(result, "passed");
  document["drops"] = group(result, "drops");
  document["connections"] = counter(result, "stream.connections");
  document["transactions"] = counter(result, "stream.transactions");
  document["stream"] = group(result, "stream");
  document["http"] = {{"by_status", group(result, "status")},
                      {"by_method", group(result, "method")},
                      {"by_template", group(result, "template")},
                      {"errors", group(result, "http_error")}};
  document["beacons"] = {{"seen", counter(result, "beacons_seen")},
                         {"accepted", counter(result, "beacons_accepted")},
                         {"rejected", group(result, "beacon_reject")},
                         {"by_dialect", group(result, "dialect")},
                         {"by_type", group(result, "beacon_type")}};
  document["events"] = group(result, "event");
  document["visitor_rules"] = definition.visitors.version;
  document["recorded"] = {{"recorded", counter(result, "event.recorded")},
                          {"harvested", result.harvested},
                          {"live", result.live},
                          {"value_rejected", counter(result, "event.value_rejected")}};
  Json journeys = Json::object();
  for (const auto& journey : definition.journeys) journeys[journey.name] = journey_report(result, journey);
  document["journeys"] = journeys;
  if (!definition.vital_pages.empty()) document["vitals"] = vitals_report(result);
  if (!definition.click_pages.empty()) document["clicks"] = counts_report(result, CellKind::kClick);
  if (definition.click_grid.on) document["click_grid"] = click_grid_report(result);
  if (definition.frustration.on) document["frustration"] = counts_report(result, CellKind::kFrustration);
  if (definition.coverage.on) document["coverage"] = coverage_report(result);
  if (definition.coverage.split) document["split"] = split_report(result, false);
  if (!definition.coverage_calls.empty()) document["call_split"] = split_report(result, true);
  if (definition.error_top != 0) document["errors"] = errors_report(result);
  document["frames"] = result.frames;
  Json series = Json::array();
  for (const auto& [key, histogram] : result.series) series.push_back(series_report(key, histogram));
  document["series"] = series;
  if (result.cut.has_value()) document["cut"] = {{"reason", error_text(*result.cut)}, {"offset", result.cut->detail}};
  return document;
}

void write_transactions(std::ostream& out, const ReplayResult& result) {
  // Numbers, which say nothing of a visitor but which requests are his.
  std::map<std::uint64_t, std::size_t> visitors;
  for (const auto& t : result.transactions) {
    if (t.visitor != 0) visitors.try_emplace(t.visitor, visitors.size() + 1);
  }
  for (const auto& t : result.transactions) {
    const auto rank = std::lower_bound(result.connections.begin(), result.connections.end(), t.connection_ordinal);
    const Transaction& x = t.transaction;
    line(out, {{"stream", rank - result.connections.begin()},
               {"client", address_text(t.client)},
               {"server", address_text(t.server)},
               {"method", t.method},
               {"target", t.target},
               {"host", t.host},
               {"status", x.status},
               {"request_first_ns", x.request_first.ns},
               {"request_last_ns", x.request_last.ns},
               {"response_first_ns", x.response_first.ns},
               {"response_last_ns", x.response_last.ns},
               {"request_body_bytes", x.request_body_bytes},
               {"response_body_bytes", x.response_body_bytes},
               {"interim", x.interim},
               {"aborted", x.end == TransactionEnd::kAborted},
               {"visitor", t.visitor == 0 ? Json(nullptr) : Json(visitors.at(t.visitor))}});
  }
}

void write_beacons(std::ostream& out, const ReplayResult& result) {
  for (const auto& b : result.beacons) {
    Json json = {{"dialect", kDialectNames[static_cast<std::size_t>(b.dialect)]}};
    if (b.rejected != BeaconReject::kCount) {
      json["rejected"] = kBeaconRejectNames[static_cast<std::size_t>(b.rejected)];
    } else {
      json["type"] = kBeaconTypeNames[static_cast<std::size_t>(b.type)];
    }
    json["name"] = b.name;
    json["page_template"] = b.page_template;
    if (b.ok.has_value()) json["ok"] = *b.ok;
    if (!Beacon::absent(b.dur_ms)) json["dur_ms"] = b.dur_ms;
    line(out, json);
  }
}

void write_outcomes(std::ostream& out, const journey::Definition& definition, const ReplayResult& result) {
  for (const auto& o : result.outcomes) {
    const auto& journey = definition.journeys[o.journey.index()];
    Json steps = Json::array();
    for (std::size_t s = 0; s < journey.steps.size(); ++s) {
      if ((o.steps_seen >> s & 1) != 0) steps.push_back(journey.steps[s].name);
    }
    Json json = {{"journey", journey.name},
                 {"outcome", kOutcomeNames[static_cast<std::size_t>(o.outcome)]},
                 {"start_ns", o.start.ns},
                 {"duration_ns", o.duration},
                 {"steps", steps}};
    if (o.amount != 0) json["minor_units"] = o.amount - 1;
    if (o.flagged != Filter::kNone) json["flagged"] = kFilterNames[static_cast<std::size_t>(o.flagged)];
    line(out, json);
  }
}

}  // namespace bellrock::cli
