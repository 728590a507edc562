#include "tools/impair/delay_line.h"

#include <gtest/gtest.h>

namespace bellrock::impair {
namespace {

Frame frame(std::uint8_t number) { return Frame{number}; }

TEST(DelayLine, GivesFramesByTheirTimeAndThenInTheOrderTheyCame) {
  DelayLine line;
  line.put(100, 0, {{50, false, frame(1)}, {10, false, frame(2)}, {50, false, frame(3)}});
  line.put(110, 0, {{40, false, frame(4)}, {0, false, frame(5)}});
  EXPECT_FALSE(line.take(109)) << "nothing is early";
  std::string order;
  while (line.next_us()) order += std::to_string(line.take(*line.next_us())->frame[0]);
  EXPECT_EQ(order, "25134");
  EXPECT_FALSE(line.take(1'000));
}

TEST(DelayLine, SendsAnswersBackTheOtherWay) {
  DelayLine line;
  for (const int direction : {0, 1}) {
    line.put(0, direction, {{0, true, frame(1)}, {1, false, frame(2)}});
    EXPECT_EQ(line.held(0), 1U);
    EXPECT_EQ(line.held(1), 1U);
    EXPECT_EQ(line.take(9)->direction, 1 - direction);
    EXPECT_EQ(line.take(9)->direction, direction);
  }
}

// Virtual time: what an impairment gives comes out once each, and those held back come later than their successors.
TEST(DelayLine, CarriesAnImpairedStreamInVirtualTime) {
  Impairment impairment({.duplicate = 0.1, .reorder = 0.1, .delay_us = 30, .reorder_us = 500}, 4);
  DelayLine line;
  std::vector<Outgoing> out;
  Frame packet(60);
  packet[12] = 0x08;
  packet[14] = 0x45;
  packet[17] = 46;
  std::uint64_t taken = 0, overtaken = 0;
  std::uint16_t newest = 0;
  for (std::int64_t now_us = 0; now_us < 20'000 || line.next_us(); now_us += 10) {
    if (now_us < 20'000) {
      store_be16(&packet[40], static_cast<std::uint16_t>(now_us));
      impairment.apply(packet, out);
      line.put(now_us, 0, std::move(out));
    }
    while (const auto due = line.take(now_us)) {
      const std::uint16_t number = load_be16(&due->frame[40]);
      ++taken;
      overtaken += number < newest ? 1 : 0;
      newest = std::max(newest, number);
    }
  }
  EXPECT_EQ(taken, impairment.statistics().given);
  EXPECT_GT(impairment.statistics().duplicated, 100U);
  EXPECT_GE(overtaken, impairment.statistics().reordered / 2);
}

}  // namespace
}  // namespace bellrock::impair
