// What the tracker counts beside outcomes, and what happens when something is full, restarted or killed. How attempts
// end is in vectors_test.cpp.
#include "dataplane/journey/tracker.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

class TrackerTest : public testing::Test {
 protected:
  Owner& owner() {
    if (!owner_) owner_ = std::make_unique<Owner>(definition_);
    return *owner_;
  }
  void play(Event event) { owner().apply(event); }
  // One step of checkout.
  Event step(double second, std::uint8_t step, Channel channel, std::uint64_t visitor = 1) {
    Event event = make_event(visitor, at_second(second), channel);
    add_match(event, checkout::kId, step);
    return event;
  }
  void open(double second, std::uint64_t visitor = 1) {
    play(step(second, checkout::kOpen, Channel::kHttpRequest, visitor));
  }
  void pay(double second, std::uint64_t visitor = 1) {
    play(step(second, checkout::kPay, Channel::kHttpRequest, visitor));
  }
  void pay_ok(double second, double request) {
    Event event = step(second, checkout::kPayOk, Channel::kHttpResponse);
    event.request_time = at_second(request);
    play(event);
  }
  void confirmed(double second, std::optional<double> client_seconds = {}) {
    Event event = step(second, checkout::kConfirmed, Channel::kBeacon);
    if (client_seconds) add_clock(event, static_cast<Duration>(*client_seconds * 1e9));
    play(event);
  }
  void declined(double second) { play(step(second, checkout::kDeclined, Channel::kBeacon)); }
  void left(double second) { play(step(second, checkout::kLeft, Channel::kBeacon)); }
  void idle(double until) {
    owner().tracker().expire(at_second(until));
    owner().journal().commit();
  }

  FakeCells::Cell cell(CellKind kind, std::uint8_t item = 0, std::uint8_t detail = 0) {
    return owner().cells.cell({.journey = checkout::kId, .kind = kind, .item = item, .detail = detail});
  }
  FakeCells::Cell verdict(std::uint8_t objective, Verdict verdict) {
    return cell(CellKind::kObjective, objective, static_cast<std::uint8_t>(verdict));
  }
  std::uint64_t verdicts(std::uint8_t objective) {
    std::uint64_t sum = 0;
    for (std::size_t v = 0; v < static_cast<std::size_t>(Verdict::kCount); ++v) {
      sum += verdict(objective, static_cast<Verdict>(v)).count;
    }
    return sum;
  }
  std::uint64_t by_device(Outcome outcome, std::uint8_t device) {
    return owner()
        .cells
        .cell({.journey = checkout::kId,
               .kind = CellKind::kOutcome,
               .scope = CellScope::kDimensioned,
               .item = static_cast<std::uint8_t>(outcome),
               .values = {device}})
        .count;
  }
  Journey& checkout_journey() { return definition_.journeys[0]; }

  Definition definition_ = make_definition();
  std::unique_ptr<Owner> owner_;
};

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
  // checkout: start, 8 steps, 9 outcomes and 3 x 6 verdicts with their overflow; search has no dimensions.
  EXPECT_EQ(first.size(), (1u + 8 + 2 * 9 + 2 * 18) + (1u + 4 + 9 + 6));
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

// --- Objectives.

TEST_F(TrackerTest, ASuccessObjectiveCountsFromItsStepAndSortsOutcomes) {
  open(0);
  left(1);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kFunnel).count, 1u);
  open(10);
  pay(11);
  confirmed(12);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kGood).count, 1u);
  open(20);
  pay(21);
  declined(22);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kExcluded).count, 1u);
  open(30);
  pay(31);
  idle(10'000);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kUnknown).count, 1u);
  EXPECT_EQ(verdicts(checkout::kSuccess), 4u);
}

TEST_F(TrackerTest, ASuccessWithoutTheCountedStepIsFunnel) {
  open(0);
  confirmed(1);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kFunnel).count, 1u);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kFunnel).count, 1u);
}

TEST_F(TrackerTest, LeavingWhileWaitingIsBadOnlyPastTheWait) {
  const auto leave = [&](double at, double after) {
    open(at);
    pay(at + 1);
    Event gone = make_event(1, at_second(at + 1 + after), Channel::kHttpEnd);
    gone.aborted = true;
    gone.request_time = at_second(at + 1);
    play(gone);
  };
  leave(0, 3);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kExcluded).count, 1u);
  EXPECT_EQ(owner().outcomes[0].waited, 3 * kSecond);
  leave(10, 3.001);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kBad).count, 1u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandonedWaiting), 2u);
}

