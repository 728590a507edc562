// Pools of packet buffers. The EAL starts once a process: a test program.
#include "dataplane/io/dpdk_pool.h"

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace bellrock::io {
namespace {

constexpr std::uintptr_t kPage = 4'096;

void start_eal() {
  static std::vector<std::string> texts{"test", "--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--no-telemetry"};
  static std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  ASSERT_GE(rte_eal_init(static_cast<int>(texts.size()), pointers.data()), 0);
}

std::vector<rte_mbuf*> all_of(rte_mempool* pool) {
  std::vector<rte_mbuf*> buffers;
  while (rte_mbuf* const buffer = rte_pktmbuf_alloc(pool)) buffers.push_back(buffer);
  return buffers;
}

TEST(PacketPool, EveryBufferOfAPagePoolLiesInWhatNetAfXdpGivesTheKernel) {
  start_eal();
  constexpr unsigned kBuffers = 8'191;
  rte_mempool* const pool = make_page_pool("pages", kBuffers, 256, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  std::vector<rte_mbuf*> buffers = all_of(pool);
  ASSERT_EQ(buffers.size(), kBuffers);
  std::sort(buffers.begin(), buffers.end());
  const auto begin_of = [&](const rte_mbuf* buffer) {
    return reinterpret_cast<std::uintptr_t>(buffer) - pool->header_size;
  };
  // The driver: the first buffer's page, and as many bytes as all buffers' sizes make.
  const std::uintptr_t base = begin_of(buffers.front());
  const std::uintptr_t size = pool->header_size + pool->elt_size + pool->trailer_size;
  EXPECT_EQ(base % kPage, 0u);
  EXPECT_EQ(size, kPage);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    ASSERT_EQ(begin_of(buffers[i]), base + i * size) << i;
    ASSERT_GE(rte_pktmbuf_tailroom(buffers[i]), 2'048) << i;
    ASSERT_EQ(rte_pktmbuf_headroom(buffers[i]), RTE_PKTMBUF_HEADROOM) << i;
  }
  for (rte_mbuf* const buffer : buffers) rte_pktmbuf_free(buffer);
  EXPECT_EQ(rte_mempool_avail_count(pool), kBuffers);

  const unsigned too_many = 1u << 20;
  EXPECT_EQ(make_page_pool("no room", too_many, 0, SOCKET_ID_ANY), nullptr);
  EXPECT_NE(rte_errno, 0);
  rte_mempool_free(pool);
  rte_eal_cleanup();
}

}  // namespace
}  // namespace bellrock::io
