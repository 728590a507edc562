// What errors by code cost, and what their series are called.
#include <gtest/gtest.h>

#include "tests/unit/control/harvest/full_board.h"

namespace bellrock::harvest {
namespace {

// With errors on one page, beside those on all others.
journey::Definition failing_shop(std::uint8_t top = 6) {
  journey::Definition definition = shop();
  definition.error_pages = {TemplateId{2}};
  definition.error_top = top;
  return definition;
}

TEST(FootprintOfErrors, CountsThePagesAndTheCodesThatAreToldApart) {
  const journey::Definition definition = failing_shop();
  const Footprint plan = footprint_of(definition);
  ASSERT_EQ(plan.errors.size(), 2u);
  EXPECT_EQ(plan.errors[0].name, "__other__");
  EXPECT_EQ(plan.errors[1].name, "/product/{id}");
  EXPECT_EQ(plan.errors[1].total, 1u);
  EXPECT_EQ(plan.errors[1].overflow, 1u);
  EXPECT_EQ(plan.errors[1].by_dimension, 7u) << "six codes, and the others";
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.core(0).cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.core(0).owned_pages());
  EXPECT_TRUE(footprint_of(shop()).errors.empty());
}

TEST(FootprintOfErrors, IsAboveAFrameWithEveryCodeCounted) {
  for (const std::uint8_t top : {std::uint8_t{1}, std::uint8_t{6}, std::uint8_t{kTopMax}}) {
    for (const std::uint32_t cells : {20u, 300u, 3'000u}) expect_above_a_full_frame(failing_shop(top), cells, 400);
  }
  journey::Definition two_cores = failing_shop();
  two_cores.limits.workers = 2;
  expect_above_a_full_frame(two_cores, 3'000, 400);
}

class SeriesNamesOfErrors : public testing::Test {
 protected:
  SeriesNamesOfErrors() {
    journey::SessionTable table(board_.core(0).sessions, board_.sizes().sessions, board_.sizes().attempts, journal_);
    journey::TopValues codes(table.top_table(journey::kErrorTable), definition_.error_top, 0, journal_);
    seat_ = codes.counted(codes.see("R1", {}));
    journal_.commit();
    key_.values = {seat_};
  }
  std::optional<control::SeriesKey> series() { return names_.series(key_, board_.core(0).sessions); }

  journey::Definition definition_ = failing_shop();
  board::Board board_ = make_board(definition_, 1);
  Journal journal_ = board_.journal(0);
  SeriesNames names_{definition_};
  std::uint8_t seat_ = 0;
  CellKey key_{.journey = JourneyId{1u}, .kind = CellKind::kError, .scope = CellScope::kDimensioned};
};

TEST_F(SeriesNamesOfErrors, SayPageAndCode) {
  EXPECT_EQ(series()->journey, "/product/{id}");
  EXPECT_EQ(series()->item, "");
  using Dimensions = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(series()->dimensions, (Dimensions{{"code", "R1"}}));
  key_.values = {};
  EXPECT_EQ(series()->dimensions, (Dimensions{{"code", "__other__"}}));
  key_.scope = CellScope::kTotal;
  EXPECT_TRUE(series()->dimensions.empty());
  key_.journey = JourneyId{0u};
  EXPECT_EQ(series()->journey, "__other__");
}

TEST_F(SeriesNamesOfErrors, OfSeatsAndPagesThatAreNotThereAreNone) {
  EXPECT_FALSE(names_.series(key_)) << "of no core";
  key_.values = {static_cast<std::uint8_t>(seat_ + 1)};
  EXPECT_FALSE(series()) << "an empty seat";
  key_.values = {static_cast<std::uint8_t>(definition_.error_top + 1)};
  EXPECT_FALSE(series()) << "a seat that the table does not have";
  key_.values = {seat_, 1};
  EXPECT_FALSE(series());
  key_.values = {seat_};
  key_.item = 1;
  EXPECT_FALSE(series());
  key_.item = 0;
  key_.journey = JourneyId{2u};
  EXPECT_FALSE(series());
  key_.journey = JourneyId{1u};
  definition_.error_top = 0;
  EXPECT_FALSE(series()) << "nobody asks";
}

}  // namespace
}  // namespace bellrock::harvest
