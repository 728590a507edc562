#include <gtest/gtest.h>

#include <cstdlib>

#include "control/proto/frame_codec.h"
#include "tools/fleet/chance.h"
#include "tools/fleet/node.h"
#include "tools/fleet/outbox.h"
#include "tools/fleet/shop.h"
#include "tools/fleet/truth.h"

namespace bellrock::fleet {
namespace {

constexpr std::int64_t kFrom = 1'699'920'000;

config::Loaded shop(std::size_t journeys, std::size_t objectives) {
  const config::SourceText text{"shop.yaml", make_shop(journeys, objectives)};
  auto loaded = config::load_texts({&text, 1});
  for (const auto& one : loaded.diagnostics) ADD_FAILURE() << config::to_line(one);
  return loaded;
}

PlanOptions day(std::uint64_t seed) {
  PlanOptions options;
  options.seed = seed;
  options.nodes = 5;
  options.from = kFrom;
  options.to = kFrom + 86'400;
  return options;
}

TEST(FleetShop, IsAConfigurationWithoutFindingsOfAnySize) {
  for (const std::size_t journeys : {1u, 2u, 10u, 40u}) {
    for (const std::size_t objectives : {1u, 5u, 8u}) {
      const auto loaded = shop(journeys, objectives);
      ASSERT_EQ(loaded.definition.journeys.size(), journeys);
      EXPECT_EQ(loaded.definition.journeys.back().objectives.size(), objectives);
    }
  }
}

TEST(FleetPlan, IsTheSameForTheSameSeedAndLiesWithinItsSpan) {
  const auto loaded = shop(10, 5);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Plan plan = make_plan(day(seed), loaded.definition), again = make_plan(day(seed), loaded.definition);
    ASSERT_EQ(plan.planted.size(), again.planted.size());
    EXPECT_EQ(plan.planted.size(), kKindNames.size());
    for (std::size_t i = 0; i < plan.planted.size(); ++i) {
      const auto &one = plan.planted[i], &other = again.planted[i];
      EXPECT_EQ(one.from, other.from);
      EXPECT_EQ(one.share, other.share);
      EXPECT_GE(one.from, kFrom);
      EXPECT_LT(one.from, one.to);
      EXPECT_LE(one.to, kFrom + 86'400);
      EXPECT_EQ(one.from % 60, 0);
    }
  }
}

TEST(FleetNode, CountsTheSameWhateverHappenedBefore) {
  const auto loaded = shop(3, 3);
  const Plan plan = make_plan(day(1), loaded.definition);
  Node one(plan, loaded.definition, 2), other(plan, loaded.definition, 2);
  (void)other.count(kFrom, kFrom + 600, 10, 0);
  other.lose_state();
  auto a = one.count(kFrom + 600, kFrom + 1'200, 10, 0), b = other.count(kFrom + 600, kFrom + 1'200, 10, 0);
  EXPECT_NE(a.boot, b.boot);
  for (auto* frame : {&a, &b}) {
    for (auto& [start, window] : frame->windows) {
      // Starts depend on how many were open before.
      std::erase_if(window, [](const auto& cell) { return cell.first.kind == CellKind::kStart; });
    }
  }
  EXPECT_EQ(a.windows, b.windows);
}

TEST(FleetNode, FramesAreWhatTheCentreTakesAndTheirLedgersBalance) {
  const auto loaded = shop(4, 5);
  const Plan plan = make_plan(day(2), loaded.definition);
  Truth truth;
  Node node(plan, loaded.definition, 0);
  for (std::int64_t at = kFrom; at < kFrom + 20 * 600; at += 600) {
    if (at == kFrom + 10 * 600) node.lose_board();
    node.set_clock(at % 1'200 == 0 ? 0 : -7'200);
    const auto frame = node.count(at, at + 600, 60, 0);
    const auto decoded = proto::decode(proto::encode(frame));
    ASSERT_TRUE(decoded.ok()) << proto::name(decoded.error());
    EXPECT_EQ(decoded->frame.windows, frame.windows);
    EXPECT_EQ(decoded->frame.recorded, frame.recorded);
    truth.add(frame);
  }
  ASSERT_EQ(truth.journeys().size(), 4u);
  for (const auto& [name, one] : truth.journeys()) EXPECT_EQ(one.starts, one.ended + one.open + one.board_lost) << name;
  EXPECT_EQ(truth.sources.size(), 1u);
}

TEST(FleetOutbox, KeepsWhatIsNotAnsweredAndARestartBringsTheLastAnswersBack) {
  Outbox outbox;
  for (std::uint64_t seq = 1; seq <= 8; ++seq) {
    control::DeltaFrame frame;
    frame.node = "sim";
    frame.boot[0] = 1;
    frame.seq = seq;
    outbox.push(frame);
  }
  EXPECT_EQ(outbox.oldest(), 1u);
  outbox.hold(8, 5);
  EXPECT_EQ(outbox.ready(4).size(), 7u);
  EXPECT_EQ(outbox.ready(5).size(), 8u);
  for (std::uint64_t seq = 1; seq <= 6; ++seq) outbox.settle(seq);
  EXPECT_EQ(outbox.oldest(), 7u);
  EXPECT_EQ(outbox.restart(), Outbox::kForgotten);
  EXPECT_EQ(outbox.oldest(), 3u);
  const auto ready = outbox.ready(5);
  for (std::size_t i = 0; i < ready.size(); ++i) EXPECT_EQ(ready[i].seq, i + 3);
}

TEST(FleetChance, DrawsHaveTheMeanThatWasAskedFor) {
  Random random(3);
  for (const double mean : {0.01, 0.5, 7.0, 59.0, 61.0, 4'000.0}) {
    constexpr int kDraws = 20'000;
    double sum = 0;
    for (int i = 0; i < kDraws; ++i) sum += static_cast<double>(poisson(random, mean));
    EXPECT_NEAR(sum / kDraws, mean, 5 * std::sqrt(mean / kDraws) + 1e-3) << mean;
  }
  for (const std::uint64_t n : {1u, 60u, 100u, 5'000u}) {
    for (const double chance : {0.001, 0.3, 0.97}) {
      constexpr int kDraws = 20'000;
      double sum = 0;
      const double count = static_cast<double>(n);
      for (int i = 0; i < kDraws; ++i) {
        const auto drawn = binomial(random, n, chance);
        ASSERT_LE(drawn, n);
        sum += static_cast<double>(drawn);
      }
      EXPECT_NEAR(sum / kDraws, count * chance, 5 * std::sqrt(count * chance * (1 - chance) / kDraws) + 1e-3);
    }
  }
}

}  // namespace
}  // namespace bellrock::fleet
