#include "dataplane/flow/event.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

namespace bellrock {
namespace {

Event talkative() {
  Event event;
  event.ordinal = 7;
  EventExtras::Values& says = event.extras.say();
  says.amounts[1] = 1'000;
  says.correlates[kCorrelatesMax - 1] = 5;
  says.tops[says.top_count++] = {DimensionId{3u}, 2, {'r', '1'}};
  return event;
}

void expect_silence(const Event& event) {
  EXPECT_TRUE(event.extras.tops().empty());
  for (std::size_t i = 0; i < kAmountsMax; ++i) EXPECT_EQ(event.extras.amount(i), 0u);
  for (std::size_t i = 0; i < kCorrelatesMax; ++i) EXPECT_EQ(event.extras.correlate(i), 0u);
}

TEST(Event, ThatSaysNothingBesideItsStepsHasNoValues) { expect_silence(Event{}); }

TEST(Event, TakesAllThatItSaysWithItsCopies) {
  const Event event = talkative();
  Event assigned;
  assigned = event;
  for (const Event& copy : {Event(event), assigned}) {
    EXPECT_EQ(copy.ordinal, 7u);
    EXPECT_EQ(copy.extras.amount(0), 0u);
    EXPECT_EQ(copy.extras.amount(1), 1'000u);
    EXPECT_EQ(copy.extras.correlate(kCorrelatesMax - 1), 5u);
    ASSERT_EQ(copy.extras.tops().size(), 1u);
    EXPECT_EQ(copy.extras.tops()[0].dimension, DimensionId{3u});
    EXPECT_EQ(std::string_view(copy.extras.tops()[0].text.data(), copy.extras.tops()[0].size), "r1");
  }
}

TEST(Event, SaysNothingOfWhatWasInItsPlaceBefore) {
  Event event = talkative();
  event = Event{};
  expect_silence(event);
  event.extras.say();
  expect_silence(event);
  // As in a ring, where another event was.
  alignas(Event) std::byte memory[sizeof(Event)];
  std::memset(memory, 0xff, sizeof memory);
  const auto* const placed = new (memory) Event(Event{});
  expect_silence(*placed);
}

}  // namespace
}  // namespace bellrock
