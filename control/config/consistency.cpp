#include <algorithm>

#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {

using journey::Objective;
using journey::Sli;

// {of: fast, min_attempts: 2}
std::optional<ConsistencyNote> read_consistency(Fields& fields, Objective& objective) {
  const auto of = fields.need("of", "add of: the latency objective that all attempts of a session should meet");
  fields.into("min_attempts", objective.min_attempts,
              [](const Value& value) { return read_unsigned(value, 1, kMinAttemptsMax); });
  if (!of || !read_text(*of)) return std::nullopt;
  return ConsistencyNote{objective.name, *of};
}

void resolve_consistency(const ConsistencyNote& note, journey::Journey& journey) {
  const auto named = [&journey](const std::string& name) {
    return std::find_if(journey.objectives.begin(), journey.objectives.end(),
                        [&name](const Objective& other) { return other.name == name; });
  };
  const auto objective = named(note.objective);
  const auto of = named(note.of.node->text);
  if (of != journey.objectives.end() && of->sli == Sli::kLatency) {
    if (objective != journey.objectives.end()) {
      objective->of = ObjectiveId(static_cast<std::size_t>(of - journey.objectives.begin()));
    }
    return;
  }
  std::vector<std::string_view> latencies;
  for (const Objective& other : journey.objectives) {
    if (other.sli == Sli::kLatency) latencies.push_back(other.name);
  }
  note.of.error(Code::kConsistency, "the journey has no latency objective named " + shown(note.of.node->text),
                latencies.empty() ? "add an objective with `sli: latency`" : "use " + one_of(latencies));
}

}  // namespace bellrock::config
