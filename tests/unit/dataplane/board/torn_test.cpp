// Boards whose file is cut or overwritten while they are attached.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dataplane/board/board.h"
#include "dataplane/board/mapping_guard.h"
#include "tests/unit/dataplane/board/board_fixture.h"

namespace bellrock::board {
namespace {

class TornBoard : public testing::Test {
 protected:
  TornBoard() : board_(std::move(*Board::create(path().c_str(), small_spec()))) { survive_torn_boards(); }
  [[nodiscard]] std::string path() const { return directory_.file("board"); }
  void cut(std::uintmax_t bytes) const { std::filesystem::resize_file(path(), bytes); }

  TestDirectory directory_;
  Board board_;
};

TEST_F(TornBoard, IsKnownBeforeItIsTouched) {
  EXPECT_FALSE(board_.torn());
  cut(std::filesystem::file_size(path()) - 1);
  EXPECT_TRUE(board_.torn());
}

TEST_F(TornBoard, ReadsAsZerosAndTakesWritesThatNobodySees) {
  board_.core(1).control.position = 77;
  cut(0);
  EXPECT_EQ(board_.core(1).control.position, 0u);
  board_.core(1).control.position = 78;
  EXPECT_EQ(board_.core(1).control.position, 78u);
  EXPECT_TRUE(board_.torn());
  EXPECT_EQ(std::filesystem::file_size(path()), 0u);
}

TEST_F(TornBoard, IsKnownThoughTheFileGotItsLengthBack) {
  const auto bytes = std::filesystem::file_size(path());
  cut(0);
  EXPECT_EQ(board_.core(0).control.position, 0u);
  cut(bytes);
  EXPECT_TRUE(board_.torn());

  Board another = std::move(*Board::create(directory_.file("another").c_str(), small_spec()));
  EXPECT_FALSE(another.torn());
  std::filesystem::resize_file(directory_.file("another"), 0);  // and nothing is touched meanwhile
  std::filesystem::resize_file(directory_.file("another"), bytes);
  EXPECT_TRUE(another.torn());
}

TEST_F(TornBoard, LeavesOtherBoardsAlone) {
  Board another = std::move(*Board::create(directory_.file("another").c_str(), small_spec()));
  another.core(0).control.position = 5;
  cut(0);
  EXPECT_EQ(board_.core(0).control.position, 0u);
  EXPECT_EQ(another.core(0).control.position, 5u);
  EXPECT_FALSE(another.torn());
}

TEST_F(TornBoard, IsStillKnownWhenItHasMoved) {
  cut(0);
  EXPECT_EQ(board_.core(0).control.position, 0u);
  const Board moved = std::move(board_);
  EXPECT_TRUE(moved.torn());
}

TEST_F(TornBoard, IsNotMovedToAnotherNumberOfWorkers) {
  BoardSpec spec = small_spec();
  spec.sizes.workers = 1;
  cut(std::filesystem::file_size(path()) - 1);
  const auto made = Board::create_from(path().c_str(), spec, board_, {});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, BoardFault::kTorn) << made.error().what;
}

TEST_F(TornBoard, DiscardedIsGoneForEverybody) {
  Board other = std::move(*Board::attach(path().c_str()));
  board_.discard(path().c_str());
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_TRUE(other.torn());
}

TEST_F(TornBoard, DiscardingLeavesAFileOfThatNameThatIsAnother) {
  std::filesystem::remove(path());
  std::ofstream(path()) << "mine";
  board_.discard(path().c_str());
  EXPECT_EQ(std::filesystem::file_size(path()), 4u);
}

TEST_F(TornBoard, EndsAnEdgeWithAPlainMessage) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        die_of_torn_boards(10);
        cut(0);
        std::fprintf(stderr, "%llu", static_cast<unsigned long long>(board_.core(0).control.position));
      },
      testing::ExitedWithCode(10), "the board's file was cut by another process");
}

TEST(BoardError, SaysTheSystemsReason) {
  const TestDirectory directory;
  const auto missing = Board::attach(directory.file("none").c_str());
  EXPECT_EQ(to_text(missing.error()), "cannot open the board: No such file or directory");
  std::filesystem::create_symlink("elsewhere", directory.file("link"));
  EXPECT_EQ(to_text(Board::attach(directory.file("link").c_str()).error()),
            "cannot open the board: Too many levels of symbolic links");
}

TEST(BoardError, TakesNoOtherNumberForAReasonOfTheSystem) {
  EXPECT_EQ(to_text({.fault = BoardFault::kInUse, .what = "a bank is not drained", .detail = 2}),
            "a bank is not drained");
}

}  // namespace
}  // namespace bellrock::board
