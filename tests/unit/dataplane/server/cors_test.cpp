// What pages of other origins are allowed to send and to read.
#include <gtest/gtest.h>

#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::read_responses;
using test::Response;
using test::small_config;

constexpr std::string_view kOrigin = "https://shop.example:8443";
constexpr std::string_view kExposed = "Retry-After, X-Sentry-Rate-Limits, X-Faro-Session-Status, Etag";

std::string post_from(std::string_view origin, const std::string& target = "/rum", const std::string& more = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) + "\r\n" + more +
         "Content-Length: 2\r\n\r\n{}";
}
std::string preflight(std::string_view origin, const std::string& more, const std::string& target = "/rum") {
  return "OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) +
         "\r\nAccess-Control-Request-Method: POST\r\n" + more + "\r\n";
}
Response ask(Harness& harness, const std::string& request) {
  harness.open();
  harness.send(request);
  const std::vector<Response> all = read_responses(harness.out());
  EXPECT_EQ(all.size(), 1u) << harness.out();
  if (all.empty()) return {};
  EXPECT_EQ(all[0].problem, "") << harness.out();
  return all[0];
}
void expect_readable(const Response& response, std::string_view origin) {
  EXPECT_EQ(response.header("access-control-allow-origin"), origin);
  EXPECT_EQ(response.header("access-control-allow-credentials"), "true");
  EXPECT_EQ(response.header("vary"), "Origin");
}

TEST(Cors, APreflightAllowsWhatIsAskedFor) {
  Harness harness;
  for (const std::string headers :
       {"content-type,idempotency-key,x-api-key,x-faro-session-id", "content-encoding,content-type", "X-A , x-b"}) {
    const Response response = ask(harness, preflight(kOrigin, "Access-Control-Request-Headers: " + headers + "\r\n"));
    EXPECT_EQ(response.status, 204u);
    expect_readable(response, kOrigin);
    EXPECT_EQ(response.header("access-control-allow-methods"), "POST, GET, OPTIONS");
    EXPECT_EQ(response.header("access-control-allow-headers"), headers);
    EXPECT_GE(std::stoi(response.header("access-control-max-age")), 600);
    EXPECT_FALSE(response.closes());
  }
  EXPECT_TRUE(harness.sink.taken.empty());
}

TEST(Cors, APreflightThatAsksForNoHeadersIsToldNone) {
  Harness harness;
  const Response response = ask(harness, preflight(kOrigin, ""));
  EXPECT_EQ(response.status, 204u);
  EXPECT_FALSE(response.headers.contains("access-control-allow-headers"));
}

TEST(Cors, WhatAPreflightAsksForIsAListOfNames) {
  Harness harness;
  for (const std::string headers : {"a b", "a,,b", "a;b", "a\tb", "\x80", "a:b"}) {
    const Response response = ask(harness, preflight(kOrigin, "Access-Control-Request-Headers: " + headers + "\r\n"));
    EXPECT_EQ(response.status, 400u) << headers;
    expect_readable(response, kOrigin);
  }
  const std::string long_list(kRequestHeadersBytesMax + 1, 'a');
  EXPECT_EQ(ask(harness, preflight(kOrigin, "Access-Control-Request-Headers: " + long_list + "\r\n")).status, 400u);
  const std::string fits(kRequestHeadersBytesMax, 'a');
  EXPECT_EQ(ask(harness, preflight(kOrigin, "Access-Control-Request-Headers: " + fits + "\r\n")).status, 204u);
  EXPECT_EQ(harness.count(Refusal::kBadPreflight), 7u);
}

