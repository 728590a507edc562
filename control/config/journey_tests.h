// `tests` of a journey: unit tests inside its definition, read and checked with the rest of the file. They decide
// nothing at run time and do not travel to the edge; `bellrock journey test` plays them. Plain values, owned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/written.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"

namespace bellrock::config {

inline constexpr std::size_t kTestsMax = 1'024;       // of one journey
inline constexpr std::size_t kTestEventsMax = 1'024;  // of one test

enum class TestAnswer : std::uint8_t { kNone, kStatus, kUnanswered, kAborted };  // kNone: not said

struct TestEvent {
  std::string text;  // as messages show it: "6 pay_ok"
  Written written;
  Duration at = 0;             // since the test's beginning
  std::optional<StepId> step;  // without: any other signal of the visitor on this channel
  bool beacon = false;         // else HTTP
  bool report = false;         // `beacon`, and one that the browser sends by itself
  TestAnswer answer = TestAnswer::kNone;
  std::uint16_t status = 0;  // kStatus
  std::string visitor = "1";
  std::vector<std::string> more_visitors;  // ids that it carries beside that one, where the identity links its keys
  std::optional<std::uint32_t> number;     // a beacon's, on its page view
  std::string page_view;
  std::string page;  // which a beacon tells of, or a request's path; empty: what the match asks for
  std::vector<std::pair<std::string, journey::Literal>> attrs;      // of a beacon
  std::vector<std::pair<std::string, std::string>> fields;          // of a beacon: rel, exp, dur …
  std::vector<std::pair<std::string, std::string>> query, headers;  // of a request
};

struct ExpectedOutcome {
  std::string word;        // failed, failed.user …
  std::uint16_t mask = 0;  // outcome_bit of each that it stands for
  std::optional<Duration> after, waited;
};
struct ExpectedCount {
  EventCount what = EventCount::kCount;
  std::uint64_t count = 0;
};
struct ExpectedSigns {
  FrustrationKind what = FrustrationKind::kCount;
  std::uint64_t count = 0;  // on all pages
};
struct ExpectedVerdicts {
  ObjectiveId objective;
  struct Word {
    std::string word;        // bad, bad.ended …
    std::uint16_t mask = 0;  // bit v: Verdict v
  };
  std::vector<Word> verdicts;  // in the order in which they are given
};

struct DefinitionTest {
  std::string name;  // as written, else its number from 1
  Written written;
  std::vector<TestEvent> events;                         // their times never go back
  std::optional<std::vector<ExpectedOutcome>> outcomes;  // of all attempts, in the order of their starts
  std::vector<ExpectedCount> counters;
  std::vector<ExpectedVerdicts> objectives;
  std::vector<ExpectedSigns> frustration;
};

struct JourneyTests {
  JourneyId journey;
  std::vector<DefinitionTest> tests;
};

}  // namespace bellrock::config
