// What is answered to requests that are right, and to those that are refused for what they ask.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::read_responses;
using test::Response;
using test::small_config;
using test::statuses;
using Strings = std::vector<std::string>;

std::string post(const std::string& body, const std::string& headers = "", const std::string& target = "/rum") {
  return "POST " + target + " HTTP/1.1\r\nHost: shop\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n";
}
Response ask(Harness& harness, const std::string& request, bool head_request = false) {
  harness.open();
  harness.send(request);
  const std::vector<Response> all = read_responses(harness.out(), head_request);
  EXPECT_EQ(all.size(), 1u) << harness.out();
  if (all.empty()) return {};
  EXPECT_EQ(all[0].problem, "") << harness.out();
  EXPECT_EQ(harness.stack().closed, all[0].closes()) << harness.out();
  return all[0];
}

TEST(Requests, ABeaconIsTakenWithItsTimesAndThenAnswered) {
  Harness harness;
  EXPECT_EQ(ask(harness, post(R"({"v":1})")).status, 204u);
  EXPECT_EQ(harness.sink.taken, Strings{R"(POST /rum body={"v":1})"});
  EXPECT_EQ(harness.sink.first, harness.now);
  EXPECT_EQ(harness.sink.last, harness.now);
  EXPECT_EQ(harness.count(Method::kPost), 1u);
  EXPECT_EQ(harness.count_status(204), 1u);
}

TEST(Requests, ABeaconThatNobodyTakesIsAnsweredWith503) {
  Harness harness;
  harness.sink.full = true;
  const Response response = ask(harness, post("{}"));
  EXPECT_EQ(response.status, 503u);
  EXPECT_EQ(response.header("retry-after"), "5");
  EXPECT_FALSE(response.closes());
  EXPECT_EQ(harness.count(Refusal::kSinkFull), 1u);
}

TEST(Requests, EachDialectGetsTheStatusThatItsSenderWants) {
  struct Case {
    std::string target, headers;
    unsigned status;
    std::string body;
  };
  const std::vector<Case> cases{
      {"/rum", "", 204, ""},
      {"/collect", "X-Faro-Session-Id: a\r\n", 202, ""},
      {"/intake/v2/rum/events", "", 202, ""},
      {"/intake/v3/rum/events", "", 202, ""},
      {"/intake/v4/rum/events", "", 204, ""},
      {"/api/42/envelope/?sentry_version=7", "", 200, "{}"},
      {"/api/x2/envelope/", "", 204, ""},
      {"/api//envelope/", "", 204, ""},
      {"/tunnel?o=1&sentry_key=abc", "", 200, "{}"},
      {"/tunnel?no_sentry_key=abc", "", 204, ""},
      {"/proxy?ddforward=%2Fapi%2Fv2%2Frum", "", 202, ""},
      {"/api/v2/rum", "", 202, ""},
      {"/api/v2/replay", "", 202, ""},
      {"/api/v2/logs", "", 202, ""},
      {"/api/v2/profile", "", 202, ""},
      {"/api/v2/else", "", 204, ""},
      {"/v1/traces", "", 200, "{}"},
      {"/v1/logs", "", 200, "{}"},
      {"/v1/metrics", "", 200, "{}"},
      {"/cdn-cgi/rum?", "", 204, ""},
  };
  for (const Case& c : cases) {
    Harness harness;
    harness.sink.every_path = true;
    const Response response = ask(harness, post("{}", c.headers, c.target));
    EXPECT_EQ(response.status, c.status) << c.target;
    EXPECT_EQ(response.body, c.body) << c.target;
    EXPECT_EQ(harness.sink.taken.size(), 1u) << c.target;
    EXPECT_EQ(response.header("cache-control"), "") << c.target;
  }
}

TEST(Requests, APixelIsAnsweredWithAnImageWhereOneIsWaitedFor) {
  Harness harness;
  harness.sink.every_path = true;
  const std::string accept = "Accept: image/avif,image/webp,*/*;q=0.8\r\n";
  for (const std::string& request : {get("/rum?v=1", accept), get("/p.gif?v=1")}) {
    const Response response = ask(harness, request);
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.header("content-type"), "image/gif");
    EXPECT_EQ(response.body.size(), 43u);
    EXPECT_EQ(response.body.substr(0, 6), "GIF89a");
    EXPECT_EQ(response.body.back(), ';');
  }
  EXPECT_EQ(ask(harness, get("/rum?v=1")).status, 204u);
  EXPECT_EQ(harness.sink.taken.size(), 3u);
}

