// What signals beside journeys cost: answers of visitors, clicks, and distinct sessions.
#include <gtest/gtest.h>

#include "tests/unit/control/harvest/full_board.h"

namespace bellrock::harvest {
namespace {

// With all questions, by the latency of one of the journeys.
journey::Definition asking_shop() {
  journey::Definition definition = shop();
  journey::Journey& asks = definition.journeys[0];
  asks.objectives[0].sli = journey::Sli::kLatency;
  asks.feedback = {kQuestionMask, true, ObjectiveId{0u}, 17};
  definition.journeys[1].feedback = {question_bit(Question::kNps), false, {}, 19};
  return definition;
}

TEST(FootprintOfSignals, CountsTheAnswersOfVisitors) {
  const journey::Definition definition = asking_shop();
  const Footprint plan = footprint_of(definition), without = footprint_of(shop());
  const std::uint64_t answers = (7 + 5 + 11) * kOutcomeNames.size();
  EXPECT_EQ(plan.journeys[0].feedback.items, answers);
  EXPECT_EQ(plan.journeys[0].feedback.by_latency, answers * 8) << "seven bands, and unmeasured";
  EXPECT_EQ(plan.journeys[0].total, without.journeys[0].total + answers);
  EXPECT_EQ(plan.journeys[0].overflow, without.journeys[0].overflow + answers);
  EXPECT_EQ(plan.journeys[0].by_dimension, without.journeys[0].by_dimension + 8 * answers);
  EXPECT_EQ(plan.journeys[1].total, without.journeys[1].total + 11 * kOutcomeNames.size());
  EXPECT_EQ(plan.journeys[1].feedback.by_latency, 0u);
  EXPECT_EQ(plan.journeys[1].series(), without.journeys[1].series() + 11 * kOutcomeNames.size());
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
}

// With clicks on one page, beside those on all others.
journey::Definition clicked_shop() {
  journey::Definition definition = shop();
  definition.click_pages = {TemplateId{2}};
  return definition;
}

TEST(FootprintOfSignals, CountsThePagesWithClicks) {
  const journey::Definition definition = clicked_shop();
  const Footprint plan = footprint_of(definition);
  ASSERT_EQ(plan.clicks.size(), 2u);
  EXPECT_TRUE(plan.pages.empty());
  EXPECT_EQ(plan.clicks[0].name, "__other__");
  EXPECT_EQ(plan.clicks[1].name, "/product/{id}");
  EXPECT_EQ(plan.clicks[1].total, 4u);
  EXPECT_EQ(plan.clicks[1].overflow, 4u);
  EXPECT_EQ(plan.clicks[1].by_dimension, 4u * 4u) << "kinds and devices";
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
}

// With frustration on one page, beside that on all others.
journey::Definition annoying_shop() {
  journey::Definition definition = shop();
  definition.frustration.on = true;
  definition.frustration_pages = {TemplateId{2}};
  definition.frustration.pages.resize(1);
  return definition;
}

TEST(FootprintOfSignals, CountsThePagesWithFrustrationAndWhatIsKnownOfVisitors) {
  const journey::Definition definition = annoying_shop();
  const Footprint plan = footprint_of(definition);
  ASSERT_EQ(plan.frustration.size(), 2u);
  EXPECT_EQ(plan.frustration[1].name, "/product/{id}");
  EXPECT_EQ(plan.frustration[0].total, 5u);
  EXPECT_EQ(plan.frustration[1].overflow, 5u);
  EXPECT_EQ(plan.frustration[1].by_dimension, 5u * 4u) << "signs and devices";
  EXPECT_EQ(plan.board.trail_bytes, 48u * definition.limits.trails_per_core);
  EXPECT_EQ(footprint_of(shop()).board.trail_bytes, 0u);
  EXPECT_GE(plan.board.bytes, footprint_of(shop()).board.bytes + plan.board.trail_bytes);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
}

TEST(FootprintOfSignals, CountsErrorsAndWhatBecameOfThem) {
  journey::Definition definition = shop();
  journey::Journey& journey = definition.journeys[0];
  journey.steps[1].kind = journey::StepKind::kFailure;
  const std::uint64_t without = footprint_of(definition).journeys[0].total;
  journey.recovery.within = kMinute;
  const Footprint plan = footprint_of(definition);
  EXPECT_EQ(plan.journeys[0].total, without + 4);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
}

// With coverage of one page, beside that of all others, by browser and device as the place; and one call.
journey::Definition covered_shop() {
  journey::Definition definition = shop();
  definition.identities = {{.name = "web", .keys = {}}};
  definition.visitors.browsers = {"chrome", "firefox"};
  definition.coverage_pages = {TemplateId{2}};
  definition.coverage_calls = {{TemplateId{1}, "api.call"}};
  definition.coverage.on = definition.coverage.split = definition.coverage.has_place = true;
  definition.coverage.place = DimensionId{1};
  definition.limits.seen_pages_per_core = 100;
  return definition;
}

TEST(FootprintOfSignals, CountsThePagesWithCoverage) {
  const journey::Definition definition = covered_shop();
  const Footprint plan = footprint_of(definition);
  ASSERT_EQ(plan.coverage.size(), 2u);
  ASSERT_EQ(plan.splits.size(), 3u);
  EXPECT_EQ(plan.splits[2].name, definition.templates[1].text) << "the call";
  EXPECT_EQ(plan.splits[2].total, 9u);
  EXPECT_EQ(plan.splits[2].by_dimension, 9u * 4) << "devices";
  EXPECT_EQ(plan.splits[2].measured_items, 5u);
  EXPECT_EQ(plan.coverage[1].name, "/product/{id}");
  EXPECT_EQ(plan.coverage[1].total, 10u);
  EXPECT_EQ(plan.coverage[1].by_dimension, 10u * 3 * 4) << "browsers and places";
  EXPECT_EQ(plan.splits[0].total, 9u);
  EXPECT_EQ(plan.splits[0].by_dimension, 9u * 4) << "devices";
  EXPECT_EQ(plan.splits[0].measured_items, 5u);
  EXPECT_EQ(plan.waiting_page_bytes, 64u + 100 * 56 + 256 * 4);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
  const Footprint without = footprint_of(shop());
  EXPECT_TRUE(without.coverage.empty() && without.splits.empty());
  EXPECT_EQ(without.waiting_page_bytes, 0u);
}

journey::Definition counting_shop() {
  journey::Definition definition = shop();
  definition.journeys[1].distinct_sessions = true;
  return definition;
}

TEST(FootprintOfSignals, CountsDistinctSessions) {
  const journey::Definition definition = counting_shop();
  const Footprint plan = footprint_of(definition), without = footprint_of(shop());
  EXPECT_EQ(plan.journeys[1].total, without.journeys[1].total + 16);
  EXPECT_EQ(plan.journeys[1].overflow, without.journeys[1].overflow);
  EXPECT_EQ(plan.journeys[1].measured_reserved, without.journeys[1].measured_reserved + 16);
  EXPECT_GT(plan.wire.bucket_bytes_per_event, without.wire.bucket_bytes_per_event);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
}

TEST(FootprintOfSignals, IsAboveAFrameWithEverySeriesCounted) {
  for (const std::uint32_t cells : {20u, 300u, 3'000u}) {
    expect_above_a_full_frame(asking_shop(), cells, 400);
    expect_above_a_full_frame(clicked_shop(), cells, 400);
    expect_above_a_full_frame(annoying_shop(), cells, 400);
  }
  expect_above_a_full_frame(counting_shop(), 20, 40);
}

}  // namespace
}  // namespace bellrock::harvest
