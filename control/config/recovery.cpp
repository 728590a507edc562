// `recovery` of a Journey: for how long a success makes an error good again.
#include <algorithm>

#include "control/config/journey_scope.h"

namespace bellrock::config {

void read_recovery(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  Duration within = 0;
  const bool read = fields.need_into("within", within, read_duration);
  fields.finish();
  if (!read) return;
  const auto& steps = scope.journey.steps;
  const bool fails = std::any_of(steps.begin(), steps.end(),
                                 [](const journey::Step& step) { return step.kind == journey::StepKind::kFailure; });
  if (scope.steps_good && !fails) {
    value.error(Code::kNoStep, "no step of this journey is a failure, so there is nothing to recover from",
                "add a step of kind failure, or remove recovery");
    return;
  }
  if (within > scope.journey.idle) {
    value.error(Code::kTimes, "an attempt that failed is not remembered for so long",
                "make attempt.idle at least as long");
    return;
  }
  scope.journey.recovery.within = within;
}

}  // namespace bellrock::config
