#include "dataplane/sketch/shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/unit/dataplane/sketch/shard_fixture.h"

namespace bellrock::sketch {
namespace {

constexpr CellKind kKind = CellKind::kOutcome;

std::uint64_t pending(TestShard& shard, EventCount what) { return shard.counters().pending(counter::id(what)); }

// Latencies as they are: a log-normal body, atoms at round values, a few far away.
Duration draw(std::mt19937_64& random) {
  static constexpr Duration kAtoms[] = {0, kMillisecond, 100 * kMillisecond, kSecond, 3 * kSecond};
  if (random() % 4 == 0) return kAtoms[random() % 5];
  if (random() % 50 == 0) return static_cast<Duration>(random() % (6'000 * kSecond));
  std::lognormal_distribution<double> body(std::log(0.12), 1.1);
  return static_cast<Duration>(body(random) * 1e9);
}

// What a plain map says the cell has to hold.
Totals exact(const std::vector<Duration>& values) {
  Totals totals;
  for (const Duration value : values) {
    const auto v = static_cast<std::uint64_t>(value);
    totals.min = totals.n == 0 ? v : std::min(totals.min, v);
    totals.max = std::max(totals.max, v);
    totals.sum += v;
    ++totals.n;
    const std::int32_t slot = slot_of(value);
    if (slot == kZeroSlot) {
      ++totals.zero;
    } else if (slot == kOverflowSlot) {
      ++totals.overflow;
    } else {
      ++totals.buckets[index_of_slot(slot)];
    }
  }
  return totals;
}

TEST(Shard, HoldsExactlyWhatWasAddedInEveryTier) {
  for (const std::size_t count : {1u, 5u, 31u, 32u, 33u, 34u, 100u, 5'000u}) {
    for (const bool reserved : {false, true}) {
      TestShard shard(16, 128);
      std::mt19937_64 random(count);
      const CellKey key = key_of(3, kKind, reserved ? CellScope::kTotal : CellScope::kDimensioned, 9);
      if (reserved) shard->reserve(key);
      std::vector<Duration> values(count);
      for (Duration& value : values) {
        value = draw(random);
        shard->add(key, value);
        shard.journal().commit();
      }
      EXPECT_EQ(shard.totals(), (AllTotals{{key, exact(values)}})) << count << " " << reserved;
      EXPECT_EQ(pending(shard, EventCount::kRecorded), count);
    }
  }
}

TEST(Shard, ACellThatOnlyCountsMeasuresNothing) {
  TestShard shard(8, 64);
  const CellKey key = key_of(1, CellKind::kStart);
  const std::uint32_t cell = shard->reserve(key);
  shard->count(key);
  shard->count_at(cell);
  EXPECT_EQ(shard.totals(), (AllTotals{{key, Totals{.n = 2, .buckets = {}}}}));
}

TEST(Shard, MoneyIsAddedUpAndHasNoHistogram) {
  TestShard shard(8, 64);
  const CellKey key = key_of(1, CellKind::kValue);
  const std::uint32_t cell = shard->reserve(key);
  shard->sum(key, 0);
  shard->sum_at(cell, kAmountMax);
  shard->sum(key, 1'999);
  EXPECT_EQ(shard.totals(), (AllTotals{{key, Totals{.n = 3, .sum = kAmountMax + 1'999, .buckets = {}}}}));
  EXPECT_EQ(pending(shard, EventCount::kRecorded), 3u);
}

TEST(Shard, ANegativeValueIsRejectedAndNotCounted) {
  TestShard shard(8, 64);
  const std::uint32_t cell = shard->reserve(key_of(1, kKind));
  shard->add(key_of(1, kKind), -1);
  shard->add_at(cell, -kHour);
  EXPECT_TRUE(shard.totals().empty());
  EXPECT_EQ(pending(shard, EventCount::kRecorded), 2u);
  EXPECT_EQ(pending(shard, EventCount::kValueRejected), 2u);
}

TEST(Shard, ReservedCellsKeepTheirNumbersOverARestart) {
  TestShard shard(64, 256);
  std::vector<std::uint32_t> first, again;
  for (unsigned j = 0; j < 4; ++j) first.push_back(shard->reserve(key_of(j, kKind)));
  shard->add_at(first[2], kSecond);
  shard.journal().commit();
  shard.reopen();
  for (unsigned j = 0; j < 4; ++j) again.push_back(shard->reserve(key_of(j, kKind)));
  EXPECT_EQ(first, again);
  shard->add_at(again[2], kSecond);
  EXPECT_EQ(shard.totals().at(key_of(2, kKind)), exact({kSecond, kSecond}));
}

// Series that find no cell, and values that find no page, are counted in the overflow cell; the total is right.
class Overflow : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};
INSTANTIATE_TEST_SUITE_P(CellsAndPooledPages, Overflow,
                         testing::Values(std::pair{2u, 1'000u}, std::pair{7u, 1'000u}, std::pair{64u, 0u},
                                         std::pair{64u, 1u}, std::pair{64u, 20u}));

TEST_P(Overflow, NothingIsLostWhenCellsOrPagesRunOut) {
  const auto [cells, pooled] = GetParam();
  TestShard shard(cells, 2 * kOctaves + pooled);
  const std::uint32_t total = shard->reserve(key_of(0, kKind));
  shard->reserve(key_of(0, kKind, CellScope::kOverflow));
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const Duration value = draw(random);
    shard->add_at(total, value);
    shard->add(key_of(0, kKind, CellScope::kDimensioned, static_cast<unsigned>(random() % 40)), value);
    shard.journal().commit();
  }
  const AllTotals all = shard.totals();
  Totals parts;
  for (const auto& [key, totals] : all) {
    if (key.scope == CellScope::kTotal) continue;
    CellCounts counts{.key = key,
                      .n = totals.n,
                      .sum_ns = totals.sum,
                      .min_ns = totals.min,
                      .max_ns = totals.max,
                      .zero = totals.zero,
                      .overflow = totals.overflow,
                      .buckets = {},
                      .measured = true};
    counts.buckets.assign(totals.buckets.begin(), totals.buckets.end());
    parts.merge(counts);
  }
  EXPECT_EQ(parts, all.at(key_of(0, kKind)));
  EXPECT_EQ(pending(shard, EventCount::kSeriesOverflow), all.at(key_of(0, kKind, CellScope::kOverflow)).n);
  EXPECT_EQ(pending(shard, EventCount::kValueRejected), 0u);
  EXPECT_EQ(pending(shard, EventCount::kRecorded), 40'000u);
}

TEST(Shard, WithoutAnOverflowCellAValueIsRejectedNotLost) {
  TestShard shard(1, 0);
  shard->add(key_of(0, kKind), kSecond);
  shard->add(key_of(1, kKind), kSecond);
  shard->count(key_of(1, CellKind::kStart));
  EXPECT_EQ(pending(shard, EventCount::kRecorded), 3u);
  EXPECT_EQ(pending(shard, EventCount::kValueRejected), 2u);
  EXPECT_EQ(shard.totals().size(), 1u);
}

TEST(Shard, AClearedBankIsAllZeroAndServesAgain) {
  TestShard shard(64, 512);
  const std::uint32_t total = shard->reserve(key_of(0, kKind));
  std::mt19937_64 random(5);
  for (int round = 0; round < 6; ++round) {
    const unsigned bank = round & 1;
    shard->set_active(bank);
    std::vector<Duration> values(round % 2 == 0 ? 3'000 : 20);
    for (Duration& value : values) {
      value = draw(random);
      shard->add_at(total, value);
      shard->add(key_of(0, kKind, CellScope::kDimensioned, 7), value);
      shard.journal().commit();
    }
    EXPECT_EQ(shard.totals(bank).at(key_of(0, kKind)), exact(values));
    EXPECT_EQ(shard.totals(bank).at(key_of(0, kKind, CellScope::kDimensioned, 7)), exact(values));
    shard.reader().clear(bank);
    const std::span<std::byte> memory = shard.memory().banks[bank];
    EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::byte b) { return b == std::byte{0}; }));
    EXPECT_FALSE(shard.reader().any(bank));
  }
}

TEST(Shard, LittleRoomForPagesShowsBeforeItEnds) {
  TestShard shard(64, 64);
  bool was_low = false;
  for (unsigned series = 0; series < 8; ++series) {
    for (int i = 0; i < 40; ++i) {
      shard->add(key_of(0, kKind, CellScope::kDimensioned, series), kMicrosecond << (i % 20));
      was_low = was_low || (shard->pages_low() && pending(shard, EventCount::kSeriesOverflow) == 0);
    }
    shard.journal().commit();
  }
  EXPECT_TRUE(was_low);
  EXPECT_GT(pending(shard, EventCount::kSeriesOverflow), 0u);
}

// However the same values are spread over shards and windows, the sums are the same, byte for byte.
TEST(Shard, FiveShardingsGiveIdenticalSeries) {
  std::mt19937_64 random(23);
  std::vector<std::pair<CellKey, Duration>> values;
  for (int i = 0; i < 30'000; ++i) {
    const auto scope = random() % 2 == 0 ? CellScope::kTotal : CellScope::kDimensioned;
    values.emplace_back(key_of(static_cast<unsigned>(random() % 3), kKind, scope, static_cast<unsigned>(random() % 20)),
                        draw(random));
  }
  AllTotals expected;
  for (const std::size_t shards : {1u, 2u, 3u, 4u, 7u}) {
    std::vector<std::unique_ptr<TestShard>> parts;
    for (std::size_t i = 0; i < shards; ++i) parts.push_back(std::make_unique<TestShard>(128, 2'048));
    std::shuffle(values.begin(), values.end(), random);
    for (const auto& [key, value] : values) {
      TestShard& shard = *parts[random() % shards];
      shard->set_active(static_cast<unsigned>(random() & 1));
      shard->add(key, value);
      shard.journal().commit();
    }
    AllTotals sum;
    std::shuffle(parts.begin(), parts.end(), random);
    for (const auto& part : parts) {
      const unsigned first = random() & 1;
      part->totals_of(first, sum);
      part->totals_of(1 - first, sum);
    }
    if (expected.empty()) expected = sum;
    EXPECT_EQ(sum, expected) << shards << " shards";
  }
}

// Estimate 2lu/(l+u) of the bucket that holds the rank, clamped to [min, max], against a full sort.
double estimate(const Totals& totals, std::uint64_t rank) {
  std::uint64_t passed = totals.zero;
  if (rank <= passed) return static_cast<double>(totals.min);
  for (const auto& [index, count] : totals.buckets) {
    passed += count;
    if (rank > passed) continue;
    const double l = std::exp2(index / 64.0) * 1e9, u = std::exp2((index + 1) / 64.0) * 1e9;
    return std::clamp(2 * l * u / (l + u), static_cast<double>(totals.min), static_cast<double>(totals.max));
  }
  return static_cast<double>(totals.max);
}

TEST(Shard, QuantilesOfAtomsAreWithinHalfAPercent) {
  std::mt19937_64 random(31);
  for (int round = 0; round < 40; ++round) {
    TestShard shard(4, 64);
    const std::uint32_t cell = shard->reserve(key_of(0, kKind));
    // A few atoms anywhere in the range: the whole mass of a bucket may sit at its edge.
    std::vector<Duration> atoms(1 + random() % 12);
    for (Duration& atom : atoms) atom = 1'000 + static_cast<Duration>(random() % (1ull << (11 + random() % 31)));
    std::vector<Duration> values(2'000);
    for (Duration& value : values) {
      value = atoms[random() % atoms.size()];
      shard->add_at(cell, value);
      shard.journal().commit();
    }
    std::sort(values.begin(), values.end());
    const Totals totals = shard.totals().begin()->second;
    for (std::uint64_t rank = 1; rank <= values.size(); rank += 13) {
      const auto truth = static_cast<double>(values[rank - 1]);
      ASSERT_LE(std::abs(estimate(totals, rank) - truth), 0.0055 * truth) << truth;
    }
  }
}

TEST(Shard, OneAddNeedsNoMoreJournalThanItSays) {
  TestShard shard(8, 256);
  const CellKey key = key_of(0, kKind, CellScope::kDimensioned);
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t room = shard.journal().room();
    shard->add(key, Duration{1'000} << (i % 32));  // every octave
    most = std::max(most, room - shard.journal().room());
    shard.journal().commit();
  }
  EXPECT_LE(most, Shard::kJournalWordsMax);
  EXPECT_GT(most, 40u);  // the promotion was among them
}

}  // namespace
}  // namespace bellrock::sketch
