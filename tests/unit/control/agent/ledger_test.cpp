#include "control/agent/ledger.h"

#include <gtest/gtest.h>

#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

control::SeriesKey total(CellKind kind, const char* item = "") {
  return {.journey = "checkout", .version = 1, .kind = kind, .item = item, .detail = "", .dimensions = {}};
}

control::DeltaFrame attempts(std::uint64_t starts, std::uint64_t ended, std::uint64_t open) {
  control::DeltaFrame frame = frame_of(starts);
  frame.windows[1'000][total(CellKind::kOutcome, "success")].n = ended;
  control::SeriesKey dimensioned = total(CellKind::kOutcome, "success");
  dimensioned.scope = CellScope::kDimensioned;
  frame.windows[1'000][dimensioned].n = ended;
  frame.windows[1'010][total(CellKind::kStart)].n = 1;
  frame.open["checkout"] = open;
  frame.recorded += 2 * ended + 1;
  frame.counters["event.recorded"] = 1'000;
  frame.counters["event.value_rejected"] = 10;
  return frame;
}

TEST(Ledger, AddsTotalsOnlyAndKeepsTheLatestLevel) {
  Ledger ledger = new_ledger({}, 2, true);
  ledger.add(attempts(5, 3, 3), {{0, 1, 100}, {1, 4, 100}});
  ledger.add(attempts(2, 4, 2), {{1, 5, 100}});
  EXPECT_EQ(ledger.journeys.at("checkout"), (JourneyTotals{.starts = 9, .outcomes = 7, .open = 2}));
  EXPECT_EQ(ledger.harvested, 5 + 6 + 1 + 2 + 8 + 1u);
  EXPECT_EQ(ledger.epochs, (std::vector<std::uint64_t>{1, 5}));
  EXPECT_TRUE(ledger.spooled(1, 5));
  EXPECT_FALSE(ledger.spooled(1, 6));
  EXPECT_FALSE(ledger.spooled(2, 1));
}

// A board that was counted into before: earlier frames are not known, but the sums must hold from now on.
TEST(Ledger, OfAFoundBoardTakesTheFirstFrameAsItsBase) {
  Ledger ledger = new_ledger({}, 1, false);
  ledger.add(attempts(5, 3, 40), {});
  EXPECT_EQ(ledger.journeys.at("checkout"), (JourneyTotals{.starts = 43, .outcomes = 3, .open = 40}));
  EXPECT_EQ(ledger.harvested, 990u);
  const std::uint64_t before = ledger.harvested;
  ledger.add(attempts(1, 0, 42), {});
  EXPECT_EQ(ledger.journeys.at("checkout").starts, 45u);
  EXPECT_EQ(ledger.harvested, before + 2);
}

TEST(Ledger, JourneysWithoutOpenAttemptsAreNotListed) {
  Ledger ledger = new_ledger({}, 1, true);
  ledger.add(attempts(1, 1, 0), {});
  EXPECT_TRUE(ledger.open().empty());
}

}  // namespace
}  // namespace bellrock::agent
