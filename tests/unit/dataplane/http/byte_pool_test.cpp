#include "dataplane/http/byte_pool.h"

#include <gtest/gtest.h>

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
    if (pool.append(chains[which], bytes(more))) {
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
  EXPECT_FALSE(pool.append(chain, bytes(std::string(2'100, 'x'))));
  EXPECT_TRUE(chain.empty());
  EXPECT_TRUE(pool.append(chain, bytes(std::string(2'040, 'x'))));
  EXPECT_FALSE(pool.append(chain, bytes("x")));
  EXPECT_TRUE(pool.append(chain, {}));
}

}  // namespace
}  // namespace bellrock::http
