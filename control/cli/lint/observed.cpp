#include "control/cli/lint/observed.h"

#include <algorithm>

namespace bellrock::cli {
namespace {

const Json* entry_named(const Json& list, const char* key, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Json& one) { return one.at(key) == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::optional<ObjectiveId> objective_between(const journey::Journey& journey) {
  for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
    const journey::Objective& objective = journey.objectives[i];
    if (objective.sli != journey::Sli::kLatency) continue;
    if (objective.from == journey.silent.after && objective.to == journey.silent.expect) return ObjectiveId(i);
  }
  return std::nullopt;
}

std::optional<ObservedWait> wait_of(const journey::Journey& journey, const Json& journeys, const Json& objective) {
  if (objective.is_object()) {
    const Json& latency = objective.at("slo").at("latency_ns");
    if (latency.is_null()) return std::nullopt;
    return ObservedWait{latency.at("measured").get<std::uint64_t>(), latency.at("p99").get<double>(), true};
  }
  const Json* const seen = entry_named(journeys.at("journeys"), "name", journey.name);
  if (seen == nullptr) return std::nullopt;
  const Json* const after = entry_named(seen->at("funnel"), "step", journey.steps[journey.silent.after.index()].name);
  const Json* const expect = entry_named(seen->at("funnel"), "step", journey.steps[journey.silent.expect.index()].name);
  if (after == nullptr || expect == nullptr || after->at("p99_ns").is_null() || expect->at("p95_ns").is_null()) {
    return std::nullopt;
  }
  const double longer = expect->at("p95_ns").get<double>() - after->at("p99_ns").get<double>();
  const auto attempts = std::min(after->at("count").get<std::uint64_t>(), expect->at("count").get<std::uint64_t>());
  return ObservedWait{attempts, std::max(longer, 0.0), false};
}

ObservedWaits ask_waits(const config::Loaded& loaded, const CentreOptions& centre, std::ostream& err, int& exit_code) {
  ObservedWaits waits;
  const Answer journeys = ask(centre, "/api/v1/journeys?range=7d", err);
  exit_code = journeys.exit_code;
  if (exit_code != 0) return waits;
  try {
    for (const journey::Journey& journey : loaded.definition.journeys) {
      if (!journey.silent.watched) continue;
      Json document;
      if (const auto between = objective_between(journey)) {
        const Answer answer = ask(centre,
                                  "/api/v1/slos/" + encode_percent(journey.name) + '/' +
                                      encode_percent(journey.objectives[between->index()].name) + "?range=7d",
                                  err);
        exit_code = answer.exit_code;
        if (exit_code != 0) return waits;
        document = answer.document;
      }
      if (const auto wait = wait_of(journey, journeys.document, document)) waits[journey.name] = *wait;
    }
  } catch (const Json::exception& error) {
    exit_code = not_understood(error, err);
  }
  return waits;
}

}  // namespace bellrock::cli
