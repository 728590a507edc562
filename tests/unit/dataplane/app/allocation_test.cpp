#include <gtest/gtest.h>

#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

void expect_no_allocation(const journey::Definition& definition) {
  TestBoard test(definition);
  io::MemoryPort port = read_capture(BELLROCK_TEST_DATA "/shop.pcap");
  // The harvest allocates, and in this test it runs on the worker's thread.
  static void (*harvest)();
  static std::uint64_t by_harvest;
  WorkerSetup setup = test.setup();
  harvest = setup.wait;
  by_harvest = 0;
  setup.wait = [] {
    const test::AllocationGuard guard;
    harvest();
    by_harvest += guard.count();
  };
  auto worker = std::make_unique<Worker<io::MemoryPort>>(setup, port);
  const test::AllocationGuard guard;
  while (worker->run_once({})) {
  }
  EXPECT_EQ(guard.count(), by_harvest);
  EXPECT_GT(by_harvest, 0u) << "the guard must notice what is allocated";
  test.harvest();
  EXPECT_GT(test.total(CellKind::kStart, "checkout"), 0u) << "the traffic must reach the counters";
}

TEST(Worker, AllocatesNothingForAnyPacketAfterItWasMade) { expect_no_allocation(shop_definition()); }

TEST(Worker, AllocatesNothingForEventsThatAreHeld) {
  journey::Definition definition = shop_definition();
  for (journey::Identity& identity : definition.identities) identity.reorder_wait = kSecond;
  expect_no_allocation(definition);
}

}  // namespace
}  // namespace bellrock::app
