#include "dataplane/http/byte_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace bellrock::http {
namespace {

std::string all_of(const BytePool& pool, const Chain& chain) {
  std::string out(chain.bytes, 0);
  pool.copy(chain, 0, chain.bytes, reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

TEST(BytePool, KeepsWhatWasAppendedWhateverTheOrder) {
  std::mt19937_64 random(3);
  BytePool pool(40);
  std::vector<Chain> chains(4);
  std::vector<std::string> expected(4);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t which = random() % 4;
    if (random() % 8 == 0) {
      pool.clear(chains[which]);
      expected[which].clear();
      continue;
    }
    const std::string more(random() % 3'000, static_cast<char>('a' + random() % 26));
    const std::size_t before = pool.free_blocks();
    if (pool.append(chains[which], bytes(more), static_cast<std::uint32_t>(which))) {
      expected[which] += more;
    } else {
      ASSERT_EQ(pool.free_blocks(), before);
    }
    ASSERT_EQ(all_of(pool, chains[which]), expected[which]);
    if (!expected[which].empty()) {
      const std::size_t offset = random() % expected[which].size();
      std::string part(expected[which].size() - offset, 0);
      pool.copy(chains[which], offset, part.size(), reinterpret_cast<std::uint8_t*>(part.data()));
      ASSERT_EQ(part, expected[which].substr(offset));
    }
  }
  for (Chain& chain : chains) pool.clear(chain);
  EXPECT_EQ(pool.free_blocks(), 40u);
}

TEST(BytePool, RefusesMoreThanItHas) {
  BytePool pool(2);
  Chain chain;
  EXPECT_FALSE(pool.append(chain, bytes(std::string(2'100, 'x')), 0));
  EXPECT_TRUE(chain.empty());
  EXPECT_TRUE(pool.append(chain, bytes(std::string(2'016, 'x')), 0));
  EXPECT_FALSE(pool.append(chain, bytes("x"), 0));
  EXPECT_TRUE(pool.append(chain, {}, 0));
}

TEST(BytePool, NamesTheChainThatBeganFirstWhicheverGrewLast) {
  BytePool pool(8);
  std::array<Chain, 3> chains;
  EXPECT_EQ(pool.oldest_owner(), BytePool::kNone);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(pool.append(chains[i], bytes("x"), 10 + i));
  EXPECT_TRUE(pool.append(chains[0], bytes(std::string(1'500, 'y')), 10));
  EXPECT_EQ(pool.oldest_owner(), 10u);
  pool.clear(chains[1]);
  pool.clear(chains[0]);
  EXPECT_EQ(pool.oldest_owner(), 12u);
  EXPECT_TRUE(pool.append(chains[0], bytes("x"), 10));
  EXPECT_EQ(pool.oldest_owner(), 12u);
  pool.clear(chains[2]);
  EXPECT_EQ(pool.oldest_owner(), 10u);
  pool.clear(chains[0]);
  EXPECT_EQ(pool.oldest_owner(), BytePool::kNone);
  EXPECT_EQ(pool.free_blocks(), 8u);
}

}  // namespace
}  // namespace bellrock::http
