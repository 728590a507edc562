// What a step's latency does to how attempts end: which cell an attempt is counted in.
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint8_t kDesktop = 3;

class EffectsTest : public TrackerTest {
 protected:
  EffectsTest() {
    Effect effect;
    effect.name = "pay_ok";
    effect.of = ObjectiveId{checkout::kPayLatency};
    effect.outcomes = outcome_bit(Outcome::kAbandoned) | outcome_bit(Outcome::kAbandonedWaiting);
    effect.table = effect.hazard = true;
    effect.strata = {0, Effect::kReturning};
    checkout_journey().effects = {effect};
  }
  void aborted(double second, double request, std::uint64_t visitor = 1) {
    Event event = make_event(visitor, at_second(second), Channel::kHttpEnd);
    event.aborted = true;
    event.request_time = at_second(request);
    play(event);
  }
  FakeCells::Cell counted(Wait wait, Duration waited, Outcome outcome) {
    return cell(CellKind::kEffect, effect_item(0, outcome), wait_slot(wait, band_of(waited)));
  }
  FakeCells::Cell counted(Wait wait, Duration waited, Outcome outcome, std::uint8_t device, std::uint8_t returning) {
    return owner().cells.cell({.journey = checkout::kId,
                               .kind = CellKind::kEffect,
                               .scope = CellScope::kDimensioned,
                               .item = effect_item(0, outcome),
                               .detail = wait_slot(wait, band_of(waited)),
                               .values = {device, returning}});
  }
  std::uint64_t all() {
    std::uint64_t sum = 0;
    for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
      for (std::size_t slot = 0; slot < kWaitSlots; ++slot) {
        sum += cell(CellKind::kEffect, effect_item(0, static_cast<Outcome>(outcome)), static_cast<std::uint8_t>(slot))
                   .count;
      }
    }
    return sum;
  }
};

TEST(LatencyBand, BeginsAtItsBoundAndEndsBeforeTheNext) {
  EXPECT_EQ(band_of(0), 0u);
  for (std::size_t band = 1; band < kBands; ++band) {
    EXPECT_EQ(band_of(band_from(band)), band);
    EXPECT_EQ(band_of(band_from(band) - 1), band - 1);
    EXPECT_EQ(kBandNames[band], std::to_string(kBandFromMs[band]) + "ms");
  }
  EXPECT_EQ(band_of(4 * kHour), kBands - 1);
}

TEST(LatencyBand, AndTheWaitsEndAreInTheSlot) {
  for (std::size_t band = 0; band < kBands; ++band) {
    for (const Wait wait : {Wait::kAnswered, Wait::kEnded}) {
      EXPECT_EQ(wait_of(wait_slot(wait, band)), wait);
      EXPECT_EQ(band_of_slot(wait_slot(wait, band)), band);
    }
  }
  EXPECT_EQ(wait_of(wait_slot(Wait::kUndated, 7)), Wait::kUndated);
  EXPECT_LT(wait_slot(Wait::kUndated, 7), kWaitSlots);
}

TEST_F(EffectsTest, AnAnsweredAttemptIsCountedAtItsEndInTheBandOfItsLatency) {
  open(0);
  pay(5);
  pay_ok(5.3, 5);
  EXPECT_EQ(all(), 0u);
  confirmed(7);
  const auto cell = counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess);
  EXPECT_EQ(cell.count, 1u);
  EXPECT_EQ(cell.values, std::vector<Duration>{300 * kMillisecond});
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess, 0, 1).count, 1u);
  EXPECT_EQ(all(), 1u);
}

TEST_F(EffectsTest, OneThatLeftWhileItWaitedIsCountedInTheBandOfItsWait) {
  open(0);
  pay(5);
  aborted(6.7, 5);
  const auto cell = counted(Wait::kEnded, 1'700 * kMillisecond, Outcome::kAbandonedWaiting);
  EXPECT_EQ(cell.count, 1u);
  EXPECT_EQ(cell.values, std::vector<Duration>{1'700 * kMillisecond});
  EXPECT_EQ(all(), 1u);
}

TEST_F(EffectsTest, HowLongSomebodyWaitedWhoWentSilentNobodyKnows) {
  open(0);
  pay(5);
  idle(10'000);
  EXPECT_EQ(counted(Wait::kUndated, 0, Outcome::kUnknown).count, 1u);
  EXPECT_EQ(all(), 1u);
}

TEST_F(EffectsTest, ABeaconWithoutItsOwnTimeDatesNothing) {
  open(0);
  pay(5);
  declined(6);
  EXPECT_EQ(counted(Wait::kUndated, 0, Outcome::kFailedUser).count, 1u);
}

TEST_F(EffectsTest, OneThatNeverCameToTheLatencysBeginIsNotCounted) {
  open(0);
  left(3);
  EXPECT_EQ(all(), 0u);
}

TEST_F(EffectsTest, AVisitorReturnsOnceAnAttemptOfHisWasDecided) {
  const auto attempt = [this](double at) {
    open(at);
    pay(at + 1);
    pay_ok(at + 1.3, at + 1);
    confirmed(at + 2);
  };
  attempt(0);
  attempt(100);
  attempt(200);
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess, 0, 1).count, 1u);
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess, 0, 2).count, 2u);
}

TEST_F(EffectsTest, ARestartDecidesNothing) {
  open(0);
  open(1);
  pay(2);
  pay_ok(2.3, 2);
  confirmed(3);
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess, 0, 1).count, 1u);
}

TEST_F(EffectsTest, TheStrataAreTheValuesAtTheEnd) {
  open(0);
  Event event = step(1, checkout::kPay, Channel::kHttpRequest);
  event.dimensions[event.dimension_count++] = {DimensionId{0}, kDesktop};
  play(event);
  pay_ok(1.3, 1);
  confirmed(3);
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess, kDesktop, 1).count, 1u);
}

TEST_F(EffectsTest, ARestartOfTheProcessKeepsWhatWasMeasured) {
  open(0);
  pay(5);
  pay_ok(5.3, 5);
  owner().restart();
  confirmed(7);
  EXPECT_EQ(counted(Wait::kAnswered, 300 * kMillisecond, Outcome::kSuccess).count, 1u);
}

TEST_F(EffectsTest, EveryAttemptThatCameSoFarIsInOneCell) {
  for (std::uint64_t visitor = 1; visitor <= 40; ++visitor) {
    const double at = static_cast<double>(visitor) * 0.01;
    open(at, visitor);
    if (visitor % 4 == 0) continue;
    pay(at + 1, visitor);
    if (visitor % 4 == 1) aborted(at + 1 + at, at + 1, visitor);
  }
  idle(100'000);
  EXPECT_EQ(all(), 30u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 40u);
}

}  // namespace
}  // namespace bellrock::journey
