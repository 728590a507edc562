#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/unit/dataplane/app/test_board.h"

namespace {
thread_local bool armed = false;
thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (armed) ++allocations;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t bytes) { return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t bytes, std::align_val_t at) { return allocate(bytes, static_cast<std::size_t>(at)); }
void* operator new[](std::size_t bytes, std::align_val_t at) { return allocate(bytes, static_cast<std::size_t>(at)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace bellrock::app {
namespace {

// The harvest allocates, and in this test it runs on the worker's thread.
void harvest_unarmed(void (*harvest)()) {
  armed = false;
  harvest();
  armed = true;
}

TEST(Worker, AllocatesNothingForAnyPacketAfterItWasMade) {
  TestBoard test(shop_definition());
  io::MemoryPort port = read_capture(BELLROCK_TEST_DATA "/shop.pcap");
  WorkerSetup setup = test.setup();
  static void (*harvest)();
  harvest = setup.wait;
  setup.wait = [] { harvest_unarmed(harvest); };
  auto worker = std::make_unique<Worker<io::MemoryPort>>(setup, port);
  allocations = 0;
  armed = true;
  while (worker->run_once({})) {
  }
  armed = false;
  EXPECT_EQ(allocations, 0u);
  test.harvest();
  EXPECT_GT(test.total(CellKind::kStart, "checkout"), 0u) << "the traffic must reach the counters";
}

TEST(Worker, TheGuardNoticesAnAllocation) {
  allocations = 0;
  armed = true;
  delete new int(1);
  armed = false;
  EXPECT_EQ(allocations, 1u);
}

}  // namespace
}  // namespace bellrock::app
