// A worker that serves: from frames to counts on the board, and back to answers.
#include <gtest/gtest.h>

#include "dataplane/app/live_clock.h"
#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/app/test_board.h"
#include "tests/unit/dataplane/app/wire.h"

namespace bellrock::app {
namespace {

using test::Client;
using test::Wire;

journey::Definition serving_definition() {
  journey::Definition definition = shop_definition();
  definition.serve.on = true;
  definition.serve.addresses = {{0, 0xffff'c000'0201}};
  definition.limits.connections_per_core = 1'024;
  return definition;
}

std::string post(std::string_view body) {
  return "POST /rum HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

constexpr std::string_view kSearch =
    R"({"v":1,"sid":"visitor-1","ts":1,"type":"step","page":"/search","name":"search.results","dur":12,"ok":true})";

class Served : public testing::Test {
 protected:
  explicit Served(journey::Definition definition = serving_definition()) : board_(std::move(definition)) {
    WorkerSetup setup = board_.setup();
    setup.pace = Pace::kLive;
    setup.ordered = false;
    setup.endpoint = &endpoint_;
    worker_ = std::make_unique<Worker<Wire, Endpoint>>(setup, wire_);
  }

  void poll(Duration passed = kMillisecond) {
    now_ = now_ + passed;
    ASSERT_TRUE(worker_->run_once(now_));
  }
  void connect(Client& client) {
    client.syn();
    poll();
    client.hear();
    ASSERT_TRUE(client.open);
    client.ack();
  }
  template <typename E>
  std::uint64_t count(E what) {
    return board_.board.core(0).counters[counter::id(what)];
  }

  const EndpointSetup endpoint_{
      .mac = {2, 0, 0, 0, 0, 1}, .mtu = 1'500, .secret = {1, 2}, .snippet = {}, .snippet_gzip = {}};
  TestBoard board_;
  Wire wire_;
  std::unique_ptr<Worker<Wire, Endpoint>> worker_;
  Instant now_{1'700'000'000 * kSecond};
};

TEST_F(Served, ABeaconIsAnsweredAndCounted) {
  Client client(wire_);
  connect(client);
  client.say(post(kSearch));
  poll();
  client.hear();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 204 No Content\r\n")) << client.received;
  EXPECT_EQ(client.problems, std::vector<std::string>{});
  EXPECT_EQ(count(PacketCount::kBeaconsAccepted), 1u);
  EXPECT_EQ(count(EventCount::kEvents), 1u);
  EXPECT_EQ(count(ServerCount::kRequests), 1u);
}

// Whoever was told that his beacon is counted can rely on it, whenever the process is killed.
TEST_F(Served, NothingIsAnsweredBeforeItIsOnTheBoard) {
  Client client(wire_);
  connect(client);
  std::uint64_t when_sent = 0;
  wire_.on_send = [&] { when_sent = count(PacketCount::kBeaconsAccepted); };
  client.say(post(kSearch));
  poll();
  client.hear();
  EXPECT_FALSE(client.received.empty());
  EXPECT_EQ(when_sent, 1u);
}

TEST_F(Served, EveryFrameHasAVerdictAndEveryBeaconAFate) {
  Client client(wire_), other(wire_, 20'001), stranger(wire_, 20'002);
  connect(client);
  connect(other);
  client.say(post(kSearch) + post("no json") + "GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n");
  other.say("GET / HTTP/1.1\r\n\r\n");
  stranger.ack();
  wire_.to_edge.emplace_back(60, 0xff);
  poll();
  client.hear();
  std::uint64_t verdicts = 0, rejects = 0, statuses = 0;
  for (unsigned i = 0; i < counter::kSize<FrameVerdict>; ++i) verdicts += count(static_cast<FrameVerdict>(i));
  for (unsigned i = 0; i < counter::kSize<BeaconReject>; ++i) rejects += count(static_cast<BeaconReject>(i));
  for (unsigned i = 100; i < 600; ++i) statuses += board_.board.core(0).counters[counter::status(i)];
  EXPECT_EQ(count(ResponderCount::kFramesIn), verdicts);
  EXPECT_EQ(count(PacketCount::kPackets), verdicts);
  EXPECT_EQ(count(PacketCount::kPassed), verdicts);
  EXPECT_EQ(count(PacketCount::kBeaconsSeen), 2u);
  EXPECT_EQ(count(PacketCount::kBeaconsAccepted) + rejects, 2u);
  EXPECT_EQ(statuses, 4u) << client.received;
}

TEST_F(Served, DeadlinesPassWithoutPackets) {
  Client client(wire_);
  connect(client);
  client.say("POST /rum HTTP/1.1\r\nHost:");
  for (int i = 0; i < 200; ++i) poll(100 * kMillisecond);
  client.hear();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
  EXPECT_EQ(count(Refusal::kHeadTimeout), 1u);
}

TEST_F(Served, AStopTellsClientsAndGivesAllBuffersBack) {
  Client client(wire_), other(wire_, 20'001);
  connect(client);
  connect(other);
  client.say(post(kSearch));
  poll();
  EXPECT_GT(wire_.lent(), 0u);
  worker_->stop();
  EXPECT_EQ(wire_.lent(), 0u);
  client.hear_with(other);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 204 ")) << client.received;
  EXPECT_TRUE(client.finished);
  EXPECT_TRUE(other.finished);
}

// A port whose pool is empty: the answer waits for the client's next try, and the beacon counts once.
TEST_F(Served, WithoutBuffersAnAnswerIsLostAndSentAgain) {
  Client client(wire_);
  connect(client);
  poll();
  worker_->stages().give_back(wire_);
  std::vector<OutFrame> all(2 * kOutFramesMax);
  all.resize(wire_.lend(all));
  client.say(post(kSearch));
  poll();
  client.hear();
  EXPECT_EQ(client.received, "");
  EXPECT_EQ(count(ResponderCount::kNoOutBuffer), 1u);
  wire_.give_back(all);
  for (int i = 0; i < 20; ++i) poll(100 * kMillisecond);
  client.hear();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 204 ")) << client.received;
  EXPECT_EQ(count(PacketCount::kBeaconsAccepted), 1u);
}

TEST_F(Served, ServingTakesNoMemory) {
  Client client(wire_);
  connect(client);
  const std::string request = post(kSearch);
  for (int i = 0; i < 3; ++i) {
    client.say(request);
    poll();
    client.hear();
  }
  client.say(request);
  wire_.keeps = false;
  now_ = now_ + kMillisecond;
  const bellrock::test::AllocationGuard guard;
  worker_->run_once(now_);
  EXPECT_EQ(guard.count(), 0u);
  EXPECT_EQ(count(PacketCount::kBeaconsAccepted), 4u);
}

TEST(LiveClock, NeitherGoesBackNorStandsStill) {
  LiveClock clock;
  const Instant wall{1'700'000'000 * kSecond}, steady{5 * kSecond};
  EXPECT_EQ(clock.at(wall, steady), wall);
  EXPECT_EQ(clock.at(wall + kSecond, steady + kSecond), wall + kSecond);
  // Set back by an hour: at half speed.
  const Instant back = wall - kHour;
  EXPECT_EQ(clock.at(back + 2 * kSecond, steady + 2 * kSecond), wall + kSecond + kSecond / 2);
  // Two hours later the wall has caught up.
  EXPECT_EQ(clock.at(back + 3 * kHour, steady + 3 * kHour), back + 3 * kHour);
  // Set forward: at once.
  EXPECT_EQ(clock.at(wall + 30 * kHour, steady + 4 * kHour), wall + 30 * kHour);
}

}  // namespace
}  // namespace bellrock::app
