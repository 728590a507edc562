// What may be said about requests and responses when bytes were not captured: README.md, Pairing.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/http/recorder.h"

namespace bellrock::http {
namespace {

using test::Wire;

std::string get(int n) {
  std::string request = "GET /";
  request += std::to_string(n);
  return request += " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string ok(int status, int bytes = 0) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         std::string(static_cast<std::size_t>(bytes), 'x');
}

// Statuses in the order of the requests, 0 for those without response.
std::vector<unsigned> statuses(const Wire& wire) {
  std::vector<unsigned> all;
  for (const Transaction& t : wire.sink.transactions) all.push_back(t.status);
  return all;
}
using Statuses = std::vector<unsigned>;

// One exchange that shows a client which waits.
void exchange(Wire& wire, std::int64_t us) {
  wire.client(get(0), us);
  wire.server(ok(299), us + 50);
}

TEST(Gaps, SkipExactlyInsideABodyOfKnownLength) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nabc", 1);
  wire.client_gap(10);
  wire.client("defghij", 2);
  wire.server("HTTP/1.1 200 X\r\nContent-Length: 30\r\n\r\nabc", 3);
  wire.server_gap(20);
  wire.server("defghij", 4);
  exchange(wire, 10);
  ASSERT_EQ(statuses(wire), (Statuses{200, 299}));
  const Transaction& t = wire.sink.transactions[0];
  EXPECT_EQ(t.request_body_bytes, 20u);
  EXPECT_EQ(t.response_body_bytes, 30u);
  EXPECT_EQ(t.request_last, Wire::at(2));
  EXPECT_EQ(t.response_last, Wire::at(4));
  EXPECT_NE(wire.sink.lines[0].find("error=incomplete_body"), std::string::npos);
  EXPECT_EQ(wire.sink.bodies[0], "");
}

TEST(Gaps, ThatTakeTheLastByteLeaveItsTimeUnknown) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", 1);
  wire.client_gap(2);
  wire.server("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nabc", 3);
  wire.server_gap(2);
  exchange(wire, 10);
  ASSERT_EQ(statuses(wire), (Statuses{200, 299}));
  EXPECT_FALSE(wire.sink.transactions[0].request_last.seen());
  EXPECT_FALSE(wire.sink.transactions[0].response_last.seen());
  EXPECT_EQ(wire.sink.transactions[0].response_body_bytes, 5u);
}

TEST(Gaps, SkipExactlyInsideOneChunk) {
  Wire wire;
  wire.client(get(1), 1);
  wire.server("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nabc", 3);
  wire.server_gap(17);
  wire.server("\r\n0\r\n\r\n", 4);
  exchange(wire, 10);
  ASSERT_EQ(statuses(wire), (Statuses{200, 299}));
  EXPECT_EQ(wire.sink.transactions[0].response_body_bytes, 20u);
}

TEST(Gaps, BeyondAChunkCutTheResponseAndTheNextOneIsFound) {
  Wire wire;
  exchange(wire, 1);
  wire.client(get(1), 100);
  wire.server("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nabc", 150);
  wire.server_gap(100);
  wire.server("rest of it\r\n0\r\n\r\n", 160);
  wire.client(get(2), 200);
  wire.server(ok(201), 260);
  ASSERT_EQ(statuses(wire), (Statuses{299, 200, 201}));
  EXPECT_FALSE(wire.sink.transactions[1].response_last.seen());
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 17u);
  EXPECT_TRUE(wire.sink.errors.empty());
}

TEST(Gaps, ALostResponseLeavesItsRequestsEndUnknownAndTheNextPairWhole) {
  Wire wire;
  wire.client(get(1), 100);
  wire.server_gap(500);
  wire.client(get(2), 200);
  wire.server(ok(202), 260);
  EXPECT_EQ(statuses(wire), (Statuses{0, 202}));
  EXPECT_EQ(wire.sink.transactions[0].end, TransactionEnd::kUnknown);
}

TEST(Gaps, ALostResponseThatIsNoticedLateIsStillThatOfTheOldestRequest) {
  Wire wire;
  wire.client(get(1), 100);
  wire.client(get(2), 200);
  wire.server_gap(500);
  wire.server(ok(202), 260);
  EXPECT_EQ(statuses(wire), (Statuses{0, 202}));
}

