// What the readers of one journey share: the journey so far and where its parts were written. One per document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/fields.h"
#include "control/config/match.h"
#include "control/config/tables.h"

namespace bellrock::config {

struct StepNote {
  Value value;
  std::uint8_t channels = 0;     // 0: its match could not be read
  std::optional<Value> latency;  // becomes an objective once all steps are known
};

struct JourneyScope {
  Tables& tables;
  journey::Journey journey;
  std::vector<StepNote> notes;  // of journey.steps
  bool steps_good = true;       // every step could be read: conclusions from all of them make sense
};

// steps.cpp: fills journey.steps and checks that the journey can begin and end.
void read_steps(const Value& list, JourneyScope& scope);
// objectives.cpp: declared objectives, then one for each step with a `latency`.
void read_objectives(const Value* list, JourneyScope& scope);
// consistency.cpp: {of, min_attempts}; the name is looked for once all objectives are known
struct ConsistencyNote {
  std::string objective;
  Value of;
};
std::optional<ConsistencyNote> read_consistency(Fields& fields, journey::Objective& objective);
void resolve_consistency(const ConsistencyNote& note, journey::Journey& journey);
// latency.cpp: {from, to, op, value, clock, …}; `to` is given for a step's own objective.
void read_latency(Fields& fields, std::optional<StepId> to, journey::Objective& objective, JourneyScope& scope);
// The step a value names, or nothing, reported.
std::optional<StepId> read_step_name(const Value& value, const JourneyScope& scope);
// one_message.cpp: warns where one message brings more of the journey than an event has room for.
void lint_one_message(const JourneyScope& scope);
// silent_failure.cpp, once the steps are known
void read_silent_failure(const Value& value, JourneyScope& scope);
// money.cpp, once the steps are known
void read_value(const Value& value, JourneyScope& scope);
// dimensions.cpp
void read_dimensions(const Value& map, JourneyScope& scope);
// effects.cpp, once steps, objectives and dimensions are known
void read_effects(const Value& list, JourneyScope& scope);
// The latency that is measured to a step: the step's own, or else the only objective that ends there. Or nothing,
// reported.
std::optional<ObjectiveId> latency_to(const Value& value, StepId step, const JourneyScope& scope);
// Whether an attempt can keep a latency that the journey asks for; reported where it cannot.
bool has_room_for(const Value& value, ObjectiveId latency, const JourneyScope& scope);
// recovery.cpp, once steps and attempts are known
void read_recovery(const Value& value, JourneyScope& scope);
// feedback.cpp, once steps, objectives and effects are known
void read_feedback(const Value& value, JourneyScope& scope);
// storyboards.cpp
void read_storyboards(const Value& value, JourneyScope& scope);
// places.cpp
void keep_places(const Value& spec, JourneyScope& scope);
// journey_tests.cpp, once steps and objectives are known
void read_tests(const Value& list, JourneyScope& scope);

}  // namespace bellrock::config