TEST(Requests, OnlyAPostAndAQueryCarryBeacons) {
  Harness harness;
  EXPECT_EQ(ask(harness, get("/rum")).status, 204u);
  EXPECT_EQ(ask(harness, "HEAD /rum?v=1 HTTP/1.1\r\nHost: a\r\n\r\n", true).status, 204u);
  EXPECT_EQ(ask(harness, "OPTIONS /rum?v=1 HTTP/1.1\r\nHost: a\r\n\r\n").status, 204u);
  EXPECT_EQ(harness.sink.taken.size(), 0u);
}

TEST(Requests, TheSettingsOfAnAgentAreNoBeacon) {
  Harness harness;
  harness.sink.every_path = true;
  const Response response = ask(harness, get("/config/v1/rum/agents?service.name=a"));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "{}");
  EXPECT_EQ(harness.sink.taken.size(), 0u);
}

TEST(Requests, ElsewhereIsNothing) {
  Harness harness;
  EXPECT_EQ(ask(harness, get("/")).status, 404u);
  EXPECT_EQ(ask(harness, post("{}", "", "/other")).status, 404u);
  EXPECT_EQ(ask(harness, get("/bellrock.js")).status, 404u);
  EXPECT_EQ(harness.count(Refusal::kNotFound), 3u);
  EXPECT_EQ(harness.sink.taken.size(), 0u);
}

