#include "tools/traffic/ledger.h"

#include <gtest/gtest.h>

#include "tools/traffic/truth_json.h"
#include "tools/traffic/verdicts.h"

namespace bellrock::traffic {
namespace {

constexpr auto kCheckout = JourneyName::kCheckout;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t seconds(std::int64_t n) { return n * kSecondUs; }

Ledger with_checkout_open_at_0() {
  Ledger ledger("visitor", "phone");
  ledger.start(kCheckout, Step::kOpen, 0);
  return ledger;
}
std::int64_t duration_s(const AttemptTruth& a) { return (a.end_ns - a.start_ns) / 1'000'000'000; }

// The lines of the journeys' test vectors that this ledger's rules decide.
TEST(TrafficLedger, ConfirmedIsSuccess) {
  Ledger ledger = with_checkout_open_at_0();
  ledger.step(kCheckout, Step::kPay, seconds(5));
  ledger.step(kCheckout, Step::kPayOk, seconds(6));
  ledger.step(kCheckout, Step::kConfirmed, seconds(7));
  ledger.end(kCheckout, Outcome::kSuccess, seconds(7));
  const auto attempts = ledger.leave(seconds(8));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].outcome, Outcome::kSuccess);
  EXPECT_EQ(duration_s(attempts[0]), 7);
}

TEST(TrafficLedger, PaidAndNothingMoreIsUnknownAfterTheIdleTime) {
  Ledger ledger = with_checkout_open_at_0();
  ledger.step(kCheckout, Step::kPay, seconds(5));
  ledger.step(kCheckout, Step::kPayOk, seconds(6));
  const auto attempts = ledger.leave(seconds(6));
  EXPECT_EQ(attempts[0].outcome, Outcome::kUnknown);
  EXPECT_EQ(duration_s(attempts[0]), 1806);
}

TEST(TrafficLedger, LeftBeforePayingIsAbandonedAfterTheIdleTime) {
  Ledger ledger = with_checkout_open_at_0();
  const auto attempts = ledger.leave(seconds(20));
  EXPECT_EQ(attempts[0].outcome, Outcome::kAbandoned);
  EXPECT_EQ(duration_s(attempts[0]), 1820);
}

TEST(TrafficLedger, ASecondStartSupersedesWhatHadNotCommitted) {
  Ledger ledger = with_checkout_open_at_0();
  ledger.start(kCheckout, Step::kOpen, seconds(1));
  const auto attempts = ledger.leave(seconds(1));
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].outcome, Outcome::kSuperseded);
  EXPECT_EQ(duration_s(attempts[0]), 1);
  EXPECT_EQ(attempts[1].outcome, Outcome::kAbandoned);
}

TEST(TrafficLedger, ASecondStartLeavesACommittedAttemptPending) {
  Ledger ledger = with_checkout_open_at_0();
  ledger.step(kCheckout, Step::kPay, seconds(5));
  ledger.start(kCheckout, Step::kOpen, seconds(25));
  EXPECT_EQ(ledger.pending(kCheckout), 1u);
  const auto attempts = ledger.leave(seconds(30));
  EXPECT_EQ(attempts[0].outcome, Outcome::kUnknown);
  EXPECT_EQ(attempts[1].outcome, Outcome::kAbandoned);
}

TEST(TrafficLedger, ARetryIsAStartWithoutTheStartsStep) {
  Ledger ledger = with_checkout_open_at_0();
  ledger.step(kCheckout, Step::kPay, seconds(5));
  ledger.end(kCheckout, Outcome::kFailedSystem, seconds(6));
  ledger.retry(seconds(9));
  const auto attempts = ledger.leave(seconds(9));
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_TRUE(attempts[1].retried);
  EXPECT_EQ(attempts[1].steps[static_cast<std::size_t>(Step::kOpen)], 0u);
  EXPECT_EQ(attempts[1].pay_ns, attempts[1].start_ns);
}

TEST(TrafficLedger, WhatIsUndecidedAtTheCapturesEndIsOpen) {
  Ledger ledger = with_checkout_open_at_0();
  const auto attempts = ledger.leave(0);
  Truth truth;
  truth.last_ns = 1'800'000'000'000;
  EXPECT_TRUE(is_open(attempts[0], truth));  // a deadline that has only just come
  truth.last_ns += 1;
  EXPECT_FALSE(is_open(attempts[0], truth));
}

TEST(TrafficVerdicts, WaitingIsBadOnlyPastTheThreshold) {
  AttemptTruth a{.outcome = Outcome::kAbandonedWaiting};
  EXPECT_EQ(checkout_success(a), Verdict::kFunnel);
  a.steps[static_cast<std::size_t>(Step::kPay)] = 1;
  a.waited_ns = 3'000'000'000;
  EXPECT_EQ(checkout_success(a), Verdict::kExcluded);
  a.waited_ns += 1;
  EXPECT_EQ(checkout_success(a), Verdict::kBad);
}

TEST(TrafficVerdicts, ASuccessWithoutAUsableClientDurationIsUnknown) {
  AttemptTruth a{.outcome = Outcome::kSuccess};
  a.steps[static_cast<std::size_t>(Step::kResults)] = 1;
  EXPECT_EQ(search_fast(a), Verdict::kUnknown);
  a.clock = ClientClock::kInvalid;
  EXPECT_EQ(search_fast(a), Verdict::kUnknown);
  a.clock = ClientClock::kValid;
  a.client_ms = 999.5;
  EXPECT_EQ(search_fast(a), Verdict::kGood);
  a.client_ms = 1'000;
  EXPECT_EQ(search_fast(a), Verdict::kBad);
}

}  // namespace
}  // namespace bellrock::traffic
