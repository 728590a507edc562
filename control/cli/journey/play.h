// Plays one test of a journey's definition: its events become messages, the messages go through the matcher and the
// tracker that run on the edge, and what each of them changed is taken down. Time is virtual; after the last event it
// goes on until every attempt has ended. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/journey_tests.h"
#include "dataplane/base/counters.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"

namespace bellrock::cli {

struct PlayedOutcome {
  Outcome outcome = Outcome::kUnknown;
  Duration start = 0;  // of its attempt, since the test's beginning
  Duration after = 0, waited = 0;
};

struct PlayedSign {
  FrustrationKind kind = FrustrationKind::kCount;
  std::string page;  // that is told apart; empty: another one
};

// What one event changed at the journey, or time alone.
struct Happening {
  Duration at = 0;
  const config::TestEvent* event = nullptr;  // none: a deadline
  std::vector<Duration> begun;               // attempts: their start
  std::vector<StepId> steps;                 // counted
  std::vector<PlayedOutcome> ended;
  std::vector<std::pair<ObjectiveId, Verdict>> verdicts;
  std::vector<std::pair<EventCount, std::uint64_t>> counters;
  std::vector<PlayedSign> signs;
  std::vector<std::string> notes;  // why nothing came of it
};

struct Played {
  std::vector<Happening> happenings;
  std::optional<std::string> stuck;  // the last event could not be played, and why
};

Played play(const journey::Definition& definition, JourneyId journey, const config::DefinitionTest& test);

}  // namespace bellrock::cli
