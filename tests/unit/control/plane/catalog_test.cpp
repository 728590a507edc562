#include "control/plane/catalog.h"

#include <gtest/gtest.h>

#include "control/plane/range.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

TEST(Catalog, TheWindowFromWhichOnThereAreUsualAlertsIsTheOneThatTheConfigurationWarnsOf) {
  constexpr std::int64_t kMin = config::kUsualAlertsWindowMin / kSecond;
  EXPECT_FALSE(slo::default_pairs(kMin).empty());
  EXPECT_TRUE(slo::default_pairs(kMin - kHourSeconds).empty());
}

TEST(Catalog, HoldsJourneysAndObjectivesInTheirWrittenOrder) {
  const Catalog catalog = make_catalog(shop());
  ASSERT_EQ(catalog.size(), 1u);
  EXPECT_EQ(catalog[0].owner, "payments");
  ASSERT_EQ(catalog[0].steps.size(), 4u);
  EXPECT_EQ(catalog[0].steps[1].name, "pay");
  EXPECT_EQ(catalog[0].steps[1].kind, "commit");
  EXPECT_EQ(catalog[0].steps[3].kind, "failure");
  const auto* const success = find_objective(catalog, "checkout", "success");
  ASSERT_NE(success, nullptr);
  EXPECT_EQ(success->target_e9, 992'000'000u);
  EXPECT_TRUE(success->strict);
  EXPECT_EQ(success->count_from, "pay");
  EXPECT_EQ(success->bad, std::vector<std::string>{"failed.system"});
  const auto* const fast = find_objective(catalog, "checkout", "fast");
  ASSERT_NE(fast, nullptr);
  EXPECT_EQ(fast->threshold, kSecond);
  EXPECT_EQ(fast->to, "paid");
  EXPECT_NE(fast->version, success->version);
  EXPECT_EQ(find_objective(catalog, "checkout", "none"), nullptr);
  EXPECT_EQ(find_objective(catalog, "none", "fast"), nullptr);
}

TEST(Catalog, SaysWhichObjectivesAreOfSessions) {
  journey::Definition d = shop();
  d.journeys[0].per_session = true;
  journey::Objective steady;
  steady.name = "steady";
  steady.sli = journey::Sli::kConsistency;
  steady.of = ObjectiveId{1u};
  d.journeys[0].objectives.push_back(steady);
  const Catalog catalog = make_catalog(d);
  EXPECT_TRUE(find_objective(catalog, "checkout", "success")->per_session);
  const auto* const found = find_objective(catalog, "checkout", "steady");
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->is_consistency);
  EXPECT_EQ(found->of, d.journeys[0].objectives[1].name);
  EXPECT_EQ(found->min_attempts, 2u);
}

TEST(Range, OfSumsIsInWholeHoursFromADayOnAndElseInSlices) {
  for (const auto& range : kRanges) {
    for (const std::int64_t now : {kNow, kNow - kNow % kHourSeconds, kNow - kNow % kHourSeconds - 1}) {
      const Span span = sum_span_of(range, now);
      EXPECT_EQ(span.to - span.from, range.seconds);
      EXPECT_TRUE(span.from <= now && now < span.to);
      const std::int64_t end = now - now % kHourSeconds + kHourSeconds;
      EXPECT_EQ(span.to, range.seconds >= kDaySeconds ? end : span_of(range, now).to) << range.name;
    }
  }
}

TEST(Range, EndsWithTheSliceOfNowAndIsCutEvenly) {
  for (const auto& range : kRanges) {
    EXPECT_EQ(range.seconds % range.step_s, 0) << range.name;
    EXPECT_TRUE(range.seconds <= kMinutesSeconds - kDaySeconds || range.step_s % kHourSeconds == 0) << range.name;
    for (const std::int64_t now : {kNow, kNow - kNow % range.step_s, kNow - kNow % range.step_s - 1}) {
      const Span span = span_of(range, now);
      EXPECT_EQ(span.to - span.from, range.seconds);
      EXPECT_EQ(span.from % range.step_s, 0);
      EXPECT_TRUE(now < span.to && now >= span.to - range.step_s);
    }
  }
  EXPECT_EQ(slo_span(kNow).to, kNow - kNow % 3'600 + 3'600);
  EXPECT_EQ(slo_span(kNow).from, slo_span(kNow).to - 28 * 86'400);
}

}  // namespace
}  // namespace bellrock::plane
