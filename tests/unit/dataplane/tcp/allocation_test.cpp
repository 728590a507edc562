// Nothing is allocated per packet: operator new is counted while traffic of every kind runs.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "dataplane/tcp/reassembler.h"
#include "tests/unit/dataplane/tcp/conversation.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined: the compiler would take malloc and free for a mismatch of new and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size)) return at;
  std::abort();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace bellrock::tcp {
namespace {

struct Silent {
  std::uint64_t bytes = 0;
  std::uint64_t gaps = 0;
  void on_open(ConnectionIndex, const ConnectionInfo&) {}
  void on_data(ConnectionIndex, Direction, Bytes data, Instant) { bytes += data.size(); }
  void on_gap(ConnectionIndex, Direction, std::uint64_t) { ++gaps; }
  void on_end(ConnectionIndex, Direction, Instant) {}
  void on_reset(ConnectionIndex, Direction, Instant) {}
  void on_close(ConnectionIndex, CloseReason, Instant) {}
};

TEST(Allocation, NoSegmentAllocatesHoweverUnusual) {
  std::vector<std::unique_ptr<Conversation>> conversations;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Impairments impairments;
    impairments.uncaptured = seed % 3 == 0 ? 0.1 : 0;
    impairments.repeated = 0.1;
    impairments.jitter = seed % 2 == 0 ? 5 * kMillisecond : 0;
    impairments.handshake = seed % 5 != 0;
    conversations.push_back(std::make_unique<Conversation>(seed, impairments));
  }
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 3, .server_ports = {}, .out_of_order_bytes = 1 << 20}, {1, 2}, *counters);
  Silent handler;
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < conversations.size(); ++i) {
    for (Segment segment : conversations[i]->segments()) {
      segment.flow.vlans = static_cast<std::uint32_t>(i % 7);
      segment.time.ns += static_cast<Duration>(i) * kMinute;
      ASSERT_TRUE(reassembler.on_segment(segment, i, handler).ok());
      reassembler.expire(segment.time, handler);
    }
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(handler.bytes, 0U);
  EXPECT_GT(handler.gaps, 0U);
  EXPECT_GT(counters->pending(counter::id(StreamCount::kOutOfOrderSegments)), 0U);
}

}  // namespace
}  // namespace bellrock::tcp