TEST_F(TrackerTest, AnEdgeLatencyIsMeasuredBetweenTheMessagesNotThePackets) {
  open(0);
  pay(5);
  Event ok = step(6, checkout::kPayOk, Channel::kHttpResponse);
  ok.edge_time = at_second(5.8);
  ok.request_time = at_second(5);
  play(ok);
  EXPECT_EQ(verdict(checkout::kPayLatency, Verdict::kBad).values, (std::vector<Duration>{800 * kMillisecond}))
      << "`lt` does not hold at its bound";
  EXPECT_EQ(verdicts(checkout::kPayLatency), 1u);
  confirmed(7);
  EXPECT_EQ(verdicts(checkout::kPayLatency), 1u) << "measured is measured, whatever comes after";
}

TEST_F(TrackerTest, LteHoldsAtItsBound) {
  checkout_journey().objectives[checkout::kPayLatency].or_equal = true;
  open(0);
  pay(5);
  pay_ok(5.8, 5);
  EXPECT_EQ(verdict(checkout::kPayLatency, Verdict::kGood).values, (std::vector<Duration>{800 * kMillisecond}));
}

TEST_F(TrackerTest, ALatencyThatEndsWithABeaconIsTheClientsOrUnknown) {
  const auto visit = [&](double at, std::optional<double> client) {
    open(at);
    pay(at + 1);
    confirmed(at + 4, client);
  };
  visit(0, 2.9);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kGood).values, (std::vector<Duration>{2'900 * kMillisecond}));
  visit(10, 3.0);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kBad).values, (std::vector<Duration>{3 * kSecond}));
  visit(20, std::nullopt);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kUnknown).count, 1u);
  EXPECT_EQ(owner().counted(EventCount::kBadClientDuration), 0u);
  visit(30, 63.0);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kBad).count, 2u) << "60 s above the edge's own 3 s is believed";
  visit(40, 63.001);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kUnknown).count, 2u);
  EXPECT_EQ(owner().counted(EventCount::kBadClientDuration), 1u);
  open(50);
  pay(51);
  Event invalid = step(52, checkout::kConfirmed, Channel::kBeacon);
  add_clock(invalid, 0, false);
  play(invalid);
  EXPECT_EQ(owner().counted(EventCount::kBadClientDuration), 2u);
}

TEST_F(TrackerTest, AFailedAttemptIsBadForALatencyUnlessFailuresAreExcluded) {
  open(0);
  pay(1);
  declined(2);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kBadFailed).count, 1u);
  EXPECT_TRUE(verdict(checkout::kEndToEnd, Verdict::kBadFailed).values.empty());
  Event query = make_event(1, at_second(10), Channel::kHttpRequest);
  add_match(query, search::kId, search::kQuery);
  play(query);
  Event broken = make_event(1, at_second(11), Channel::kHttpResponse);
  broken.request_time = at_second(10);
  add_match(broken, search::kId, search::kBroken);
  play(broken);
  const CellKey excluded{
      .journey = search::kId, .kind = CellKind::kObjective, .detail = static_cast<std::uint8_t>(Verdict::kExcluded)};
  EXPECT_EQ(owner().cells.cell(excluded).count, 1u);
}

TEST_F(TrackerTest, ARetriesCommitStandsForItsStart) {
  checkout_journey().objectives[checkout::kSuccess].count_from = StepId{checkout::kOpen};
  checkout_journey().objectives[checkout::kPayLatency].from = StepId{checkout::kOpen};
  checkout_journey().objectives[checkout::kPayLatency].threshold = 10 * kSecond;
  open(0);
  pay(5);
  declined(6);
  pay(20);
  pay_ok(21, 20);
  confirmed(22);
  EXPECT_EQ(owner().counted(EventCount::kRetried), 1u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 2u);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kGood).count, 1u);
  EXPECT_EQ(verdict(checkout::kPayLatency, Verdict::kGood).values, (std::vector<Duration>{kSecond}));
  EXPECT_TRUE(owner().outcomes[1].retried);
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

// --- Bounds.

TEST_F(TrackerTest, AVisitorKeepsABoundedNumberOfRecords) {
  for (int i = 0; i < 2'000; ++i) open(0.001 * i);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 0u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 2'000u);
  const SessionTable table(owner().memory(), 64, 128, owner().journal());
  EXPECT_LE(table.attempts_used(), kEndedKeptMax + 2);
}

TEST_F(TrackerTest, AFullTableRefusesStartsAndKeepsItsSums) {
  definition_.limits.attempts_per_core = 3;
  for (std::uint64_t v = 1; v <= 5; ++v) open(static_cast<double>(v), v);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 2u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 3u);
  EXPECT_EQ(cell(CellKind::kStart).count, 3u);
  EXPECT_TRUE(owner().tracker().totals(checkout::kId).conserved());
  idle(10'000);
  open(10'001, 6);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 4u);
}

TEST_F(TrackerTest, WhatHasEndedMakesRoomTheEarliestFirst) {
  definition_.limits.attempts_per_core = 3;
  open(0, 1);
  open(1, 2);
  open(2, 3);
  left(3);
  play(step(4, checkout::kLeft, Channel::kBeacon, 2));
  open(5, 4);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 0u);
  confirmed(6);
  EXPECT_EQ(owner().counted(EventCount::kOrphanSuccess), 1u) << "visitor 1 has been forgotten";
  play(step(7, checkout::kConfirmed, Channel::kBeacon, 2));
  EXPECT_EQ(owner().counted(EventCount::kLateSuccess), 1u) << "visitor 2 has not";
}

