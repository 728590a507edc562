// The effect of a latency from counts whose answer is known.
#include "control/slo/effect.h"

#include <gtest/gtest.h>

#include <random>

namespace bellrock::slo {
namespace {

constexpr double kMs = 1e6;

// Attempts that were answered after so long.
void answered(StratumCounts& stratum, double ms, std::uint64_t so, std::uint64_t otherwise) {
  WaitCounts& counts = stratum.waits[wait_slot(Wait::kAnswered, band_of(static_cast<Duration>(ms * kMs)))];
  counts.so += so;
  counts.so_ns += static_cast<double>(so) * ms * kMs;
  counts.otherwise += otherwise;
  counts.otherwise_ns += static_cast<double>(otherwise) * ms * kMs;
}
// Attempts that left after so long.
void left(StratumCounts& stratum, double ms, std::uint64_t n) {
  WaitCounts& counts = stratum.waits[wait_slot(Wait::kEnded, band_of(static_cast<Duration>(ms * kMs)))];
  counts.so += n;
  counts.so_ns += static_cast<double>(n) * ms * kMs;
}

EffectEstimate table_of(const StratumCounts& one) { return table_effect({&one, 1}); }
EffectEstimate hazard_of(const StratumCounts& one) { return hazard_effect({&one, 1}); }

StratumCounts merged(std::span<const StratumCounts> strata) {
  StratumCounts all;
  for (const StratumCounts& one : strata) {
    for (std::size_t i = 0; i < kWaitSlots; ++i) {
      all.waits[i].so += one.waits[i].so;
      all.waits[i].otherwise += one.waits[i].otherwise;
      all.waits[i].so_ns += one.waits[i].so_ns;
      all.waits[i].otherwise_ns += one.waits[i].otherwise_ns;
    }
  }
  return all;
}

TEST(TableEffect, OfAStraightLineIsItsSlope) {
  StratumCounts stratum;
  answered(stratum, 100, 100, 900);
  answered(stratum, 300, 200, 800);
  answered(stratum, 500, 300, 700);
  const EffectEstimate effect = table_of(stratum);
  EXPECT_EQ(effect.verdict, EffectVerdict::kRaises);
  EXPECT_NEAR(effect.per_100ms, 0.05, 1e-12);
  EXPECT_EQ(effect.n, 3'000u);
  EXPECT_EQ(effect.so, 600u);
  // By hand: √(2000·2²·0.2)-ish over 2000·2²; without HC3's widening at most a percent away.
  const double squares = 4 * (1'000 * 0.1 * 0.9 + 1'000 * 0.3 * 0.7), spread = 4 * 2'000;
  EXPECT_NEAR(effect.high - effect.low, 2 * 1.959964 * std::sqrt(squares) / spread, 2e-5);
}

TEST(TableEffect, IsUnchangedByWhatSetsStrataApart) {
  std::array<StratumCounts, 2> strata;
  answered(strata[0], 100, 100, 900);
  answered(strata[0], 300, 200, 800);
  answered(strata[1], 1'200, 500, 500);
  answered(strata[1], 1'400, 600, 400);
  EXPECT_NEAR(table_effect(strata).per_100ms, 0.05, 1e-12);
}

TEST(TableEffect, OfAConfounderIsNoneThoughTheCrudeOneIsLarge) {
  std::array<StratumCounts, 2> strata;
  for (const double ms : {150.0, 300.0, 600.0}) answered(strata[0], ms, 50, 950);
  for (const double ms : {1'200.0, 2'000.0, 3'000.0}) answered(strata[1], ms, 300, 700);
  const EffectEstimate stratified = table_effect(strata), crude = table_of(merged(strata));
  EXPECT_EQ(stratified.verdict, EffectVerdict::kNoneSeen);
  EXPECT_NEAR(stratified.per_100ms, 0, 1e-12);
  EXPECT_EQ(crude.verdict, EffectVerdict::kRaises);
  EXPECT_GT(crude.low, 0.005);
}

TEST(TableEffect, OfStrataThatDisagreeIsNoNumber) {
  std::array<StratumCounts, 2> strata;
  answered(strata[0], 100, 100, 900);
  answered(strata[0], 500, 500, 500);
  answered(strata[1], 100, 300, 700);
  answered(strata[1], 500, 300, 700);
  const EffectEstimate effect = table_effect(strata);
  EXPECT_EQ(effect.verdict, EffectVerdict::kNotEnoughData);
  EXPECT_FALSE(effect.known());
  EXPECT_EQ(effect.n, 4'000u);
  EXPECT_NE(effect.reason.find("differ"), std::string::npos);
}

TEST(TableEffect, OfTooFewIsNoNumberAndSaysHowMany) {
  StratumCounts stratum;
  answered(stratum, 100, 9, 491);
  answered(stratum, 400, 20, 480);
  const EffectEstimate effect = table_of(stratum);
  EXPECT_FALSE(effect.known());
  EXPECT_EQ(effect.so, 29u);
  EXPECT_NE(effect.reason.find("29 of 1000"), std::string::npos) << effect.reason;
  EXPECT_FALSE(table_effect({}).known());
  EXPECT_FALSE(hazard_effect({}).known());
}

TEST(TableEffect, OfOneLatencyOnlyIsNoNumber) {
  StratumCounts stratum;
  answered(stratum, 100, 300, 700);
  EXPECT_FALSE(table_of(stratum).known());
}

TEST(TableEffect, TheSlowestHundredthIsLeftOut) {
  StratumCounts stratum;
  answered(stratum, 100, 100, 900);
  answered(stratum, 300, 200, 800);
  answered(stratum, 500, 300, 700);
  const double before = table_of(stratum).per_100ms;
  answered(stratum, 60'000, 0, 20);
  EXPECT_DOUBLE_EQ(table_of(stratum).per_100ms, before);
}

TEST(TableEffect, OfAttemptsWhoseEndIsUnknownIsNothing) {
  StratumCounts stratum;
  stratum.waits[3].unknown = 1'000;
  EXPECT_EQ(table_of(stratum).n, 0u);
}

TEST(HazardEffect, HasTheTimeThatWasSpentWaitingInEachBand) {
  StratumCounts stratum;
  answered(stratum, 60, 0, 2);
  left(stratum, 70, 1);
  answered(stratum, 90, 0, 1);
  const auto bands = at_risk(stratum);
  EXPECT_EQ(bands[0].at_risk, 4u);
  EXPECT_DOUBLE_EQ(bands[0].waited_ns, 4 * 50 * kMs);
  EXPECT_EQ(bands[1].at_risk, 4u);
  EXPECT_EQ(bands[1].left, 1u);
  EXPECT_EQ(bands[1].answered, 2u);
  EXPECT_DOUBLE_EQ(bands[1].waited_ns, (2 * 10 + 20 + 21) * kMs);
  EXPECT_EQ(bands[2].at_risk, 1u);
  EXPECT_DOUBLE_EQ(bands[2].waited_ns, 19 * kMs);
  EXPECT_EQ(bands[3].at_risk, 0u);
}

TEST(HazardEffect, OfOneBandIsItsRateForAHundredMilliseconds) {
  StratumCounts stratum;
  answered(stratum, 160, 0, 900);
  left(stratum, 150, 100);
  const EffectEstimate effect = hazard_of(stratum);
  // 100 left in 900 · 19 ms + 100 · 9 ms of the band from 141 ms.
  EXPECT_NEAR(effect.per_100ms, 100.0 / ((900 * 19 + 100 * 9) / 100.0), 1e-12);
  EXPECT_EQ(effect.verdict, EffectVerdict::kRaises);
  EXPECT_LT(effect.low, effect.per_100ms);
  EXPECT_GT(effect.high, effect.per_100ms);
}

TEST(HazardEffect, OfThoseThatLeaveBeforeAnyAnswerComesIsNone) {
  std::array<StratumCounts, 2> strata;
  for (const double ms : {120.0, 160.0, 220.0}) answered(strata[0], ms, 0, 1'000);
  for (const double ms : {60.0, 130.0, 180.0, 300.0}) left(strata[1], ms, 100);
  for (const double ms : {2'100.0, 2'900.0}) answered(strata[1], ms, 0, 500);
  const EffectEstimate stratified = hazard_effect(strata), crude = hazard_of(merged(strata));
  EXPECT_EQ(stratified.verdict, EffectVerdict::kNoneSeen);
  EXPECT_EQ(stratified.per_100ms, 0);
  EXPECT_GT(stratified.high, 0);
  EXPECT_EQ(crude.verdict, EffectVerdict::kRaises);
}

TEST(HazardEffect, OfStrataThatDisagreeIsNoNumber) {
  std::array<StratumCounts, 2> strata;
  for (const double ms : {150.0, 250.0, 350.0}) {
    answered(strata[0], ms, 0, 1'000);
    left(strata[0], ms, 200);
    answered(strata[1], ms, 0, 1'000);
    left(strata[1], ms, 20);
  }
  EXPECT_FALSE(hazard_effect(strata).known());
}

TEST(HazardEffect, NeedsAnswersWhereEnoughStillWait) {
  std::vector<StratumCounts> strata(50);
  for (StratumCounts& stratum : strata) {
    answered(stratum, 200, 0, 10);
    left(stratum, 150, 1);
  }
  EXPECT_FALSE(hazard_effect(strata).known()) << "29 at most wait anywhere";
}

TEST(Effect, ABandsOwnFiguresHaveIntervalsToo) {
  // Wilson 1927 of 10 in 100, and Garwood's of 10 events: tables of both.
  const auto share = share_of(10, 100);
  ASSERT_TRUE(share);
  EXPECT_NEAR(share->low, 0.0552, 1e-4);
  EXPECT_NEAR(share->high, 0.1744, 1e-4);
  EXPECT_FALSE(share_of(0, 0));
  const Share rate = rate_of(10, 100 * kMs);
  EXPECT_NEAR(rate.low, 4.795, 1e-3);
  EXPECT_NEAR(rate.high, 18.390, 1e-3);
  EXPECT_EQ(rate_of(0, 100 * kMs).low, 0);
  EXPECT_NEAR(rate_of(0, 100 * kMs).high, 3.689, 1e-3);
}

TEST(Effect, CountsAreOfTheSeriesNames) {
  const std::vector<std::string> so{"abandoned.waiting"};
  StratumCounts counts;
  control::SeriesSum series;
  series.key.detail = control::effect_detail(wait_slot(Wait::kEnded, 4), Outcome::kAbandonedWaiting);
  series.total.n = 7;
  series.total.sum_ns = 1'000;
  EXPECT_TRUE(add(series, so, counts));
  series.key.detail = "answered/141ms/unknown";
  EXPECT_TRUE(add(series, so, counts));
  series.key.detail = "answered/142ms/unknown";
  EXPECT_FALSE(add(series, so, counts));
  EXPECT_EQ(counts.at(Wait::kEnded, 4).so, 7u);
  EXPECT_EQ(counts.at(Wait::kAnswered, 4).unknown, 7u);
}

TEST(Effect, EveryNameOfACellIsReadAsWhatItWas) {
  for (std::size_t slot = 0; slot < kWaitSlots; ++slot) {
    for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
      const std::string text = control::effect_detail(slot, static_cast<Outcome>(outcome));
      const auto read = control::read_effect_detail(text);
      ASSERT_TRUE(read) << text;
      EXPECT_EQ(read->slot, slot);
      EXPECT_EQ(read->outcome, static_cast<Outcome>(outcome));
    }
  }
  for (const char* text :
       {"", "answered", "answered/", "answered//success", "left/0ms/success", "undated/0ms/success"}) {
    EXPECT_FALSE(control::read_effect_detail(text)) << text;
  }
}

}  // namespace
}  // namespace bellrock::slo
