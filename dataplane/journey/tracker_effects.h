// What a step's latency does to how attempts end: the Tracker's counts for effects (flow/effect_cell.h). The latency is
// kept where it is measured, and the attempt counted when it ends, by the values that it then has. Include tracker.h.
#pragma once

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

template <class Cells>
void Tracker<Cells>::keep_latency(const JourneyPlan& plan, std::size_t objective, Attempt& attempt,
                                  const Judgement& judged) {
  if (judged.measured) journal_.set(attempt.marks[plan.kept_latency[objective]], Instant{1 + judged.latency});
}

// Values of an effect's strata, in their order. Whether a visitor is a returning one has no third answer.
inline Values strata_of(const Effect& effect, const Attempt& attempt, const Values& values) {
  Values strata{};
  for (std::size_t i = 0; i < effect.strata.size(); ++i) {
    const std::uint8_t stratum = effect.strata[i];
    strata[i] =
        stratum == Effect::kReturning ? static_cast<std::uint8_t>(attempt.returning() ? 2 : 1) : values[stratum];
  }
  return strata;
}

template <class Cells>
void Tracker<Cells>::count_effects(const JourneyPlan& plan, const Attempt& attempt, const Ending& ending,
                                   const Values& values) {
  for (std::size_t i = 0; i < plan.journey->effects.size(); ++i) {
    const Effect& effect = plan.journey->effects[i];
    const Objective& objective = plan.journey->objectives[effect.of.index()];
    const Waited waited = waited_for(plan, objective, attempt, ending);
    if (!waited.reached) continue;
    Wait wait = waited.time ? Wait::kEnded : Wait::kUndated;
    Duration time = waited.time.value_or(0);
    if (attempt.saw(objective.to)) {
      const Instant kept = attempt.marks[plan.kept_latency[effect.of.index()]];
      wait = kept.seen() ? Wait::kAnswered : Wait::kUndated;
      time = kept.seen() ? kept.ns - 1 : 0;
    }
    recorder_.effect(plan.id, i, ending.outcome, wait_slot(wait, band_of(time)), strata_of(effect, attempt, values),
                     !effect.strata.empty(), time);
  }
}

}  // namespace bellrock::journey
