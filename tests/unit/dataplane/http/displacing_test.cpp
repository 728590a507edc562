// Unfinished messages give their blocks to newer ones.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "recorder.h"

namespace bellrock::http::test {
namespace {

constexpr std::size_t kUnfinished = 1'000;
constexpr ConnectionIndex kHonest = kUnfinished;  // and those behind it
constexpr std::size_t kVisitors = 100;
constexpr HttpLimits kLimits{.connections = 2'000};

struct Crowd {
  Counters counters;
  Connections http{kLimits, {}, counters};
  Recorder sink;
  const std::size_t blocks = http.free_blocks();

  void send(ConnectionIndex c, Direction direction, const std::string& data, std::int64_t us) {
    const std::vector<std::uint8_t> exact(data.begin(), data.end());
    http.on_data(c, direction, exact, Wire::at(us), sink);
  }
  void in_pieces(ConnectionIndex c, Direction direction, const std::string& data, std::size_t piece) {
    for (std::size_t at = 0; at < data.size(); at += piece) send(c, direction, data.substr(at, piece), 1);
  }
  void close_all() {
    for (ConnectionIndex c = 0; c < kLimits.connections; ++c) http.on_close(c, false, Wire::at(9), sink);
  }
  [[nodiscard]] std::uint64_t count(StreamCount what) const { return counters.pending(counter::id(what)); }

  // Each visitor's beacon and page view come in two segments, and so does the answer.
  void visit() {
    const std::string beacon = "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789";
    const std::string view = "GET /search HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (ConnectionIndex c = kHonest; c < kHonest + kVisitors; ++c) {
      http.on_open(c);
      for (const std::string& request : {beacon, view}) {
        send(c, Direction::kToServer, request.substr(0, request.size() - 4), 2);
        send(c, Direction::kToServer, request.substr(request.size() - 4), 3);
        send(c, Direction::kToClient, answer.substr(0, 20), 4);
        send(c, Direction::kToClient, answer.substr(20), 5);
      }
    }
  }
  void expect_visitors_read() const {
    std::size_t bodies = 0, views = 0, answered = 0;
    for (const std::string& body : sink.bodies) bodies += body == "0123456789" ? 1u : 0u;
    for (const std::string& line : sink.lines) views += line.find("path=/search") != std::string::npos ? 1u : 0u;
    for (const Transaction& t : sink.transactions) answered += t.end == TransactionEnd::kAnswered ? 1u : 0u;
    EXPECT_EQ(bodies, kVisitors);
    EXPECT_EQ(views, kVisitors);
    EXPECT_EQ(answered, 2 * kVisitors);
    EXPECT_EQ(count(StreamCount::kOrphanResponses), 0u);
  }
};

TEST(Displacing, VisitorsAreReadBesideAThousandUnfinishedBodies) {
  Crowd crowd;
  for (ConnectionIndex c = 0; c < kUnfinished; ++c) {
    crowd.http.on_open(c);
    crowd.send(c, Direction::kToServer, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n", 1);
    crowd.in_pieces(c, Direction::kToServer, std::string(64'000, 'x'), 1'400);
  }
  crowd.visit();
  crowd.expect_visitors_read();
  std::size_t blamed = 0;
  for (const std::string& line : crowd.sink.lines)
    blamed += line.find("error=no_buffer") != std::string::npos ? 1u : 0u;
  EXPECT_GT(blamed, 0u);
  EXPECT_EQ(blamed, crowd.count(StreamCount::kHttpBuffersFull));
  crowd.close_all();
  EXPECT_EQ(crowd.sink.requests, kUnfinished + 2 * kVisitors);
  EXPECT_EQ(crowd.sink.transactions.size(), kUnfinished + 2 * kVisitors);
  EXPECT_TRUE(crowd.sink.tags_returned);
  EXPECT_EQ(crowd.http.free_blocks(), crowd.blocks);
}

TEST(Displacing, VisitorsAreReadBesideAThousandUnfinishedHeadsThatKeepMoving) {
  Crowd crowd;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x');
  for (ConnectionIndex c = 0; c < kUnfinished; ++c) {
    crowd.http.on_open(c);
    crowd.in_pieces(c, Direction::kToServer, head, 1'400);
  }
  for (ConnectionIndex c = 0; c < kUnfinished; ++c) crowd.send(c, Direction::kToServer, "x", 1);
  crowd.visit();
  crowd.expect_visitors_read();
  EXPECT_GT(crowd.count(StreamCount::kHttpBuffersFull), 0u);
  crowd.close_all();
  EXPECT_EQ(crowd.sink.requests, 2 * kVisitors);
  EXPECT_EQ(crowd.count(StreamCount::kNotHttpBytes), kUnfinished * (head.size() + 1));
  EXPECT_EQ(crowd.http.free_blocks(), crowd.blocks);
}

TEST(Displacing, VisitorsAreReadBesideAThousandUnfinishedResponseHeads) {
  Crowd crowd;
  const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x');
  for (ConnectionIndex c = 0; c < kUnfinished; ++c) {
    crowd.http.on_open(c);
    crowd.send(c, Direction::kToServer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1);
    crowd.in_pieces(c, Direction::kToClient, head, 1'400);
  }
  crowd.visit();
  crowd.expect_visitors_read();
  EXPECT_GT(crowd.count(StreamCount::kHttpBuffersFull), 0u);
  crowd.close_all();
  EXPECT_EQ(crowd.sink.transactions.size(), kUnfinished + 2 * kVisitors);
  EXPECT_TRUE(crowd.sink.tags_returned);
  EXPECT_EQ(crowd.http.free_blocks(), crowd.blocks);
}

TEST(Displacing, ADisplacedBodyIsFollowedToItsEndAndTheNextRequestIsRead) {
  Crowd crowd;
  for (ConnectionIndex c = 0; c < kUnfinished; ++c) {
    crowd.http.on_open(c);
    crowd.send(c, Direction::kToServer, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", 1);
    crowd.in_pieces(c, Direction::kToServer, std::string(59'000, 'x'), 1'400);
  }
  crowd.send(0, Direction::kToServer, std::string(1'000, 'x') + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n", 2);
  crowd.send(0, Direction::kToClient, "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 3);
  ASSERT_EQ(crowd.sink.transactions.size(), 2u);
  EXPECT_EQ(crowd.sink.transactions[0].status, 204u);
  EXPECT_FALSE(crowd.sink.transactions[0].request_last.seen());
  EXPECT_EQ(crowd.sink.transactions[1].status, 200u);
  EXPECT_NE(crowd.sink.text_of_all().find("path=/next"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::http::test
