// The DPDK port over a device that gives back what is sent to it. The EAL starts once a process: a test program.
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstring>

#include "dataplane/io/dpdk_port.h"

namespace bellrock::io {
namespace {

constexpr std::size_t kFrames = 10'000;
constexpr std::uint16_t kBurst = 48;

std::vector<std::uint8_t> frame(std::size_t i) {
  std::vector<std::uint8_t> bytes(60 + i % 1'400);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<std::uint8_t>(i + at * 13);
  return bytes;
}

rte_mbuf* buffer_with(rte_mempool* pool, const std::vector<std::uint8_t>& bytes) {
  rte_mbuf* buffer = rte_pktmbuf_alloc(pool);
  if (buffer == nullptr) return nullptr;
  std::memcpy(rte_pktmbuf_append(buffer, static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  return buffer;
}

TEST(DpdkPort, GivesWhatWentIntoARingInItsOrderWithTheTimeOfTheBurst) {
  const std::vector<std::string> eal{"--no-huge",       "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry",
                                     "--vdev=net_ring0"};
  auto env = DpdkEnv::start({.eal_arguments = eal});
  ASSERT_TRUE(env.ok()) << env.error().what << ' ' << env.error().detail;
  EXPECT_STREQ(env->driver(), "net_ring");
  EXPECT_FALSE(env->finite());
  EXPECT_FALSE(env->capture_times());
  rte_mempool* pool = rte_pktmbuf_pool_create("test_tx", 1'023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);

  DpdkPort port(*env, 0);
  std::size_t sent = 0, seen = 0;
  while (seen < kFrames) {
    for (std::uint16_t n = 0; n < kBurst && sent < kFrames; ++n) {
      rte_mbuf* buffer = buffer_with(pool, frame(sent));
      ASSERT_NE(buffer, nullptr) << "released packets go back to their pool";
      ASSERT_EQ(rte_eth_tx_burst(env->device(), 0, &buffer, 1), 1);
      ++sent;
    }
    const Instant tick{static_cast<std::int64_t>(1'000 + sent)};
    const auto burst = port.rx_burst(tick);
    ASSERT_FALSE(burst.empty());
    for (const Packet& packet : burst) {
      const auto expected = frame(seen);
      ASSERT_TRUE(std::equal(packet.data.begin(), packet.data.end(), expected.begin(), expected.end())) << seen;
      EXPECT_EQ(packet.ordinal, seen++);
      EXPECT_EQ(packet.time, tick);
    }
    port.release(burst);
  }
  EXPECT_TRUE(port.rx_burst({99'999}).empty());
  EXPECT_FALSE(port.ended());
  rte_mempool_free(pool);
}

}  // namespace
}  // namespace bellrock::io
