#include "dataplane/sketch/bank_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/sketch/shard_fixture.h"

namespace bellrock::sketch {
namespace {

void fill(TestShard& shard) {
  const std::uint32_t total = shard->reserve(key_of(0, CellKind::kOutcome));
  const std::uint32_t starts = shard->reserve(key_of(0, CellKind::kStart));
  std::mt19937_64 random(9);
  for (int i = 0; i < 300; ++i) {
    const auto value = static_cast<Duration>(random() % kMinute);
    shard->count_at(starts);
    shard->add_at(total, value);
    shard->add(key_of(0, CellKind::kOutcome, CellScope::kDimensioned, static_cast<unsigned>(i % 3 == 0 ? 50 + i : 1)),
               value);
    shard.journal().commit();
  }
}

// Runs under the address sanitizer too: whatever a word says, nothing outside the bank is touched.
TEST(BankReader, WhateverAnyWordSaysItStaysInsideAndGivesOnlyWholeCells) {
  TestShard shard(128, 2 * kOctaves + 16);
  fill(shard);
  const std::span<std::byte> region = shard.region();
  const std::vector<std::byte> good(region.begin(), region.end());
  std::mt19937_64 random(17);
  std::size_t refused = 0;
  for (std::size_t at = 0; at + 8 <= region.size(); at += 8) {
    const std::uint64_t values[] = {~std::uint64_t{0}, random(), 0x8000'8000'8000'8000, random() % 70'000};
    const std::uint64_t value = values[random() % 4];
    std::memcpy(region.data() + at, &value, 8);
    BankReader reader = shard.reader();
    CellCounts counts;
    for (std::uint32_t cell = 0; cell < reader.used(); ++cell) {
      const Result<bool> read = reader.read(0, cell, counts);
      if (!read.ok()) {
        ++refused;
        EXPECT_EQ(read.error().detail, cell);
        continue;
      }
      if (!*read) continue;
      std::uint64_t sum = counts.zero + counts.overflow;
      for (const auto& [index, count] : counts.buckets) sum += count;
      ASSERT_TRUE(sum == counts.n || (sum == 0 && counts.sum_ns == 0));
      ASSERT_LE(counts.min_ns, counts.max_ns);
    }
    if (at % 64 == 0) {
      reader.clear(0);
      reader.clear(1);
    }
    std::copy(good.begin(), good.end(), region.begin());
  }
  EXPECT_GT(refused, 100u);
}

TEST(BankReader, ACellWhosePageIsOutsideIsDamaged) {
  TestShard shard(8, 64);
  const CellKey key = key_of(0, CellKind::kOutcome, CellScope::kDimensioned, 1);
  for (int i = 0; i < 40; ++i) shard->add(key, kSecond);
  shard.journal().commit();
  CellCounts counts;
  ASSERT_TRUE(*shard.reader().read(0, 0, counts));
  EXPECT_EQ(counts.n, 40u);
  BankView bank = view_bank(shard.memory().banks[0], 8, 64);
  for (std::uint16_t& page : bank.cells[0].places.at) {
    if (page != 0) page = 65;
  }
  EXPECT_FALSE(shard.reader().read(0, 0, counts).ok());
}

TEST(BankReader, SumsThatNoValuesCouldHaveGivenAreDamage) {
  TestShard shard(8, 64);
  shard->add(key_of(0, CellKind::kOutcome), kSecond);
  shard->add(key_of(0, CellKind::kOutcome), 2 * kSecond);
  shard.journal().commit();
  CellCounts counts;
  BankView bank = view_bank(shard.memory().banks[0], 8, 64);
  ASSERT_TRUE(shard.reader().read(0, 0, counts).ok());
  bank.cells[0].sum_ns = 5 * kSecond;
  EXPECT_FALSE(shard.reader().read(0, 0, counts).ok());
  bank.cells[0].sum_ns = 3 * kSecond;
  bank.cells[0].n = 3;
  EXPECT_FALSE(shard.reader().read(0, 0, counts).ok());
}

TEST(BankReader, MoreMoneyThanWasCountedIsDamage) {
  TestShard shard(8, 64);
  shard->sum(key_of(0, CellKind::kValue), 1'999);
  shard.journal().commit();
  CellCounts counts;
  BankView bank = view_bank(shard.memory().banks[0], 8, 64);
  ASSERT_TRUE(shard.reader().read(0, 0, counts).ok());
  EXPECT_EQ(counts.sum_ns, 1'999u);
  bank.cells[0].sum_ns = kAmountMax + 1;
  EXPECT_FALSE(shard.reader().read(0, 0, counts).ok());
  bank.cells[0].sum_ns = 1'999;
  bank.cells[0].zero = 1;
  EXPECT_FALSE(shard.reader().read(0, 0, counts).ok()) << "money is not measured";
}

}  // namespace
}  // namespace bellrock::sketch
