#include "dataplane/app/router.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <map>
#include <string>
#include <string_view>
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

// A kill between a push and its commit. The packet lies behind the position, since those before it had no events.
class RestartedProducer : public testing::Test {
 protected:
  static journey::Definition two_workers() {
    journey::Definition definition = shop_definition();
    definition.limits.workers = 2;
    return definition;
  }
  void live(std::uint64_t ordinal, std::uint32_t events, bool done = false, bool ordered = true) {
    Core core(test_.definition, test_.board, 0, Pace::kFile, nullptr);
    Router router(core, test_.board, 0, 2, ordered, false);
    for (std::uint32_t i = 0; i < events; ++i) {
      Event event;
      event.ordinal = ordinal;
      event.index = i;
      event.owner_hash = 1;
      event.time = Instant{kSecond};
      router.route(event);
    }
    if (done) router.on_packet_done(ordinal + 1);
  }
  std::size_t handed_over() { return test_.board.ring(0, 1).read_available(); }

  TestBoard test_{two_workers()};
};

TEST_F(RestartedProducer, HandsWhatIsInTheRingAlreadyOverOnce) {
  live(12, 3);
  ASSERT_EQ(test_.board.core(0).control.position, 0u);
  EXPECT_EQ(handed_over(), 3u);
  live(12, 5);
  EXPECT_EQ(handed_over(), 5u);
  EXPECT_EQ(test_.board.settle_point(), 13u);
}

// Only one packet's events can be left out, so the position has passed this one's before another's are handed over.
TEST_F(RestartedProducer, HasDoneWithAPacketWhoseEventsWereAllInTheRing) {
  live(12, 3);
  live(12, 3, true);
  EXPECT_EQ(handed_over(), 3u);
  EXPECT_EQ(test_.board.core(0).control.position, 13u);
  live(15, 2);
  live(15, 2);
  EXPECT_EQ(handed_over(), 5u);
}

TEST_F(RestartedProducer, KnowsWhatItsOwnerHasTakenBeforeTheCommit) {
  live(12, 2);
  test_.board.ring(0, 1).pop();
  test_.board.ring(0, 1).pop();
  test_.board.core(1).control.last_seen[0] = 2;
  live(12, 3);
  ASSERT_EQ(handed_over(), 1u);
  EXPECT_EQ(test_.board.ring(0, 1).front().number, 3u);
  EXPECT_EQ(test_.board.ring(0, 1).front().event.index, 2u);
}

TEST_F(RestartedProducer, LeavesNoEventOfAnotherPacketOut) {
  live(12, 2);
  live(13, 2);  // the message of packet 12 is gone with its connection
  EXPECT_EQ(handed_over(), 4u);
}

// A device numbers its packets from 0 after each start, and gives none of them twice.
TEST_F(RestartedProducer, LeavesNothingOfADevicesPacketsOut) {
  live(12, 3, false, false);
  live(12, 2, false, false);
  EXPECT_EQ(handed_over(), 5u);
}

TEST(RestartedWorker, LeavesNothingOfADevicesPacketsOut) {
  TestBoard test(shop_definition());
  const auto applied = [&test](bool ordered) {
    Core core(test.definition, test.board, 0, Pace::kFile, nullptr);
    Router router(core, test.board, 0, 1, ordered, false);
    Event event;
    event.ordinal = 12;
    event.owner_hash = 1;
    event.time = Instant{kSecond};
    event.filter = Filter::kBot;  // counted, whatever else it is
    router.route(event);
    return core.dirty();
  };
  {
    Core core(test.definition, test.board, 0, Pace::kFile, nullptr);
    core.commit_part(12, 1);
  }
  EXPECT_FALSE(applied(true)) << "read again from a capture";
  EXPECT_TRUE(applied(false));
}

std::vector<std::uint8_t> frames_of(std::uint32_t workers, const journey::Definition& definition = shop_definition(),
                                    cli::ReplayResult* out = nullptr) {
  std::vector<std::uint8_t> bytes;
  cli::ReplayOptions options;
  options.pcap = BELLROCK_TEST_DATA "/shop.pcap";
  options.workers = workers;
  options.on_frame = [&bytes](const control::DeltaFrame& frame) {
    const auto encoded = proto::encode(frame);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  };
  auto result = cli::replay(definition, options);
  EXPECT_TRUE(result.ok());
  if (out != nullptr) *out = std::move(result).value();
  return bytes;
}

TEST(Router, AnyNumberOfWorkersGivesTheSameFrames) {
  const auto one = frames_of(1);
  ASSERT_GT(one.size(), 100u);
  for (const std::uint32_t workers : {2u, 3u, 4u, 7u}) EXPECT_EQ(frames_of(workers), one) << workers << " workers";
}