TEST(Gaps, AResponseIsNeverGivenToARequestThatCameAfterIt) {
  Wire wire;
  wire.client(get(1), 100);
  wire.client(get(2), 300);
  wire.server_gap(500);
  wire.server(ok(201), 260);
  wire.close(400);
  EXPECT_EQ(statuses(wire), (Statuses{0, 0}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(Gaps, ARequestOfWhichOnlyALaterCopyWasCapturedStillHasTheResponseBehindIt) {
  Wire wire;
  wire.client(get(1), 300);  // its response was captured first and held back
  wire.server(ok(201), 150);
  wire.client(get(2), 400);
  wire.server(ok(202), 460);
  EXPECT_EQ(statuses(wire), (Statuses{201, 202}));
}

TEST(Gaps, ALaterCopyOfARequestNeverHasTheResponseOfTheNextOne) {
  Wire wire;
  exchange(wire, 1);
  wire.client_gap(40);
  wire.client(get(1), 300);
  wire.server(ok(201), 250);  // of the lost request or of this one
  wire.client(get(2), 400);
  wire.server(ok(202), 460);
  wire.close(500);
  EXPECT_EQ(statuses(wire)[1], 0u);
  EXPECT_NE(statuses(wire)[2], 201u);
}

TEST(Gaps, ARequestThatComesWhileAResponseBeginsIsNotItsOwner) {
  Wire wire;
  wire.client_gap(40);
  wire.server("HTTP/1.1 20", 100);
  wire.client(get(1), 110);
  wire.server("1 X\r\nContent-Length: 0\r\n\r\n", 120);
  wire.close(300);
  EXPECT_EQ(statuses(wire), (Statuses{0}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(Gaps, WithinAPipelineLeaveWhatCannotBeToldUnanswered) {
  Wire wire;
  wire.client(get(1) + get(2) + get(3), 100);
  wire.server_gap(500);
  wire.server(ok(202) + ok(203), 260);
  wire.client(get(4), 300);
  wire.server(ok(204), 360);
  wire.close(400);
  // 202 may be the second's or the third's, for all that can be known; nothing after that is sure either.
  EXPECT_EQ(statuses(wire), (Statuses{0, 0, 0, 0}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 3u);
}

TEST(Gaps, AClientThatWaitsIsTakenAtItsWord) {
  Wire wire;
  exchange(wire, 1);
  wire.client(get(1), 1'000);
  wire.client(get(2), 2'000);
  wire.client(get(3), 3'000);
  wire.server_gap(500);
  wire.server(ok(203), 3'060);
  EXPECT_EQ(statuses(wire), (Statuses{299, 0, 0, 203}));
}

TEST(Gaps, AClientThatSendsFasterThanAnyAnswerIsNot) {
  Wire wire;
  exchange(wire, 1);
  wire.client(get(1), 1'000);
  wire.client(get(2), 1'010);
  wire.client(get(3), 1'020);
  wire.server_gap(500);
  wire.server(ok(202), 1'060);
  wire.close(2'000);
  EXPECT_EQ(statuses(wire), (Statuses{299, 0, 0, 0}));
}

TEST(Gaps, ALostRequestMakesItsResponseAnOrphan) {
  Wire wire;
  wire.client(get(1), 100);
  wire.server(ok(201), 150);
  wire.client_gap(40);
  wire.server(ok(202), 250);
  wire.client(get(3), 300);
  wire.server(ok(203), 350);
  EXPECT_EQ(statuses(wire), (Statuses{201, 203}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(Gaps, ARequestBehindALostOneIsPairedOnlyWhenTheServerWasSilentBetween) {
  Wire wire;
  wire.client(get(1), 100);
  wire.server(ok(201), 150);
  wire.client_gap(40);
  wire.client(get(3), 200);
  // The lost request's response goes on while the next request is sent: it did not wait.
  wire.server("HTTP/1.1 202 X\r\nContent-Length: 2\r\n\r\nx", 190);
  wire.server("x", 210);
  wire.server(ok(203), 250);
  wire.close(300);
  EXPECT_EQ(statuses(wire), (Statuses{201, 0}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 2u);
}

TEST(Gaps, ARequestCutInItsBodyIsToldAndAnswered) {
  Wire wire;
  wire.client("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 100);
  wire.client_gap(100);
  ASSERT_EQ(wire.sink.requests, 1u);
  EXPECT_NE(wire.sink.lines[0].find("last=0 error=incomplete_body"), std::string::npos);
  wire.server(ok(200), 150);
  wire.client(get(2), 200);
  wire.server(ok(201), 250);
  EXPECT_EQ(statuses(wire), (Statuses{200, 201}));
}

TEST(Gaps, AfterThemOnlySpansThatBeginLikeAMessageAreRead) {
  Wire wire;
  wire.client_gap(10);
  wire.client("POST is not what this is\r\n", 1);
  wire.client(std::string("x").append(get(1)), 2);
  wire.client("GET /no HTTP/1.1 \r\n\r\n", 3);
  wire.client(get(2), 4);
  EXPECT_EQ(wire.sink.requests, 1u);
  EXPECT_TRUE(wire.sink.errors.empty());
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 26u + 1u + get(1).size() + 21u);
}

TEST(Gaps, AHeadThatSeemedToBeginIsLeftForOneThatDoes) {
  Wire wire;
  wire.client_gap(10);
  wire.client("GET is cut here", 1);
  wire.client(get(2), 2);
  ASSERT_EQ(wire.sink.requests, 1u);
  EXPECT_NE(wire.sink.lines[0].find("/2"), std::string::npos);
  wire.server_gap(10);
  wire.server("HTTP/1.1 20", 3);
  wire.server(ok(207), 4);
  wire.close(5);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses) + (statuses(wire)[0] == 207 ? 1u : 0u), 1u);
}

TEST(Gaps, BytewiseMessagesAreFoundAgainToo) {
  Wire wire;
  wire.client_gap(10);
  wire.server_gap(10);
  for (const char c : get(1)) wire.client({&c, 1}, 10);
  for (const char c : ok(200)) wire.server({&c, 1}, 20);
  wire.close(30);
  EXPECT_EQ(wire.sink.requests, 1u);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses) + (statuses(wire)[0] == 200 ? 1u : 0u), 1u);
}

TEST(Gaps, ALostContinueDoesNotCostTheResponse) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", 1);
  wire.server_gap(25);
  wire.client("ab", 2);
  wire.server(ok(200), 3);
  EXPECT_EQ(statuses(wire), (Statuses{200}));
}

TEST(Gaps, OfUnknownContentBeforeAnExpectedContinueLeaveTheNextPairOpen) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", 1);
  wire.server_gap(100);
  wire.client(get(2), 2);
  wire.server(ok(200), 3);
  wire.close(4);
  EXPECT_EQ(statuses(wire), (Statuses{0, 0}));
}

TEST(Gaps, DoNotTurnACloseIntoAnAbort) {
  Wire wire;
  wire.client(get(1), 1);
  wire.server("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 2);
  wire.server_gap(1'000);
  wire.client(get(2), 3);
  wire.client_fin(4);
  wire.server_fin(5);
  wire.close(6);
  ASSERT_EQ(statuses(wire), (Statuses{200, 0}));
  EXPECT_EQ(wire.sink.transactions[1].end, TransactionEnd::kUnknown);
}

TEST(MidStream, FindsTheFirstMessagesOfBothSides) {
  Wire wire;
  wire.open_mid_stream();
  wire.server("tail of some response", 1);
  wire.client(get(1), 10);
  wire.server(ok(200, 5), 20);
  wire.client(get(2), 30);
  wire.server(ok(201), 40);
  EXPECT_EQ(statuses(wire), (Statuses{200, 201}));
  EXPECT_TRUE(wire.sink.errors.empty());
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 21u);
}

TEST(MidStream, LeavesTheFirstResponseToTheRequestThatWasUnderWay) {
  Wire wire;
  wire.open_mid_stream();
  wire.client("tail of some body", 2);
  wire.server(ok(200), 5);
  wire.client(get(1), 10);
  wire.server(ok(201), 20);
  EXPECT_EQ(statuses(wire), (Statuses{201}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(MidStream, DoesNotGiveItToTheRequestBehind) {
  Wire wire;
  wire.open_mid_stream();
  wire.client("tail of some body", 2);
  wire.client(get(1), 10);
  wire.server(ok(200), 15);
  wire.client(get(2), 20);
  wire.server(ok(202), 30);
  EXPECT_EQ(statuses(wire), (Statuses{0, 202}));
}

TEST(MidStream, DoesNotTakeTheRestOfANameForAMethod) {
  Wire wire;
  wire.open_mid_stream();
  wire.client("IONS / HTTP/1.1\r\nHost: a\r\n\r\n", 1);
  EXPECT_EQ(wire.sink.requests, 0u);
}

TEST(MidStream, DoesNotPairWhatWasUnderWay) {
  Wire wire;
  wire.open_mid_stream();
  wire.client(get(1), 10);
  wire.server("tail of an earlier response", 15);
  wire.server(ok(200), 20);
  wire.close(30);
  EXPECT_EQ(statuses(wire), (Statuses{0}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(MidStream, CountsAResponseAloneAsAnOrphan) {
  Wire wire;
  wire.open_mid_stream();
  wire.server(ok(200), 5);
  wire.client(get(1), 10);
  wire.server(ok(201), 20);
  EXPECT_EQ(statuses(wire), (Statuses{201}));
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 1u);
}

TEST(OneWay, TellsEveryRequestOfACapturedClientAndNoEnd) {
  Wire wire;
  for (int i = 0; i < 100; ++i) wire.client(get(i), i);
  wire.client_fin(200);
  wire.close(300);
  EXPECT_EQ(wire.sink.requests, 100u);
  EXPECT_EQ(wire.sink.transactions.size(), 100u);
  for (const Transaction& t : wire.sink.transactions) EXPECT_EQ(t.end, TransactionEnd::kUnknown);
  EXPECT_EQ(wire.count(StreamCount::kTransactionsUnanswered), 100u);
}

TEST(OneWay, CountsEveryResponseOfACapturedServer) {
  Wire wire;
  for (int i = 0; i < 100; ++i) wire.server(ok(200, 10), i);
  wire.server("HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n", 200);
  wire.server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 201);
  // To HEAD: the next response begins where the body would.
  wire.server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 202);
  wire.server(ok(200), 203);
  wire.server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + ok(200), 204);
  wire.close(300);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 106u);
  EXPECT_TRUE(wire.sink.lines.empty());
}

}  // namespace
}  // namespace bellrock::http
