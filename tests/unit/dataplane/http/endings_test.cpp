// FIN, RST and the end of the capture: who closed first, and what that makes of a request that waits.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/http/recorder.h"

namespace bellrock::http {
namespace {

using test::Wire;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

const Transaction& only(const Wire& wire) {
  EXPECT_EQ(wire.sink.transactions.size(), 1u);
  return wire.sink.transactions.at(0);
}

TEST(Endings, AClientsResetWithARequestPendingIsAnAbortAtOnce) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client_reset(7);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
  EXPECT_EQ(only(wire).closed, Wire::at(7));
  EXPECT_EQ(wire.count(StreamCount::kTransactionsAborted), 1u);
}

TEST(Endings, AClientsFinIsAnAbortOnceTheServerEndsWithoutAnswer) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client_fin(7);
  EXPECT_TRUE(wire.sink.transactions.empty());
  wire.server_fin(9);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
  EXPECT_EQ(only(wire).closed, Wire::at(7));
}

TEST(Endings, AClientsFinIsAnAbortWhenEitherSideResets) {
  for (const bool by_client : {true, false}) {
    Wire wire;
    wire.client(kGet, 1);
    wire.client_fin(7);
    by_client ? wire.client_reset(9) : wire.server_reset(9);
    EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
    EXPECT_EQ(only(wire).closed, Wire::at(7));
  }
}

// Servers do not notice that a client has gone, and answer when they are done.
TEST(Endings, AnAnswerThatBeginsAfterTheClientsFinIsNobodys) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client_fin(2);
  EXPECT_TRUE(wire.sink.transactions.empty()) << "maybe nothing of the server is captured";
  wire.server(kOk, 5);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
  EXPECT_EQ(only(wire).closed, Wire::at(2));
  wire.server_fin(6);
  wire.close(7);
  EXPECT_EQ(only(wire).status, 0u);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 0u);
}

TEST(Endings, AClientsFinIsAnAbortAtOnceWhereTheServerWasHeard) {
  Wire wire;
  wire.client(kGet, 1);
  wire.server(kOk, 2);
  wire.client(kGet, 5);
  wire.client(kGet, 6);
  wire.client_fin(8);
  ASSERT_EQ(wire.sink.transactions.size(), 3u);
  for (const std::size_t i : {1u, 2u}) {
    EXPECT_EQ(wire.sink.transactions[i].end, TransactionEnd::kAborted);
    EXPECT_EQ(wire.sink.transactions[i].closed, Wire::at(8));
  }
  wire.server(kOk, 20);
  wire.server(kOk, 21);
  wire.client_reset(22);
  EXPECT_EQ(wire.sink.transactions.size(), 3u);
  EXPECT_EQ(wire.count(StreamCount::kOrphanResponses), 0u);
}

TEST(Endings, AClientsFinIsAnAbortAtOnceWhereTheServerHasOnlyAcknowledged) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client_fin(8, true);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
  EXPECT_EQ(only(wire).closed, Wire::at(8));
  wire.server(kOk, 20);
  EXPECT_EQ(wire.sink.transactions.size(), 1u);
}

TEST(Endings, AnAnswerThatHadBegunBeforeTheClientsFinIsOne) {
  for (const bool in_head : {true, false}) {
    Wire wire;
    wire.client(kGet, 1);
    wire.client(kGet, 2);
    wire.server(in_head ? "HTTP/1.1 200 OK\r\nContent-" : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", 5);
    wire.client_fin(6);
    wire.server(in_head ? "Length: 3\r\n\r\nabc" : "bc", 7);
    wire.server(kOk, 8);
    ASSERT_EQ(wire.sink.transactions.size(), 2u) << in_head;
    EXPECT_EQ(wire.sink.transactions[0].end, TransactionEnd::kAnswered);
    EXPECT_EQ(wire.sink.transactions[0].response_last, Wire::at(7));
    EXPECT_EQ(wire.sink.transactions[1].end, TransactionEnd::kAborted);
    EXPECT_EQ(wire.sink.transactions[1].closed, Wire::at(6));
  }
}

TEST(Endings, AServersFinOrResetLeavesARequestUnanswered) {
  for (const bool reset : {true, false}) {
    Wire wire;
    wire.client(kGet, 1);
    reset ? wire.server_reset(5) : wire.server_fin(5);
    EXPECT_EQ(only(wire).end, TransactionEnd::kUnanswered);
    EXPECT_EQ(wire.count(StreamCount::kTransactionsUnanswered), 1u);
    wire.client(kGet, 6);
    wire.client_fin(7);
    wire.close(8);
    EXPECT_EQ(wire.sink.transactions.size(), reset ? 1u : 2u);
    EXPECT_EQ(wire.count(StreamCount::kTransactionsAborted), 0u);
  }
}

TEST(Endings, AServerThatIsSilentUntilTheConnectionIsIdleLeavesARequestUnanswered) {
  for (const bool waited : {true, false}) {
    Wire wire;
    wire.client(kGet, 1);
    waited ? wire.idle(9) : wire.close(9);
    EXPECT_EQ(only(wire).end, waited ? TransactionEnd::kUnanswered : TransactionEnd::kUnknown);
  }
}

TEST(Endings, AClientsFinAndNothingUntilTheConnectionIsIdleIsAnAbort) {
  Wire wire;
  wire.client(kGet, 1);
  wire.client_fin(2);
  wire.idle(9);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
  EXPECT_EQ(only(wire).closed, Wire::at(2));
}

TEST(Endings, NothingIsSaidOfARequestBehindOneThatWasMissed) {
  for (const int how : {0, 1, 2, 3}) {
    Wire wire;
    wire.client(kGet, 1);
    wire.server(kOk, 2);
    wire.client_gap(30);
    wire.client(kGet, 3);
    if (how == 0) wire.server_fin(4);
    if (how == 1) wire.client_reset(4);
    if (how == 2) wire.server_reset(4);
    if (how == 3) wire.idle(4);
    ASSERT_EQ(wire.sink.transactions.size(), 2u);
    EXPECT_EQ(wire.sink.transactions[1].end, TransactionEnd::kUnknown);
    EXPECT_FALSE(wire.sink.transactions[1].closed.seen());
  }
}

TEST(Endings, AResponseCutBehindItsHeadIsAnAnswer) {
  for (const int how : {0, 1, 2, 3}) {
    Wire wire;
    wire.client(kGet, 1);
    wire.server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 2);
    if (how == 0) wire.server_fin(3);
    if (how == 1) wire.server_reset(3);
    if (how == 2) wire.client_reset(3);
    if (how == 3) wire.close(3);
    EXPECT_EQ(only(wire).end, TransactionEnd::kAnswered);
    EXPECT_EQ(only(wire).response_body_bytes, 3u);
    EXPECT_FALSE(only(wire).response_last.seen());
  }
}

