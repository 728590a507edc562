#include "control/agent/spool.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

constexpr std::uint64_t kRoomy = 64 * 1024 * 1024;

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> open(std::uint64_t bytes_max = kRoomy) { return open_at(directory_.path(), bytes_max); }
  static std::unique_ptr<Spool> open_at(const std::string& path, std::uint64_t bytes_max = kRoomy) {
    auto spool = Spool::open(path, bytes_max);
    CHECK(spool.ok());
    return std::move(spool).value();
  }
  static void append(Spool& spool, std::uint64_t starts, unsigned padding = 0) {
    Ledger ledger = new_ledger({}, 1, true);
    ledger.board_id.fill(1);
    ledger.epochs = {starts};
    const auto appended = spool.append(frame_of(starts, padding), ledger, {{0, starts, 100}});
    ASSERT_TRUE(appended.ok()) << appended.error().message;
  }
  static control::DeltaFrame next_frame(Spool& spool) {
    const auto next = spool.next();
    CHECK(next.ok() && next->has_value());
    auto decoded = proto::decode((*next)->bytes);
    CHECK(decoded.ok());
    return std::move(decoded->frame);
  }
  static std::uint64_t next_number(Spool& spool) { return (*spool.next())->number; }
  static bool is_empty(Spool& spool) { return !spool.next()->has_value(); }
  [[nodiscard]] std::vector<std::string> segments() const {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(directory_.file("spool"))) files.push_back(file.path());
    std::sort(files.begin(), files.end());
    return files;
  }
  TestDirectory directory_;
};

TEST_F(SpoolTest, FramesLeaveInOrderAlsoAfterARestart) {
  auto spool = open();
  for (std::uint64_t i = 1; i <= 5; ++i) append(*spool, i);
  EXPECT_EQ(next_frame(*spool).recorded, 1u);
  EXPECT_EQ(next_frame(*spool).recorded, 1u);  // until it is settled
  spool->accepted(next_number(*spool));
  spool.reset();
  spool = open();
  for (std::uint64_t i = 2; i <= 5; ++i) {
    const control::DeltaFrame frame = next_frame(*spool);
    EXPECT_EQ(frame.recorded, i);
    EXPECT_EQ(frame.seq, i);
    EXPECT_EQ(frame.boot, spool->boot());
    spool->accepted(next_number(*spool));
  }
  EXPECT_TRUE(is_empty(*spool));
}

TEST_F(SpoolTest, SequenceAndLedgerOutliveAnEmptySpool) {
  auto spool = open();
  const control::Id128 boot = spool->boot();
  for (std::uint64_t i = 1; i <= 3; ++i) append(*spool, i);
  while (!is_empty(*spool)) spool->accepted(next_number(*spool));
  spool.reset();
  spool = open();
  EXPECT_EQ(spool->boot(), boot);
  EXPECT_EQ(spool->ledger().epochs, (std::vector<std::uint64_t>{3}));
  append(*spool, 4);
  EXPECT_EQ(next_frame(*spool).seq, 4u);
}

TEST_F(SpoolTest, AFrameSaysWhatIsTheOldestHeld) {
  auto spool = open();
  for (std::uint64_t i = 1; i <= 3; ++i) append(*spool, i);
  spool->accepted(next_number(*spool));
  append(*spool, 4);
  spool->accepted(next_number(*spool));
  spool->accepted(next_number(*spool));
  const control::DeltaFrame last = next_frame(*spool);
  EXPECT_EQ(last.seq, 4u);
  EXPECT_EQ(last.oldest_seq_held, 2u);
}

TEST_F(SpoolTest, OneStateDirectoryHasOneAgent) {
  const auto spool = open();
  const auto second = Spool::open(directory_.path(), kRoomy);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().error, EWOULDBLOCK);
}

