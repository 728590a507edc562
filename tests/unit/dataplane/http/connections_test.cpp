// Bodies, methods and interim responses on clean connections: what a pair of streams without gaps must give.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/http/recorder.h"

namespace bellrock::http {
namespace {

using test::Wire;

constexpr const char* kGet = "GET /a?b=1 HTTP/1.1\r\nHost: shop\r\n\r\n";

TEST(Connections, PairsARequestWithItsResponseAndTimesBoth) {
  Wire wire;
  wire.client(kGet, 10);
  wire.server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", 30);
  wire.server("llo", 50);
  ASSERT_EQ(wire.sink.lines.size(), 3u);
  EXPECT_EQ(wire.sink.lines[0], "request GET /a?b=1 path=/a query=b=1 h0=shop bytes=0 first=10000 last=10000 body=");
  EXPECT_EQ(wire.sink.lines[1], "response 200 to 1 first=30000");
  EXPECT_EQ(wire.sink.lines[2],
            "transaction 1 answered 200 interim=0 times=10000,10000,30000,50000 bytes=0,5 closed=0");
  EXPECT_EQ(wire.count(StreamCount::kTransactions), 1u);
}

TEST(Connections, KeepsTheOrderOfPipelinedRequests) {
  Wire wire;
  std::string requests, responses;
  for (int i = 0; i < 20; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    responses += "HTTP/1.1 " + std::to_string(400 + i) + " X\r\nContent-Length: 1\r\n\r\nx";
  }
  wire.client(requests, 10);
  wire.server(responses, 20);
  ASSERT_EQ(wire.sink.transactions.size(), 20u);
  for (unsigned i = 0; i < 20; ++i) EXPECT_EQ(wire.sink.transactions[i].status, 400 + i);
  EXPECT_TRUE(wire.sink.tags_returned);
}

TEST(Connections, CountsRequestsBeyondThePipelineAndFindsTheOrderAgain) {
  Wire wire;
  for (int i = 0; i < 70; ++i) wire.client(kGet, i);
  EXPECT_EQ(wire.sink.requests, 70u);
  EXPECT_EQ(wire.count(StreamCount::kPipelineFull), 6u);
  EXPECT_EQ(wire.count(StreamCount::kTransactionsUnanswered), 6u);
  for (int i = 0; i < 70; ++i) wire.server("HTTP/1.1 204 \r\n\r\n", 100 + i);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 6u);
  wire.client(kGet, 300);
  wire.server("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 310);
  EXPECT_EQ(wire.sink.transactions.back().status, 404u);
  EXPECT_EQ(wire.count(StreamCount::kTransactions), 71u);
}

TEST(Connections, KnowsResponsesWithoutBody) {
  Wire wire;
  wire.client("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 1);
  wire.server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 2);
  for (const char* status : {"204", "304"}) {
    wire.client(kGet, 3);
    wire.server("HTTP/1.1 " + std::string(status) + " X\r\nContent-Length: 500\r\n\r\n", 4);
  }
  wire.client(kGet, 5);
  wire.server("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 6);
  ASSERT_EQ(wire.sink.transactions.size(), 4u);
  for (const Transaction& t : wire.sink.transactions) EXPECT_EQ(t.response_body_bytes, 0u);
}

TEST(Connections, ReadsChunkedBodiesBothWays) {
  Wire wire;
  wire.client("POST /rum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\n{\"a\"\r\n", 1);
  wire.client("3\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n", 2);
  wire.server("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", 3);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.bodies[0], "{\"a\":1}");
  EXPECT_EQ(wire.sink.transactions[0].request_body_bytes, 7u);
  EXPECT_EQ(wire.sink.transactions[0].response_body_bytes, 5u);
  EXPECT_EQ(wire.sink.transactions[0].request_last, Wire::at(2));
}

TEST(Connections, EndsACloseDelimitedResponseAtTheFin) {
  Wire wire;
  wire.client("GET / HTTP/1.0\r\n\r\n", 1);
  wire.server("HTTP/1.0 200 OK\r\n\r\nab", 2);
  wire.server("cd", 3);
  EXPECT_TRUE(wire.sink.transactions.empty());
  wire.server_fin(9);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.transactions[0].response_body_bytes, 4u);
  EXPECT_EQ(wire.sink.transactions[0].response_last, Wire::at(3));
}

TEST(Connections, CountsInterimResponsesAndTimesTheFinalOne) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", 1);
  wire.server("HTTP/1.1 100 Continue\r\n\r\n", 2);
  wire.client("abc", 3);
  wire.server("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 4);
  wire.server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 5);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  const Transaction& t = wire.sink.transactions[0];
  EXPECT_EQ(t.status, 201u);
  EXPECT_EQ(t.interim, 2u);
  EXPECT_EQ(t.response_first, Wire::at(5));
  EXPECT_EQ(wire.count(StreamCount::kInterimResponses), 2u);
  EXPECT_EQ(wire.sink.responses, 1u);
}

TEST(Connections, StopsAtAnUpgrade) {
  Wire wire;
  wire.client("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 1);
  wire.server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi", 2);
  wire.client("\x81\x82\x01\x02\x03\x04", 3);
  wire.client_fin(4);
  wire.server_fin(5);
  wire.close(6);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.transactions[0].status, 101u);
  EXPECT_EQ(wire.count(StreamCount::kUpgrades), 1u);
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 0u);
  EXPECT_TRUE(wire.sink.errors.empty());
}

