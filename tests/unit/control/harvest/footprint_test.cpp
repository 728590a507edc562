#include "control/harvest/footprint.h"

#include <gtest/gtest.h>

#include "dataplane/journey/snapshot.h"
#include "tests/unit/control/harvest/full_board.h"

namespace bellrock::harvest {
namespace {

// The shop with values in money and the most frequent releases.
journey::Definition rich_shop(std::uint32_t workers) {
  journey::Definition definition = shop();
  definition.limits.workers = workers;
  definition.dimensions[0] = {.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 6};
  definition.amounts.emplace_back();
  definition.journeys[0].value = {.amount = 1, .at = StepId{1u}, .currency = "EUR", .version = 13};
  return definition;
}

// With web vitals of one page, beside those of all others.
journey::Definition measured_shop() {
  journey::Definition definition = shop();
  definition.templates = {{}, {"/product/{id}", {"product", ""}}};
  definition.vital_pages = {TemplateId{1}};
  return definition;
}

// With what a latency does to the ends of attempts, by device and whether the visitor returned.
journey::Definition curious_shop(std::uint32_t workers) {
  journey::Definition definition = rich_shop(workers);
  definition.journeys[0].objectives[0].sli = journey::Sli::kLatency;
  journey::Effect effect;
  effect.name = "pay";
  effect.outcomes = journey::outcome_bit(Outcome::kAbandoned);
  effect.table = true;
  effect.strata = {1, journey::Effect::kReturning};
  definition.journeys[0].effects = {effect};
  return definition;
}

TEST(Footprint, CountsTheCellsAndPagesThatARecorderReserves) {
  const journey::Definition definition = shop();
  const Footprint plan = footprint_of(definition);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
  EXPECT_EQ(plan.board.cells, board.sizes().cells);
  EXPECT_EQ(plan.board.bytes,
            board::Layout::make(board::sizes_for(definition, journey::encode(definition).size()))->bytes());
}

TEST(Footprint, CountsThePagesWithWebVitals) {
  const journey::Definition definition = measured_shop();
  const Footprint plan = footprint_of(definition);
  ASSERT_EQ(plan.pages.size(), 2u);
  EXPECT_EQ(plan.pages[0].name, "__other__");
  EXPECT_EQ(plan.pages[1].name, "/product/{id}");
  EXPECT_EQ(plan.pages[1].total, 5u * 3u + 2u) << "five vitals have three ratings, two timings none";
  EXPECT_EQ(plan.pages[1].overflow, 17u);
  EXPECT_EQ(plan.pages[1].by_dimension, 17u * 4u * 5u) << "devices and connections";
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
  EXPECT_TRUE(footprint_of(shop()).pages.empty());
}

TEST(Footprint, MultipliesTheValuesOfDimensions) {
  const Footprint plan = footprint_of(shop());
  const JourneyFootprint& checkout = plan.journeys[0];
  EXPECT_EQ(checkout.dimensions, (std::vector<std::pair<std::string, std::uint64_t>>{{"release", 3}, {"device", 4}}));
  EXPECT_EQ(checkout.combinations, 12u);
  EXPECT_EQ(checkout.items, 10u + 8u) << "outcomes, and verdicts of one objective";
  EXPECT_EQ(checkout.by_dimension, 12u * 18u);
  EXPECT_EQ(checkout.total, 1u + 2u + 10u + 8u + 3u);
  EXPECT_EQ(checkout.overflow, 18u);
  EXPECT_EQ(checkout.series(), 216u + 24u + 18u);
  EXPECT_EQ(plan.journeys[1].combinations, 0u);
  EXPECT_EQ(plan.journeys[1].series(), 11u + 3u) << "stray successes are of three kinds";
}

TEST(Footprint, CountsMoneyAndTheMostFrequentValues) {
  const Footprint plan = footprint_of(rich_shop(2));
  const JourneyFootprint& checkout = plan.journeys[0];
  EXPECT_EQ(checkout.dimensions, (std::vector<std::pair<std::string, std::uint64_t>>{{"release", 7}, {"device", 4}}));
  EXPECT_EQ(checkout.items, 10u + 8u + 10u) << "values by outcome";
  EXPECT_EQ(checkout.summed_items, 10u);
  EXPECT_EQ(checkout.summed_reserved, 20u);
  EXPECT_EQ(checkout.by_dimension, 28u * 28u);
  EXPECT_EQ(plan.board.reserved_cells, FullBoard(rich_shop(2)).core(0).cells_used());
}

TEST(Footprint, OfAnEffectIsItsWaitsByOutcomeForEachCombinationOfItsStrata) {
  const Footprint before = footprint_of(rich_shop(2)), plan = footprint_of(curious_shop(2));
  const auto& effect = plan.journeys[0].effects.at(0);
  EXPECT_EQ(effect.strata, (std::vector<std::pair<std::string, std::uint64_t>>{{"device", 4}, {"returning", 2}}));
  EXPECT_EQ(effect.combinations, 8u);
  EXPECT_EQ(effect.items, 410u);
  EXPECT_EQ(effect.by_strata, 8u * 410u);
  EXPECT_EQ(plan.journeys[0].by_dimension, before.journeys[0].by_dimension + 8u * 410u);
  EXPECT_EQ(plan.journeys[0].total, before.journeys[0].total + 410u);
  EXPECT_EQ(plan.journeys[0].overflow, before.journeys[0].overflow + 410u);
  EXPECT_EQ(plan.board.reserved_cells, FullBoard(curious_shop(2)).core(0).cells_used());
}

TEST(Footprint, IsAboveAFrameWithEverySeriesAndEveryBucketFilled) {
  for (const std::uint32_t cells : {20u, 300u, 1'000u}) {
    for (const std::uint32_t pages : {40u, 400u, 8'000u}) {
      expect_above_a_full_frame(shop(), cells, pages);
      expect_above_a_full_frame(rich_shop(1), cells, pages);
      expect_above_a_full_frame(rich_shop(2), cells, pages);
      expect_above_a_full_frame(measured_shop(), cells, pages);
      expect_above_a_full_frame(curious_shop(2), cells, pages);
    }
  }
}

TEST(Footprint, BoundsAllHarvestsOfAWindow) {
  const journey::Definition definition = shop();
  const Footprint plan = footprint_of(definition);
  EXPECT_EQ(plan.wire.banks_per_window, 12u) << "one a second, one more where they begin, and the window's end";
  EXPECT_GE(plan.wire.window_bytes, 12 * plan.wire.frame_bytes);
  EXPECT_EQ(plan.wire.day_bytes, 8'640 * plan.wire.window_bytes);
  const Footprint seldom = footprint(definition, 1'000, kWindow);
  EXPECT_EQ(seldom.wire.banks_per_window, 3u);
  EXPECT_LT(seldom.wire.window_bytes, plan.wire.window_bytes);
}

TEST(Footprint, BoundsMoreTightlyWhereTrafficIsKnown) {
  const Footprint plan = footprint_of(shop());
  const std::uint64_t few = day_bytes_at(plan.wire, 10), many = day_bytes_at(plan.wire, 1'000);
  EXPECT_LT(few, many);
  EXPECT_LT(many, plan.wire.day_bytes);
  EXPECT_EQ(day_bytes_at(plan.wire, 1'000'000'000), plan.wire.day_bytes);
  EXPECT_EQ(day_bytes_at(plan.wire, ~std::uint64_t{0}), plan.wire.day_bytes);
}

TEST(Footprint, DoesNotWrapRoundForTheLargestProduct) {
  journey::Definition definition = shop();
  definition.dimensions.clear();
  definition.journeys[0].dimensions.clear();
  for (std::size_t d = 0; d < kJourneyDimensionsMax; ++d) {
    definition.dimensions.push_back(
        {"d" + std::to_string(d), {}, std::vector<std::string>(kDimensionValuesMax, "v"), {}});
    definition.journeys[0].dimensions.emplace_back(d);
  }
  const Footprint plan = footprint_of(definition);
  EXPECT_EQ(plan.journeys[0].by_dimension, ~std::uint64_t{0});
  EXPECT_FALSE(plan.board.fits());
  EXPECT_LT(plan.wire.series, 1'000u);
}

TEST(Footprint, SaysWhenACentreWouldNotTakeAFullFrame) {
  journey::Definition definition = shop();
  EXPECT_TRUE(footprint_of(definition).wire.centre_takes_it);
  definition.limits.workers = 64;
  definition.limits.pages_per_bank = 60'000;
  for (auto& dimension : definition.dimensions) {
    for (int i = 0; i < 40; ++i) dimension.values.push_back(std::to_string(i));
  }
  definition.limits.cells_per_core = 60'000;
  EXPECT_FALSE(footprint_of(definition).wire.centre_takes_it);
}

}  // namespace
}  // namespace bellrock::harvest
