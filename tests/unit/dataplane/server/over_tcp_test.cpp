// The server on the responder: what peers that speak TCP see of it, and that none of it takes memory.
#include <gtest/gtest.h>

#include "dataplane/beacon/reader.h"
#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/network.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using bellrock::tcp_flag::kAck;
using test::Network;
using test::Peer;
using test::RecordingSink;
using test::small_config;
using test::statuses;

static_assert(responder::Server<HttpServer<RecordingSink>>);

std::string post(const std::string& body, const std::string& headers = "", const std::string& path = "/rum") {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct OverTcp : testing::Test {
  RecordingSink sink;
  Network<RecordingSink> network{small_config(), sink};
  void TearDown() override { EXPECT_EQ(network.problems, std::vector<std::string>{}); }
};

TEST_F(OverTcp, BeaconsAreAnsweredOnOneConnection) {
  Peer& peer = network.connect();
  EXPECT_TRUE(peer.open);
  for (int i = 0; i < 100; ++i) network.send(peer, post("{}", "Origin: http://b\r\n"));
  const auto all = test::read_responses(peer.received);
  ASSERT_EQ(all.size(), 100u);
  for (const auto& response : all) EXPECT_EQ(response.header("access-control-allow-origin"), "http://b");
  EXPECT_EQ(sink.taken.size(), 100u);
  network.finish(peer);
  EXPECT_TRUE(peer.finished);
  EXPECT_EQ(network.stack().live(), 0u);
}

TEST_F(OverTcp, BytesThatComeOneByOneAreABeacon) {
  Peer& peer = network.connect();
  network.send(peer, post("{}") + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1);
  EXPECT_EQ(statuses(peer.received), "204 200");
}

TEST_F(OverTcp, ABeaconWithTheEndOfItsStreamIsAnswered) {
  Peer& peer = network.connect();
  network.finish(peer, post("{}"));
  EXPECT_EQ(statuses(peer.received), "204");
  EXPECT_TRUE(peer.finished);
  EXPECT_EQ(network.stack().live(), 0u);
}

TEST_F(OverTcp, AnswersOfManyKindsWaitForAPeerThatDoesNotFetchThem) {
  Peer& peer = network.connect();
  peer.acknowledges = false;
  std::string expected;
  for (int i = 0; i < 60; ++i) {
    network.send(peer, post("{}", "", i % 2 == 0 ? "/rum" : "/nothing"));
    expected += i == 0 ? "204" : i % 2 == 0 ? " 204" : " 404";
  }
  EXPECT_LT(test::read_responses(peer.received).size(), 60u);
  EXPECT_LT(sink.taken.size(), 30u);
  peer.acknowledges = true;
  for (int i = 0; i < 60; ++i) network.acknowledge(peer);
  EXPECT_EQ(statuses(peer.received), expected);
  EXPECT_EQ(sink.taken.size(), 30u);
}

TEST_F(OverTcp, AnAnswerThatComesBeforeTheBodyIsNotDestroyedByIt) {
  Peer& peer = network.connect();
  network.send(peer, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
  network.send(peer, std::string(90'000, 'x'));
  network.pass(100 * kMillisecond);
  EXPECT_EQ(statuses(peer.received), "413");
  EXPECT_TRUE(peer.finished);
  EXPECT_FALSE(peer.reset);
  EXPECT_EQ(peer.acknowledged, peer.sequence);
  network.finish(peer);
  EXPECT_EQ(network.stack().live(), 0u);
}

TEST_F(OverTcp, WhoIsNotHttpIsAnsweredAndClosedAndNotRead) {
  Peer& peer = network.connect();
  network.send(peer,
               "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" + post("{}"));
  network.send(peer, post("{}"));
  EXPECT_EQ(statuses(peer.received), "400");
  EXPECT_TRUE(peer.finished);
  EXPECT_TRUE(sink.taken.empty());
}

TEST_F(OverTcp, SlowRequestsEndAtTheirDeadlines) {
  Peer& head = network.connect();
  network.send(head, "POST /rum HTTP/1.1\r\n");
  Peer& body = network.connect();
  network.send(body, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{");
  for (int second = 1; second <= 9; ++second) {
    network.pass(kSecond);
    network.send(head, "X: y\r\n");
  }
  EXPECT_EQ(head.received, "");
  network.pass(kSecond + 20 * kMillisecond);
  EXPECT_EQ(statuses(head.received), "408");
  EXPECT_TRUE(head.finished);
  EXPECT_EQ(body.received, "");
  network.pass(10 * kSecond);
  EXPECT_EQ(statuses(body.received), "408");
  EXPECT_EQ(network.count(Refusal::kHeadTimeout), 1u);
  EXPECT_EQ(network.count(Refusal::kBodyTimeout), 1u);
  EXPECT_EQ(network.server().free_blocks(), small_config().pool_blocks);
}

TEST_F(OverTcp, AKeptConnectionHasNoDeadline) {
  Peer& peer = network.connect();
  network.send(peer, post("{}"), 20);
  network.pass(60 * kSecond);
  EXPECT_FALSE(peer.finished);
  network.send(peer, post("{}"));
  EXPECT_EQ(statuses(peer.received), "204 204");
}

TEST_F(OverTcp, AResetInsideOfARequestGivesBackWhatItHeld) {
  Peer& peer = network.connect();
  network.send(peer, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{");
  EXPECT_LT(network.server().free_blocks(), small_config().pool_blocks);
  network.reset(peer);
  EXPECT_EQ(network.server().free_blocks(), small_config().pool_blocks);
  EXPECT_EQ(network.count(ServerCount::kCutRequests), 1u);
  ASSERT_EQ(sink.taken.size(), 1u);
  EXPECT_EQ(sink.taken[0], "POST /rum body= error=incomplete_body");
}

// A reply that is not acknowledged is sent again from the same bytes, whoever else needs its place.
TEST_F(OverTcp, AReplyThatIsLostIsSentAgainUnchanged) {
  Peer& peer = network.connect();
  peer.acknowledges = false;
  network.send(peer, post("{}", "Origin: https://lost.example\r\n"));
  const std::string first = peer.received;
  peer.received.clear();
  peer.acknowledgement -= static_cast<std::uint32_t>(first.size());
  Peer& other = network.connect();
  for (int i = 0; i < 500; ++i)
    network.send(other, post("{}", "Origin: https://shop" + std::to_string(i) + ".example\r\n"));
  EXPECT_EQ(test::read_responses(other.received).size(), 500u);
  network.pass(2 * kSecond);
  EXPECT_EQ(peer.received, first);
}

std::string preflight(int origin) {
  return "OPTIONS /rum HTTP/1.1\r\nHost: a\r\nOrigin: https://shop" + std::to_string(origin) +
         ".example\r\nAccess-Control-Request-Method: POST\r\n\r\n";
}

// Two hundred answers for which there are sixteen places, behind closed windows.
TEST_F(OverTcp, PeersThatFetchNothingAreEndedAndKeepNobodyFromAnAnswer) {
  Config config = small_config();
  config.connections = 400;
  Network<RecordingSink> big(config, sink);
  std::vector<Peer*> holders;
  for (int i = 0; i < 200; ++i) {
    holders.push_back(&big.connect());
    holders.back()->window = 0;
    holders.back()->acknowledges = false;
    big.send(*holders.back(), preflight(1'000 + i));
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60; ++i) {
      Peer& good = big.connect();
      big.send(good, preflight(i));
      EXPECT_EQ(statuses(good.received), "204");
      big.finish(good);
      EXPECT_FALSE(good.reset);
    }
    big.pass(kSecond);
  }
  EXPECT_EQ(big.count(Refusal::kPreflightsFull), 0u);
  EXPECT_GE(big.count(ResponderCount::kClosedRevoked), 200u - 16);
  big.pass(31 * kSecond);
  for (const Peer* holder : holders) EXPECT_TRUE(holder->reset);
  EXPECT_EQ(big.count(ResponderCount::kClosedRevoked) + big.count(ResponderCount::kClosedStalled), 200u);
  EXPECT_EQ(big.stack().live(), 0u);
  EXPECT_EQ(big.problems, std::vector<std::string>{});
}

// The peer goes on asking; what it does not fetch ends it all the same.
TEST_F(OverTcp, AReplyThatIsNotFetchedEndsAPeerHoweverBusyItIs) {
  Peer& peer = network.connect();
  peer.window = 0;
  peer.acknowledges = false;
  for (int second = 0; second < 29; ++second) {
    network.send(peer, post("{}"));
    network.pass(kSecond);
    EXPECT_FALSE(peer.reset);
  }
  network.pass(2 * kSecond);
  EXPECT_TRUE(peer.reset);
  EXPECT_EQ(network.count(ResponderCount::kClosedStalled), 1u);
}

TEST_F(OverTcp, ATableFullOfPeersThatFetchNothingTakesANewOne) {
  std::vector<Peer*> holders;
  for (std::uint32_t i = 0; i < small_config().connections; ++i) {
    holders.push_back(&network.connect());
    holders.back()->window = 0;
    holders.back()->acknowledges = false;
    network.send(*holders.back(), post("{}"));
  }
  network.send(network.connect(), post("{}"));
  EXPECT_GT(network.count(FrameVerdict::kTableFull), 0u);  // they may only have lost a segment
  network.pass(5 * kSecond);
  for (Peer* holder : holders) network.send(*holder, post("{}"));
  Peer& good = network.connect();
  network.send(good, post("{}"));
  EXPECT_EQ(statuses(good.received), "204");
  EXPECT_EQ(network.count(ResponderCount::kClosedEvicted), 1u);
}

TEST_F(OverTcp, TenThousandSlowPeersDoNotStopAGoodOne) {
  Config config = small_config();
  config.connections = 10'100;
  config.pool_blocks = 10'100;
  RecordingSink big_sink;
  Network<RecordingSink> big(config, big_sink);
  for (int i = 0; i < 10'000; ++i) big.send(big.connect(), "POST /rum HTTP/1.1\r\nHo");
  Peer& good = big.connect();
  for (int i = 0; i < 50; ++i) big.send(good, post("{}"), 7);
  EXPECT_EQ(test::read_responses(good.received).size(), 50u);
  big.pass(11 * kSecond);
  EXPECT_EQ(big.count(Refusal::kHeadTimeout), 10'000u);
  EXPECT_EQ(big.server().free_blocks(), config.pool_blocks);
  big.send(good, post("{}"));
  EXPECT_EQ(big_sink.taken.size(), 51u);
}

struct ReadingSink {
  beacon::Reader reader{kBodyBytesMax};
  std::uint64_t seen = 0;
  static bool is_beacon_path(std::string_view, std::string_view path) { return path == "/rum"; }
  bool on_request(ConnectionIndex, const HttpRequest& request) {
    reader.start(request);
    while (reader.next() != beacon::Reader::Step::kEnd) ++seen;
    return true;
  }
};

TEST(Allocation, NoTrafficTakesMemory) {
  ReadingSink sink;
  Config config = small_config();
  config.requests_per_second = 1'000'000;
  const std::string script = "script";
  config.snippet.plain = bytes(script);
  Network<ReadingSink> network(config, sink);
  std::vector<std::string> requests;
  for (int i = 0; i < 40; ++i) {
    const std::string origin = "Origin: https://shop" + std::to_string(i) + ".example\r\n";
    requests.push_back(post(R"({"v":1})", origin));
    requests.push_back("POST /rum HTTP/1.1\r\nHost: a\r\n" + origin +
                       "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    requests.push_back("OPTIONS /rum HTTP/1.1\r\nHost: a\r\n" + origin +
                       "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: a" + std::to_string(i) +
                       "\r\n\r\n");
    requests.emplace_back("GET /bellrock.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    requests.emplace_back("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  Peer& peer = network.connect();
  std::uint64_t allocations = 0;
  for (const std::string& request : requests) {
    for (std::size_t at = 0; at < request.size(); at += 50) {
      const std::string piece = request.substr(at, 50);
      const auto frame = network.frame_of(peer, kAck, piece);
      peer.sequence += static_cast<std::uint32_t>(piece.size());
      {
        const bellrock::test::AllocationGuard guard;
        network.give_only(frame);
        allocations += guard.count();
      }
      network.fetch();
    }
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_EQ(sink.seen, 80u);
  EXPECT_EQ(test::read_responses(peer.received).size(), requests.size());
}

}  // namespace
}  // namespace bellrock::server
