// What the tracker asks of a journey again and again, worked out once from its definition. Read-only after start.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/event.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

struct StepPlan {
  static constexpr std::uint8_t kNoMark = 0xff;
  std::uint32_t required = 0;     // strict order: steps that must have been seen before, bit i: step i
  std::uint16_t measured_to = 0;  // bit i: latency objective i ends here
  std::uint8_t mark = kNoMark;    // index of its time in Attempt::marks
};

struct JourneyPlan {
  const Journey* journey = nullptr;
  JourneyId id;
  Duration max = 0;                                        // of an attempt: its identity's
  Duration visit_idle = 0;                                 // between two visits
  std::uint16_t per_visit = 0;                             // bit i: objective i counts visits
  std::array<std::uint8_t, kJourneyDimensionsMax> tops{};  // by dimension: top_table_of
  bool has_tops = false;
  bool asks_returning = false;                              // a stratum of one of its effects
  std::array<std::uint8_t, kObjectivesMax> kept_latency{};  // by objective: kept_latency, kNoMark: it is not kept
  std::size_t words_max = 0;                                // on the board, that one event can change at this journey
  std::size_t first_story = 0;                              // of its storyboards, among those of a bank
  std::array<StepPlan, kStepsMax> steps{};

  [[nodiscard]] const Step& step(StepId id_of_step) const { return journey->steps[id_of_step.index()]; }
};

// `cell_words`: how many words on the board one cell's update changes at most.
std::vector<JourneyPlan> make_plans(const Definition& definition, std::size_t cell_words);

}  // namespace bellrock::journey
