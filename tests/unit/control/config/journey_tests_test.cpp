// `tests` of a journey as they are read: what they may say, and how a mistake in them is told.
#include "control/config/journey_tests.h"

#include <bit>

#include "support.h"

namespace bellrock::config {
namespace {

const std::string kObjective =
    "  objectives: [{name: paid, sli: success, target: 0.9, bad: [abandoned, superseded]}]\n";

Loaded load_tests(const std::string& tests) { return load_text(journey_text(kObjective + "  tests:\n" + tests)); }

DefinitionTest only_test(const std::string& test) {
  const Loaded loaded = load_tests("    - " + test + "\n");
  EXPECT_TRUE(loaded.diagnostics.empty()) << lines(loaded);
  if (loaded.tests.size() != 1 || loaded.tests[0].tests.size() != 1) return {};
  return loaded.tests[0].tests[0];
}

Diagnostic only_finding(const std::string& test) {
  const Loaded loaded = load_tests("    - " + test + "\n");
  EXPECT_EQ(loaded.diagnostics.size(), 1u) << lines(loaded);
  return loaded.diagnostics.empty() ? Diagnostic{} : loaded.diagnostics[0];
}

TEST(TestsInDefinitions, ReadTheShortForm) {
  const DefinitionTest test =
      only_test(R"({events: ["0 open", "5.5 pay", "6 ok", "20 beacon", "60 http"], expect: unknown})");
  ASSERT_EQ(test.events.size(), 5u);
  EXPECT_EQ(test.events[0].at, 0);
  EXPECT_EQ(test.events[0].step, StepId{0});
  EXPECT_FALSE(test.events[0].beacon);
  EXPECT_EQ(test.events[1].at, 5'500 * kMillisecond);
  EXPECT_EQ(test.events[1].text, "5.5 pay");
  EXPECT_FALSE(test.events[3].step.has_value());
  EXPECT_TRUE(test.events[3].beacon);
  EXPECT_FALSE(test.events[4].beacon);
  EXPECT_EQ(test.name, "1");
  ASSERT_EQ(test.outcomes->size(), 1u);
  EXPECT_EQ(test.outcomes->front().mask, journey::outcome_bit(Outcome::kUnknown));
}

TEST(TestsInDefinitions, ReadTheLongForm) {
  const DefinitionTest test = only_test(
      R"({name: long, events: [{at: 6, step: done, id: A, n: 4, pv: x, attrs: {ms: 5, b: true, s: "5"}, fields: {rel: r1}},)"
      R"( {at: 7, step: pay, query: {q: shoes}, headers: {x-a: b}}, {at: 8, step: ok, status: 204},)"
      R"( {at: 9, status: aborted}], expect: none})");
  ASSERT_EQ(test.events.size(), 4u);
  const TestEvent& done = test.events[0];
  EXPECT_TRUE(done.beacon) << "the step's only channel";
  EXPECT_EQ(done.visitor, "A");
  EXPECT_EQ(done.number, 4u);
  EXPECT_EQ(done.page_view, "x");
  ASSERT_EQ(done.attrs.size(), 3u);
  EXPECT_EQ(done.attrs[0].second.type, journey::ValueType::kNumber);
  EXPECT_EQ(done.attrs[1].second.type, journey::ValueType::kBool);
  EXPECT_EQ(done.attrs[2].second.type, journey::ValueType::kString);
  EXPECT_EQ(done.fields[0].second, "r1");
  EXPECT_EQ(test.events[1].query[0].second, "shoes");
  EXPECT_EQ(test.events[2].answer, TestAnswer::kStatus);
  EXPECT_EQ(test.events[2].status, 204);
  EXPECT_EQ(test.events[3].answer, TestAnswer::kAborted);
  EXPECT_EQ(test.name, "long");
  EXPECT_TRUE(test.outcomes.has_value() && test.outcomes->empty());
}

TEST(TestsInDefinitions, ExpectOutcomesCountersAndVerdicts) {
  const DefinitionTest test =
      only_test(R"({events: ["0 open"], expect: {outcomes: [failed, {outcome: abandoned, after: 1.5, waited: 2s}],)"
                R"( counters: {late_success: 2}, objectives: {paid: [bad, funnel]}}})");
  ASSERT_EQ(test.outcomes->size(), 2u);
  EXPECT_EQ(std::popcount(test.outcomes->at(0).mask), 3) << "all classes";
  EXPECT_EQ(std::popcount(test.outcomes->at(1).mask), 2) << "waiting or not";
  EXPECT_EQ(test.outcomes->at(1).after, 1'500 * kMillisecond);
  EXPECT_EQ(test.outcomes->at(1).waited, 2 * kSecond);
  ASSERT_EQ(test.counters.size(), 1u);
  EXPECT_EQ(test.counters[0].what, EventCount::kLateSuccess);
  EXPECT_EQ(test.counters[0].count, 2u);
  ASSERT_EQ(test.objectives.size(), 1u);
  EXPECT_EQ(test.objectives[0].verdicts[0].mask, 0b1110) << "measured, failed and ended";
}

TEST(TestsInDefinitions, AreNotPartOfWhatIsCounted) {
  const Loaded with = load_tests("    - {events: [\"0 open\"], expect: abandoned}\n");
  const Loaded without = load_text(journey_text(kObjective));
  EXPECT_TRUE(with.ok()) << lines(with);
  EXPECT_EQ(content_hash(with.definition), content_hash(without.definition));
}

TEST(TestsInDefinitions, TellAMistakeByFileLineKeyAndFix) {
  const Diagnostic step = only_finding(R"({events: ["0 opne"], expect: success})");
  EXPECT_EQ(step.code, "BR1204");
  EXPECT_EQ(step.key, "spec.tests[0].events[0]");
  EXPECT_EQ(step.file, "test.yaml");
  EXPECT_GT(step.line, 1);
  EXPECT_EQ(step.fix, "did you mean `open`?");
  EXPECT_EQ(only_finding(R"({events: ["open 0"], expect: success})").code, "BR1701");
  EXPECT_EQ(only_finding(R"({events: ["0 open pay"], expect: success})").code, "BR1701");
  EXPECT_EQ(only_finding(R"({events: ["-1 open"], expect: success})").code, "BR1701");
  EXPECT_EQ(only_finding(R"({events: [{at: 3}], expect: success})").code, "BR1701");
  EXPECT_EQ(only_finding(R"({events: ["5 open", "4 pay"], expect: success})").code, "BR1702");
  EXPECT_EQ(only_finding(R"({events: [{at: 1, step: pay, channel: beacon}], expect: success})").code, "BR1703");
  EXPECT_EQ(only_finding(R"({events: [{at: 1, step: done, status: 200}], expect: success})").code, "BR1703");
  EXPECT_EQ(only_finding(R"({events: [{at: 1, channel: http, n: 4}], expect: success})").code, "BR1703");
  EXPECT_EQ(only_finding(R"({events: ["0 open"], expect: sucess})").fix, "did you mean `success`?");
  EXPECT_EQ(only_finding(R"({events: ["0 open"]})").code, "BR1102");
  EXPECT_EQ(only_finding(R"({events: ["0 open"], expect: {}})").code, "BR1102");
  EXPECT_EQ(only_finding(R"({events: ["0 open"], expect: {counters: {late: 1}}})").code, "BR1108");
  EXPECT_EQ(only_finding(R"({events: ["0 open"], expect: {objectives: {piad: good}}})").fix, "did you mean `paid`?");
  EXPECT_EQ(only_finding(R"({events: [{at: 1, step: ok, status: 700}], expect: success})").code, "BR1108");
  EXPECT_EQ(only_finding(R"({events: ["31d open"], expect: success})").code, "BR1107");
  EXPECT_EQ(only_finding(R"({event: ["0 open"], events: ["0 open"], expect: success})").code, "BR1101");
}

}  // namespace
}  // namespace bellrock::config
