// The tables of a click grid: every click is in a place or counted beside them, whatever comes and however full they
// are; what is not committed is not there; and what the agent reads is bounded whatever stands on the board.
#include "dataplane/journey/click_map.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <tuple>
#include <vector>

namespace bellrock::journey {
namespace {

constexpr std::uint32_t kPlaces = 64;
constexpr std::size_t kPages = 3;

class ClickMapTest : public testing::Test {
 protected:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  using Key = std::tuple<int, int, int, int>;
  using Counts = std::map<Key, std::uint64_t>;

  ClickMapTest() { map_ = std::make_unique<ClickMap>(tables(), kPlaces, journal_); }
  std::span<std::byte> tables() { return memory().subspan(sizeof(JournalRecord)); }
  std::span<std::byte> memory() { return std::as_writable_bytes(std::span(lines_)); }

  void count(std::uint8_t page, std::uint16_t place, ClickKind kind = ClickKind::kRage, std::uint8_t device = 1) {
    map_->count({.page = page, .device = device, .kind = kind, .place = place});
    journal_.commit();
  }
  bool read(std::uint64_t table = 0) {
    counts_.clear();
    sum_ = no_room_ = 0;
    return read_click_table(tables(), kPlaces, table, kPages, [this](const ClickCount& count) {
      const Click& click = count.click;
      EXPECT_TRUE(click.page >= 1 && click.page <= kPages && click.device < kDeviceNames.size());
      sum_ += count.n;
      if (count.no_room)
        no_room_ += count.n;
      else
        counts_[{click.page, click.device, static_cast<int>(click.kind), click.place}] += count.n;
    });
  }

  std::vector<Line> lines_ =
      std::vector<Line>((sizeof(JournalRecord) + ClickMap::bytes_needed(kPlaces)) / sizeof(Line) + 1);
  Journal journal_{memory().data(), memory().size(), reinterpret_cast<JournalRecord*>(memory().data())};
  std::unique_ptr<ClickMap> map_;
  Counts counts_;
  std::uint64_t sum_ = 0, no_room_ = 0;
};

TEST_F(ClickMapTest, CountsEachPlaceByPageDeviceAndKind) {
  count(1, 0);
  count(1, 0);
  count(1, 0, ClickKind::kDead);
  count(1, 0, ClickKind::kRage, 3);
  count(3, kClickPlaces - 1);
  count(2, kNoClickPlace);
  ASSERT_TRUE(read());
  EXPECT_EQ(counts_, (Counts{{{1, 1, 1, 0}, 2},
                             {{1, 1, 2, 0}, 1},
                             {{1, 3, 1, 0}, 1},
                             {{3, 1, 1, kClickPlaces - 1}, 1},
                             {{2, 1, 1, kNoClickPlace}, 1}}));
}

TEST_F(ClickMapTest, TheSumIsWhatCameHoweverFullItIs) {
  std::mt19937_64 random(5);
  std::uint64_t sent = 0;
  for (; sent < 20'000; ++sent) {
    const std::uint16_t place = random() % 9 == 0 ? kNoClickPlace : static_cast<std::uint16_t>(random() % 200);
    count(static_cast<std::uint8_t>(1 + random() % kPages), place, static_cast<ClickKind>(random() % kClickKinds),
          static_cast<std::uint8_t>(random() % kDeviceNames.size()));
  }
  ASSERT_TRUE(read());
  EXPECT_EQ(sum_, sent);
  EXPECT_GT(no_room_, 0u);
  EXPECT_EQ(map_->take_unrecorded(), sent);
  EXPECT_EQ(map_->take_unrecorded(), 0u) << "the counter has them";
}

TEST_F(ClickMapTest, OtherPagesTogetherHaveNoPlaces) {
  count(0, 7);
  EXPECT_TRUE(map_->empty());
}

TEST_F(ClickMapTest, AKillTakesBackWhatWasNotCommitted) {
  count(1, 7);
  map_->count({.page = 1, .kind = ClickKind::kDead, .place = 8});
  map_->count({.page = 1, .kind = ClickKind::kDead});
  ASSERT_TRUE(journal_.roll_back());
  ASSERT_TRUE(read());
  EXPECT_EQ(sum_, 1u);
  EXPECT_EQ(counts_.size(), 1u);
}

TEST_F(ClickMapTest, TheOtherTableIsAnotherPeriods) {
  count(1, 7);
  map_->enter(1);
  EXPECT_TRUE(map_->empty());
  count(2, 9);
  clear_click_table(tables(), kPlaces, 0);
  ASSERT_TRUE(read(0));
  EXPECT_EQ(sum_, 0u);
  ASSERT_TRUE(read(1));
  EXPECT_EQ(counts_, (Counts{{{2, 1, 1, 9}, 1}}));
}

TEST_F(ClickMapTest, WhatNobodyCanHaveCountedIsLeftOut) {
  std::mt19937_64 random(9);
  for (std::uint64_t round = 0; round < 200; ++round) {
    for (std::byte& byte : tables()) byte = static_cast<std::byte>(random() % 3 == 0 ? random() : 0);
    EXPECT_FALSE(read(round % 2)) << "but for what could be";
  }
}

TEST_F(ClickMapTest, MovesToATableThatIsSmallerWithoutLosingAClick) {
  for (std::uint16_t place = 0; place < 50; ++place) count(1, place);
  count(2, kNoClickPlace);
  (void)map_->take_unrecorded();
  journal_.commit();
  count(1, 0);
  std::vector<Line> lines((sizeof(JournalRecord) + ClickMap::bytes_needed(8)) / sizeof(Line) + 1);
  const auto bytes = std::as_writable_bytes(std::span(lines));
  Journal journal(bytes.data(), bytes.size(), reinterpret_cast<JournalRecord*>(bytes.data()));
  ClickMap small(bytes.subspan(sizeof(JournalRecord)), 8, journal);
  small.add_unseen(*map_, 0);
  std::uint64_t sum = 0, full = 0;
  ASSERT_TRUE(read_click_table(bytes.subspan(sizeof(JournalRecord)), 8, 0, kPages, [&](const ClickCount& count) {
    sum += count.n;
    full += count.no_room ? count.n : 0;
  }));
  EXPECT_EQ(sum, 52u);
  EXPECT_GE(full, 42u);
  EXPECT_EQ(small.take_unrecorded(), 1u);
}

}  // namespace
}  // namespace bellrock::journey