TEST(Requests, AMethodThatIsNotAllowedLearnsWhichAre) {
  Harness harness;
  const Response beacon = ask(harness, "PUT /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(beacon.status, 405u);
  EXPECT_EQ(beacon.header("allow"), "POST, GET, HEAD, OPTIONS");
  const Response health = ask(harness, post("", "", "/healthz"));
  EXPECT_EQ(health.status, 405u);
  EXPECT_EQ(health.header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(harness.count(Refusal::kMethodNotAllowed), 2u);
}

TEST(Requests, HealthIsTold) {
  Harness harness;
  EXPECT_EQ(ask(harness, get("/healthz")).body, "ok\n");
  const Response head = ask(harness, "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", true);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("content-length"), "3");
}

TEST(Requests, TheServerItselfHasOptions) {
  Harness harness;
  const Response response = ask(harness, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(response.status, 204u);
  EXPECT_EQ(response.header("allow"), "POST, GET, HEAD, OPTIONS");
}

TEST(Requests, AConnectionLivesAsLongAsBothWantIt) {
  Harness harness;
  EXPECT_FALSE(ask(harness, post("{}")).closes());
  EXPECT_FALSE(ask(harness, post("{}", "Connection: keep-alive\r\n")).closes());
  EXPECT_TRUE(ask(harness, post("{}", "Connection: close\r\n")).closes());
  EXPECT_TRUE(ask(harness, post("{}", "Connection: foo, Close ,bar\r\n")).closes());
  EXPECT_TRUE(ask(harness, post("{}", "Connection: keep-alive\r\nConnection: close\r\n")).closes());
  EXPECT_FALSE(ask(harness, post("{}", "Connection: closer\r\n")).closes());
  EXPECT_TRUE(ask(harness, "POST /rum HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}").closes());
}

TEST(Requests, AConnectionIsUsedUpByItsLastRequest) {
  Config config = small_config();
  config.requests_per_connection = 3;
  Harness harness(config);
  harness.open();
  harness.send(post("1") + post("2") + post("3") + post("4"));
  EXPECT_EQ(statuses(harness.out()), "204 204 204");
  EXPECT_TRUE(harness.stack().closed);
  EXPECT_EQ(harness.sink.taken.size(), 3u);
  EXPECT_EQ(harness.count(ServerCount::kConnectionsUsedUp), 1u);
  EXPECT_EQ(harness.count(ServerCount::kIgnoredBytes), post("4").size());
}

TEST(Requests, AClientThatAsksBeforeItsBodyIsToldToGoOn) {
  Harness harness;
  harness.open();
  harness.send("POST /rum HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(harness.out(), "HTTP/1.1 100 Continue\r\n\r\n");
  harness.send("{}");
  EXPECT_EQ(statuses(harness.out()), "204");
  EXPECT_EQ(harness.sink.taken.size(), 1u);
}

TEST(Requests, NobodyIsToldToGoOnWhoDidNotWait) {
  Harness harness;
  harness.open();
  harness.send(post("{}", "Expect: 100-continue\r\n"));
  EXPECT_TRUE(harness.out().starts_with("HTTP/1.1 204"));
  harness.open();  // RFC 9110 10.1.1: not in HTTP/1.0
  harness.send("POST /rum HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(harness.out(), "");
  harness.send("{}");
  EXPECT_EQ(statuses(harness.out()), "204");
}

TEST(Requests, WhoIsRefusedBeforeHisBodyIsLeft) {
  Harness harness;
  const Response response = ask(harness, post("{}", "Expect: 100-continue\r\n", "/other"));
  EXPECT_EQ(response.status, 404u);
  EXPECT_TRUE(response.closes());
  const Response unknown = ask(harness, post("{}", "Expect: 200-maybe\r\n"));
  EXPECT_EQ(unknown.status, 417u);
  EXPECT_TRUE(unknown.closes());
  EXPECT_EQ(harness.sink.taken.size(), 0u);
}

TEST(Requests, AnOldServerWouldIgnoreAnExpectationSoAnOldRequestsIsIgnored) {
  Harness harness;
  EXPECT_EQ(ask(harness, "POST /rum HTTP/1.0\r\nExpect: else\r\nContent-Length: 2\r\n\r\n{}").status, 204u);
}

TEST(Requests, ABodyThatIsDeclaredTooLargeIsARefusedBeacon) {
  Harness harness;
  const Response response = ask(harness, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(response.status, 413u);
  EXPECT_TRUE(response.closes());
  EXPECT_EQ(harness.sink.taken, Strings{"POST /rum body= error=too_large"});
  EXPECT_EQ(harness.count(Refusal::kBodyTooLarge), 1u);
}

TEST(Requests, ABodyOfTheBoundIsTakenAndOneByteMoreIsNot) {
  for (const std::size_t bytes : {std::size_t{65'536}, std::size_t{65'537}}) {
    Harness harness;
    harness.open();
    harness.send("POST /rum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t sent = 0; sent < bytes; ++sent) harness.send("1\r\nx\r\n");
    harness.send("0\r\n\r\n");
    EXPECT_EQ(statuses(harness.out()), bytes == 65'536 ? "204" : "413");
    EXPECT_EQ(harness.server().free_blocks(), small_config().pool_blocks);
  }
}

TEST(Requests, ARefusedRequestsBodyIsReadAndTheConnectionGoesOn) {
  Harness harness;
  harness.open();
  harness.send(post("{}", "", "/other") +
               "PUT /rum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n" + "0\r\n\r\n" +
               post("{}"));
  EXPECT_EQ(statuses(harness.out()), "404 405 204");
  EXPECT_EQ(harness.sink.taken.size(), 1u);
}

TEST(Requests, ASourceSendsAsManyAsItMay) {
  Config config = small_config();
  config.requests_per_second = 10;
  config.request_burst = 3;
  Harness harness(config);
  Flow flow;
  flow.source.address[15] = 9;
  harness.open(flow);
  harness.send(post("1") + post("2") + post("3") + post("4"));
  EXPECT_EQ(statuses(harness.out()), "204 204 204 429");
  EXPECT_EQ(harness.count(Refusal::kRateLimited), 1u);
  harness.pass(100 * kMillisecond);
  harness.open(flow);  // another connection is the same source
  harness.send(post("5") + post("6"));
  EXPECT_EQ(statuses(harness.out()), "204 429");
  flow.source.address[15] = 10;
  harness.open(flow);
  harness.send(post("7"));
  EXPECT_EQ(statuses(harness.out()), "204");
}

TEST(Rates, AllowABurstAndThenTheirRate) {
  SourceRates rates(100, 5, 64);
  Instant now{kHour};
  int taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    taken += rates.take(7, now) ? 1 : 0;
    now = now + kMillisecond;
  }
  EXPECT_EQ(taken, 104);
}

TEST(Rates, WhoIsHeldBackIsNotForgottenForNewcomers) {
  SourceRates rates(1, 10, 64);
  const Instant now{kHour};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(rates.take(1, now));
  for (std::uint64_t other = 2; other < 10'000; ++other) rates.take(other, now);
  EXPECT_FALSE(rates.take(1, now));
}

TEST(Rates, WithoutABoundEverybodyMaySend) {
  SourceRates rates(0, 0, 64);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(rates.take(1, Instant{1}));
}

TEST(Requests, NeighboursInOneNetworkOfIpv6AreOneSource) {
  Config config = small_config();
  config.requests_per_second = 1;
  config.request_burst = 1;
  Harness harness(config);
  Flow flow;
  flow.source.address = {0x20, 0x01, 0x0d, 0xb8};
  harness.open(flow);
  harness.send(post("1"));
  flow.source.address[15] = 7;
  harness.open(flow);
  harness.send(post("2"));
  EXPECT_EQ(statuses(harness.out()), "429");
  flow.source.address[7] = 1;
  harness.open(flow);
  harness.send(post("3"));
  EXPECT_EQ(statuses(harness.out()), "204");
}

}  // namespace
}  // namespace bellrock::server
