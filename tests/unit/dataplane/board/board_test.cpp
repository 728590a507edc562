#include "dataplane/board/board.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/unit/dataplane/board/board_fixture.h"

namespace bellrock::board {
namespace {

class BoardTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.file("board"); }
  Board create() {
    auto board = Board::create(path().c_str(), small_spec());
    CHECK(board.ok());
    return std::move(board).value();
  }
  [[nodiscard]] Board attach() const {
    auto board = Board::attach(path().c_str());
    CHECK(board.ok());
    return std::move(board).value();
  }
  [[nodiscard]] BoardFault attach_fault() const {
    const auto board = Board::attach(path().c_str());
    return board.ok() ? BoardFault::kSystem : board.error().fault;
  }
  TestDirectory directory_;
};

TEST_F(BoardTest, WhoAttachesFindsWhatWasCreated) {
  Board made = create();
  made.core(1).control.position = 77;
  Board found = attach();
  EXPECT_EQ(found.board_id(), small_spec().board_id);
  EXPECT_EQ(found.snapshot_hash(), small_spec().snapshot_hash);
  EXPECT_EQ(found.sizes(), small_sizes());
  EXPECT_EQ(found.keys().owner.k1, 2u);
  EXPECT_EQ(found.core(1).control.position, 77u);
  EXPECT_EQ(text(*found.snapshot()), "a snapshot");
  EXPECT_TRUE(found.still_at(path().c_str()));
}

TEST_F(BoardTest, TheFileIsTheOwnersAloneAndNothingElseIsLeftBeside) {
  const Board made = create();
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(BoardTest, ASecondCreationIsRefusedAndChangesNothing) {
  Board made = create();
  made.core(0).control.position = 5;
  const auto again = Board::create(path().c_str(), small_spec());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().fault, BoardFault::kExists);
  EXPECT_EQ(attach().core(0).control.position, 5u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(BoardTest, AnyChangedByteOfTheHeaderIsRefused) {
  { const Board made = create(); }
  std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
  for (std::size_t at = 0; at < offsetof(Header, checksum) + 8; ++at) {
    file.seekg(static_cast<std::streamoff>(at));
    const auto was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(was ^ 0x10)).flush();
    EXPECT_EQ(attach_fault(), BoardFault::kForeign) << at;
    file.seekp(static_cast<std::streamoff>(at)).put(was).flush();
  }
  EXPECT_EQ(text(*attach().snapshot()), "a snapshot");
}

TEST_F(BoardTest, WhatIsNoBoardIsRefused) {
  EXPECT_EQ(attach_fault(), BoardFault::kMissing);
  std::ofstream(path()) << "short";
  EXPECT_EQ(attach_fault(), BoardFault::kForeign);
  std::ofstream(path()) << std::string(100'000, 'x');
  EXPECT_EQ(attach_fault(), BoardFault::kForeign);
}

TEST_F(BoardTest, ATruncatedBoardIsRefused) {
  { const Board made = create(); }
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 4'096);
  EXPECT_EQ(attach_fault(), BoardFault::kForeign);
}

TEST_F(BoardTest, AFullFileSystemIsAnError) {
  BoardSpec spec = small_spec(64);
  spec.sizes.pages = 1u << 25;  // a terabyte in all
  const auto board = Board::create("/dev/shm/bellrock-test-too-large", spec);
  ASSERT_FALSE(board.ok());
  EXPECT_EQ(board.error().fault, BoardFault::kNoRoom);
  EXPECT_FALSE(std::filesystem::exists("/dev/shm/bellrock-test-too-large.new"));
}

TEST_F(BoardTest, ADamagedSnapshotIsRefused) {
  Board made = create();
  const Layout layout = *Layout::make(small_sizes());
  std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(layout.snapshot_slot(0) + sizeof(SnapshotSlot) + 2)).put('x').flush();
  EXPECT_FALSE(made.snapshot().ok());
}

TEST_F(BoardTest, AReplacedSnapshotIsWhatTheNextOneSees) {
  Board made = create();
  ASSERT_TRUE(made.replace_snapshot(bytes("another")).ok());
  EXPECT_EQ(text(*attach().snapshot()), "another");
  const std::string too_long(5'000, 'x');
  EXPECT_EQ(made.replace_snapshot(bytes(too_long)).error().fault, BoardFault::kNoRoom);
  EXPECT_EQ(text(*attach().snapshot()), "another");
}

TEST_F(BoardTest, PositionsAreThoseOfOneCaptureAndAnotherIsReadFromItsBegin) {
  Board board = std::move(*Board::create_anonymous(small_spec(2)));
  EXPECT_FALSE(*board.enter_capture(11)) << "nothing was read before";
  board.core(0).control.position = 5;
  board.core(1).control.position = 7;
  board.core(1).control.part_end = 9;
  EXPECT_FALSE(*board.enter_capture(11));
  EXPECT_EQ(board.core(1).control.position, 7u);
  EXPECT_TRUE(*board.enter_capture(12));
  for (std::uint32_t i = 0; i < 2; ++i) EXPECT_EQ(board.core(i).control.position, 0u);
  EXPECT_EQ(board.core(1).control.part_end, 0u);

  board.core(0).control.position = 3;
  ASSERT_TRUE(board.ring(0, 1).push({}));
  EXPECT_FALSE(board.enter_capture(13).ok()) << "an event of capture 12 is still to be applied";
  EXPECT_EQ(board.core(0).control.position, 3u);
  EXPECT_FALSE(*board.enter_capture(12));
}

TEST_F(BoardTest, EachSideHasOneHolderAndTheSidesDoNotMeet) {
  Board made = create();  // holds the agent's side
  Board agent = attach();
  EXPECT_EQ(agent.lock(Role::kAgent).error().fault, BoardFault::kInUse);
  {
    Board edge = attach();
    ASSERT_TRUE(edge.take_edge(2, 0).ok());
    EXPECT_EQ(edge.attaches(), 1u);
    Board second = attach();
    EXPECT_EQ(second.take_edge(2, 20 * kMillisecond).error().fault, BoardFault::kInUse);
    EXPECT_TRUE(made.held_by_other(Role::kEdge));
  }
  EXPECT_FALSE(made.held_by_other(Role::kEdge));
  EXPECT_TRUE(attach().take_edge(2, 0).ok());
}

// The agent holds the edge's side for a moment while it does a dead edge's work: a restart must not fail on that.
TEST_F(BoardTest, AnEdgeThatStartsMeanwhileWaitsForTheAgentToLetGo) {
  Board agent = create();
  ASSERT_TRUE(agent.lock(Role::kEdge).ok());
  std::thread dead_edges_work([&agent] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    agent.unlock(Role::kEdge);
  });
  EXPECT_TRUE(attach().take_edge(2, 0).ok());
  dead_edges_work.join();
}

TEST_F(BoardTest, AnotherNumberOfWorkersIsRefusedAndTheSideStaysFree) {
  const Board made = create();
  Board edge = attach();
  const auto taken = edge.take_edge(3, 0);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().fault, BoardFault::kWorkers);
  EXPECT_EQ(taken.error().detail, 2);
  EXPECT_FALSE(made.held_by_other(Role::kEdge));
}

