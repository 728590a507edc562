// `reorder_wait` from packets to frames: beacons that overtake each other give the frames that they give in order, with
// any number of workers and through kills; what is held is on the board, and nothing of it leaves unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>

#include "control/cli/replay/run.h"
#include "control/proto/frame_codec.h"
#include "dataplane/app/until_port.h"
#include "tests/unit/dataplane/app/capture.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr Instant kStart{20'000 * 24 * kHour + kHour};
constexpr unsigned kVisitors = 40;
constexpr Duration kWait = kSecond;

journey::Definition waiting_shop(Duration wait) {
  journey::Definition definition = shop_definition();
  for (journey::Identity& identity : definition.identities) identity.reorder_wait = wait;
  journey::Limits& limits = definition.limits;
  limits.connections_per_core = limits.sessions_per_core = limits.attempts_per_core = 1'024;
  limits.pages_per_bank = limits.held_events_per_core = 1'024;
  return definition;
}

std::string post(const std::string& path, const std::string& body, const std::string& rest = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n" + rest +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string beacon_of(unsigned visitor, const char* name, unsigned number) {
  return post("/rum", R"({"v":1,"sid":"v)" + std::to_string(visitor) +
                          R"(","ts":1,"type":"step","page":"/checkout","name":")" + name + R"(","pv":"p)" +
                          std::to_string(visitor) + R"(","n":)" + std::to_string(number) + R"(,"dur":5,"ok":true})");
}

