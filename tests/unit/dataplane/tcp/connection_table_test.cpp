#include "dataplane/tcp/connection_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

namespace bellrock::tcp {
namespace {

SidedKey key(const ConnectionTable& table, std::uint64_t n) {
  Flow flow{.source = {{}, 4}, .destination = {{}, 5}, .vlans = 6};
  std::memcpy(flow.source.address.data(), &n, sizeof n);
  return table.locate(flow);
}

TEST(ConnectionTable, FindsWhatWasAcquiredAndNothingElse) {
  ConnectionTable table(100, {1, 2});
  std::map<std::uint64_t, ConnectionIndex> model;
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t n = random() % 150;
    const auto held = model.find(n);
    ASSERT_EQ(table.find(key(table, n)), held == model.end() ? kNoConnection : held->second);
    if (held != model.end()) {
      table.release(held->second);
      model.erase(held);
    } else if (!table.full()) {
      model[n] = table.acquire(key(table, n));
    }
    ASSERT_EQ(table.live(), model.size());
    ASSERT_EQ(table.full(), model.size() == 100);
  }
}

TEST(ConnectionTable, KnowsTheLongestUntouched) {
  ConnectionTable table(3, {1, 2});
  const ConnectionIndex a = table.acquire(key(table, 1));
  const ConnectionIndex b = table.acquire(key(table, 2));
  const ConnectionIndex c = table.acquire(key(table, 3));
  EXPECT_EQ(table.oldest_live(), a);
  table.touch(a);
  EXPECT_EQ(table.oldest_live(), b);
  table.finish(b);
  EXPECT_EQ(table.oldest_live(), c);
  EXPECT_EQ(table.oldest_finished(), b);
  EXPECT_EQ(table.live(), 2U);
  table.release(b);
  EXPECT_EQ(table.oldest_finished(), kNoConnection);
}

}  // namespace
}  // namespace bellrock::tcp
