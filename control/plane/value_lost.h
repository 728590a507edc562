// What attempts were worth that an objective counts as bad: minor units by currency, as the edge took them from the
// messages of a journey with `value`. Nothing is converted and nothing is guessed: attempts that carried no value are
// not in it, and what unknown attempts were worth is said apart. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/plane/views.h"

namespace bellrock::plane {

struct ValueLost {
  std::string currency;
  std::uint64_t attempts = 0, minor_units = 0;                  // of outcomes that the objective calls bad
  std::uint64_t unknown_attempts = 0, unknown_minor_units = 0;  // that may have been lost besides
};

// By currency, in its order. Only of success objectives of attempts: values are kept by outcome, and neither latencies
// nor visits are outcomes. Empty where nothing of value was lost, and where `measures_value` is false.
Result<std::vector<ValueLost>, store::StoreError> value_lost(store::StoreSnapshot& snapshot,
                                                             const slo::Objective& objective, const Span& span);
bool measures_value(const slo::Objective& objective);

// {currency, attempts, minor_units, unknown_attempts, unknown_minor_units}
Json to_json(const ValueLost& lost);

// Every objective with what was lost over `range`: {journey, objective, counts_visits, counts, users_lost, value_lost},
// of which the last two are null where sessions are not counted or values not measured.
View backlog_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now);

}  // namespace bellrock::plane