TEST_F(TrackerTest, AVisitorWhoseOwnOldAttemptMakesRoomIsFoundAgain) {
  definition_.limits.attempts_per_core = 1;
  for (int i = 0; i < 10; ++i) {
    open(i);
    left(i + 0.5);
  }
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kCancelled), 10u);
  open(20);
  open(21);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuperseded), 1u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
}

TEST_F(TrackerTest, FullSessionsRefuseNewVisitorsOnly) {
  definition_.limits.sessions_per_core = 2;
  for (std::uint64_t v = 1; v <= 3; ++v) open(static_cast<double>(v), v);
  EXPECT_EQ(owner().counted(EventCount::kSessionsFull), 1u);
  open(5, 1);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 3u);
  left(6);
  open(7, 3);
  EXPECT_EQ(owner().counted(EventCount::kSessionsFull), 1u) << "visitor 1 has nothing under way and gives way";
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 4u);
}

// --- Restarts and the journal.

TEST_F(TrackerTest, ARestartGoesOnWhereTheOldProcessWas) {
  open(0);
  pay(5);
  owner().restart();
  confirmed(7);
  EXPECT_EQ(owner().outcomes.back().duration, 7 * kSecond);
  owner().restart();
  confirmed(8);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateSuccess), 1u);
  open(10);
  owner().restart();
  idle(5'000);
  EXPECT_EQ(owner().outcomes.back().outcome, Outcome::kAbandoned);
  EXPECT_EQ(owner().outcomes.back().end, at_second(1'810));
}

TEST_F(TrackerTest, AnEventThatWasNotCommittedNeverHappened) {
  open(0);
  const std::vector<std::byte> before(owner().memory().begin(), owner().memory().end());
  owner().tracker().on_event(step(1, checkout::kPay, Channel::kHttpRequest));
  EXPECT_FALSE(std::equal(before.begin(), before.end(), owner().memory().begin()));
  owner().restart();
  EXPECT_TRUE(std::equal(before.begin(), before.end(), owner().memory().begin()));
}

// One event that ends and opens attempts at eight journeys, with full tables: as much as an event can change.
TEST_F(TrackerTest, AnEventFitsIntoTheJournalWithRoomToSpare) {
  for (int i = 0; i < 6; ++i) definition_.journeys.push_back(checkout::make());
  Event all = make_event(1, at_second(0), Channel::kHttpRequest);
  all.dimensions[all.dimension_count++] = {DimensionId{0}, 1};
  for (std::size_t j = 0; j < definition_.journeys.size(); ++j) add_match(all, JourneyId{j}, 0);
  std::size_t most = 0;
  for (int i = 0; i < 20; ++i) {
    all.time = all.edge_time = at_second(i);
    owner().tracker().on_event(all);
    most = std::max(most, kJournalEntriesMax - owner().journal().room());
    owner().journal().commit();
  }
  EXPECT_GT(most, 100u);
  EXPECT_LE(most, event_words_max(definition_, 0));
  EXPECT_LE(event_words_max(definition_, 64), kJournalEntriesMax);
}

TEST_F(TrackerTest, ManyDeadlinesAtOnceAreCommittedInParts) {
  definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 4'000;
  for (std::uint64_t v = 1; v <= 4'000; ++v) open(0, v);
  static int commits;
  commits = 0;
  owner().tracker().set_commit({[](void* journal) {
                                  ++commits;
                                  static_cast<Journal*>(journal)->commit();
                                },
                                &owner().journal()});
  owner().tracker().expire(at_second(5'000));
  EXPECT_GT(commits, 1);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 4'000u);
}

TEST_F(TrackerTest, DeadlinesFireInTheirOrder) {
  const double seconds[] = {0, 0.000000001, 0.5, 3, 3, 900, 1'700};
  std::uint64_t visitor = 1;
  for (const double second : seconds) {
    for (int i = 0; i < 3; ++i) open(second, visitor = (visitor * 5 + 3) % 64);
  }
  idle(50'000);
  ASSERT_EQ(owner().outcomes.size(), 21u);
  for (std::size_t i = 0; i < owner().outcomes.size(); ++i) {
    EXPECT_EQ(owner().outcomes[i].end, at_second(seconds[i / 3]) + 30 * kMinute);
  }
}

}  // namespace
}  // namespace bellrock::journey
