// What the store keeps of each node's edge.
#include <gtest/gtest.h>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

Applied apply(SeriesStore& store, const control::DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  const auto applied = store.apply({&one, 1});
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return applied->at(0);
}

TEST(Store, KeepsTheEdgesStateOfTheNewestFrame) {
  const auto backend = make_backend();
  const auto store = backend->open();
  const auto after = [&](std::uint64_t seq, std::optional<control::EdgeState> edge) {
    auto frame = any_frame(seq, 1);
    frame.edge = edge;
    EXPECT_EQ(apply(*store, frame), Applied::kApplied);
    return (*store->snapshot())->sources()->at(0).edge;
  };
  EXPECT_EQ(after(2, std::nullopt), std::nullopt);
  EXPECT_EQ(after(4, control::EdgeState{true, 5}), (control::EdgeState{true, 5}));
  EXPECT_EQ(after(3, control::EdgeState{false, 4}), (control::EdgeState{true, 5}));
  EXPECT_EQ(after(5, control::EdgeState{false, 6}), (control::EdgeState{false, 6}));
  EXPECT_EQ(after(6, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace bellrock::store
