#include "dataplane/tcp/wait_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bellrock::tcp {
namespace {

TEST(WaitHeap, GivesTheSoonestThroughAnyChanges) {
  constexpr std::uint32_t kConnections = 60;
  WaitHeap heap(kConnections);
  std::map<std::uint32_t, std::int64_t> model;
  std::mt19937 random(1);
  for (int i = 0; i < 50'000; ++i) {
    const auto connection = static_cast<std::uint32_t>(random() % kConnections);
    if (random() % 3 == 0) {
      heap.set(connection, kNever);
      model.erase(connection);
    } else {
      const auto deadline = static_cast<std::int64_t>(random() % 100);
      heap.set(connection, {deadline});
      model[connection] = deadline;
    }
    ASSERT_EQ(heap.empty(), model.empty());
    if (model.empty()) {
      ASSERT_EQ(heap.deadline(), kNever);
      continue;
    }
    auto soonest = model.begin();
    for (auto at = model.begin(); at != model.end(); ++at) {
      if (at->second < soonest->second) soonest = at;
    }
    ASSERT_EQ(heap.deadline(), Instant{soonest->second});
    ASSERT_EQ(heap.soonest(), soonest->first) << "equal deadlines: the lower index first";
  }
}

}  // namespace
}  // namespace bellrock::tcp
