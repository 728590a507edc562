// What can be said of a clock by answers that have travelled: laws, on a simulated network.
#include "control/agent/clock_offset.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

namespace bellrock::agent {
namespace {

constexpr std::int64_t kTrueUs = 1'700'000'000'000'000;

// A machine whose steady clock began at some time, and whose wall clock is `behind_us` behind the truth.
struct Machine {
  std::int64_t behind_us = 0;
  std::int64_t now_us = 0;  // true time since the start
  [[nodiscard]] Moment moment() const { return {5'000'000 + now_us, kTrueUs + now_us - behind_us}; }
};

// Sends one frame through a network and a centre that take so long.
bool exchange(ClockOffset& clock, Machine& machine, std::int64_t out_us, std::int64_t held_us, std::int64_t back_us) {
  const Moment sent = machine.moment();
  machine.now_us += out_us;
  const std::int64_t received = kTrueUs + machine.now_us;
  machine.now_us += held_us;
  const std::int64_t answered = kTrueUs + machine.now_us;
  machine.now_us += back_us;
  return clock.add(sent, machine.moment(), received / 1'000, answered / 1'000);
}

TEST(ClockOffset, IsExactWhereBothWaysTakeTheSameTime) {
  for (const std::int64_t behind_ms : {0, 1, -1, 30'000, -30'000, 86'400'000, -1'000'000'000}) {
    for (const std::int64_t way_ms : {0, 1, 25, 400}) {
      ClockOffset clock;
      Machine machine{behind_ms * 1'000};
      ASSERT_TRUE(exchange(clock, machine, way_ms * 1'000, 150'000, way_ms * 1'000));
      const auto found = clock.at(machine.moment());
      ASSERT_TRUE(found);
      EXPECT_EQ(found->offset_ms, behind_ms);
      EXPECT_EQ(found->uncertain_ms, way_ms + 2);  // half of both ways, and what milliseconds cut off
    }
  }
}

TEST(ClockOffset, IsNeverFurtherFromTheTruthThanItSays) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most));
    };
    ClockOffset clock;
    Machine machine{below(200'000'000) - 100'000'000};
    for (int frame = 0; frame < 20; ++frame) {
      ASSERT_TRUE(exchange(clock, machine, below(300'000), below(500'000), below(1'000)));
      machine.now_us += below(10'000'000);
      const auto found = clock.at(machine.moment());
      ASSERT_TRUE(found);
      EXPECT_LE(std::abs(found->offset_ms * 1'000 - machine.behind_us), found->uncertain_ms * 1'000) << "seed " << seed;
    }
  }
}

TEST(ClockOffset, BelievesTheShortestRoundTripOfTheLastEight) {
  ClockOffset clock;
  Machine machine{30'000'000};
  ASSERT_TRUE(exchange(clock, machine, 3'000, 0, 1'000));
  for (std::size_t i = 1; i < ClockOffset::kSamplesMax; ++i) {
    ASSERT_TRUE(exchange(clock, machine, 400'000, 0, 0));
    EXPECT_LE(clock.at(machine.moment())->uncertain_ms, 6) << i;
  }
  ASSERT_TRUE(exchange(clock, machine, 400'000, 0, 0));  // the first one is forgotten
  EXPECT_GE(clock.at(machine.moment())->uncertain_ms, 200);
}

TEST(ClockOffset, IsLessCertainTheLongerNoAnswerCame) {
  ClockOffset clock;
  Machine machine{30'000'000};
  ASSERT_TRUE(exchange(clock, machine, 1'000, 0, 1'000));
  machine.now_us += 100'000'000;
  EXPECT_EQ(clock.at(machine.moment())->uncertain_ms, 3 + 50);  // 500 millionths of 100 s
  machine.now_us += 86'400'000'000;
  EXPECT_FALSE(clock.at(machine.moment())->certainly_off(2'000));
}

TEST(ClockOffset, AStepTakesWhatWasMeasuredBefore) {
  for (const std::int64_t step_us : {101'000, -101'000, 30'000'000, -30'000'000}) {
    ClockOffset clock;
    Machine machine{0};
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(exchange(clock, machine, 1'000, 0, 1'000));
    machine.behind_us += step_us;
    EXPECT_EQ(clock.at(machine.moment()), std::nullopt);
    ASSERT_TRUE(exchange(clock, machine, 200'000, 0, 200'000));  // the only one, though its round trip is the longest
    EXPECT_EQ(clock.at(machine.moment())->offset_ms, step_us / 1'000);
    machine.behind_us = 0;
    EXPECT_EQ(clock.at(machine.moment()), std::nullopt);  // and those of before do not come back
  }
}

TEST(ClockOffset, AStepWhileAFrameIsAwayMakesNoSample) {
  ClockOffset clock;
  Machine machine{0};
  ASSERT_TRUE(exchange(clock, machine, 1'000, 0, 1'000));
  const Moment sent = machine.moment();
  machine.now_us += 2'000;
  machine.behind_us = 5'000'000;
  EXPECT_FALSE(clock.add(sent, machine.moment(), kTrueUs / 1'000, kTrueUs / 1'000));
  EXPECT_EQ(clock.at(machine.moment()), std::nullopt);
}

TEST(ClockOffset, ASmallCorrectionIsFollowedAtOnce) {
  ClockOffset clock;
  Machine machine{50'000};
  ASSERT_TRUE(exchange(clock, machine, 1'000, 0, 1'000));
  machine.behind_us = 10'000;
  EXPECT_EQ(clock.at(machine.moment())->offset_ms, 10);
}

TEST(ClockOffset, LeavesOutTimesThatCannotBe) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max(),
                         kMin = std::numeric_limits<std::int64_t>::min();
  const Machine machine;
  const Moment sent = machine.moment(), got{sent.steady_us + 10'000, sent.wall_us + 10'000};
  constexpr std::int64_t kNow = kTrueUs / 1'000;
  const std::pair<std::int64_t, std::int64_t> impossible[] = {{0, 0},           {-1, 5},           {kMin, kMin},
                                                              {kMin, kMax},     {1, kMax},         {kMax, kMax},
                                                              {kNow, kNow - 1}, {kNow, kNow + 12}, {kNow, 0}};
  for (const auto& [received, answered] : impossible) {
    ClockOffset clock;
    EXPECT_FALSE(clock.add(sent, got, received, answered)) << received << " " << answered;
    EXPECT_EQ(clock.at(got), std::nullopt);
  }
  ClockOffset clock;
  EXPECT_FALSE(clock.add(got, sent, kNow, kNow));  // an answer before its question
  // What can be is in the range that a frame may say, however far off.
  for (const std::int64_t far : {std::int64_t{1}, (std::int64_t{1} << 34) * 1'000}) {
    ASSERT_TRUE(clock.add(sent, got, far, far));
    const auto found = clock.at(got);
    ASSERT_TRUE(found);
    EXPECT_LE(std::abs(found->offset_ms), control::kClockMsMax);
  }
}

}  // namespace
}  // namespace bellrock::agent
