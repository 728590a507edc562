// Kills that fall into the wait for a bank, at which a process stands most of its time. What it has told until then
// stays, also of connections that ended idle; a replay that is told where the next process went on counts the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <tuple>

#include "control/cli/replay/run.h"
#include "tests/unit/dataplane/app/capture.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr Instant kStart{20'000 * 24 * kHour + kHour};

struct Killed {};

using Counts = std::map<control::SeriesKey, std::uint64_t>;
Counts counts_of(const cli::ReplayResult& result) {
  Counts counts;
  for (const auto& [key, histogram] : result.series) counts[key] = histogram.n;
  return counts;
}

std::string difference(const Counts& expected, Counts found) {
  std::string text;
  for (const auto& [key, n] : expected) {
    if (found[key] == n) continue;
    text += key.journey + ' ' + key.item + ' ' + key.detail + ": " + std::to_string(n) + ", found " +
            std::to_string(found[key]) + '\n';
  }
  return text;
}

// Where a start finds the board, as the edge says it.
cli::RestartPoint place_of(const board::CoreControl& control) {
  if (control.events_done > Order::kExpiryBase) {
    return {control.position, control.events_done - Order::kExpiryBase, true};
  }
  if (control.events_done > 0) return {control.part_end - 1, control.events_done};
  return {control.position, 0};
}

// Visitors with one connection each, who ask for something now and then, and are answered at once. One of three asks
// just before a window's end. Where a connection is seen from its middle, because of a kill, such an exchange is told
// by a deadline, which is noticed when a packet of the next window is there, or lies in it itself.
void write_exchanges(const std::string& path) {
  constexpr unsigned kVisitors = 30, kExchanges = 12;
  struct Step {
    Instant at;
    unsigned visitor, number;
    bool operator<(const Step& o) const { return std::tie(at, visitor) < std::tie(o.at, o.visitor); }
  };
  std::mt19937_64 random(1);
  std::vector<Step> steps;
  for (unsigned visitor = 0; visitor < kVisitors; ++visitor) {
    Instant at = kStart + static_cast<Duration>(random() % 20'000) * kMillisecond;
    for (unsigned number = 0; number < kExchanges; ++number) {
      steps.push_back({at, visitor, number});
      at = at + kSecond + static_cast<Duration>(random() % 20'000) * kMillisecond;
      const Instant border = window_start(window_of(at) + 1);
      if (random() % 3 == 0) at = border - static_cast<Duration>(1 + random() % 100) * kMillisecond;
    }
  }
  std::sort(steps.begin(), steps.end());
  auto writer = io::PcapWriter::create(path);
  CHECK(writer.ok());
  std::vector<Talk> talks;
  for (unsigned i = 0; i < kVisitors; ++i) talks.emplace_back(*writer, static_cast<std::uint16_t>(40'000 + i));
  for (const Step& step : steps) {
    const std::string head = "HTTP/1.1\r\nHost: shop.example\r\nCookie: sid=v" + std::to_string(step.visitor) + "\r\n";
    Talk& talk = talks[step.visitor];
    if (step.number == 0) talk.open(step.at);
    talk.ask(step.at, step.number % 2 == 0 ? "GET /search?q=bell " + head + "\r\n"
                                           : "POST /api/v1/payments " + head + "Content-Length: 0\r\n\r\n");
    talk.answer(step.at, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }
  CHECK(writer->close().ok());
}

class WaitingKill : public testing::TestWithParam<Duration> {
 protected:
  void SetUp() override { write_exchanges(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  // Until the capture's end, killed in `of_ten` of ten waits. Says where it went on each time.
  std::vector<cli::RestartPoint> run(TestBoard& test, std::uint64_t seed, unsigned of_ten) {
    random_.seed(seed);
    of_ten_ = of_ten;
    board_ = &test;
    std::vector<cli::RestartPoint> places;
    while (!ends(test)) {
      CHECK(test.board.journal(0).roll_back());
      places.push_back(place_of(test.board.core(0).control));
    }
    test.harvest();
    return places;
  }

  std::string path_ = (std::filesystem::temp_directory_path() / "bellrock-wait-").string() + std::to_string(::getpid());

 private:
  static void wait() {
    if (random_() % 10 < of_ten_) throw Killed{};
    board_->harvest();
  }

  bool ends(TestBoard& test) {
    auto file = io::PcapFile::open(path_);
    CHECK(file.ok());
    CHECK(file->seek(test.board.core(0).control.position).ok());
    WorkerSetup setup = test.setup();
    setup.wait = wait;
    try {
      auto worker = std::make_unique<Worker<io::PcapFile>>(setup, *file);
      while (worker->run_once({})) {
      }
      return true;
    } catch (const Killed&) {
      return false;
    }
  }

  static inline TestBoard* board_ = nullptr;
  static inline std::mt19937_64 random_;
  static inline unsigned of_ten_ = 0;
};

TEST_P(WaitingKill, IsReplayedByWhereTheNextProcessWentOn) {
  std::size_t kills = 0, with_ends = 0;
  for (const unsigned of_ten : {1u, 3u, 5u, 8u}) {
    journey::Definition definition = shop_definition();
    for (journey::Identity& identity : definition.identities) identity.reorder_wait = GetParam();
    TestBoard test(std::move(definition));
    cli::ReplayOptions options;
    options.pcap = path_;
    options.restarts = run(test, of_ten, of_ten);
    for (const auto& place : options.restarts) with_ends += place.ends ? 1 : 0;
    kills += options.restarts.size();
    const auto replayed = cli::replay(test.definition, options);
    ASSERT_TRUE(replayed.ok());
    EXPECT_EQ(difference(counts_of(*replayed), test.counts), "") << of_ten << " of ten";
    EXPECT_EQ(counts_of(*replayed).size(), test.counts.size());
  }
  EXPECT_GT(kills, 20u);
  EXPECT_GT(with_ends, 5u) << "no connection ended before a window's first packet";
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutReordering, WaitingKill, testing::Values(Duration{0}, 20 * kSecond));

}  // namespace
}  // namespace bellrock::app