// Attempts of the first journey that `visitors` visitors start, `rounds` times each, in one burst: as the tracker
// counts them when half of the events have come, and at the end.
std::pair<std::uint64_t, std::uint64_t> starts_of_a_burst(bool gathers, std::uint32_t visitors, std::uint32_t rounds) {
  TestBoard test{shop_definition()};
  Core core(test.definition, test.board, 0, Pace::kLive, nullptr);
  Router router(core, test.board, 0, 1, false, gathers);
  std::uint64_t half = 0;
  for (std::uint32_t i = 0; i < visitors * rounds; ++i) {
    Event event;
    event.time = Instant{kSecond};
    event.ordinal = 3;
    event.index = i;
    event.owner_hash = i % visitors;
    event.key = {{1 + i % visitors, 7}};
    event.identity = test.definition.journeys[0].identity;
    event.matches[event.match_count++] = {JourneyId{std::size_t{0}}, StepId{std::size_t{0}}};
    router.fetch_soon(event.owner_hash);
    router.route(event);
    if (2 * i == visitors * rounds) half = core.tracker().starts(JourneyId{std::size_t{0}});
  }
  router.on_packet_done(4);
  return {half, core.tracker().starts(JourneyId{std::size_t{0}})};
}

TEST(Router, GathersABurstsEventsAndAppliesAllOfThemBeforeItIsCommitted) {
  const auto [half, all] = starts_of_a_burst(true, 10, 3);
  EXPECT_EQ(half, 0u) << "they wait for their records";
  EXPECT_EQ(all, 30u);
  EXPECT_EQ(starts_of_a_burst(false, 10, 3), std::pair(std::uint64_t{16}, std::uint64_t{30}));
}

TEST(Router, GathersNoMoreThanItHasRoomFor) {
  const auto [half, all] = starts_of_a_burst(true, 50, 4);
  EXPECT_GT(half, 0u);
  EXPECT_EQ(all, 200u);
}

// A thread that sleeps gives its processor up itself; one that spins has it taken away.
TEST(Router, ManyMoreWorkersThanProcessorsSleepWhileTheyWaitAndGiveTheSameFrames) {
  journey::Definition definition = shop_definition();
  definition.limits.connections_per_core = definition.limits.sessions_per_core = 1'024;
  definition.limits.attempts_per_core = definition.limits.pages_per_bank = 1'024;
  const auto one = frames_of(1, definition);
  rusage before{}, after{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &before), 0);
  EXPECT_TRUE(frames_of(kWorkersMax, definition) == one);
  ASSERT_EQ(getrusage(RUSAGE_SELF, &after), 0);
  EXPECT_GT(after.ru_nvcsw - before.ru_nvcsw, after.ru_nivcsw - before.ru_nivcsw);
}

std::size_t journey_named(const journey::Definition& definition, std::string_view name) {
  std::size_t at = 0;
  while (definition.journeys[at].name != name) ++at;
  return at;
}

// The search's copies all match the same messages.
journey::Definition many_searches(std::size_t journeys) {
  journey::Definition definition = shop_definition();
  const journey::Journey search = definition.journeys[journey_named(definition, "search")];
  while (definition.journeys.size() < journeys) {
    definition.journeys.push_back(search);
    definition.journeys.back().name = "copy-" + std::to_string(definition.journeys.size());
  }
  return definition;
}

TEST(Router, EveryJourneyThatAMessageMatchesIsCounted) {
  for (const std::size_t journeys : {std::size_t{11}, kJourneysMax}) {
    const journey::Definition definition = many_searches(journeys);
    cli::ReplayResult result;
    const auto one = frames_of(1, definition, &result);
    std::map<std::string, std::uint64_t> starts;
    for (const auto& [key, histogram] : result.series) {
      if (key.kind == CellKind::kStart && key.scope == CellScope::kTotal) starts[key.journey] += histogram.n;
    }
    ASSERT_GT(starts["search"], 0u);
    for (const auto& journey : definition.journeys) {
      EXPECT_TRUE(journey.name == "checkout" || starts[journey.name] == starts["search"]) << journey.name;
    }
    for (const std::uint32_t workers : {2u, 4u}) {
      EXPECT_TRUE(frames_of(workers, definition) == one) << workers << " workers, " << journeys << " journeys";
    }
  }
}

TEST_F(RestartedProducer, LiveRingsAreMergedByTheTimeOfTheirEvents) {
  const std::size_t search = journey_named(test_.definition, "search");
  Event start;
  start.time = start.edge_time = Instant{1'000 * kSecond};
  start.owner_hash = 1;
  start.key = SessionKey{{7, 8}};
  start.identity = test_.definition.journeys[search].identity;
  start.channel = Channel::kHttpRequest;
  start.match_count = 1;
  start.matches[0] = {JourneyId{search}, StepId{0}};
  Event success = start;
  success.time = success.edge_time = start.time + 50 * kMillisecond;
  success.channel = Channel::kBeacon;
  success.matches[0].step = StepId{2};
  ASSERT_TRUE(test_.board.ring(0, 1).push({1, success}));
  ASSERT_TRUE(test_.board.ring(1, 1).push({1, start}));
  Core core(test_.definition, test_.board, 1, Pace::kFile, nullptr);
  Router router(core, test_.board, 1, 2, false, false);
  EXPECT_TRUE(router.consume());
  EXPECT_EQ(core.tracker().outcomes(JourneyId{search}, Outcome::kSuccess), 1u);
}

}  // namespace
}  // namespace bellrock::app