TEST_F(SpoolTest, ATornLastRecordIsCutOffAndItsNumberUsedAgain) {
  auto spool = open();
  for (std::uint64_t i = 1; i <= 3; ++i) append(*spool, i);
  spool.reset();
  const std::string segment = segments().at(0);
  std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 5);
  spool = open();
  EXPECT_EQ(spool->status().damaged_segments, 1u);
  EXPECT_EQ(spool->ledger().epochs, (std::vector<std::uint64_t>{2}));  // so bank 3 is harvested again
  append(*spool, 30);
  for (const std::uint64_t recorded : {1u, 2u, 30u}) {
    const control::DeltaFrame frame = next_frame(*spool);
    EXPECT_EQ(frame.recorded, recorded);
    EXPECT_TRUE(frame.lost.empty());
    spool->accepted(next_number(*spool));
  }
}

// A bounded spool: the oldest frames that were never sent go; the centre learns their numbers from the next frames.
TEST_F(SpoolTest, AFullSpoolGivesUpTheOldestAndDeclaresThem) {
  constexpr std::uint64_t kBytesMax = 1024 * 1024;
  auto spool = open(kBytesMax);
  Centre centre;
  append(*spool, 1);
  ASSERT_EQ(next_frame(*spool).seq, 1u);  // sent, but no answer came: it may have been applied, so it stays
  std::uint64_t appended = 1;
  while (spool->status().lost_frames < 100) append(*spool, ++appended, 100);
  EXPECT_LE(spool->status().bytes, kBytesMax);
  spool.reset();
  spool = open(kBytesMax);
  append(*spool, ++appended, 100);
  std::set<std::uint64_t> arrived;
  while (!is_empty(*spool)) {
    arrived.insert(next_frame(*spool).seq);
    const auto next = spool->next();
    EXPECT_EQ(centre.take((*next)->bytes), proto::ReplyResult::kApplied);
    spool->accepted((*next)->number);
  }
  EXPECT_TRUE(arrived.contains(1));
  std::set<std::uint64_t> declared;
  for (const auto& [boot, first, last] : centre.lost()) {
    for (std::uint64_t seq = first; seq <= last; ++seq) declared.insert(seq);
  }
  for (std::uint64_t seq = 1; seq <= appended; ++seq) EXPECT_NE(arrived.contains(seq), declared.contains(seq)) << seq;
  append(*spool, 1);
  EXPECT_TRUE(next_frame(*spool).lost.empty());  // the centre knows by now
}

TEST_F(SpoolTest, ARefusedFrameIsKeptAsideAndHoldsUpNothing) {
  auto spool = open();
  append(*spool, 1);
  append(*spool, 2);
  const auto frame = spool->next();
  ASSERT_TRUE(spool->refused((*frame)->number).ok());
  EXPECT_EQ(next_frame(*spool).recorded, 2u);
  append(*spool, 3);
  spool->accepted(next_number(*spool));
  const control::DeltaFrame last = next_frame(*spool);
  ASSERT_EQ(last.lost.size(), 1u);
  EXPECT_EQ(last.lost[0].first, 1u);
  const auto kept = std::filesystem::directory_iterator(directory_.file("quarantine"))->path();
  EXPECT_EQ(*read_file(kept.string()), std::string(text((*frame)->bytes)));
}

TEST_F(SpoolTest, AfterAConflictEverythingGoesOnUnderANewBoot) {
  auto spool = open();
  for (std::uint64_t i = 1; i <= 4; ++i) append(*spool, i);
  const control::Id128 first_boot = spool->boot();
  spool->accepted(next_number(*spool));
  ASSERT_TRUE(spool->conflict(next_number(*spool)).ok());
  EXPECT_NE(spool->boot(), first_boot);
  const control::Id128 second_boot = spool->boot();
  spool.reset();
  spool = open();
  append(*spool, 5);
  for (std::uint64_t i = 2; i <= 5; ++i) {
    const control::DeltaFrame frame = next_frame(*spool);
    EXPECT_EQ(frame.boot, second_boot);
    EXPECT_EQ(frame.seq, i - 1);
    EXPECT_EQ(frame.recorded, i);
    spool->accepted(next_number(*spool));
  }
  EXPECT_TRUE(is_empty(*spool));
  EXPECT_EQ(spool->ledger().epochs, (std::vector<std::uint64_t>{5}));
}