TEST_F(BoardTest, AReplacedBoardCannotBeTaken) {
  const Board made = create();
  Board edge = attach();
  std::filesystem::remove(path());
  EXPECT_EQ(edge.take_edge(2, 0).error().fault, BoardFault::kMissing);
  EXPECT_FALSE(edge.still_at(path().c_str()));
  const auto next = Board::create(path().c_str(), small_spec());
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(edge.still_at(path().c_str()));
  EXPECT_TRUE(next->still_at(path().c_str()));
}

// The kernel drops a killed edge's lock; whoever comes next undoes what it had begun, on every core.
TEST_F(BoardTest, AKilledEdgesUnfinishedEventIsUndoneByTheNext) {
  Board made = create();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Board edge = attach();
    if (!edge.take_edge(2, 0).ok()) ::_exit(1);
    for (std::uint32_t core : {0u, 1u}) {
      Journal journal = edge.journal(core);
      journal.set(edge.core(core).control.position, std::uint64_t{10});
      journal.commit();
      journal.set(edge.core(core).control.position, std::uint64_t{11});
      journal.add(edge.core(core).counters[3], 1);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(made.core(0).control.position, 11u);
  Board edge = attach();
  ASSERT_TRUE(edge.take_edge(2, 0).ok());
  for (std::uint32_t core : {0u, 1u}) {
    EXPECT_EQ(edge.core(core).control.position, 10u);
    EXPECT_EQ(edge.core(core).counters[3], 0u);
  }
  EXPECT_EQ(edge.attaches(), 2u);
}

TEST_F(BoardTest, ADamagedJournalIsRefusedByTheNext) {
  Board made = create();
  made.core(1).record.count = kJournalEntriesMax + 1;
  EXPECT_EQ(attach().take_edge(2, 0).error().fault, BoardFault::kForeign);
}

TEST(AnonymousBoard, CarriesEventsBetweenCoresInOrder) {
  auto board = Board::create_anonymous(small_spec(3));
  ASSERT_TRUE(board.ok());
  auto event = std::make_unique<RingEvent>();
  for (std::uint64_t number = 1; number <= kHandoverEventsMax; ++number) {
    event->number = number;
    ASSERT_TRUE(board->ring(0, 2).push(*event));
  }
  EXPECT_FALSE(board->ring(0, 2).push(*event));
  EXPECT_EQ(board->ring(2, 0).read_available(), 0u);
  for (std::uint64_t number = 1; number <= kHandoverEventsMax; ++number) {
    ASSERT_TRUE(board->ring(0, 2).pop(*event));
    ASSERT_EQ(event->number, number);
  }
}

}  // namespace
}  // namespace bellrock::board
