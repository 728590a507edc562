// What an attempt is for its objectives.
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

using Objectives = TrackerTest;

TEST_F(Objectives, ASuccessObjectiveCountsFromItsStepAndSortsOutcomes) {
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

TEST_F(Objectives, ASuccessWithoutTheCountedStepIsFunnel) {
  open(0);
  confirmed(1);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kFunnel).count, 1u);
  EXPECT_EQ(verdict(checkout::kEndToEnd, Verdict::kFunnel).count, 1u);
}

TEST_F(Objectives, LeavingWhileWaitingIsBadOnlyPastTheWait) {
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

TEST_F(Objectives, LeavingAtOnceIsBadWhereNoWaitIsForgiven) {
  definition_.journeys[checkout::kId.index()].objectives[checkout::kSuccess].waited_over = 0;
  open(0);
  pay(1);
  Event gone = make_event(1, at_second(1), Channel::kHttpEnd);
  gone.aborted = true;
  gone.request_time = at_second(1);
  play(gone);
  ASSERT_EQ(owner().outcomes.size(), 1u);
  EXPECT_EQ(owner().outcomes[0].waited, 0);
  EXPECT_EQ(verdict(checkout::kSuccess, Verdict::kBad).count, 1u);
}

TEST_F(Objectives, AnEdgeLatencyIsMeasuredBetweenTheMessagesNotThePackets) {
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

TEST_F(Objectives, LteHoldsAtItsBound) {
  checkout_journey().objectives[checkout::kPayLatency].or_equal = true;
  open(0);
  pay(5);
  pay_ok(5.8, 5);
  EXPECT_EQ(verdict(checkout::kPayLatency, Verdict::kGood).values, (std::vector<Duration>{800 * kMillisecond}));
}

TEST_F(Objectives, ALatencyThatEndsWithABeaconIsTheClientsOrUnknown) {
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

TEST_F(Objectives, AFailedAttemptIsBadForALatencyUnlessFailuresAreExcluded) {
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

// open, pay a second later, and whatever ends it `after` the payment.
class CutLatencies : public TrackerTest {
 protected:
  void pay_and_leave(double at, double after, std::optional<double> client = {}) {
    open(at);
    pay(at + 1);
    Event gone = step(at + 1 + after, checkout::kLeft, Channel::kBeacon);
    if (client) add_clock(gone, static_cast<Duration>(*client * 1e9));
    play(gone);
  }
  std::uint64_t e2e(Verdict v) { return verdict(checkout::kEndToEnd, v).count; }
  std::uint64_t pay_latency(Verdict v) { return verdict(checkout::kPayLatency, v).count; }
};

TEST_F(CutLatencies, AreBadPastTheThresholdAndCensoredBefore) {
  const auto close = [&](double at, double after) {
    open(at);
    pay(at + 1);
    Event gone = make_event(1, at_second(at + 1 + after), Channel::kHttpEnd);
    gone.aborted = true;
    gone.request_time = at_second(at + 1);
    play(gone);
  };
  close(0, 2.999);
  EXPECT_EQ(e2e(Verdict::kCensored), 1u);
  EXPECT_EQ(pay_latency(Verdict::kBadEnded), 1u) << "800 ms had passed";
  close(10, 3);
  EXPECT_EQ(e2e(Verdict::kBadEnded), 1u);
  close(20, 0.799);
  EXPECT_EQ(pay_latency(Verdict::kCensored), 1u);
  EXPECT_EQ(verdicts(checkout::kEndToEnd), 3u);
}

TEST_F(CutLatencies, ByABeaconNeedItsClientDuration) {
  pay_and_leave(0, 1);
  EXPECT_EQ(e2e(Verdict::kUnknown), 1u) << "a beacon's arrival is not when the visitor left";
  pay_and_leave(10, 1, 2.5);
  EXPECT_EQ(e2e(Verdict::kCensored), 1u);
  pay_and_leave(20, 1, 3.0);
  EXPECT_EQ(e2e(Verdict::kBadEnded), 1u);
  pay_and_leave(30, 1, 61.5);
  EXPECT_EQ(e2e(Verdict::kUnknown), 2u) << "more than a minute above what the edge saw";
  EXPECT_EQ(owner().counted(EventCount::kBadClientDuration), 1u);
}

TEST_F(CutLatencies, BySilenceLastUntilTheWindowsEnd) {
  open(0);
  pay(5);
  pay_ok(6, 5);
  play(make_event(1, at_second(20), Channel::kBeacon));
  idle(40);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSilentFailure), 1u);
  EXPECT_EQ(e2e(Verdict::kBadEnded), 1u);
  EXPECT_EQ(pay_latency(Verdict::kBad), 1u) << "what had been measured stays";
}

TEST_F(CutLatencies, BySupersessionAreBadWhereTheObjectiveSaysSo) {
  Objective& objective = checkout_journey().objectives[checkout::kPayLatency];
  objective.from = StepId{checkout::kOpen};
  objective.superseded = SupersededRule::kBad;
  open(0);
  open(0.4);
  EXPECT_EQ(pay_latency(Verdict::kBadEnded), 1u);
  objective.superseded = SupersededRule::kCensor;
  open(0.8);
  EXPECT_EQ(pay_latency(Verdict::kCensored), 1u);
  open(1.6);
  EXPECT_EQ(pay_latency(Verdict::kBadEnded), 2u) << "the threshold itself is too late";
}

TEST_F(CutLatencies, ThatNeverBeganAreFunnel) {
  open(0);
  left(1);
  EXPECT_EQ(e2e(Verdict::kFunnel), 1u);
}

TEST_F(Objectives, ARetriesCommitStandsForItsStart) {
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

}  // namespace
}  // namespace bellrock::journey
