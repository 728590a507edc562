#include "dataplane/app/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/cli/replay/run.h"
#include "control/proto/frame_codec.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

TEST(Order, IdleEndsStandBetweenAPacketsEventsAndTheNextPackets) {
  const Instant noticed{100 * kSecond};
  const std::uint64_t last_event = Order::of(7, Order::kExpiryBase - 1);
  const std::uint64_t next_packet = Order::of(8, 0);
  std::uint64_t before = last_event;
  for (const Duration ago : {9 * kSecond, 5 * kSecond, kSecond, kMillisecond, Duration{0}}) {
    const std::uint64_t order = Order::of(7, Order::expiry_index(noticed - ago, noticed));
    EXPECT_GT(order, before);
    EXPECT_LT(order, next_packet);
    before = order;
  }
}

TEST(Order, AnIdleEndLongAgoIsStillInItsPlace) {
  const Instant noticed{100'000 * kSecond};
  EXPECT_GE(Order::expiry_index(Instant{1}, noticed), Order::kExpiryBase);
}

std::vector<std::uint8_t> frames_of(std::uint32_t workers) {
  std::vector<std::uint8_t> bytes;
  cli::ReplayOptions options;
  options.pcap = BELLROCK_TEST_DATA "/shop.pcap";
  options.workers = workers;
  options.on_frame = [&bytes](const control::DeltaFrame& frame) {
    const auto encoded = proto::encode(frame);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  };
  EXPECT_TRUE(cli::replay(shop_definition(), options).ok());
  return bytes;
}

TEST(Router, AnyNumberOfWorkersGivesTheSameFrames) {
  const auto one = frames_of(1);
  ASSERT_GT(one.size(), 100u);
  for (const std::uint32_t workers : {2u, 3u, 4u, 7u}) EXPECT_EQ(frames_of(workers), one) << workers << " workers";
}

}  // namespace
}  // namespace bellrock::app
