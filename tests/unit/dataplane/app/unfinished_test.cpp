// Visitors are counted beside senders of messages that never end.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/dataplane/app/capture.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr std::uint16_t kUnfinished = 100;
constexpr std::uint16_t kVisitors = 100;
constexpr Instant kStart{20'000 * 24 * kHour};

// Each of a search and a beacon comes in two segments.
void visit(io::PcapWriter& writer, std::uint16_t port, Instant at) {
  const std::string sid = "v" + std::to_string(port);
  const std::string search = "GET /search?q=1 HTTP/1.1\r\nHost: shop.example\r\nCookie: sid=" + sid + "\r\n\r\n";
  const std::string body = R"({"v":1,"ts":1728000001000,"sid":")" + sid +
                           R"(","type":"step","page":"/search","name":"search.results","dur":12.5,"ok":true,)" +
                           R"("attrs":{"result_count":3}})";
  const std::string beacon =
      "POST /rum HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  Talk talk(writer, port);
  talk.open(at);
  for (const std::string& request : {search, beacon}) {
    talk.ask(at + kMillisecond, request.substr(0, request.size() - 5));
    talk.ask(at + 2 * kMillisecond, request.substr(request.size() - 5));
    talk.answer(at + 3 * kMillisecond, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    at = at + 3 * kMillisecond;
  }
}

void never_end(io::PcapWriter& writer, std::uint16_t port, Instant at) {
  Talk talk(writer, port);
  talk.open(at);
  talk.ask(at, "POST /rum HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 65000\r\n\r\n");
  for (int piece = 0; piece < 64; ++piece) talk.ask(at, std::string(1'000, 'x'));
}

TEST(Unfinished, BodiesThatNeverEndTakeNoVisitorsCounts) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("bellrock-unfinished-" + std::to_string(::getpid()))).string();
  {
    auto writer = io::PcapWriter::create(path);
    for (std::uint16_t i = 0; i < kUnfinished; ++i) never_end(*writer, static_cast<std::uint16_t>(2'000 + i), kStart);
    for (std::uint16_t i = 0; i < kVisitors; ++i) {
      visit(*writer, static_cast<std::uint16_t>(9'000 + i), kStart + kSecond + i * 10 * kMillisecond);
    }
    CHECK(writer->close().ok());
  }
  journey::Definition definition = shop_definition();
  definition.limits.connections_per_core = 2'000;
  TestBoard test(definition);
  io::MemoryPort port = read_capture(path);
  std::filesystem::remove(path);
  auto worker = std::make_unique<Worker<io::MemoryPort>>(test.setup(), port);
  while (worker->run_once({})) {
  }
  test.harvest();
  EXPECT_EQ(test.total(CellKind::kStart, "search"), kVisitors);
  EXPECT_EQ(test.total(CellKind::kOutcome, "search", "success"), kVisitors);
  const auto counters = test.board.core(0).counters;
  const auto get = [&counters](auto what) { return counters[counter::id(what)]; };
  EXPECT_EQ(get(PacketCount::kBeaconsAccepted), kVisitors);
  EXPECT_EQ(get(BeaconReject::kNoBuffer) + get(BeaconReject::kIncompleteBody), kUnfinished);
  EXPECT_GT(get(BeaconReject::kNoBuffer), 0u);
  EXPECT_EQ(get(BeaconReject::kNoBuffer), get(StreamCount::kHttpBuffersFull));
  EXPECT_EQ(get(PacketCount::kBeaconsSeen), kVisitors + kUnfinished);
  EXPECT_EQ(get(StreamCount::kTransactions), 2 * kVisitors + kUnfinished);
  EXPECT_EQ(get(StreamCount::kOrphanResponses), 0u);
}

}  // namespace
}  // namespace bellrock::app
