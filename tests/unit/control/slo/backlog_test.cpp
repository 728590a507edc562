#include "control/slo/backlog.h"

#include <gtest/gtest.h>

#include <random>

namespace bellrock::slo {
namespace {

BacklogItem item(const char* name, std::optional<Loss> value, Loss attempts, std::uint64_t effort = 1'000) {
  return {name, value, std::nullopt, attempts, effort};
}

std::string order(std::span<const BacklogItem> items, BacklogBy by) {
  std::string text;
  for (const auto& one : rank_backlog(items, by)) {
    text += std::to_string(one.rank) + items[one.item].name + (one.ties.empty() ? " " : "= ");
  }
  return text;
}

TEST(Backlog, RanksByWhatIsLostForEachEffort) {
  const BacklogItem items[] = {item("a", Loss{900, 0}, {9, 0}, 3'000), item("b", Loss{400, 0}, {40, 0}),
                               item("c", Loss{1'000, 0}, {1, 0}, 500)};
  EXPECT_EQ(order(items, BacklogBy::kValue), "1c 2b 3a ");
  EXPECT_EQ(order(items, BacklogBy::kAttempts), "1b 2a 3c ");
}

TEST(Backlog, TheSameScoreHasTheSameRankAndIsSaidToTie) {
  const BacklogItem items[] = {item("a", Loss{10, 0}, {}), item("b", Loss{30, 0}, {}, 3'000), item("c", Loss{5, 0}, {}),
                               item("d", Loss{20, 0}, {})};
  EXPECT_EQ(order(items, BacklogBy::kValue), "1d 2a= 2b= 4c ");
}

TEST(Backlog, WhatUnknownAttemptsCouldTurnAroundTies) {
  const BacklogItem items[] = {item("a", Loss{100, 0}, {}), item("b", Loss{60, 45}, {}), item("c", Loss{50, 0}, {})};
  const auto ranked = rank_backlog(items, BacklogBy::kValue);
  EXPECT_EQ(ranked[0].ties, std::vector<std::size_t>{1});
  EXPECT_EQ(ranked[1].ties, std::vector<std::size_t>{0});
  EXPECT_TRUE(ranked[2].ties.empty());
  EXPECT_EQ(ranked[1].rank, 2u);
}

TEST(Backlog, WithoutAValueNobodyKnowsWhatItIsWorthSoItComesLast) {
  const BacklogItem items[] = {item("a", std::nullopt, {1'000, 0}), item("b", Loss{0, 0}, {1, 0}),
                               item("c", std::nullopt, {2'000, 0})};
  EXPECT_EQ(order(items, BacklogBy::kValue), "1b 2c 3a ");
}

TEST(Backlog, WhatAnEstimateLeavesOpenTies) {
  std::vector<BacklogItem> items = {item("a", std::nullopt, {}), item("b", std::nullopt, {}),
                                    item("c", std::nullopt, {9'000, 0})};
  items[0].users = Loss{1'000, 50, 50};
  items[1].users = Loss{940, 10, 5};
  EXPECT_EQ(order(items, BacklogBy::kUsers), "1a= 2b= 3c ") << "950 may be less than 950";
  items[0].users->less = 49;
  EXPECT_EQ(order(items, BacklogBy::kUsers), "1a 2b 3c ");
}

TEST(Backlog, LargeSumsAreComparedExactly) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  const BacklogItem items[] = {item("a", Loss{kMost - 1, 0}, {}, 999'999'999),
                               item("b", Loss{kMost, 0}, {}, 999'999'999),
                               item("c", Loss{kMost, kMost}, {}, 1'000'000'000)};
  EXPECT_EQ(order(items, BacklogBy::kValue), "1b= 2a= 3c= ");
}

TEST(Backlog, TiesAreMutualAndRanksFollowTheOrder) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<BacklogItem> items;
    for (auto n = random() % 12; n > 0; --n) {
      items.push_back(item("x", random() % 3 ? std::optional(Loss{random() % 20, random() % 4}) : std::nullopt,
                           {random() % 20, random() % 4}, 1'000 * (1 + random() % 3)));
    }
    for (const auto by : {BacklogBy::kValue, BacklogBy::kAttempts}) {
      const auto ranked = rank_backlog(items, by);
      ASSERT_EQ(ranked.size(), items.size());
      for (std::size_t i = 0; i < ranked.size(); ++i) {
        EXPECT_TRUE(ranked[i].rank == i + 1 || ranked[i].rank == ranked[i - 1].rank);
        for (const std::size_t other : ranked[i].ties) {
          const auto found = std::find_if(ranked.begin(), ranked.end(), [&](const auto& r) { return r.item == other; });
          EXPECT_NE(std::find(found->ties.begin(), found->ties.end(), ranked[i].item), found->ties.end());
        }
      }
    }
  }
}

}  // namespace
}  // namespace bellrock::slo
