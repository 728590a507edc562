#include "dataplane/app/worker.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr const char* kShop = BELLROCK_TEST_DATA "/shop.pcap";

template <typename Port>
void run_to_end(Worker<Port>& worker) {
  while (worker.run_once({})) {
  }
}

Instant last_time(const std::string& path, std::size_t packets) {
  auto file = io::PcapFile::open(path);
  Packet packet;
  while (packets-- > 0) EXPECT_TRUE(file->next(packet).ok());
  return packet.time;
}

// Sums that must hold for everything the board says, whatever happened to the process.
void expect_conservation(TestBoard& test) {
  const auto counters = test.board.core(0).counters;
  const auto get = [&counters](auto what) { return counters[counter::id(what)]; };
  std::uint64_t drops = 0, rejects = 0;
  for (unsigned i = 0; i < counter::kSize<Drop>; ++i) drops += get(static_cast<Drop>(i));
  for (unsigned i = 0; i < counter::kSize<BeaconReject>; ++i) rejects += get(static_cast<BeaconReject>(i));
  EXPECT_EQ(get(PacketCount::kPackets), get(PacketCount::kPassed) + drops);
  EXPECT_EQ(get(PacketCount::kBeaconsSeen), get(PacketCount::kBeaconsAccepted) + rejects);
  std::uint64_t harvested = 0;
  for (const auto& [key, n] : test.counts) harvested += n;
  EXPECT_EQ(get(EventCount::kRecorded), harvested + get(EventCount::kValueRejected));
}

void expect_outcomes(TestBoard& test, const Core& core) {
  for (std::size_t j = 0; j < test.definition.journeys.size(); ++j) {
    const auto& name = test.definition.journeys[j].name;
    std::uint64_t ended = 0;
    for (const auto outcome : kOutcomeNames) ended += test.total(CellKind::kOutcome, name, outcome);
    EXPECT_EQ(test.total(CellKind::kStart, name), ended + core.tracker().open(JourneyId{j})) << name;
  }
}

TEST(Worker, CountsTheShopsJourneysAndKeepsItsSums) {
  TestBoard test(shop_definition());
  io::MemoryPort port = read_capture(kShop);
  auto worker = std::make_unique<Worker<io::MemoryPort>>(test.setup(), port);
  run_to_end(*worker);
  test.harvest();
  EXPECT_EQ(test.board.core(0).counters[counter::id(PacketCount::kPackets)], port.size());
  EXPECT_GT(test.total(CellKind::kOutcome, "checkout", "success"), 0u);
  EXPECT_GT(test.total(CellKind::kOutcome, "search", "success"), 0u);
  expect_conservation(test);
  expect_outcomes(test, worker->core());
}

// No event and no window's end comes behind the deadlines: the last packet is nobody's, and in the window of the
// others.
TEST(Worker, AtTheEndOfAFileWhatWasDueBeforeItsLastPacketHasHappened) {
  journey::Definition definition = shop_definition();
  for (auto& journey : definition.journeys) journey.idle = kMillisecond;
  TestBoard test(std::move(definition));
  const std::size_t packets = read_capture(kShop).size() / 2;
  io::MemoryPort port = read_capture(kShop, packets);
  const std::uint8_t nobodys[64] = {};
  const Instant last = last_time(kShop, packets);
  ASSERT_EQ(window_of(last), window_of(last + 10 * kMillisecond));
  port.add(last + 10 * kMillisecond, nobodys, sizeof nobodys, LinkType::kEthernet);
  auto worker = std::make_unique<Worker<io::MemoryPort>>(test.setup(), port);
  run_to_end(*worker);
  test.harvest();
  EXPECT_GT(test.total(CellKind::kStart, "checkout"), 0u);
  for (std::size_t j = 0; j < test.definition.journeys.size(); ++j) {
    EXPECT_EQ(worker->core().tracker().open(JourneyId{j}), 0u) << test.definition.journeys[j].name;
  }
}

// A kill falls most often where a worker spends its time: waiting for the agent at a window's end.
TEST(Worker, WhileItWaitsForABankItsPositionIsWhatItHasCounted) {
  TestBoard test(shop_definition());
  io::MemoryPort port = read_capture(kShop);
  static TestBoard* board;
  static int waits;
  board = &test;
  waits = 0;
  WorkerSetup setup = test.setup();
  setup.wait = [] {
    const board::CoreView core = board->board.core(0);
    EXPECT_EQ(core.control.position, core.counters[counter::id(PacketCount::kPackets)]);
    ++waits;
    board->harvest();
  };
  auto worker = std::make_unique<Worker<io::MemoryPort>>(setup, port);
  run_to_end(*worker);
  EXPECT_GT(waits, 0);
}

// The process forgets its connections at a packet and another one goes on: sums hold, no packet is counted twice.
class Restart : public testing::TestWithParam<std::size_t> {};

TEST_P(Restart, LosesConnectionsButNeitherPacketsNorAttempts) {
  TestBoard test(shop_definition());
  const std::size_t packets = read_capture(kShop).size();
  io::MemoryPort until = read_capture(kShop, packets * GetParam() / 100);
  {
    auto killed = std::make_unique<Worker<io::MemoryPort>>(test.setup(), until);
    while (!until.ended()) killed->run_once({});
  }
  auto rest = io::PcapFile::open(kShop);
  ASSERT_TRUE(rest->seek(test.board.core(0).control.position).ok());
  auto next = std::make_unique<Worker<io::PcapFile>>(test.setup(), *rest);
  run_to_end(*next);
  test.harvest();
  EXPECT_EQ(test.board.core(0).counters[counter::id(PacketCount::kPackets)], packets);
  EXPECT_GT(test.board.core(0).counters[counter::id(StreamCount::kConnectionsLost)], 0u);
  expect_conservation(test);
  expect_outcomes(test, next->core());
}

INSTANTIATE_TEST_SUITE_P(AtPercent, Restart, testing::Values(10, 35, 50, 65, 90));

}  // namespace
}  // namespace bellrock::app