TEST(Connections, StopsAtConnectOnlyWhenItSucceeds) {
  Wire wire;
  wire.client("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 1);
  wire.server("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", 2);
  wire.client("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 3);
  wire.client("\x16\x03\x01 early", 4);
  wire.server("HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", 5);
  wire.client("\x17\x03\x03", 6);
  ASSERT_EQ(wire.sink.transactions.size(), 2u);
  EXPECT_EQ(wire.sink.transactions[0].status, 407u);
  EXPECT_EQ(wire.sink.transactions[1].status, 200u);
  EXPECT_EQ(wire.count(StreamCount::kUpgrades), 1u);
  EXPECT_TRUE(wire.sink.errors.empty());
}

TEST(Connections, WaitsForARequestThatIsAnsweredBeforeItsEnd) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 1);
  wire.server("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", 2);
  EXPECT_TRUE(wire.sink.lines.empty());
  wire.client("defghij", 3);
  ASSERT_EQ(wire.sink.lines.size(), 3u);
  EXPECT_EQ(wire.sink.lines[1], "response 413 to 1 first=2000");
  EXPECT_EQ(wire.sink.transactions[0].request_last, Wire::at(3));
  EXPECT_EQ(wire.sink.transactions[0].response_last, Wire::at(2));
}

TEST(Connections, GivesAnEarlyAnswerToARequestThatIsThenCut) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 1);
  wire.server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 2);
  wire.client_fin(3);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.transactions[0].end, TransactionEnd::kAnswered);
  EXPECT_FALSE(wire.sink.transactions[0].request_last.seen());
  EXPECT_NE(wire.sink.lines[0].find("error=incomplete_body"), std::string::npos);
}

TEST(Connections, GivesAResponseThatOvertookItsHeadToThatRequest) {
  Wire wire;
  wire.client("GET / HTTP/1.1\r\nHost: a\r\nX: ", 1);
  wire.server("HTTP/1.1 431 Too Long\r\nContent-Length: 0\r\n\r\n", 2);
  wire.client("y\r\n\r\n", 3);
  ASSERT_EQ(wire.sink.lines.size(), 3u);
  EXPECT_EQ(wire.sink.transactions[0].status, 431u);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 0u);
}

TEST(Connections, CallsAResponseWithoutRequestAnOrphan) {
  Wire wire;
  wire.server("HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n", 1);
  wire.client(kGet, 2);
  wire.close(3);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
  ASSERT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.transactions[0].end, TransactionEnd::kUnknown);
}

TEST(Connections, SkipsOneEmptyLineBeforeARequest) {
  Wire wire;
  wire.client("\r", 1);
  wire.client("\n", 2);
  wire.client(kGet, 3);
  ASSERT_EQ(wire.sink.requests, 1u);
  EXPECT_NE(wire.sink.lines[0].find("first=3000"), std::string::npos);
  wire.client("\r\n\r\n", 4);
  ASSERT_EQ(wire.sink.errors.size(), 1u);
  EXPECT_EQ(wire.sink.errors[0], HttpError::kBadRequestLine);
}

TEST(Connections, GivesUpOneDirectionAtAnErrorAndReadsTheOther) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client("GET / HTTP/1.1\r\nHost : a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 2);
  wire.client("more", 3);
  wire.server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", 4);
  EXPECT_EQ(wire.sink.requests, 1u);
  EXPECT_EQ(wire.sink.transactions.size(), 1u);
  EXPECT_EQ(wire.sink.transactions[0].status, 200u);
  EXPECT_EQ(wire.count(HttpError::kBadHeaderName), 1u);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 28u + 27u + 4u);
}

TEST(Connections, HandsOutConfiguredHeadersAfterTheFixedOnes) {
  Wire wire({.connections = 2}, {"x-faro-session-id", "cookie", "x-a"});
  wire.client(
      "GET / HTTP/1.1\r\nhost: a\r\nX-Faro-Session-Id:  s1 \r\nCOOKIE: c=1\r\nX-A: \r\nX-Faro-Session-Id: s2\r\n\r\n",
      1);
  EXPECT_EQ(wire.sink.lines[0],
            "request GET / path=/ query= h0=a h3=c=1 h11=s1 h12=c=1 h13= bytes=0 first=1000 last=1000 body=");
}

TEST(Connections, RefusesBodiesLargerThanTheBoundAndCountsTheirBytes) {
  Wire wire({.connections = 2, .body_bytes_max = 1'000});
  const std::string body(1'001, 'x');
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + body, 1);
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 2);
  wire.client(body, 3);
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n", 4);
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + body.substr(1), 5);
  ASSERT_EQ(wire.sink.requests, 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NE(wire.sink.lines[i].find("bytes=1001"), std::string::npos);
    EXPECT_NE(wire.sink.lines[i].find("error=too_large"), std::string::npos);
    EXPECT_EQ(wire.sink.bodies[i], "");
  }
  EXPECT_EQ(wire.sink.bodies[3].size(), 1'000u);
}

TEST(Connections, CountsItsExhaustedBuffersAndGivesThemBack) {
  Wire wire({.connections = 400, .body_bytes_max = 1'000});
  const std::size_t blocks = wire.http.free_blocks();
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(30'000, 'x');
  const std::vector<std::uint8_t> bytes(start.begin(), start.end());
  for (ConnectionIndex c = 0; c < 400; ++c) {
    wire.http.on_open(c);
    wire.http.on_data(c, Direction::kToServer, bytes, Wire::at(1), wire.sink);
  }
  EXPECT_GT(wire.count(StreamCount::kHttpBuffersFull), 0u);
  EXPECT_EQ(wire.sink.requests, 0u);
  for (ConnectionIndex c = 0; c < 400; ++c) wire.http.on_close(c, false, Wire::at(2), wire.sink);
  EXPECT_EQ(wire.http.free_blocks(), blocks);
}

}  // namespace
}  // namespace bellrock::http
