// A process that dies in the middle of a packet with very many events: what was done of it is done once.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "control/cli/replay/run.h"
#include "tests/unit/dataplane/app/capture.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr unsigned kBeacons = 200;
constexpr Instant kStart{20'000 * 24 * kHour + kHour};

// Confirmations of visitors that never started anything: each is one event and one orphan_success.
std::string beacons_request() {
  std::string body = "[";
  for (unsigned i = 0; i < kBeacons; ++i) {
    body += (i == 0 ? "" : ",");
    body += R"({"v":1,"sid":"visitor-)" + std::to_string(i) +
            R"(","ts":1,"type":"step","page":"/checkout","name":"order.confirmed","dur":5,"ok":true})";
  }
  body += "]";
  return "POST /rum HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

class PartialPacket : public testing::Test {
 protected:
  void SetUp() override {
    auto writer = io::PcapWriter::create(path_);
    Talk first(*writer, 40'000), many(*writer, 40'001), last(*writer, 40'002);
    first.open(kStart);
    first.ask(kStart, "GET /checkout HTTP/1.1\r\nHost: shop.example\r\nCookie: sid=somebody\r\n\r\n");
    many.open(kStart + kSecond);
    many.ask(kStart + 2 * kSecond, beacons_request());  // packet 7
    many.answer(kStart + 3 * kSecond, "HTTP/1.1 204 No Content\r\n\r\n");
    last.open(kStart + 4 * kSecond);
    last.ask(kStart + 5 * kSecond, "GET /checkout HTTP/1.1\r\nHost: shop.example\r\nCookie: sid=another\r\n\r\n");
    ASSERT_TRUE(writer->close().ok());
  }
  void TearDown() override { std::filesystem::remove(path_); }
  cli::ReplayResult replayed(std::vector<cli::RestartPoint> restarts) {
    cli::ReplayOptions options;
    options.pcap = path_;
    options.restarts = std::move(restarts);
    auto result = cli::replay(shop_definition(), options);
    CHECK(result.ok());
    return std::move(result).value();
  }

  std::string path_ = (std::filesystem::temp_directory_path() / "bellrock-part-").string() + std::to_string(::getpid());
};

TEST_F(PartialPacket, TheCaptureIsWhatTheTestThinksItIs) {
  const auto result = replayed({});
  EXPECT_EQ(result.counters.at("event.orphan_success"), kBeacons);
  EXPECT_EQ(result.counters.at("packets"), 13u);
}

// The connection of that packet began behind the position, so it is read again as a whole.
TEST_F(PartialPacket, AKillAfterAnyOfItsEventsCountsTheRestOnce) {
  const auto calm = replayed({});
  for (const std::uint64_t events : {1u, 2u, 99u, 199u, 200u}) {
    const auto killed = replayed({{7, events}});
    EXPECT_EQ(killed.counters.at("event.orphan_success"), kBeacons) << events;
    EXPECT_EQ(killed.counters.at("packets"), 13u) << events;
    EXPECT_EQ(killed.counters.at("beacons_seen"), kBeacons) << events;
    EXPECT_EQ(killed.open, calm.open) << events;
    EXPECT_EQ(killed.harvested, calm.harvested) << events;
  }
}

TEST_F(PartialPacket, SeveralKillsInTheSamePacketGoOnEachWhereTheLastOneStopped) {
  const auto killed = replayed({{7, 50}, {7, 120}, {7, 199}});
  EXPECT_EQ(killed.counters.at("packets"), 13u);
  EXPECT_EQ(killed.counters.at("event.orphan_success"), kBeacons);
}

TEST_F(PartialPacket, DyingAgainWithoutHavingDoneMoreIsOneKill) {
  const auto once = replayed({{7, 50}}), again = replayed({{7, 50}, {7, 50}, {7, 50}});
  EXPECT_EQ(again.counters, once.counters);
  EXPECT_EQ(again.counters.at("event.orphan_success"), kBeacons);
}

TEST_F(PartialPacket, MoreEventsThanThePacketHasIsAKillBehindIt) {
  const auto killed = replayed({{7, 5'000}});
  EXPECT_EQ(killed.counters.at("event.orphan_success"), kBeacons);
  EXPECT_EQ(killed.counters.at("packets"), 13u);
}

// Messages that leave nothing on the board but a counter, and messages that are several events: twelve journeys begin
// with one beacon, and an event has room for eight.
class MessagesOfEveryKind : public testing::Test {
 protected:
  static constexpr int kJourneys = 12;
  void SetUp() override {
    std::string text =
        "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: {keys: [{beacon: sid}]}\n---\n"
        "apiVersion: bellrock/v1\nkind: Visitors\nmetadata: {name: all}\nspec: {filter: [bot, synthetic]}\n";
    for (int i = 0; i < kJourneys; ++i) {
      text += "---\napiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: j" + std::to_string(i) +
              "}\nspec:\n  identity: web\n  steps:\n    - {name: a, kind: start, match: {beacon: {event: x}}}\n"
              "    - {name: z, kind: success, match: {beacon: {event: z}}}\n";
    }
    std::ofstream(config_) << text;
    const auto loaded = config::load(std::span(&config_, 1));
    ASSERT_TRUE(loaded.ok()) << text;
    definition_ = loaded.definition;
    auto writer = io::PcapWriter::create(path_);
    Instant at = kStart;
    std::uint16_t port = 40'000;
    const auto send = [&](const std::string& sid, const std::string& name, int number, const char* agent) {
      const std::string body = R"({"v":1,"sid":")" + sid + R"(","type":"action","page":"/p","pv":"q","n":)" +
                               std::to_string(number) + R"(,"name":")" + name + R"("})";
      Talk talk(*writer, ++port);
      talk.open(at);
      talk.ask(at + kSecond, "POST /rum HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: " + std::string(agent) +
                                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      talk.answer(at + 2 * kSecond, "HTTP/1.1 204 No Content\r\n\r\n");
      at = at + 3 * kSecond;
    };
    const char* const bot = "Googlebot/2.1";
    send("b1", "x", 1, bot);
    send("b2", "x", 1, bot);
    send("v1", "x", 1, "Mozilla/5.0");
    send("v1", "x", 1, "Mozilla/5.0");  // a duplicate
    send("b3", "z", 1, bot);
    send("v2", "z", 1, "Mozilla/5.0");  // orphans
    send("v1", "z", 2, "Mozilla/5.0");
    send("v3", "x", 1, "Mozilla/5.0");
    ASSERT_TRUE(writer->close().ok());
  }
  void TearDown() override {
    std::filesystem::remove(path_);
    std::filesystem::remove(config_);
  }
  cli::ReplayResult replayed(std::vector<cli::RestartPoint> restarts) {
    cli::ReplayOptions options;
    options.pcap = path_;
    options.restarts = std::move(restarts);
    auto result = cli::replay(definition_, options);
    CHECK(result.ok());
    return std::move(result).value();
  }

  journey::Definition definition_;
  std::string path_ = (std::filesystem::temp_directory_path() / "bellrock-kind-").string() + std::to_string(::getpid());
  std::string config_ = path_ + ".yaml";
};

TEST_F(MessagesOfEveryKind, AreCountedOnceWhereverTheProcessDies) {
  const auto calm = replayed({});
  EXPECT_EQ(calm.counters.at("event.filtered_bot"), 3u);
  EXPECT_EQ(calm.counters.at("event.filtered_starts"), 2u * kJourneys);
  EXPECT_EQ(calm.counters.at("event.duplicate_beacon"), 1u);
  EXPECT_EQ(calm.counters.at("event.orphan_success"), std::uint64_t{kJourneys});
  const std::uint64_t packets = calm.counters.at("packets");
  EXPECT_GE(packets, 40u);
  for (std::uint64_t packet = 1; packet < packets; ++packet) {
    for (const std::uint64_t events : {0u, 1u, 2u}) {
      const auto killed = replayed({{packet, events}});
      for (const char* counter : {"event.filtered_bot", "event.filtered_starts", "event.duplicate_beacon",
                                  "event.orphan_success", "event.recorded", "packets"}) {
        EXPECT_EQ(killed.counters.at(counter), calm.counters.at(counter)) << counter << ' ' << packet << ':' << events;
      }
      EXPECT_EQ(killed.open, calm.open) << packet << ':' << events;
      EXPECT_EQ(killed.harvested, calm.harvested) << packet << ':' << events;
    }
  }
}

TEST_F(MessagesOfEveryKind, AreCountedOnceWhenEveryOneOfThemIsKilledInItsTurn) {
  const auto calm = replayed({});
  std::vector<cli::RestartPoint> kills;
  for (std::uint64_t packet = 3; packet < calm.counters.at("packets"); packet += 5) kills.push_back({packet, 1});
  const auto killed = replayed(kills);
  for (const char* counter : {"event.filtered_bot", "event.filtered_starts", "event.duplicate_beacon",
                              "event.orphan_success", "event.recorded", "packets"}) {
    EXPECT_EQ(killed.counters.at(counter), calm.counters.at(counter)) << counter;
  }
  EXPECT_EQ(killed.open, calm.open);
}

// Payments that nobody answers: their connections end idle when a packet of a later window is there, and all of these
// ends are told before that packet. A process that waits there for a bank to count into has told them already.
class EndsOfIdleConnections : public testing::Test {
 protected:
  static constexpr unsigned kPayments = 6;
  void SetUp() override {
    auto writer = io::PcapWriter::create(path_);
    for (unsigned i = 0; i < kPayments; ++i) {
      Talk talk(*writer, static_cast<std::uint16_t>(40'000 + i));
      const std::string visitor = "Host: shop.example\r\nCookie: sid=visitor-" + std::to_string(i) + "\r\n";
      talk.open(kStart);
      talk.ask(kStart, "GET /checkout HTTP/1.1\r\n" + visitor + "\r\n");
      talk.answer(kStart, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      talk.ask(kStart + kSecond, "POST /api/v1/payments HTTP/1.1\r\n" + visitor + "Content-Length: 0\r\n\r\n");
    }
    Talk later(*writer, 41'000);
    later.open(kStart + 20 * kMinute);
    ASSERT_TRUE(writer->close().ok());
  }
  void TearDown() override { std::filesystem::remove(path_); }

  struct Killed {
    std::uint64_t failed = 0, packets = 0, ends = 0;
    bool operator==(const Killed&) const = default;
  };
  Killed replayed(std::vector<cli::RestartPoint> restarts) {
    cli::ReplayOptions options;
    options.pcap = path_;
    options.restarts = std::move(restarts);
    auto result = cli::replay(shop_definition(), options);
    CHECK(result.ok());
    Killed killed;
    for (const auto& [key, histogram] : result->series) {
      if (key.scope != CellScope::kTotal || key.kind != CellKind::kOutcome) continue;
      killed.ends += histogram.n;
      if (key.item == "failed.system") killed.failed += histogram.n;
    }
    killed.packets = result->counters.at("packets");
    return killed;
  }

  static constexpr std::uint64_t kLater = kPayments * 6;  // the packet of the later window
  std::string path_ = (std::filesystem::temp_directory_path() / "bellrock-ends-").string() + std::to_string(::getpid());
};

TEST_F(EndsOfIdleConnections, AreKnownAsFarAsTheyWereToldBeforeAKill) {
  EXPECT_EQ(replayed({}).failed, kPayments);
  EXPECT_EQ(replayed({{kLater, 0}}).failed, 0u) << "died before the later packet: its connections are forgotten";
  for (const unsigned told : {1u, 4u, kPayments}) {
    const auto killed = replayed({{kLater, told, true}});
    EXPECT_EQ(killed.failed, told);
    EXPECT_EQ(killed.packets, kLater + 3);
    EXPECT_EQ(killed, replayed({{kLater, told, true}, {kLater, told, true}, {kLater, 0}})) << "dies there again";
  }
}

}  // namespace
}  // namespace bellrock::app
