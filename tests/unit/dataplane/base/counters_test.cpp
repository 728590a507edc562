#include "dataplane/base/counters.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace bellrock {
namespace {

TEST(Counters, TakeEachGivesEveryTouchedCounterOnceAndForgetsIt) {
  auto counters = std::make_unique<Counters>();
  counters->add(Drop::kNotTcp);
  counters->add(Drop::kNotTcp, 2);
  counters->add_id(counter::status(404));
  std::map<CounterId, std::uint64_t> taken;
  counters->take_each([&](CounterId id, std::uint64_t by) { taken[id] += by; });
  EXPECT_EQ(taken, (std::map<CounterId, std::uint64_t>{{counter::id(Drop::kNotTcp), 3}, {counter::status(404), 1}}));
  counters->take_each([&](CounterId, std::uint64_t) { FAIL(); });
}

TEST(Counters, EveryEnumeratorHasAnIdOfItsOwn) {
  EXPECT_LT(counter::id(Drop::kDistributionFull), counter::id(StreamCount::kConnections));
  EXPECT_LT(counter::id(BeaconType::kAction), counter::status(0));
  EXPECT_LT(counter::status(599), counter::path_template(0));
  EXPECT_LT(counter::path_template(kTemplatesMax), counter::kCount);
}

}  // namespace
}  // namespace bellrock