// A kill while frames get their new identities: some copies exist, some do not. Each count still goes out once.
TEST_F(SpoolTest, AKillDuringAChangeOfBootNeitherLosesNorDoublesAFrame) {
  auto spool = open();
  for (std::uint64_t i = 1; i <= 4; ++i) append(*spool, i);
  spool->accepted(next_number(*spool));
  const auto conflicting = next_number(*spool);
  const std::string progress = **read_file(directory_.file("progress"));
  const std::uint64_t bytes_before = spool->status().bytes;
  ASSERT_TRUE(spool->conflict(conflicting).ok());
  const std::uint64_t bytes_after = spool->status().bytes;
  spool.reset();
  for (std::uint64_t cut = bytes_before; cut <= bytes_after; cut += 7) {
    TestDirectory copy;
    std::filesystem::copy(directory_.path(), copy.path(), std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy.file("spool/" + std::filesystem::path(segments()[0]).filename().string()), cut);
    std::ofstream(copy.file("progress"), std::ios::binary) << progress;
    auto killed = open_at(copy.path());
    std::multiset<std::uint64_t> arrived;
    while (!is_empty(*killed)) {
      const control::DeltaFrame frame = next_frame(*killed);
      EXPECT_EQ(frame.boot, killed->boot());
      EXPECT_TRUE(frame.lost.empty());
      arrived.insert(frame.recorded);
      killed->accepted(next_number(*killed));
    }
    EXPECT_EQ(arrived, (std::multiset<std::uint64_t>{2, 3, 4})) << cut;
  }
}

TEST_F(SpoolTest, NumbersAreNotUsedAgainWhenTheRecordsAreGone) {
  auto spool = open();
  const control::Id128 boot = spool->boot();
  append(*spool, 1);
  spool->accepted(next_number(*spool));
  spool.reset();
  std::filesystem::remove_all(directory_.file("spool"));
  spool = open();
  EXPECT_NE(spool->boot(), boot);
}

// Whatever the disk did to the files: it opens, every frame it hands out is whole, none comes twice, and frames that
// are gone from the middle are declared lost.
TEST_F(SpoolTest, DamagedFilesLoseOnlyWhatWasInThem) {
  {
    auto spool = open(1024 * 1024);
    for (std::uint64_t i = 1; i <= 200; ++i) append(*spool, i, 90);
  }
  ASSERT_GT(segments().size(), 2u);
  std::mt19937_64 random(12);
  for (int round = 0; round < 60; ++round) {
    TestDirectory copy;
    std::filesystem::copy(directory_.path(), copy.path(), std::filesystem::copy_options::recursive);
    const auto all = segments();
    const std::string victim =
        copy.file("spool/" + std::filesystem::path(all[random() % all.size()]).filename().string());
    std::fstream file(victim, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(random() % std::filesystem::file_size(victim)));
    file.put(static_cast<char>(random())).flush();
    auto spool = open_at(copy.path(), 1024 * 1024);
    append(*spool, 1, 0);
    std::set<std::uint64_t> arrived, declared;
    while (!is_empty(*spool)) {
      const control::DeltaFrame frame = next_frame(*spool);
      EXPECT_TRUE(arrived.insert(frame.seq).second);
      for (const auto& range : frame.lost) {
        for (std::uint64_t seq = range.first; seq <= range.last; ++seq) declared.insert(seq);
      }
      spool->accepted(next_number(*spool));
    }
    const std::uint64_t last = *arrived.rbegin();
    // The first segment's loss has no record before it to tell how many there were.
    for (std::uint64_t seq = *arrived.begin(); seq <= last; ++seq) {
      EXPECT_NE(arrived.contains(seq), declared.contains(seq)) << seq << " in round " << round;
    }
  }
}

}  // namespace
}  // namespace bellrock::agent
