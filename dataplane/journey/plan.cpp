#include "dataplane/journey/plan.h"

#include <algorithm>

#include "dataplane/journey/session_table.h"

namespace bellrock::journey {
namespace {

bool ends_attempt(StepKind kind) {
  return kind == StepKind::kSuccess || kind == StepKind::kFailure || kind == StepKind::kCancel;
}

// An attempt that has seen an ending step is over, and one of its starts it has always seen: strict order can demand
// neither.
bool can_be_required(const Step& step) {
  return !step.optional && step.kind != StepKind::kStart && !ends_attempt(step.kind);
}

JourneyPlan make_plan(const Definition& definition, JourneyId id) {
  const Journey& journey = definition.journeys[id.index()];
  JourneyPlan plan{.journey = &journey, .id = id, .max = definition.identities[journey.identity.index()].max};
  std::uint32_t earlier = 0;
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    const Step& step = journey.steps[i];
    if (journey.strict_order && step.kind != StepKind::kStart) plan.steps[i].required = earlier;
    if (can_be_required(step)) earlier |= std::uint32_t{1} << i;
  }
  for (std::size_t i = 0; i < journey.marks.size(); ++i) {
    plan.steps[journey.marks[i].index()].mark = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
    const Objective& objective = journey.objectives[i];
    if (objective.sli != Sli::kLatency) continue;
    StepPlan& to = plan.steps[objective.to.index()];
    to.measured_to = static_cast<std::uint16_t>(to.measured_to | 1u << i);
  }
  return plan;
}

}  // namespace

std::vector<JourneyPlan> make_plans(const Definition& definition) {
  std::vector<JourneyPlan> plans;
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) plans.push_back(make_plan(definition, JourneyId{i}));
  return plans;
}

std::size_t event_words_max(const Definition& definition, std::size_t cell_words) {
  // At one journey an attempt ends (12 words), another opens (40, its session included), and up to 16 records that make
  // room go (9 each). One attempt may be judged at a step while another one ends. A message matches so many journeys,
  // and its request may have been waited for in as many others.
  constexpr std::size_t kRecordWords = 12 + 40 + 16 * 9;
  std::size_t objectives = 0;
  for (const Journey& journey : definition.journeys) objectives = std::max(objectives, journey.objectives.size());
  const std::size_t cells = 2 + 2 * (1 + 2 * objectives);  // start, step; outcome and verdicts, total and dimensioned
  // Dimension values: one word of every open attempt of the visitor, and his last activity.
  const std::size_t dimension_words = definition.journeys.size() * (kPendingAttemptsMax + 1) + 1;
  const std::size_t journeys = std::min(definition.journeys.size(), 2 * kEventMatchesMax);
  return journeys * (kRecordWords + cells * cell_words) + dimension_words;
}

}  // namespace bellrock::journey
