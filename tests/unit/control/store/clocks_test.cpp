// What the store keeps of each node's clock.
#include <gtest/gtest.h>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

using control::ClockState;

TEST(Store, KeepsHowFarTheClockIsOffAsTheNewestFrameSays) {
  const auto backend = make_backend();
  auto store = backend->open();
  const auto after = [&](std::uint64_t seq, std::optional<ClockState> clock) {
    auto frame = any_frame(seq, 1);
    frame.clock = clock;
    apply_together(*store, {frame});
    return (*store->snapshot())->sources()->at(0).clock;
  };
  EXPECT_EQ(after(2, std::nullopt), std::nullopt);
  EXPECT_EQ(after(4, ClockState{-30'000, 5}), (ClockState{-30'000, 5}));
  EXPECT_EQ(after(3, ClockState{7, 1}), (ClockState{-30'000, 5}));  // it came late
  EXPECT_EQ(after(5, ClockState{control::kClockMsMax, 0}), (ClockState{control::kClockMsMax, 0}));
  EXPECT_EQ(after(6, std::nullopt), std::nullopt);  // the clock stepped, or the agent is an older one
  EXPECT_EQ(after(7, ClockState{0, 3}), (ClockState{0, 3}));
  store.reset();
  store = backend->open();
  EXPECT_EQ((*store->snapshot())->sources()->at(0).clock, (ClockState{0, 3}));
}

TEST(Store, KeepsTheClocksOfNodesApartAlsoWhenTheirFramesComeTogether) {
  const auto backend = make_backend();
  const auto store = backend->open();
  std::vector<control::DeltaFrame> frames;
  for (const char* node : {"a", "b", "c"}) {
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      auto& frame = frames.emplace_back(any_frame(seq, 1, node));
      if (*node != 'c') frame.clock = ClockState{(*node - 'a' + 1) * 1'000 + static_cast<std::int64_t>(seq), 1};
    }
  }
  apply_together(*store, frames);
  const auto sources = *(*store->snapshot())->sources();
  ASSERT_EQ(sources.size(), 3u);
  for (const auto& source : sources) {
    const auto expected =
        source.node == "c" ? std::nullopt : std::optional(ClockState{source.node == "a" ? 1'003 : 2'003, 1});
    EXPECT_EQ(source.clock, expected) << source.node;
  }
}

}  // namespace
}  // namespace bellrock::store
