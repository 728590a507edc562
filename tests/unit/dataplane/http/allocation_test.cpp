// After construction, traffic of every kind takes no memory: operator new is counted while it runs.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/dataplane/http/conversation.h"
#include "tests/unit/dataplane/http/recorder.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined: g++ would take `free` in the one for a mistake about the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bellrock::http {
namespace {

struct SilentSink {
  std::uint64_t requests = 0;
  static bool wants_body(ConnectionIndex, const HttpRequest&) { return true; }
  void on_request(ConnectionIndex, const HttpRequest&, RequestTag&) { ++requests; }
  void on_response(ConnectionIndex, const HttpResponse&, const RequestTag&) {}
  void on_transaction(ConnectionIndex, const Transaction&, const RequestTag&) {}
  void on_error(ConnectionIndex, Direction, HttpError) {}
};

TEST(Allocation, TakesNoMemoryAfterConstruction) {
  std::vector<test::Conversation> conversations;
  for (std::uint64_t seed = 0; seed < 200; ++seed) conversations.push_back(test::ConversationMaker(seed).make());
  Counters counters;
  Connections http({.connections = 8}, {}, counters);
  SilentSink sink;
  const std::size_t before = allocations.load();
  for (std::size_t i = 0; i < conversations.size(); ++i) {
    const auto c = static_cast<ConnectionIndex>(i % 8);
    http.on_open(c, i % 16 >= 8);
    std::size_t n = 0;
    for (const test::TruePacket& packet : conversations[i].packets) {
      if (++n % 13 == 0) {
        http.on_gap(c, packet.direction, packet.data.size(), sink);
      } else {
        http.on_data(c, packet.direction, bytes(packet.data), Instant{packet.us}, sink);
      }
    }
    http.on_end(c, Direction::kToServer, true, Instant{1}, sink);
    http.on_close(c, false, Instant{2}, sink);
  }
  EXPECT_EQ(allocations.load(), before);
  EXPECT_GT(sink.requests, 200u);
}

}  // namespace
}  // namespace bellrock::http
