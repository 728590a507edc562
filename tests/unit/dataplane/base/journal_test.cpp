#include "dataplane/base/journal.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace bellrock {
namespace {

struct alignas(8) Region {
  std::uint64_t words[64] = {};
  std::uint32_t halves[8] = {};
  std::uint16_t quarters[8] = {};
};

class JournalTest : public testing::Test {
 protected:
  Journal journal() { return Journal(reinterpret_cast<std::byte*>(&region_), sizeof region_, record_.get()); }
  Region region_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
};

TEST_F(JournalTest, CommittedChangesStay) {
  Journal j = journal();
  j.set(region_.words[3], std::uint64_t{7});
  j.add(region_.words[3], 2);
  j.commit();
  journal().roll_back();
  EXPECT_EQ(region_.words[3], 9u);
}

TEST_F(JournalTest, UncommittedChangesAreUndoneEvenWhenOneWordChangedTwice) {
  Journal j = journal();
  region_.words[3] = 5;
  j.set(region_.words[3], std::uint64_t{7});
  j.set(region_.words[3], std::uint64_t{8});
  journal().roll_back();
  EXPECT_EQ(region_.words[3], 5u);
}

TEST_F(JournalTest, FieldsSmallerThanAWordKeepTheirNeighbours) {
  Journal j = journal();
  region_.halves[0] = 1;
  region_.halves[1] = 2;
  region_.quarters[5] = 3;
  j.add(region_.halves[1], 10);
  j.set(region_.quarters[6], std::uint16_t{4});
  EXPECT_EQ(region_.halves[0], 1u);
  EXPECT_EQ(region_.halves[1], 12u);
  EXPECT_EQ(region_.quarters[5], 3u);
  EXPECT_EQ(region_.quarters[6], 4u);
  journal().roll_back();
  EXPECT_EQ(region_.halves[1], 2u);
  EXPECT_EQ(region_.quarters[6], 0u);
}

// A kill can fall between any two stores. The record is replayed as it was after each of them.
TEST_F(JournalTest, ARollBackAtAnyStoreGivesTheStateBeforeTheEvent) {
  std::mt19937_64 random(1);
  Journal j = journal();
  for (int event = 0; event < 200; ++event) {
    const Region before = region_;
    const int changes = 1 + static_cast<int>(random() % 20);
    for (int i = 0; i < changes; ++i) {
      j.set(region_.words[random() % 64], random());
      const Region at_kill = region_;
      const JournalRecord record_at_kill = *record_;
      ASSERT_TRUE(journal().roll_back());
      ASSERT_EQ(std::memcmp(region_.words, before.words, sizeof before.words), 0);
      region_ = at_kill;
      *record_ = record_at_kill;
    }
    j.commit();
  }
}

TEST_F(JournalTest, ADamagedRecordIsRefused) {
  record_->count = 1;
  record_->entries[0].offset = sizeof region_ + 8;
  EXPECT_FALSE(journal().roll_back());
  record_->count = kJournalEntriesMax + 1;
  EXPECT_FALSE(journal().roll_back());
}

}  // namespace
}  // namespace bellrock
