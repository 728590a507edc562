// feedback: what is read, what is refused, and what makes its counts other counts.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

using journey::Feedback;

// Latencies pay → ok (the step's own) and, twice, pay → done.
std::string with(const std::string& feedback) {
  return journey_text(R"(  objectives:
    - {name: paid, sli: latency, from: pay, to: ok, op: lt, value: 1s, target: 0.9}
    - {name: slow, sli: latency, from: pay, to: done, op: lt, value: 1s, target: 0.9, clock: {client: beacon.dur}}
    - {name: long, sli: latency, from: open, to: done, op: lt, value: 1s, target: 0.9, clock: {client: beacon.dur}}
  feedback: )" + feedback +
                      "\n");
}

journey::Journey read(const std::string& feedback) {
  Loaded loaded = load_text(with(feedback));
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
  return loaded.definition.journeys.at(0);
}

TEST(FeedbackOfAJourney, IsReadAsWrittenAndTravels) {
  const journey::Journey journey = read("{questions: [nps, ces], latency: ok}");
  EXPECT_EQ(journey.feedback.questions, question_bit(Question::kNps) | question_bit(Question::kCes));
  ASSERT_TRUE(journey.feedback.has_latency);
  EXPECT_EQ(journey.objectives[journey.feedback.of.index()].name, "paid");
  EXPECT_NE(journey.feedback.version, 0u);
  const auto again = journey::decode(journey::encode(load_text(with("{questions: [csat], latency: ok}")).definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->journeys[0].feedback.questions, question_bit(Question::kCsat));
  EXPECT_TRUE(again->journeys[0].feedback.has_latency);
}

TEST(FeedbackOfAJourney, IsByNoLatencyWhereItNamesNone) {
  const Feedback feedback = read("{questions: [ces, csat, nps]}").feedback;
  EXPECT_EQ(feedback.questions, kQuestionMask);
  EXPECT_FALSE(feedback.has_latency);
  EXPECT_EQ(load_text(journey_text("")).definition.journeys.at(0).feedback.questions, 0u);
}

TEST(FeedbackOfAJourney, RefusesWhatItCannotCount) {
  const auto refused = [](const std::string& feedback, const char* code) {
    return has_code(load_text(with(feedback)), code);
  };
  EXPECT_TRUE(refused("{questions: []}", "BR1111"));
  EXPECT_TRUE(refused("{latency: ok}", "BR1102"));
  EXPECT_TRUE(refused("{questions: [stars]}", "BR1108"));
  EXPECT_TRUE(refused("{questions: [ces, ces]}", "BR1202"));
  EXPECT_TRUE(refused("{questions: [ces], latency: okay}", "BR1204"));
  EXPECT_TRUE(refused("{questions: [ces], latency: pay}", "BR1510")) << "no latency ends there";
  EXPECT_TRUE(refused("{questions: [ces], latency: done}", "BR1510")) << "two end there";
  EXPECT_TRUE(refused("{questions: [ces], after: 1s}", "BR1101"));
  EXPECT_TRUE(refused("[ces]", "BR1103"));
}

TEST(FeedbackOfAJourney, CountsAnewWhereItsLatencyChangesAndNotWhereItAsksMore) {
  EXPECT_EQ(read("{questions: [ces]}").feedback.version, read("{questions: [ces, nps]}").feedback.version);
  EXPECT_NE(read("{questions: [ces]}").feedback.version, read("{questions: [ces], latency: ok}").feedback.version);
  EXPECT_EQ(read("{questions: [ces]}").version, load_text(journey_text("")).definition.journeys.at(0).version);
}

TEST(FeedbackOfAJourney, OfASnapshotPointsToALatency) {
  journey::Definition definition = load_text(with("{questions: [ces], latency: ok}")).definition;
  const auto refused = [&definition](auto change) {
    journey::Definition changed = definition;
    change(changed.journeys[0]);
    return !journey::check(changed).ok();
  };
  EXPECT_FALSE(refused([](journey::Journey&) {}));
  EXPECT_TRUE(refused([](journey::Journey& j) { j.feedback.questions = 8; }));
  EXPECT_TRUE(refused([](journey::Journey& j) { j.feedback.questions = 0; }));
  EXPECT_TRUE(refused([](journey::Journey& j) { j.feedback.of = ObjectiveId{j.objectives.size()}; }));
  EXPECT_TRUE(refused([](journey::Journey& j) { j.objectives[j.feedback.of.index()].sli = journey::Sli::kSuccess; }));
  EXPECT_TRUE(refused([](journey::Journey& j) { j.marks.resize(kMarksMax, StepId{1u}); }));
}

}  // namespace
}  // namespace bellrock::config