// Visitors check out, each within five seconds, and their beacons say different things about how it ended: so that the
// first to be read decides.
class Capture {
 public:
  // shuffled: the beacons of each come in any order, at the same moments.
  Capture(std::string path, bool shuffled, std::uint64_t seed) : path_(std::move(path)), random_(seed) {
    for (unsigned visitor = 0; visitor < kVisitors; ++visitor) add_visitor(visitor, shuffled);
    std::stable_sort(talks_.begin(), talks_.end(), [](const Part& a, const Part& b) { return a.at < b.at; });
    writer_.emplace(std::move(*io::PcapWriter::create(path_)));
    for (const Part& part : talks_) {
      part.say();
      if (part.is_beacon) beacon_packets.push_back(packets_ - 1);
    }
    EXPECT_TRUE(writer_->close().ok());
  }
  ~Capture() { std::filesystem::remove(path_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  std::vector<std::uint64_t> beacon_packets;

 private:
  struct Part {
    Instant at;
    bool is_beacon;
    std::function<void()> say;
  };

  void add_visitor(unsigned visitor, bool shuffled) {
    const Instant from = kStart + visitor * 1'310 * kMillisecond;
    const std::string cookie = "Cookie: sid=v" + std::to_string(visitor) + "\r\n";
    ask(from, "GET /checkout HTTP/1.1\r\nHost: shop.example\r\n" + cookie + "\r\n");
    ask(from + 2 * kSecond, post("/api/v1/payments", "{}", cookie));
    const char* const endings[] = {"order.confirmed", "payment.declined", "checkout.cancel", "checkout.address"};
    std::vector<std::string> beacons;
    for (unsigned n = 1; n <= 4; ++n) beacons.push_back(beacon_of(visitor, endings[(visitor + n) % 4], n));
    if (shuffled) std::shuffle(beacons.begin(), beacons.end(), random_);
    for (unsigned n = 0; n < 4; ++n) {
      ask(from + 3 * kSecond + n * 310 * kMillisecond, beacons[n]);
      talks_.back().is_beacon = true;
    }
  }
  // On a connection of its own, so that a process that begins before it reads all of it.
  void ask(Instant at, std::string text) {
    const auto port = static_cast<std::uint16_t>(20'000 + talks_.size());
    talks_.push_back({at, false, [this, at, port, text = std::move(text)] {
                        Talk talk(*writer_, port);
                        talk.open(at);
                        talk.ask(at, text);
                        packets_ += 4;
                      }});
  }

  std::string path_;
  std::mt19937_64 random_;
  std::vector<Part> talks_;
  std::optional<io::PcapWriter> writer_;
  std::uint64_t packets_ = 0;
};

class Reorder : public testing::Test {
 protected:
  Reorder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bellrock-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Reorder() override { std::filesystem::remove_all(directory_); }
  std::unique_ptr<Capture> capture(bool shuffled, std::uint64_t seed = 1) {
    return std::make_unique<Capture>((directory_ / std::to_string(++captures_)).string(), shuffled, seed);
  }
  struct Replayed {
    std::vector<std::uint8_t> frames;
    cli::ReplayResult result;
  };
  static Replayed replayed(const Capture& capture, const journey::Definition& definition, std::uint32_t workers = 1,
                           std::vector<cli::RestartPoint> restarts = {}) {
    Replayed all;
    cli::ReplayOptions options;
    options.pcap = capture.path();
    options.workers = workers;
    options.restarts = std::move(restarts);
    options.on_frame = [&all](const control::DeltaFrame& frame) {
      const auto encoded = proto::encode(frame);
      all.frames.insert(all.frames.end(), encoded.begin(), encoded.end());
    };
    auto result = cli::replay(definition, options);
    CHECK(result.ok());
    all.result = std::move(result).value();
    return all;
  }

  std::filesystem::path directory_;
  int captures_ = 0;
};

using Series = std::map<control::SeriesKey, std::uint64_t>;
Series counts_of(const cli::ReplayResult& result) {
  Series counts;
  for (const auto& [key, histogram] : result.series) counts[key] = histogram.n;
  return counts;
}

TEST_F(Reorder, WithinTheWaitGivesTheFramesOfTheBeaconsInOrderWithAnyNumberOfWorkers) {
  const auto in_order = capture(false);
  const auto calm = replayed(*in_order, waiting_shop(kWait));
  ASSERT_GT(calm.frames.size(), 100u);
  EXPECT_EQ(calm.result.counters.at("event.events"), kVisitors * 6u);
  EXPECT_FALSE(calm.result.counters.contains("event.reordered"));
  EXPECT_TRUE(counts_of(calm.result) == counts_of(replayed(*in_order, waiting_shop(0)).result)) << "waiting alone";
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto shuffled = capture(true, seed);
    EXPECT_FALSE(counts_of(replayed(*shuffled, waiting_shop(0)).result) == counts_of(calm.result)) << "order matters";
    for (const std::uint32_t workers : {1u, 2u, 4u}) {
      const auto sorted = replayed(*shuffled, waiting_shop(kWait), workers);
      EXPECT_TRUE(sorted.frames == calm.frames) << workers << " workers, seed " << seed;
      EXPECT_GT(sorted.result.counters.at("event.reordered"), kVisitors);
      EXPECT_FALSE(sorted.result.counters.contains("event.released_early"));
    }
  }
}

// What a beacon says of its page moves with it, beside the event that counts for it.
TEST_F(Reorder, CountsABeaconOnceThatOvertookAnotherAlsoWherePagesAreCovered) {
  const auto shuffled = capture(true);
  const auto alone = replayed(*shuffled, waiting_shop(kWait));
  journey::Definition covered = waiting_shop(kWait);
  covered.coverage.on = true;
  const auto beside = replayed(*shuffled, covered);
  EXPECT_GT(beside.result.counters.at("event.events"), alone.result.counters.at("event.events"));
  EXPECT_EQ(beside.result.counters.at("event.reordered"), alone.result.counters.at("event.reordered"));
}

TEST_F(Reorder, KillsAtAnyBeaconChangeNothing) {
  const auto shuffled = capture(true);
  const auto calm = replayed(*shuffled, waiting_shop(kWait));
  std::vector<cli::RestartPoint> all;
  for (std::size_t i = 0; i < shuffled->beacon_packets.size(); ++i) {
    // With its event done, or before its connection's first packet.
    const std::uint64_t packet = shuffled->beacon_packets[i];
    const cli::RestartPoint here = i % 2 == 0 ? cli::RestartPoint{packet - 3, 0} : cli::RestartPoint{packet, 1};
    if (i % 23 == 0) {
      const auto killed = replayed(*shuffled, waiting_shop(kWait), 1, {here});
      EXPECT_TRUE(counts_of(killed.result) == counts_of(calm.result)) << here.ordinal;
      EXPECT_EQ(killed.result.open, calm.result.open);
    }
    all.push_back(here);
  }
  const auto killed = replayed(*shuffled, waiting_shop(kWait), 1, all);
  EXPECT_TRUE(counts_of(killed.result) == counts_of(calm.result));
  EXPECT_EQ(killed.result.counters.at("packets"), shuffled->packets());
  EXPECT_EQ(killed.result.counters.at("event.events"), kVisitors * 6u);
}

TEST_F(Reorder, WithoutRoomTheFirstLeaveEarlyAndAreCounted) {
  const auto shuffled = capture(true);
  journey::Definition definition = waiting_shop(30 * kSecond);
  definition.limits.held_events_per_core = 3;
  const auto crowded = replayed(*shuffled, definition);
  const auto& counters = crowded.result.counters;
  EXPECT_EQ(counters.at("event.events"), kVisitors * 6u);
  EXPECT_EQ(counters.at("event.released_early"), kVisitors * 6u - 3);
  std::uint64_t starts = 0;
  for (const auto& [key, n] : counts_of(crowded.result)) {
    if (key.kind == CellKind::kStart && key.scope == CellScope::kTotal) starts += n;
  }
  EXPECT_EQ(starts, kVisitors);
}

TEST_F(Reorder, WhatIsHeldStaysOnTheBoardUntilItIsSettled) {
  const auto in_order = capture(false);
  TestBoard test(waiting_shop(kWait));
  auto file = io::PcapFile::open(in_order->path());
  UntilPort port{*file, in_order->beacon_packets[30] + 1};
  auto worker = std::make_unique<Worker<UntilPort>>(test.setup(), port);
  while (!port.stopped) worker->run_once({});
  const std::uint64_t held = test.board.held_events();
  EXPECT_GT(held, 0u);
  EXPECT_FALSE(test.board.settled());
  worker->stop();
  EXPECT_EQ(test.board.held_events(), held) << "the next process goes on with them";
  worker = std::make_unique<Worker<UntilPort>>(test.setup(), port);
  worker->settle();
  EXPECT_EQ(test.board.held_events(), 0u);
  EXPECT_TRUE(test.board.settled());
}

TEST_F(Reorder, AnotherCaptureIsNotReadOverEventsThatAreHeld) {
  const auto in_order = capture(false);
  TestBoard test(waiting_shop(kWait));
  ASSERT_TRUE(test.board.enter_capture(7).ok());
  auto file = io::PcapFile::open(in_order->path());
  UntilPort port{*file, in_order->beacon_packets[30] + 1};
  auto worker = std::make_unique<Worker<UntilPort>>(test.setup(), port);
  while (!port.stopped) worker->run_once({});
  EXPECT_TRUE(test.board.enter_capture(7).ok());
  EXPECT_FALSE(test.board.enter_capture(8).ok());
}

// The last window of an idle link: no event comes behind those that are held.
TEST(ReorderLive, TimeAloneLetsEventsGo) {
  TestBoard test(waiting_shop(kWait));
  Core core(test.definition, test.board, 0, Pace::kLive, nullptr);
  Router router(core, test.board, 0, 1, false, true);
  Event event;
  event.time = event.edge_time = Instant{100 * kSecond};
  event.key = {{1, 7}};
  event.identity = test.definition.journeys[0].identity;
  event.matches[event.match_count++] = {JourneyId{std::size_t{0}}, StepId{std::size_t{0}}};
  router.route(event);
  router.on_packet_done(1);
  core.pass(event.time + kWait);
  EXPECT_EQ(core.tracker().starts(JourneyId{std::size_t{0}}), 0u);
  core.pass(event.time + kWait + 1);
  EXPECT_EQ(core.tracker().starts(JourneyId{std::size_t{0}}), 1u);
}

TEST(ReorderLive, AnEventFromBeforeTheClockWasSetBackDoesNotHoldUpTheOthers) {
  TestBoard test(waiting_shop(kWait));
  Event event;
  event.time = event.edge_time = Instant{1'000 * kSecond};
  event.key = {{1, 7}};
  event.identity = test.definition.journeys[0].identity;
  event.matches[event.match_count++] = {JourneyId{std::size_t{0}}, StepId{std::size_t{0}}};
  {
    Core core(test.definition, test.board, 0, Pace::kLive, nullptr);
    core.on_event(event);
    core.commit();
  }
  Core core(test.definition, test.board, 0, Pace::kLive, nullptr);
  EXPECT_EQ(test.board.held_events(), 1u);
  core.pass(Instant{500 * kSecond});
  EXPECT_EQ(core.tracker().starts(JourneyId{std::size_t{0}}), 1u);
}

}  // namespace
}  // namespace bellrock::app
