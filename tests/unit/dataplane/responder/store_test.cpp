// Bytes that wait: against a painted strip of memory, under pressure, and at their bounds.
#include "dataplane/responder/store.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace bellrock::responder {
namespace {

// 32 bits at a time.
struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
  std::mt19937 engine;
};

std::vector<std::uint8_t> pattern(std::uint32_t begin, std::size_t count, std::uint8_t salt = 0) {
  std::vector<std::uint8_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>((begin + i) * 31 + salt);
  return out;
}

FlowKey key(std::uint32_t port) { return {{0, port}, port << 16 | 80, 0, 0}; }

TEST(Store, GivesBackWhatAPaintedStripHolds) {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    Table table(4, {1, 2});
    Store store(256 * 2'048, table);
    const ConnectionIndex owner = table.acquire(key(1));
    Connection& c = table[owner];
    const std::uint32_t base = round % 2 == 0 ? 0xfffffe00u : 1'000u;
    std::map<std::uint32_t, std::uint8_t> strip;  // offset to the first byte painted there
    std::uint64_t evicted = 0;
    for (int i = 0; i < 60; ++i) {
      const std::uint32_t offset = 1 + random() % 6'000;
      const std::size_t count = 1 + random() % (round % 3 == 0 ? 4u : 1'500u);
      const auto salt = static_cast<std::uint8_t>(random());
      std::array<Range, kRangesMax> ranges;
      const bool may_refuse = store.ranges(c, ranges) == kRangesMax;
      const Kept kept = store.insert(owner, base + offset, pattern(offset, count, salt), false, evicted);
      if (kept == Kept::kFull) {
        ASSERT_TRUE(may_refuse);
        // A part of it may have been kept: what is there is read back below, so paint by what the store says.
        break;
      }
      for (std::size_t k = 0; k < count; ++k)
        strip.emplace(static_cast<std::uint32_t>(offset + k), static_cast<std::uint8_t>((offset + k) * 31 + salt));
    }
    std::size_t checked = 0;
    while (c.held != kNoBlock) {
      const Store::Front front = store.front(c);
      for (std::size_t k = 0; k < front.bytes.size(); ++k) {
        const auto at = strip.find(front.sequence - base + static_cast<std::uint32_t>(k));
        if (at == strip.end()) break;  // of the refused one
        ASSERT_EQ(front.bytes[k], at->second);
        ++checked;
      }
      store.consume(c, front.bytes.size());
    }
    EXPECT_LE(checked, strip.size());
    EXPECT_EQ(checked, strip.size());
    EXPECT_EQ(store.free_blocks(), store.blocks());
  }
}

TEST(Store, TakesBlocksOfOthersWhenItIsFull) {
  Table table(8, {1, 2});
  Store store(4 * 2'048, table);
  std::uint64_t evicted = 0;
  std::array<ConnectionIndex, 5> owners{};
  for (std::uint32_t i = 0; i < owners.size(); ++i) owners[i] = table.acquire(key(i));
  for (const ConnectionIndex owner : owners)
    EXPECT_EQ(store.insert(owner, 100, pattern(0, 10), false, evicted), Kept::kNew);
  EXPECT_EQ(evicted, 1U);
  std::size_t holders = 0;
  for (const ConnectionIndex owner : owners) holders += table[owner].held != kNoBlock ? 1U : 0U;
  EXPECT_EQ(holders, 4U);
}

TEST(Store, RefusesItsOwnBytesRatherThanEvictItself) {
  Table table(2, {1, 2});
  Store store(2 * 2'048, table);
  std::uint64_t evicted = 0;
  const ConnectionIndex owner = table.acquire(key(1));
  EXPECT_EQ(store.insert(owner, 100, pattern(0, 10), false, evicted), Kept::kNew);
  EXPECT_EQ(store.insert(owner, 300, pattern(0, 10), false, evicted), Kept::kNew);
  EXPECT_EQ(store.insert(owner, 500, pattern(0, 10), false, evicted), Kept::kFull);
  EXPECT_EQ(evicted, 0U);
}

TEST(Store, DescendingBytesMeetTheBoundOfBlocks) {
  Table table(2, {1, 2});
  Store store(256 * 2'048, table);
  std::uint64_t evicted = 0;
  const ConnectionIndex owner = table.acquire(key(1));
  std::uint32_t kept = 0;
  for (std::uint32_t at = 10'000; at > 9'000; --at) {
    if (store.insert(owner, at, pattern(at, 1), false, evicted) == Kept::kNew) ++kept;
  }
  EXPECT_EQ(kept, kBlocksMax);
  EXPECT_EQ(store.blocks() - store.free_blocks(), kBlocksMax);
  store.clear(table[owner]);
  EXPECT_EQ(store.free_blocks(), store.blocks());
}

TEST(Store, ForgetsWhatLiesBeforeANumber) {
  Table table(2, {1, 2});
  Store store(16 * 2'048, table);
  std::uint64_t evicted = 0;
  const ConnectionIndex owner = table.acquire(key(1));
  Connection& c = table[owner];
  (void)store.insert(owner, 100, pattern(100, 50), false, evicted);
  (void)store.insert(owner, 200, pattern(200, 50), true, evicted);
  store.discard_before(c, 210);
  EXPECT_EQ(store.begin(c), 210U);
  EXPECT_EQ(store.front(c).bytes.size(), 40U);
  EXPECT_TRUE(store.front(c).fin);
}

}  // namespace
}  // namespace bellrock::responder
