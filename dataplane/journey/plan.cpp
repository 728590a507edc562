#include "dataplane/journey/plan.h"

#include <algorithm>

#include "dataplane/journey/session_table.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/journey/trail.h"
#include "dataplane/journey/visits.h"

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

// A session's key changes (4 words), an attempt ends (12), another opens (40, its session included) and its visit
// begins (20), up to 16 records that make room go (20 each, their sessions included), verdicts are added to a
// visit, and values that are told apart are marked as counted. One attempt may be judged at a step while another one
// ends; all values are counted in total and by dimension.
std::size_t words_max(const Journey& journey, std::size_t cell_words) {
  constexpr std::size_t kRecordWords = 4 + 12 + 40 + 20 + 16 * 20 + 2 * kObjectivesMax + 2 * kTopDimensionsMax;
  const std::size_t start_and_step = 2 + (journey.distinct_sessions ? 1 : 0);
  const std::size_t value = journey.value.amount != 0 ? 1 : 0;
  const std::size_t outcome_and_verdicts = 2 * (1 + value + 2 * journey.objectives.size());
  // A latency is kept, and the attempt's end counted in total and by strata: a cell's key and its place (4), its count
  // and its sum.
  const std::size_t effects = journey.effects.size() * (1 + 2 * 6);
  // The latency is kept, and answers that the attempt had are counted in the same way, without a sum.
  const std::size_t feedback = journey.feedback.questions == 0 ? 0 : 1 + kQuestions * 2 * 5;
  // A trail, and five signs of frustration in total and by device.
  constexpr std::size_t kTrailWords = sizeof(Trail) / 8 + 5 * 2 * 5;
  // Errors: one is opened, those of the attempts that are kept are recovered from, and of the records that go unknown.
  constexpr std::size_t kErrorWords = (1 + kPendingAttemptsMax + 17) * 6;
  // Two attempts may end and one begin, and steps, a click and a replay be noted at as many as are pending.
  const std::size_t stories =
      journey.stories_kept == 0 ? 0 : 2 * Storyboards::kEndWordsMax + 1 + 2 * Storyboards::kEventWordsMax;
  return kRecordWords + kTrailWords + kErrorWords + (start_and_step + outcome_and_verdicts) * cell_words + effects +
         feedback + stories;
}

JourneyPlan make_plan(const Definition& definition, JourneyId id, std::size_t cell_words) {
  const Journey& journey = definition.journeys[id.index()];
  JourneyPlan plan{.journey = &journey,
                   .id = id,
                   .max = definition.identities[journey.identity.index()].max,
                   .visit_idle = definition.identities[journey.identity.index()].idle,
                   .words_max = words_max(journey, cell_words)};
  std::uint32_t earlier = 0;
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    const Step& step = journey.steps[i];
    if (journey.strict_order && step.kind != StepKind::kStart) plan.steps[i].required = earlier;
    if (can_be_required(step)) earlier |= std::uint32_t{1} << i;
  }
  for (std::size_t i = 0; i < journey.marks.size(); ++i) {
    plan.steps[journey.marks[i].index()].mark = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; i < journey.dimensions.size(); ++i) {
    plan.tops[i] = static_cast<std::uint8_t>(top_table_of(definition, journey.dimensions[i]));
    plan.has_tops = plan.has_tops || plan.tops[i] != 0;
  }
  for (const Effect& effect : journey.effects) {
    const auto end = effect.strata.end();
    plan.asks_returning = plan.asks_returning || std::find(effect.strata.begin(), end, Effect::kReturning) != end;
  }
  for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
    const Objective& objective = journey.objectives[i];
    plan.kept_latency[i] = static_cast<std::uint8_t>(kept_latency(journey, ObjectiveId{i}).value_or(StepPlan::kNoMark));
    if (is_per_visit(journey, objective)) plan.per_visit = static_cast<std::uint16_t>(plan.per_visit | 1u << i);
    if (objective.sli != Sli::kLatency) continue;
    StepPlan& to = plan.steps[objective.to.index()];
    to.measured_to = static_cast<std::uint16_t>(to.measured_to | 1u << i);
  }
  return plan;
}

}  // namespace

std::vector<JourneyPlan> make_plans(const Definition& definition, std::size_t cell_words) {
  std::vector<JourneyPlan> plans;
  std::size_t stories = 0;
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) {
    plans.push_back(make_plan(definition, JourneyId{i}, cell_words));
    plans.back().first_story = stories;
    stories += stories_of(definition.journeys[i].stories_kept);
  }
  return plans;
}

}  // namespace bellrock::journey