TEST(Endings, AResponseCutInItsHeadIsNone) {
  Wire wire;
  wire.client(kGet, 1);
  wire.server("HTTP/1.1 200 OK\r\nConte", 2);
  wire.server_fin(3);
  EXPECT_EQ(only(wire).end, TransactionEnd::kUnanswered);
  EXPECT_EQ(only(wire).status, 0u);
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 22u);
}

TEST(Endings, ACloseDelimitedResponseIsCompleteOnlyWithAFin) {
  for (const bool fin : {true, false}) {
    Wire wire;
    wire.client(kGet, 1);
    wire.server("HTTP/1.1 200 OK\r\n\r\nabc", 2);
    fin ? wire.server_fin(3) : wire.server_reset(3);
    EXPECT_EQ(only(wire).end, TransactionEnd::kAnswered);
    EXPECT_EQ(only(wire).response_last.seen(), fin);
  }
}

TEST(Endings, ARequestCutInItsBodyIsToldBeforeItEnds) {
  Wire wire;
  wire.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 1);
  wire.client_reset(2);
  ASSERT_EQ(wire.sink.lines.size(), 2u);
  EXPECT_NE(wire.sink.lines[0].find("bytes=3 first=1000 last=0 error=incomplete_body"), std::string::npos);
  EXPECT_EQ(only(wire).end, TransactionEnd::kAborted);
}

TEST(Endings, ARequestCutInItsHeadIsNone) {
  Wire wire;
  wire.client("GET / HTTP/1.1\r\nHos", 1);
  wire.client_fin(2);
  wire.server_fin(3);
  wire.close(4);
  EXPECT_TRUE(wire.sink.lines.empty());
  EXPECT_EQ(wire.count(StreamCount::kNotHttpBytes), 19u);
}

TEST(Endings, EveryPendingRequestOfAPipelineEnds) {
  Wire wire;
  for (int i = 0; i < 10; ++i) wire.client(kGet, i);
  wire.server(kOk, 20);
  wire.client_reset(30);
  ASSERT_EQ(wire.sink.transactions.size(), 10u);
  EXPECT_EQ(wire.sink.transactions[0].end, TransactionEnd::kAnswered);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_EQ(wire.sink.transactions[i].end, TransactionEnd::kAborted);
  wire.close(40);
  EXPECT_EQ(wire.sink.transactions.size(), 10u);
}

TEST(Endings, AnUnreadableServerIsNotSaidToHaveBeenLeft) {
  Wire wire;
  wire.client(kGet, 1);
  wire.server("not HTTP at all\r\n", 2);
  wire.client_reset(3);
  EXPECT_EQ(only(wire).end, TransactionEnd::kUnknown);
  EXPECT_EQ(wire.count(HttpError::kBadStatusLine), 1u);
}

TEST(Endings, TheConnectionsSlotIsFreshForTheNextOne) {
  Wire wire;
  wire.client("GET / HTTP/1.1\r\nHos", 1);
  wire.close(2);
  wire.http.on_open(Wire::kIndex);
  wire.client(kGet, 3);
  wire.server(kOk, 4);
  EXPECT_EQ(only(wire).request_first, Wire::at(3));
}

}  // namespace
}  // namespace bellrock::http
