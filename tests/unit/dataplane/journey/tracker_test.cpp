// Which attempt and which step an event counts at, and in which cells. How attempts end is in vectors_test.cpp.
#include "dataplane/journey/tracker.h"

#include <set>

#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

// --- Cells.

TEST_F(TrackerTest, StepsAndOutcomesAreTimedSinceTheStart) {
  open(0);
  pay(5);
  pay_ok(6, 5);
  confirmed(7.5);
  EXPECT_EQ(cell(CellKind::kStart).count, 1u);
  EXPECT_TRUE(cell(CellKind::kStart).values.empty());
  EXPECT_EQ(cell(CellKind::kStep, checkout::kOpen).values, (std::vector<Duration>{0}));
  EXPECT_EQ(cell(CellKind::kStep, checkout::kPayOk).values, (std::vector<Duration>{6 * kSecond}));
  EXPECT_EQ(cell(CellKind::kOutcome, 0).values, (std::vector<Duration>{7'500 * kMillisecond}));
}

TEST_F(TrackerTest, TheSameCellsAreReservedInTheSameOrderEveryTime) {
  const auto first = owner().cells.reserved();
  owner().restart();
  EXPECT_EQ(owner().cells.reserved(), first);
  const std::set<CellKey> distinct(first.begin(), first.end());
  EXPECT_EQ(distinct.size(), first.size());
  // checkout: start, 8 steps, 10 outcomes and 3 x 8 verdicts with their overflow; search has no dimensions.
  EXPECT_EQ(first.size(), (1u + 8 + 2 * 10 + 2 * 24 + kStrays) + (1u + 4 + 10 + 8 + kStrays));
}

TEST_F(TrackerTest, ADimensionIsTheLastValueSeenUpToTheEnd) {
  Event phone = step(0, checkout::kOpen, Channel::kHttpRequest);
  phone.dimensions[phone.dimension_count++] = {DimensionId{0}, 1};
  play(phone);
  Event desktop = make_event(1, at_second(1), Channel::kHttpRequest);
  desktop.dimensions[desktop.dimension_count++] = {DimensionId{0}, 3};
  play(desktop);
  play(make_event(1, at_second(2), Channel::kHttpRequest));
  left(3);
  EXPECT_EQ(by_device(Outcome::kCancelled, 3), 1u);
  open(10);
  left(11);
  EXPECT_EQ(by_device(Outcome::kCancelled, 0), 1u) << "what an earlier attempt saw is not this one's";
  open(20);
  Event last = step(21, checkout::kLeft, Channel::kBeacon);
  last.dimensions[last.dimension_count++] = {DimensionId{0}, 2};
  play(last);
  EXPECT_EQ(by_device(Outcome::kCancelled, 2), 1u) << "the ending event counts";
}

TEST_F(TrackerTest, AnOutcomeFallsIntoTheWindowOfItsDeadline) {
  open(0);
  open(4'000, 2);
  std::set<std::int64_t> windows;
  for (const auto& [at, cell] : owner().cells.windows()) {
    if (at.second.kind == CellKind::kOutcome) windows.insert(at.first);
  }
  EXPECT_EQ(windows, (std::set<std::int64_t>{window_of(at_second(1'800))}));
}

// --- Which attempt, which step.

TEST_F(TrackerTest, AnAnswerBelongsToTheAttemptWhoseRequestItAnswers) {
  open(0);
  pay(1);
  open(10);
  pay(11);
  pay_ok(12, 11);
  pay_ok(13, 1);
  // Since the starts at 0 and 10: the later attempt's answer first.
  EXPECT_EQ(cell(CellKind::kStep, checkout::kPayOk).values, (std::vector<Duration>{2 * kSecond, 13 * kSecond}));
}

TEST_F(TrackerTest, AnAnswerToNoRequestOfAnAttemptBelongsToTheFirstCommit) {
  open(0);
  pay(1);
  open(10);
  pay(11);
  pay_ok(13, 12.5);
  EXPECT_EQ(cell(CellKind::kStep, checkout::kPayOk).values, (std::vector<Duration>{13 * kSecond}));
}

TEST_F(TrackerTest, LateDuplicateAndOrphanSuccessesAreToldApart) {
  confirmed(0);
  EXPECT_EQ(owner().counted(EventCount::kOrphanSuccess), 1u);
  open(10);
  pay(11);
  declined(12);
  confirmed(13);
  EXPECT_EQ(owner().counted(EventCount::kLateSuccess), 1u);
  open(20);
  confirmed(21);
  confirmed(22);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateSuccess), 1u);
  confirmed(21 + 1'800);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateSuccess), 2u)
      << "an ended attempt is known for `idle`, its end included";
  confirmed(21 + 1'800.001);
  EXPECT_EQ(owner().counted(EventCount::kOrphanSuccess), 2u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
}

TEST_F(TrackerTest, OfTheStepsAnEventMatchesTheFirstThatCanCountWins) {
  open(0);
  Event both = step(1, checkout::kAddress, Channel::kBeacon);
  add_match(both, checkout::kId, checkout::kLeft);
  play(both);
  play([&] {
    Event again = both;
    again.time = again.edge_time = at_second(2);
    return again;
  }());
  EXPECT_EQ(cell(CellKind::kStep, checkout::kAddress).count, 2u) << "repeatable";
  checkout_journey().steps[checkout::kAddress].repeatable = false;
  both.time = both.edge_time = at_second(3);
  play(both);
  EXPECT_EQ(cell(CellKind::kStep, checkout::kAddress).count, 2u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kCancelled), 1u) << "passed over, the next one counts";
}

TEST_F(TrackerTest, WithinIsSinceTheStepBeforeAndIncludesItsEnd) {
  checkout_journey().steps[checkout::kConfirmed].within = 10 * kSecond;
  open(0);
  pay(5);
  confirmed(15.001);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u) << "too late is ignored";
  play(step(16, checkout::kAddress, Channel::kBeacon));
  confirmed(26);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 0u);
}

TEST_F(TrackerTest, StrictOrderDemandsTheStepsBeforeThatAreNotOptional) {
  checkout_journey().strict_order = true;
  open(0);
  confirmed(1);
  pay_ok(2, 0.5);
  EXPECT_EQ(owner().counted(EventCount::kOutOfOrderStep), 2u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
  pay(3);
  pay_ok(4, 3);
  confirmed(5);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u) << "address is optional";
}

TEST_F(TrackerTest, StrictOrderDemandsNothingBeforeTheCommitOfARetry) {
  checkout_journey().strict_order = true;
  checkout_journey().steps[checkout::kAddress].optional = false;
  open(0);
  play(step(1, checkout::kAddress, Channel::kBeacon));
  pay(2);
  pay_ok(3, 2);
  declined(4);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kFailedUser), 1u);
  pay(5);
  pay_ok(6, 5);
  confirmed(7);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
  EXPECT_EQ(owner().counted(EventCount::kOutOfOrderStep), 0u);
}

TEST_F(TrackerTest, JourneysOfOneVisitorDoNotTouchEachOther) {
  Event both = step(0, checkout::kOpen, Channel::kHttpRequest);
  add_match(both, search::kId, search::kQuery);
  play(both);
  EXPECT_EQ(owner().tracker().live(), 2u);
  confirmed(1);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 0u);
  EXPECT_EQ(owner().tracker().open(search::kId), 1u);
}

TEST_F(TrackerTest, AReportIsAStepButKeepsNobodyActiveAndSaysNothingOfOtherChannels) {
  open(0);
  pay(5);
  pay_ok(6, 5);
  Event report = make_event(1, at_second(20), Channel::kReport);
  play(report);
  report.time = report.edge_time = at_second(60);
  play(report);
  EXPECT_TRUE(owner().outcomes.empty()) << "a report shows no beacon's way to be open";
  idle(1'807);
  ASSERT_EQ(owner().outcomes.size(), 1u);
  EXPECT_EQ(owner().outcomes[0].outcome, Outcome::kUnknown);
  EXPECT_EQ(owner().outcomes[0].end, at_second(1'806)) << "idle since the answer";
}

TEST_F(TrackerTest, AReportEndsAnAttemptAtATimeThatNoClockKnows) {
  open(0);
  pay(5);
  play(step(70, checkout::kBroken, Channel::kReport));
  ASSERT_EQ(owner().outcomes.size(), 1u);
  EXPECT_EQ(owner().outcomes[0].outcome, Outcome::kFailedSystem);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kBad).count, 1u);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kBadFailed).count, 1u) << "a failure is bad whenever it was";
}

TEST_F(TrackerTest, HowLongAnAnswerTookIsKeptWhereTheAnswerIsAStepOfTheJourney) {
  constexpr DimensionId kSpeed{0};
  definition_.dimensions = {
      {"speed", {SourceKind::kAnswerTime, 0, "", ""}, {"100ms", "1s"}, {100 * kMillisecond, kSecond}}};
  definition_.journeys[checkout::kId.index()].dimensions = {kSpeed};
  open(0);
  pay(5);
  Event answer = step(6, checkout::kPayOk, Channel::kHttpResponse);
  answer.request_time = at_second(5);
  answer.dimensions[answer.dimension_count++] = {kSpeed, 2};
  play(answer);
  Event other = make_event(1, at_second(7), Channel::kHttpResponse);
  add_match(other, search::kId, search::kPage);
  other.dimensions[other.dimension_count++] = {kSpeed, 1};
  play(other);
  confirmed(8);
  CellKey key{.journey = checkout::kId, .kind = CellKind::kOutcome, .scope = CellScope::kDimensioned};
  key.item = static_cast<std::uint8_t>(Outcome::kSuccess);
  key.values[0] = 2;
  EXPECT_EQ(owner().cells.cell(key).count, 1u) << "not the time of the search's answer";
}

}  // namespace
}  // namespace bellrock::journey
