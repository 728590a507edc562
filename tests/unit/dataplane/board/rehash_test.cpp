#include "dataplane/board/rehash.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <random>

#include "dataplane/board/banks.h"
#include "dataplane/journey/seen_pages.h"
#include "dataplane/sketch/bank_reader.h"
#include "tests/unit/dataplane/board/board_fixture.h"

namespace bellrock::board {
namespace {

journey::Definition one_journey() {
  journey::Definition d;
  d.identities = {{.name = "web", .keys = {}}};
  journey::Journey journey;
  journey.name = "checkout";
  journey.steps.resize(1);
  d.journeys = {journey};
  return d;
}

class RehashTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.file("board"); }
  static std::uint32_t hash_of(std::uint64_t visitor) { return static_cast<std::uint32_t>(visitor * 0x9e37'79b1); }
  static journey::Visitor visitor(std::uint64_t n) { return {{{n + 1, 5}}, {}, hash_of(n)}; }

  // A board with an open attempt of each of some visitors, two seals on each core, and other things that must arrive.
  Board filled(std::uint32_t workers, std::uint64_t visitors) {
    Board board = std::move(*Board::create(path().c_str(), small_spec(workers)));
    for (std::uint32_t i = 0; i < workers; ++i) {
      const CoreView core = board.core(i);
      Journal journal = board.journal(i);
      journey::SessionTable table(core.sessions, 16, 16, journal);
      for (std::uint64_t n = 0; n < visitors; ++n) {
        if (hash_of(n) % workers != i) continue;
        journey::Attempt attempt;
        attempt.state = journey::AttemptState::kOpen;
        attempt.start = Instant{1'000 + static_cast<std::int64_t>(n)};
        table.add_attempt(table.add_session(visitor(n), {}, Instant{5}), attempt);
        journal.add(table.totals(JourneyId{0}).starts, 1);
        journal.add(table.totals(JourneyId{0}).open, 1);
      }
      core.counters[3] = 10 + i;
      core.control.position = 40;
      core.control.connections = 2;
      core.control.session_keys.day = 9 + i;
      journal.commit();
      Banks banks(core, journal);
      BankDrain drain(core);
      banks.start(100);
      for (std::uint64_t epoch = 1; epoch <= 2 + i; ++epoch) {
        const std::uint64_t open[] = {table.totals(JourneyId{0}).open};
        banks.seal(100, open);
        drain.mark_drained(epoch);
      }
    }
    return board;
  }
  static BoardSpec spec_like(const Board& board, std::uint32_t workers) {
    BoardSpec spec = small_spec(workers);
    spec.board_id = board.board_id();
    spec.created_unix_ns = board.created().ns;
    return spec;
  }
  static std::uint64_t open_of(Board& board) {
    std::uint64_t open = 0;
    for (std::uint32_t i = 0; i < board.workers(); ++i) {
      Journal journal = board.journal(i);
      open += journey::SessionTable(board.core(i).sessions, 16, 16, journal).totals(JourneyId{0}).open;
    }
    return open;
  }
  // Every visitor is at the core that his hash picks.
  static void expect_all(Board& board, std::uint64_t visitors) {
    for (std::uint64_t n = 0; n < visitors; ++n) {
      const std::uint32_t core = hash_of(n) % board.workers();
      Journal journal = board.journal(core);
      const journey::SessionTable table(board.core(core).sessions, 16, 16, journal);
      const journey::Slot slot = table.find(visitor(n));
      ASSERT_NE(slot, 0u) << n;
      EXPECT_EQ(table.attempt(table.session(slot).newest).start.ns, 1'000 + static_cast<std::int64_t>(n));
    }
    EXPECT_EQ(open_of(board), visitors);
  }

  TestDirectory directory_;
};

TEST_F(RehashTest, TheNewBoardGoesOnWithEverythingUnderTheOldName) {
  Board old_board = filled(2, 12);
  auto made = Board::create_from(path().c_str(), spec_like(old_board, 3), old_board, one_journey());
  ASSERT_TRUE(made.ok()) << made.error().what;
  EXPECT_TRUE(made->still_at(path().c_str()));
  EXPECT_FALSE(old_board.still_at(path().c_str()));
  EXPECT_EQ(made->board_id(), old_board.board_id());
  EXPECT_EQ(made->created(), old_board.created());
  EXPECT_EQ(made->keys().owner.k1, 2u);
  expect_all(*made, 12);
  std::uint64_t counted = 0, connections = 0, level = 0, level_before = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const CoreView core = made->core(i);
    counted += core.counters[3];
    connections += core.control.connections;
    EXPECT_EQ(core.control.sealed.load(), 3u);  // behind every epoch of the old board
    EXPECT_EQ(core.control.drained.load(), 3u);
    EXPECT_EQ(core.control.position, 40u);
    EXPECT_EQ(core.control.session_keys.day, 10);
    EXPECT_EQ(core.banks[1]->window, 100);
    level += core.banks[0]->open[0];
  }
  for (std::uint32_t i = 0; i < 2; ++i) level_before += BankDrain(old_board.core(i)).header(2 + i).open[0];
  EXPECT_EQ(counted, 21u);
  EXPECT_EQ(connections, 4u);
  EXPECT_EQ(level, level_before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(RehashTest, WhatIsKnownOfPageViewsGoesToTheVisitorsCores) {
  constexpr std::uint32_t kVisitors = 12, kTrails = 64;
  BoardSpec spec = small_spec(2);
  spec.sizes.trails = kTrails;
  Board old_board = std::move(*Board::create(path().c_str(), spec));
  const auto view = [](Board& board, std::uint32_t core, std::uint64_t n, IdentityId identity) {
    Journal journal = board.journal(core);
    journey::TrailTable table(board.core(core).trails, kTrails, journal);
    const auto added = journey::add_view({}, {.number = static_cast<std::uint8_t>(1 + n), .may_begin = true}, 7);
    table.write(*table.room_for(visitor(n), 7).trail, added.trail, visitor(n), identity);
    journal.commit();
  };
  // The second identity links its keys: one core has all that are its.
  journey::Definition definition = one_journey();
  definition.identities.push_back({.name = "app", .keys = {}, .link = true});
  for (std::uint64_t n = 0; n < kVisitors; ++n) view(old_board, hash_of(n) % 2, n, {});
  view(old_board, 1, kVisitors, IdentityId{1});
  BoardSpec wanted = spec_like(old_board, 3);
  wanted.sizes.trails = kTrails;
  auto made = Board::create_from(path().c_str(), wanted, old_board, definition);
  ASSERT_TRUE(made.ok()) << made.error().what;
  for (std::uint64_t n = 0; n <= kVisitors; ++n) {
    const std::uint32_t core = n == kVisitors ? 1 : hash_of(n) % 3;
    Journal journal = made->journal(core);
    const journey::Trail* const trail = journey::TrailTable(made->core(core).trails, kTrails, journal).find(visitor(n));
    ASSERT_NE(trail, nullptr) << n;
    EXPECT_EQ(trail->pages[0], n);
    EXPECT_EQ(trail->newest, 7u);
  }
  view(*made, 0, 13, IdentityId{2});
  BoardSpec another = spec_like(*made, 1);
  another.sizes.trails = kTrails;
  EXPECT_EQ(Board::create_from(path().c_str(), another, *made, definition).error().fault, BoardFault::kForeign);
}

TEST_F(RehashTest, PagesThatWaitForBeaconsGoToTheirVisitorsCoresInTheirOrder) {
  constexpr std::uint32_t kPages = 8;
  BoardSpec spec = small_spec(2);
  spec.sizes.seen_pages = kPages;
  Board old_board = std::move(*Board::create(path().c_str(), spec));
  for (std::uint64_t n = 0; n < kPages; ++n) {
    const std::uint32_t core = hash_of(n) % 2;
    Journal journal = old_board.journal(core);
    journey::SeenPages table(old_board.core(core).seen_pages, kPages, kMinute, journal);
    journey::SeenPage page;
    page.seen = Instant{100 + static_cast<std::int64_t>(n)};
    table.add(visitor(n), page);
    journal.commit();
  }
  journey::Definition definition = one_journey();
  definition.coverage.on = true;
  BoardSpec wanted = spec_like(old_board, 3);
  wanted.sizes.seen_pages = kPages;
  auto made = Board::create_from(path().c_str(), wanted, old_board, definition);
  ASSERT_TRUE(made.ok()) << made.error().what;
  std::uint64_t found = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    Journal journal = made->journal(i);
    const journey::SeenPages table(made->core(i).seen_pages, kPages, kMinute, journal);
    Instant last;
    table.each([&](const journey::SeenPage& page, bool doubted) {
      EXPECT_EQ(page.hash % 3, i);
      EXPECT_LT(last, page.seen);
      EXPECT_FALSE(doubted);
      last = page.seen;
      ++found;
    });
    for (std::uint64_t n = 0; n < kPages; ++n) {
      EXPECT_EQ(table.find(visitor(n), {}, Instant{200}) != 0, hash_of(n) % 3 == i) << n;
    }
  }
  EXPECT_EQ(found, kPages);
}

// As they would on a live board; the one that was covered has been counted already.
TEST_F(RehashTest, TheOldestPagesGiveWayAndAreCountedWhereThereIsNoRoom) {
  constexpr std::uint32_t kPages = 8, kRoom = 5;
  journey::Definition definition = one_journey();
  definition.coverage.on = definition.coverage.split = true;
  definition.limits.seen_pages_per_core = kPages;
  definition.limits.cells_per_core = 64;
  BoardSpec spec = small_spec(2);
  spec.sizes = sizes_for(definition, 4'096);
  spec.sizes.workers = 2;
  Board old_board = std::move(*Board::create(path().c_str(), spec));
  for (std::uint64_t n = 0; n < kPages; ++n) {
    Journal journal = old_board.journal(hash_of(n) % 2);
    journey::SeenPages table(old_board.core(hash_of(n) % 2).seen_pages, kPages, kMinute, journal);
    journey::SeenPage page;
    page.seen = Instant{100 + static_cast<std::int64_t>(n)};
    table.add(visitor(n), page);
    if (n == 0) table.cover(table.find(visitor(n), {}, Instant{200}), 0);
    journal.commit();
  }
  BoardSpec wanted = spec_like(old_board, 1);
  wanted.sizes = spec.sizes;
  wanted.sizes.workers = 1;
  wanted.sizes.seen_pages = kRoom;
  auto made = Board::create_from(path().c_str(), wanted, old_board, definition);
  ASSERT_TRUE(made.ok()) << made.error().what;
  Journal journal = made->journal(0);
  EXPECT_EQ(journey::SeenPages(made->core(0).seen_pages, kRoom, kMinute, journal).size(), kRoom);
  std::map<std::pair<CellKind, std::uint8_t>, std::uint64_t> counted;
  const sketch::BankReader reader(made->core(0).shard, wanted.sizes.cells, wanted.sizes.pages);
  sketch::CellCounts cell;
  for (std::uint32_t i = 0; i < reader.used(); ++i) {
    if (!*reader.read(0, i, cell) || cell.key.scope != CellScope::kTotal) continue;
    counted[{cell.key.kind, cell.key.item}] += cell.n;
  }
  const std::map<std::pair<CellKind, std::uint8_t>, std::uint64_t> expected{
      {{CellKind::kCoverage, static_cast<std::uint8_t>(CoverageItem::kUnknownForgotten)}, kPages - kRoom - 1},
      {{CellKind::kSplit, static_cast<std::uint8_t>(SplitItem::kForgotten)}, kPages - kRoom}};
  EXPECT_EQ(counted, expected);
}

TEST_F(RehashTest, AnEdgeThatWaitsForTheOldBoardLearnsThatItWasReplaced) {
  Board old_board = filled(2, 4);
  Board waiting = std::move(*Board::attach(path().c_str()));
  ASSERT_TRUE(Board::create_from(path().c_str(), spec_like(old_board, 1), old_board, one_journey()).ok());
  EXPECT_EQ(waiting.take_edge(2, 0).error().fault, BoardFault::kMissing);
}

TEST_F(RehashTest, ABankThatIsNotDrainedOrAttemptsWithoutRoomLeaveTheOldBoardInPlace) {
  Board old_board = filled(2, 24);
  const auto full = Board::create_from(path().c_str(), spec_like(old_board, 1), old_board, one_journey());
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().fault, BoardFault::kNoRoom);
  old_board.core(1).control.sealed.store(4);
  const auto undrained = Board::create_from(path().c_str(), spec_like(old_board, 4), old_board, one_journey());
  ASSERT_FALSE(undrained.ok());
  EXPECT_EQ(undrained.error().fault, BoardFault::kInUse);
  EXPECT_TRUE(old_board.still_at(path().c_str()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(RehashTest, OnlyASettledBoardOrOneOfASingleWorkerBetweenTwoPacketsMayBeMoved) {
  Board one = std::move(*Board::create_anonymous(small_spec(1)));
  EXPECT_TRUE(one.settled());
  one.core(0).control.events_done = 3;
  EXPECT_FALSE(one.settled());
  Board two = std::move(*Board::create_anonymous(small_spec(2)));
  EXPECT_FALSE(two.settled());
  two.core(0).control.position = 5;
  two.core(1).control.part_end = 8;
  EXPECT_EQ(two.settle_point(), 8u);
  two.mark_settled();
  EXPECT_TRUE(two.settled());
  ASSERT_TRUE(two.take_edge(2, 0).ok());
  EXPECT_FALSE(two.settled());
}

// Killed at any moment of it, the name leads to the old board or to the new one, whole, and it can be made again.
TEST_F(RehashTest, AKilledMoveIsMadeAgain) {
  { const Board first = filled(2, 12); }
  std::mt19937_64 random(8);
  std::uint32_t workers = 2;
  int kills = 0, moves = 0;
  std::int64_t takes_us = 3'000;  // a move that is left alone, as every fourth is
  for (int round = 0; round < 200; ++round) {
    const std::uint32_t wanted = 2 + static_cast<std::uint32_t>(random() % 3);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Board board = std::move(*Board::attach(path().c_str()));
      ::_exit(Board::create_from(path().c_str(), spec_like(board, wanted), board, one_journey()).ok() ? 0 : 1);
    }
    const auto begin = std::chrono::steady_clock::now();
    const bool spared = round % 4 == 0;
    if (!spared) {
      ::usleep(static_cast<useconds_t>(random() % static_cast<std::uint64_t>(takes_us)));
      ::kill(child, SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (spared) takes_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count() + 1;
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    Board board = std::move(*Board::attach(path().c_str()));
    ASSERT_TRUE(board.workers() == wanted || (WIFSIGNALED(status) && board.workers() == workers));
    moves += board.workers() != workers ? 1 : 0;
    workers = board.workers();
    expect_all(board, 12);
    if (HasFailure()) return;
  }
  EXPECT_GT(kills, 5);
  EXPECT_GT(moves, 5);
}

TEST_F(RehashTest, RefusesABoardOnWhichEventsAreHeld) {
  journey::Definition definition = one_journey();
  definition.identities[0].reorder_wait = kSecond;
  BoardSpec spec = small_spec(1);
  spec.sizes.held = 8;
  Board old = std::move(*Board::create(path().c_str(), spec));
  Journal journal = old.journal(0);
  journey::HeldEvents held(definition, old.core(0).held, spec.sizes.held, journal);
  held.put({});
  journal.commit();
  EXPECT_EQ(old.held_events(), 1u);
  EXPECT_FALSE(old.settled());
  spec.sizes.workers = 2;
  const auto refused = Board::create_from(path().c_str(), spec, old, definition);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, BoardFault::kInUse);
  held.pop();
  journal.commit();
  EXPECT_TRUE(old.settled());
  EXPECT_TRUE(Board::create_from(path().c_str(), spec, old, definition).ok());
}

}  // namespace
}  // namespace bellrock::board
