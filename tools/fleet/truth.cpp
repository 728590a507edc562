#include "tools/fleet/truth.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace bellrock::fleet {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t floor_to(std::int64_t at, std::int64_t step) { return at - (at % step + step) % step; }

std::string hex(const control::Id128& id) {
  std::string text;
  for (const auto byte : id) text += fmt::format("{:02x}", byte);
  return text;
}

Json planted_json(const Plan& plan, const config::Loaded& loaded, const Planted& one) {
  Json json{{"kind", kKindNames[static_cast<std::size_t>(one.kind)]}};
  if (one.of_journey()) {
    json["journey"] = loaded.definition.journeys[one.journey].name;
  } else {
    json["node"] = fmt::format("sim-{:04}", one.node);
  }
  json["from_unix_s"] = one.from;
  json["to_unix_s"] = one.to;
  if (one.of_journey()) json["share"] = one.share;
  if (one.kind == Kind::kClockJump) json["jump_s"] = one.jump_s;
  if (one.kind == Kind::kOutage || one.kind == Kind::kSlowBurn) {
    const auto within = pages_within(loaded, one.journey, one.share);
    json["pages_within_s"] = within ? Json(*within) : Json();
    json["background"] = plan.journeys[one.journey].background;
  }
  return json;
}

// Verdicts over all time, of every objective of the configuration.
Json objectives_json(const Truth& truth, const config::Loaded& loaded) {
  std::map<std::tuple<std::string, std::string, std::uint64_t>, std::map<std::string, std::uint64_t>> verdicts;
  for (const auto& [span, total] : truth.hours) {
    const auto& key = span.second;
    if (key.kind != CellKind::kObjective || key.scope != CellScope::kTotal) continue;
    verdicts[{key.journey, key.item, key.version}][key.detail] += total.n;
  }
  Json all = Json::array();
  for (const auto& journey : loaded.definition.journeys) {
    for (const auto& one : journey.objectives) {
      const auto& counts = verdicts[{journey.name, one.name, one.version}];
      all.push_back({{"journey", journey.name}, {"objective", one.name}, {"version", one.version}, {"counts", counts}});
    }
  }
  return all;
}

}  // namespace

void Truth::add(const control::DeltaFrame& frame) {
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [key, histogram] : window) {
      if (histogram.n == 0) continue;
      merge(hours[{floor_to(start, 3'600), key}], histogram);
      minutes[{floor_to(start, 60), key}] += histogram.n;
      ++deltas;
    }
  }
  ++frames;
  recorded += frame.recorded;
  auto& source = sources[{frame.node, frame.boot}];
  ++source.frames;
  source.recorded += frame.recorded;
  for (const auto& [journey, lost] : frame.board_lost) board_lost[journey] += lost;
  if (frame.seq < source.newest_seq) return;
  source.newest_seq = frame.seq;
  source.open = frame.open;
}

std::map<std::string, JourneyTruth> Truth::journeys() const {
  std::map<std::string, JourneyTruth> all;
  for (const auto& [span, total] : hours) {
    const auto& key = span.second;
    if (key.kind == CellKind::kStart) all[key.journey].starts += total.n;
    if (key.kind == CellKind::kOutcome) all[key.journey].ended += total.n;
  }
  for (const auto& [name, source] : sources) {
    for (const auto& [journey, open] : source.open) all[journey].open += open;
  }
  for (const auto& [journey, lost] : board_lost) all[journey].board_lost += lost;
  return all;
}

std::string truth_json(const Truth& truth, const Plan& plan, const config::Loaded& loaded) {
  const auto& options = plan.options;
  Json json{{"seed", options.seed},       {"nodes", options.nodes},   {"from_unix_s", options.from},
            {"to_unix_s", options.to},    {"frames", truth.frames},   {"deltas", truth.deltas},
            {"recorded", truth.recorded}, {"planted", Json::array()}, {"objectives", objectives_json(truth, loaded)},
            {"journeys", Json::array()},  {"sources", Json::array()}};
  for (const auto& one : plan.planted) json["planted"].push_back(planted_json(plan, loaded, one));
  for (const auto& [name, one] : truth.journeys()) {
    json["journeys"].push_back({{"name", name},
                                {"starts", one.starts},
                                {"ended", one.ended},
                                {"open", one.open},
                                {"board_lost", one.board_lost}});
  }
  for (const auto& [name, one] : truth.sources) {
    json["sources"].push_back({{"node", name.first},
                               {"boot", hex(name.second)},
                               {"frames", one.frames},
                               {"recorded", one.recorded},
                               {"newest_seq", one.newest_seq}});
  }
  return json.dump(1) + "\n";
}

}  // namespace bellrock::fleet
