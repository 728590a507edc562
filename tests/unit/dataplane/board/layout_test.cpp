#include "dataplane/board/layout.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bellrock::board {
namespace {

TEST(Layout, PartsNeverOverlapAndAreAligned) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    const auto below = [&random](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
    const Sizes sizes{.workers = 1 + below(kWorkersMax),
                      .cells = below(9'000),
                      .pages = below(70'000),
                      .sessions = 1 + below(70'000),
                      .attempts = 1 + below(70'000),
                      .snapshot_bytes_max = below(100'000),
                      .held = 1 + below(40'000)};
    const Result<Layout> layout = Layout::make(sizes);
    ASSERT_TRUE(layout.ok());
    std::map<std::uint64_t, std::uint64_t> parts{{0, sizeof(Header)}, {layout->keys(), sizeof(Keys)}};
    for (unsigned slot : {0u, 1u}) {
      parts[layout->snapshot_slot(slot)] = sizeof(SnapshotSlot) + sizes.snapshot_bytes_max;
    }
    for (std::uint32_t i = 0; i < sizes.workers; ++i) {
      const CoreLayout core = layout->core(i);
      parts[core.control] = sizeof(CoreControl);
      parts[core.journal] = sizeof(JournalRecord);
      parts[core.counters] = counter::kCount * 8;
      parts[core.bank_headers] = 2 * sizeof(BankHeader);
      parts[core.keys] = sketch::keys_bytes(sizes.cells);
      for (const std::uint64_t bank : core.banks) parts[bank] = sketch::bank_bytes(sizes.cells, sizes.pages);
      parts[core.sessions] = journey::SessionTable::bytes_needed(sizes.sessions, sizes.attempts);
      parts[core.held] = journey::HeldEvents::bytes_needed(sizes.held);
      for (std::uint32_t to = 0; to < sizes.workers; ++to) parts[layout->ring(i, to)] = sizeof(EventRing);
    }
    ASSERT_EQ(parts.size(), 4 + sizes.workers * (9u + sizes.workers));
    std::uint64_t end = 0;
    for (const auto& [offset, bytes] : parts) {
      ASSERT_GE(offset, end);
      ASSERT_EQ(offset % 128, 0u);
      end = offset + bytes;
    }
    ASSERT_LE(end, layout->bytes());
  }
}

TEST(Layout, SizesOutOfBoundsAreRefused) {
  const Sizes good{.workers = 1, .cells = 1, .pages = 1, .sessions = 1, .attempts = 1, .snapshot_bytes_max = 1};
  ASSERT_TRUE(Layout::make(good).ok());
  for (const auto& [field, value] : {std::pair{&Sizes::workers, 0u},
                                     {&Sizes::workers, 65u},
                                     {&Sizes::cells, ~0u},
                                     {&Sizes::pages, ~0u},
                                     {&Sizes::sessions, ~0u},
                                     {&Sizes::attempts, ~0u},
                                     {&Sizes::snapshot_bytes_max, ~0u},
                                     {&Sizes::held, ~0u}}) {
    Sizes bad = good;
    bad.*field = value;
    EXPECT_FALSE(Layout::make(bad).ok());
  }
}

TEST(Layout, ADefinitionsSizesHoldItsReservedCellsBesideTheLimits) {
  journey::Definition definition;
  definition.limits.cells_per_core = 100;
  definition.limits.pages_per_bank = 1'000;
  definition.limits.workers = 3;
  definition.journeys.resize(2);
  for (journey::Journey& journey : definition.journeys) {
    journey.steps.resize(5);
    journey.objectives.resize(2);
  }
  const Sizes sizes = sizes_for(definition, 10'000);
  // Per journey and scope: a start, 5 steps, 10 outcomes, 2 × 8 verdicts; measured: 5 + 10 + 2 × 2.
  // And three kinds of stray successes.
  EXPECT_EQ(sizes.cells, 100 + 2 * 2 * 32u + 2 * 3);
  EXPECT_EQ(sizes.pages, 1'000 + 2 * 2 * 19 * 32u);
  EXPECT_EQ(sizes.workers, 3u);
  EXPECT_GE(sizes.snapshot_bytes_max, 10'000u);
}

}  // namespace
}  // namespace bellrock::board