TEST(Cors, OptionsWithoutAPageLearnTheMethods) {
  Harness harness;
  const Response response = ask(harness, "OPTIONS /rum HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(response.status, 204u);
  EXPECT_EQ(response.header("allow"), "POST, GET, HEAD, OPTIONS");
  EXPECT_FALSE(response.headers.contains("access-control-allow-origin"));
}

// Every answer to a beacon's sender, with every kind of origin.
TEST(Cors, EveryAnswerIsReadableForItsPage) {
  struct Case {
    std::string request;
    unsigned status;
  };
  for (const std::string_view origin : {kOrigin, std::string_view{"null"}, std::string_view{"http://[::1]:80"}}) {
    const std::vector<Case> cases{
        {post_from(origin), 204},
        {post_from(origin, "/rum", "X-Faro-Session-Id: 1\r\n"), 202},
        {post_from(origin, "/v1/traces"), 200},
        {post_from(origin, "/none"), 404},
        {post_from(origin, "/rum", "Expect: else\r\n"), 417},
        {post_from(origin, "/rum", "Connection: close\r\n"), 204},
        {"PUT /rum HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) + "\r\n\r\n", 405},
        {"POST /rum HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) + "\r\n\r\n", 411},
        {"BREW /rum HTTP/1.1\r\nHost: a\r\nOrigin: " + std::string(origin) + "\r\n\r\n", 501},
        {"POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nOrigin: " + std::string(origin) + "\r\n\r\n", 413},
        {"GET /rum?v=1 HTTP/1.1\r\nHost: a\r\nAccept: image/*\r\nOrigin: " + std::string(origin) + "\r\n\r\n", 200},
    };
    Harness harness;
    harness.sink.beacon_paths = {"/rum", "/v1/traces"};
    for (int round = 0; round < 2; ++round) {  // rendered, then found
      for (const Case& c : cases) {
        const Response response = ask(harness, c.request);
        EXPECT_EQ(response.status, c.status) << c.request;
        expect_readable(response, origin);
        EXPECT_EQ(response.header("access-control-expose-headers"), kExposed);
      }
    }
    EXPECT_EQ(harness.count(ServerCount::kCorsRendered), cases.size());
  }
}

TEST(Cors, WhatDidNotComeFromAPageNamesNone) {
  Harness harness;
  const Response response = ask(harness, "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(response.headers.contains("access-control-allow-origin"));
  EXPECT_EQ(response.header("vary"), "Origin");
}

TEST(Cors, AnOriginThatNoBrowserSendsIsNotEchoed) {
  Harness harness;
  std::uint64_t ignored = 0;
  for (const std::string& origin : {std::string("http://a b"), std::string("http://\xc3\xa4"), std::string("a\tb"),
                                    std::string(kOriginBytesMax + 1, 'a'), std::string("")}) {
    const Response response = ask(harness, post_from(origin));
    EXPECT_EQ(response.status, 204u);
    EXPECT_FALSE(response.headers.contains("access-control-allow-origin")) << origin;
    EXPECT_EQ(harness.count(ServerCount::kCorsOriginIgnored), ++ignored);
  }
  expect_readable(ask(harness, post_from(std::string(kOriginBytesMax, 'a'))), std::string(kOriginBytesMax, 'a'));
}

TEST(Cors, TwoOriginsAreNone) {
  Harness harness;
  const Response response = ask(harness, post_from(kOrigin, "/rum", "Origin: http://b\r\n"));
  EXPECT_EQ(response.status, 400u);
  EXPECT_EQ(harness.count(Refusal::kRepeatedHeader), 1u);
  EXPECT_FALSE(response.headers.contains("access-control-allow-origin"));
}

TEST(Cors, ManyOriginsShareThePlacesAndEachIsAnsweredRight) {
  Harness harness;
  for (int i = 0; i < 3'000; ++i) {
    const std::string origin = "https://shop" + std::to_string(i % 500) + ".example";
    expect_readable(ask(harness, post_from(origin)), origin);
  }
  EXPECT_EQ(harness.count(ServerCount::kCorsUncached), 0u);
}

TEST(Cors, AnOriginThatIsUsedAllTheTimeKeepsItsPlace) {
  Harness harness;
  ask(harness, post_from(kOrigin));
  for (int i = 0; i < 2'000; ++i) {
    if (i % 4 == 0) ask(harness, post_from(kOrigin));
    ask(harness, post_from("https://shop" + std::to_string(i) + ".example"));
  }
  EXPECT_EQ(harness.count(ServerCount::kCorsRendered), 2'001u);
}

// Replies that nobody acknowledges hold numbers of the table, but no place that somebody else needs.
TEST(Cors, WhoeverAcknowledgesNothingKeepsNobodyFromAnAnswer) {
  Harness harness;
  harness.open();
  for (int i = 0; i < 200; ++i) harness.send(post_from("https://shop" + std::to_string(i) + ".example"));
  for (int i = 0; i < 100; ++i) harness.send(preflight("https://shop" + std::to_string(i) + ".example", ""));
  EXPECT_EQ(harness.sink.taken.size(), 200u);
  const std::vector<Response> all = read_responses(harness.out());
  ASSERT_EQ(all.size(), 300u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].status, 204u);
    EXPECT_EQ(all[i].header("access-control-allow-origin"), "https://shop" + std::to_string(i % 200) + ".example");
  }
  EXPECT_EQ(harness.count(ServerCount::kCorsRendered), 300u);
  EXPECT_GE(harness.count(ServerCount::kCorsRevoked), 300u - 64 - 16);
  EXPECT_EQ(harness.count(ServerCount::kCorsUncached), 0u);
  EXPECT_EQ(harness.count(Refusal::kPreflightsFull), 0u);
}

TEST(Cors, ARevokedReplyGivesItsNumberBackOnceNobodyHoldsIt) {
  Harness harness;
  for (int round = 0; round < 150; ++round) {
    harness.open();
    for (int i = 0; i < 200; ++i) harness.send(post_from("https://shop" + std::to_string(i) + ".example"));
    harness.acknowledge();
  }
  EXPECT_EQ(harness.count(ServerCount::kCorsUncached), 0u);
  EXPECT_GE(harness.count(ServerCount::kCorsRevoked), responder::kRepliesMax);
}

TEST(Cors, AnAnswerThatPagesWantIsNotRevokedForOneThatNobodyFetches) {
  Harness harness;
  harness.open();
  harness.send(post_from(kOrigin));
  const responder::ReplyId held = harness.stack().waiting.back();
  for (int i = 0; i < 2'000; ++i) {
    if (i % 4 == 0) harness.send(post_from(kOrigin));
    harness.send(post_from("https://shop" + std::to_string(i) + ".example"));
  }
  EXPECT_FALSE(harness.table().is_revoked(held));
  EXPECT_EQ(harness.stack().waiting[harness.stack().waiting.size() - 5], held);
}

// Numbers can run out as well: the beacon is counted and answered all the same, only not readable for the page; a
// preflight cannot be. Nothing is revoked for that.
TEST(Cors, WithoutANumberBeaconsAreCountedAndPreflightsRefused) {
  Config config = small_config();
  config.requests_per_connection = 0;
  Harness harness(config);
  harness.open();
  std::size_t sent = 0;
  while (!harness.table().full()) harness.send(post_from("https://shop" + std::to_string(sent++) + ".example"));
  const std::uint64_t revoked = harness.count(ServerCount::kCorsRevoked);
  harness.send(post_from("https://new.example"));
  harness.send(preflight("https://new.example", ""));
  EXPECT_EQ(harness.sink.taken.size(), sent + 1);
  EXPECT_EQ(harness.count(ServerCount::kCorsUncached), 1u);
  EXPECT_EQ(harness.count(Refusal::kPreflightsFull), 1u);
  EXPECT_EQ(harness.count_status(503), 1u);
  EXPECT_EQ(harness.count(ServerCount::kCorsRevoked), revoked);
  harness.acknowledge();
  expect_readable(ask(harness, post_from("https://new.example")), "https://new.example");
  EXPECT_EQ(ask(harness, preflight("https://new.example", "")).status, 204u);
}

TEST(Cors, AFullReplyTableIsLikeNoNumber) {
  Harness harness;
  while (harness.table().add(bytes("x")) != responder::kNoReply) {
  }
  EXPECT_EQ(ask(harness, post_from(kOrigin)).status, 204u);
  EXPECT_EQ(harness.count(ServerCount::kCorsUncached), 1u);
  EXPECT_EQ(ask(harness, preflight(kOrigin, "")).status, 503u);
}

}  // namespace
}  // namespace bellrock::server
