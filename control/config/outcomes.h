// The `bad` and `exclude` lists of a success objective. Start-up only.
#pragma once

#include "control/config/journey_scope.h"

namespace bellrock::config {

// Reads both lists into the objective's masks. A particular outcome (failed.user) goes before a general one (failed).
void read_outcome_lists(Fields& fields, journey::Objective& objective);

// A list of outcomes as a mask, each but success and unknown; nothing, reported, if one is none or there is none.
std::optional<std::uint16_t> read_outcomes(const Value& list);

// Warns of outcomes that attempts of this objective can have and that neither list names.
void lint_outcome_lists(const Value& objective_value, const journey::Objective& objective, const JourneyScope& scope);

}  // namespace bellrock::config
