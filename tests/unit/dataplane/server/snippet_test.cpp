// The script that sends beacons: the same for everybody, cached by everybody.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::read_responses;
using test::Response;

constexpr std::string_view kScript = "addEventListener('load',()=>{})";
constexpr std::string_view kPacked = "\x1f\x8b packed";

Config with_snippet(bool gzip) {
  Config config = test::small_config();
  config.snippet.plain = bytes(kScript);
  if (gzip) config.snippet.gzip = bytes(kPacked);
  return config;
}
Response ask(Harness& harness, const std::string& headers, const std::string& method = "GET") {
  harness.open();
  harness.send(method + " /bellrock.js HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  const std::vector<Response> all = read_responses(harness.out(), method == "HEAD");
  EXPECT_EQ(all.size(), 1u) << harness.out();
  if (all.empty()) return {};
  EXPECT_EQ(all[0].problem, "") << harness.out();
  return all[0];
}

TEST(Snippet, IsSentWithWhatCachesNeed) {
  Harness harness(with_snippet(true));
  const Response response = ask(harness, "");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, kScript);
  EXPECT_EQ(response.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(response.header("cache-control"), "public, max-age=3600");
  EXPECT_EQ(response.header("vary"), "Accept-Encoding");
  EXPECT_EQ(response.header("access-control-allow-origin"), "*");
  EXPECT_EQ(response.header("etag").size(), 34u);
  EXPECT_FALSE(response.headers.contains("content-encoding"));
}

TEST(Snippet, IsSentCompressedToWhoTakesThat) {
  Harness harness(with_snippet(true));
  for (const std::string accepted : {"gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "*", "deflate, *;q=0.1",
                                     "x-gzip", "gzip;q=1", "gzip;foo=0", "*;q=0, gzip"}) {
    const Response response = ask(harness, "Accept-Encoding: " + accepted + "\r\n");
    EXPECT_EQ(response.header("content-encoding"), "gzip") << accepted;
    EXPECT_EQ(response.body, kPacked) << accepted;
  }
  for (const std::string refused : {"", "br", "identity", "gzip;q=0", "gzip ; Q=0.000", "*;q=0", "gzip;q=0, *", "gzipx",
                                    "br\r\nAccept-Encoding: gzip"}) {
    const Response response = ask(harness, "Accept-Encoding: " + refused + "\r\n");
    EXPECT_FALSE(response.headers.contains("content-encoding")) << refused;
    EXPECT_EQ(response.body, kScript) << refused;
  }
}

TEST(Snippet, HasAValidatorForEachOfItsForms) {
  Harness harness(with_snippet(true));
  const std::string plain = ask(harness, "").header("etag");
  const std::string gzip = ask(harness, "Accept-Encoding: gzip\r\n").header("etag");
  EXPECT_NE(plain, gzip);
  EXPECT_TRUE(plain.starts_with('"') && plain.ends_with('"'));  // strong
  Harness other(with_snippet(false));
  EXPECT_EQ(ask(other, "").header("etag"), plain);
  EXPECT_FALSE(ask(other, "").headers.contains("vary"));
  EXPECT_EQ(ask(other, "Accept-Encoding: gzip\r\n").body, kScript);
}

TEST(Snippet, IsNotSentAgainToWhoHasIt) {
  Harness harness(with_snippet(true));
  const std::string plain = ask(harness, "").header("etag");
  const std::string gzip = ask(harness, "Accept-Encoding: gzip\r\n").header("etag");
  for (const std::string& known : {plain, "W/" + plain, "\"x\", " + plain, std::string("*"), " " + plain + " ,\"y\""}) {
    const Response response = ask(harness, "If-None-Match: " + known + "\r\n");
    EXPECT_EQ(response.status, 304u) << known;
    EXPECT_EQ(response.header("etag"), plain);
    EXPECT_EQ(response.header("cache-control"), "public, max-age=3600");
    EXPECT_EQ(response.header("vary"), "Accept-Encoding");
  }
  EXPECT_EQ(ask(harness, "Accept-Encoding: gzip\r\nIf-None-Match: " + gzip + "\r\n").status, 304u);
  for (const std::string& stale : {gzip, std::string("\"x\""), plain.substr(1), std::string("")}) {
    EXPECT_EQ(ask(harness, "If-None-Match: " + stale + "\r\n").status, 200u) << stale;
  }
  EXPECT_EQ(ask(harness, "If-None-Match: \"x\"\r\nIf-None-Match: " + plain + "\r\n").status, 200u);
}

TEST(Snippet, ItsHeadIsTheSameWithoutIt) {
  Harness harness(with_snippet(true));
  for (const std::string headers : {"", "Accept-Encoding: gzip\r\n"}) {
    Response full = ask(harness, headers);
    const Response head = ask(harness, headers, "HEAD");
    EXPECT_EQ(head.headers, full.headers);
    EXPECT_EQ(head.status, 200u);
    EXPECT_EQ(head.body, "");
  }
  const std::string etag = ask(harness, "").header("etag");
  EXPECT_EQ(ask(harness, "If-None-Match: " + etag + "\r\n", "HEAD").status, 304u);
}

TEST(Snippet, IsReadOnly) {
  Harness harness(with_snippet(true));
  EXPECT_EQ(ask(harness, "", "DELETE").status, 405u);
  EXPECT_EQ(ask(harness, "", "OPTIONS").header("allow"), "GET, HEAD, OPTIONS");
}

TEST(Snippet, IsNotRenderedForEachOrigin) {
  Harness harness(with_snippet(true));
  const Response response = ask(harness, "Origin: https://shop.example\r\n");
  EXPECT_EQ(response.header("access-control-allow-origin"), "*");
  EXPECT_EQ(harness.count(ServerCount::kCorsRendered), 0u);
}

}  // namespace
}  // namespace bellrock::server
