// Each rule of dataplane/http/README.md, "What is refused", has its rows here.
#include "dataplane/http/request_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dataplane/http/guarded.h"

namespace bellrock::http {
namespace {

using namespace std::string_literals;

struct Refused {
  const char* rule;
  std::string head;
  HttpError error;
};

const std::string kLine = "GET / HTTP/1.1\r\n";
const std::string kHost = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

// Longer than 70 lines: a table of cases.
std::vector<Refused> refused() {
  using enum HttpError;
  return {
      {"request line", "\r\n\r\n", kBadRequestLine},
      {"request line", "GET\r\n\r\n", kBadRequestLine},
      {"request line", "GET /\r\n\r\n", kBadRequestLine},
      {"request line", "GET / \r\n\r\n", kBadRequestLine},
      {"request line", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "GET / http/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", std::string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", std::string(40, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", std::string(100, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", kBadRequestLine},
      {"request line", "\x16\x03\x01\x02\x00\x01"s, kBadRequestLine},
      {"version", "GET / HTTP/1.a\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1.\xb2\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1.2\r\n\r\n", kBadHeaderValue},
      {"version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/11.1\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1.1\x01\r\nHost: a\r\n\r\n", kBadVersion},
      {"version", "GET / HTTP/1.1\0\nHost: a\r\n\r\n"s, kBadVersion},
      {"version", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kBadVersion},
      {"target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, kBadTarget},
      {"target", "GET /a\x7f HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET http://u@h/a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET 1http://h/a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET ht_tp://h/a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"target", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", kBadTarget},
      {"line end", "GET / HTTP/1.1\nHost: a\r\n\r\n", kBareLineEnd},
      {"line end", "GET /\nHost: a\r\n\r\n", kBareLineEnd},
      {"line end", "GET / HTTP/1.1\rHost: a\r\n\r\n", kBareLineEnd},
      {"line end", kLine + "Host: a\n\r\n", kBareLineEnd},
      {"line end", kLine + "Host: a\r\n\n", kBareLineEnd},
      {"line end", kLine + "Host: a\r\r\n\r\n", kBareLineEnd},
      {"line end", kLine + "Host: a\rb\r\n\r\n", kBareLineEnd},
      {"line end", kLine + "Host\n\r\n", kBareLineEnd},
      {"line end", kLine + "Host: a\n Content-Length: 5\r\n\r\n", kBareLineEnd},
      {"folding", kLine + "Host: a\r\n b\r\n\r\n", kFoldedHeader},
      {"folding", kLine + "Host: a\r\n\tb\r\n\r\n", kFoldedHeader},
      {"folding", kLine + " Host: a\r\n\r\n", kFoldedHeader},
      {"folding", kLine + "Host: a\r\n \r\n\r\n", kFoldedHeader},
      {"header name", kLine + "Host : a\r\n\r\n", kBadHeaderName},
      {"header name", kLine + "Host\t: a\r\n\r\n", kBadHeaderName},
      {"header name", kLine + ": a\r\n\r\n", kBadHeaderName},
      {"header name", kLine + "Host\r\n\r\n", kBadHeaderName},
      {"header name", kLine + "Ho(st: a\r\n\r\n", kBadHeaderName},
      {"header name", kLine + "Ho\x80st: a\r\n\r\n", kBadHeaderName},
      {"header name", kLine + "Ho\0st: a\r\n\r\n"s, kBadHeaderName},
      {"header name", kHost + "Transfer-Encoding\x0b: chunked\r\n\r\n", kBadHeaderName},
      {"header name", kHost + std::string(70, 'n') + " : v\r\n\r\n", kBadHeaderName},
      {"header name", kHost + "\x7fX: v\r\n\r\n", kBadHeaderName},
      {"header value", kHost + "X: a\0b\r\n\r\n"s, kBadHeaderValue},
      {"header value", kHost + "X: a\x01\r\n\r\n", kBadHeaderValue},
      {"header value", kHost + "X: a\x7f\r\n\r\n", kBadHeaderValue},
      {"header value", kHost + "X: a\0\n\r\n"s, kBadHeaderValue},
      {"host", kLine + "X: a\r\n\r\n", kBadHeaderValue},
      {"host", kHost + "Host: a\r\n\r\n", kBadHeaderValue},
      {"host", kHost + "host: b\r\n\r\n", kBadHeaderValue},
      {"host", kLine + "Host: a b\r\n\r\n", kBadHeaderValue},
      {"host", kLine + "Host: a/b\r\n\r\n", kBadHeaderValue},
      {"host", kLine + "Host: u@a\r\n\r\n", kBadHeaderValue},
      {"length", kPost + "Content-Length: \r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: +5\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: -5\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: 0x5\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: 5 5\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: 5,5\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: 5.0\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: \"5\"\r\n\r\n", kBadContentLength},
      {"length", kPost + "Content-Length: 9999999999999999999\r\n\r\n", kBadContentLength},
      {"two lengths", kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", kConflictingLength},
      {"two lengths", kPost + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", kConflictingLength},
      {"length and codings", kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", kConflictingLength},
      {"length and codings", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", kConflictingLength},
      {"length and codings", kPost + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", kConflictingLength},
      {"codings", kPost + "Transfer-Encoding: xchunked\r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: chunked, identity\r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: identity\r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: \r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: chunked;q=1\r\n\r\n", kBadTransferEncoding},
      {"codings", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", kBadTransferEncoding},
      {"codings", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", kBadTransferEncoding},
      {"bounds", kHost + "X: " + std::string(kHeadBytesMax, 'x'), kHeadTooLong},
  };
}

TEST(RequestHead, RefusesEachMalformedHeadForItsOwnReason) {
  test::Guarded buffer(64 * 1024);
  ASSERT_GE(refused().size(), 60u);
  for (const Refused& row : refused()) {
    for (const ScanKernel* kernel : supported_kernels()) {
      RequestParser parser(*kernel, {});
      RequestHead head;
      const HeadResult result = parser.parse(buffer.put(row.head), head, true);
      ASSERT_EQ(result.state, HeadState::kError) << row.rule << ": " << row.head;
      EXPECT_EQ(kHttpErrorNames[static_cast<std::size_t>(result.error)],
                kHttpErrorNames[static_cast<std::size_t>(row.error)])
          << kernel->name << ", " << row.rule << ": " << row.head;
    }
  }
}

TEST(RequestHead, RefusesOneHeaderTooMany) {
  for (const std::size_t headers : {kHeadersMax, kHeadersMax + 1}) {
    std::string text = kHost;
    for (std::size_t i = 1; i < headers; ++i) text += "X: y\r\n";
    text += "\r\n";
    for (const ScanKernel* kernel : supported_kernels()) {
      RequestParser parser(*kernel, {});
      RequestHead head;
      const HeadResult result = parser.parse(bytes(text), head);
      EXPECT_EQ(result.state, headers == kHeadersMax ? HeadState::kComplete : HeadState::kError);
      EXPECT_EQ(result.error, headers == kHeadersMax ? kNoError : HttpError::kTooManyHeaders);
    }
  }
}

TEST(RequestHead, TakesAHeadOfExactlyTheBound) {
  for (const std::size_t more : {0u, 1u}) {
    const std::string text = kHost + "X: " + std::string(kHeadBytesMax - kHost.size() - 7 + more, 'x') + "\r\n\r\n";
    RequestParser parser(best_kernel(), {});
    RequestHead head;
    const HeadResult result = parser.parse(bytes(text), head);
    EXPECT_EQ(result.state, more == 0 ? HeadState::kComplete : HeadState::kError);
  }
}

struct Accepted {
  std::string head;
  const char *path, *query, *host;
  BodyKind kind;
};

TEST(RequestHead, TakesEveryFormOfTarget) {
  const std::vector<Accepted> rows{
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", "a", BodyKind::kNone},
      {"GET /a/b?x=1?2 HTTP/1.1\r\nHost: a:80\r\n\r\n", "/a/b", "x=1?2", "a:80", BodyKind::kNone},
      {"GET /? HTTP/1.1\r\nHost: [::1]\r\n\r\n", "/", "", "[::1]", BodyKind::kNone},
      {"GET /\xc3\xa4|{} HTTP/1.1\r\nHost:\r\n\r\n", "/\xc3\xa4|{}", "", "", BodyKind::kNone},
      {"GET http://b.example/p?q HTTP/1.1\r\nHost: a\r\n\r\n", "/p", "q", "b.example", BodyKind::kNone},
      {"GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", "b", BodyKind::kNone},
      {"GET http://b?q=/x HTTP/1.1\r\nHost: a\r\n\r\n", "/", "q=/x", "b", BodyKind::kNone},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*", "", "a", BodyKind::kNone},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "", "", "a:443", BodyKind::kNone},
      {"PROPFIND /x HTTP/1.1\r\nHost: a\r\n\r\n", "/x", "", "a", BodyKind::kNone},
      {"GET / HTTP/1.0\r\n\r\n", "/", "", "", BodyKind::kNone},
      {"POST / HTTP/1.2\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "/", "", "a", BodyKind::kChunked},
      {"GET / HTTP/1.9\r\nHost: a\r\n\r\n", "/", "", "a", BodyKind::kNone},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n", "/", "", "a", BodyKind::kLength},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "/", "", "a", BodyKind::kNone},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tChunked \r\n\r\n", "/", "", "a", BodyKind::kChunked},
  };
  test::Guarded buffer(4'096);
  for (const Accepted& row : rows) {
    RequestParser parser(best_kernel(), {});
    RequestHead head;
    const HeadResult result = parser.parse(buffer.put(row.head), head);
    ASSERT_EQ(result.state, HeadState::kComplete) << row.head;
    EXPECT_EQ(result.bytes, row.head.size());
    EXPECT_EQ(head.message.path, row.path) << row.head;
    EXPECT_EQ(head.message.query, row.query) << row.head;
    EXPECT_EQ(head.message.header(Header::kHost), row.host) << row.head;
    EXPECT_EQ(head.framing.kind, row.kind) << row.head;
  }
}

TEST(RequestHead, WhoServesTakesNoTargetAboveAscii) {
  test::Guarded buffer(4'096);
  for (std::size_t before = 0; before < 80; ++before) {
    for (std::size_t behind : {0u, 1u, 9u}) {
      const std::string line = "GET /" + std::string(before, 'p') + "\x80" + std::string(behind, 'q') + " HTTP/1.1";
      for (const ScanKernel* kernel : supported_kernels()) {
        RequestHead head;
        RequestParser listens(*kernel, {}), serves(*kernel, {}, Targets::kAscii);
        EXPECT_EQ(listens.parse(buffer.put(line + "\r\nHost: a\r\n\r\n"), head).state, HeadState::kComplete);
        const HeadResult result = serves.parse(buffer.put(line + "\r\nHost: a\r\n\r\n"), head);
        EXPECT_EQ(result.state, HeadState::kError);
        EXPECT_EQ(result.error, HttpError::kBadTarget) << before << ' ' << behind << ' ' << kernel->name;
        EXPECT_EQ(serves.check_first_line(buffer.put(line)), HttpError::kBadTarget);
      }
    }
  }
}

TEST(RequestHead, WhoServesTakesNoHostThatIsNone) {
  const std::vector<std::string> good{"",      "a",        "a.example", "a:",    "a:80",     "192.0.2.1:8080",
                                      "[::1]", "[::1]:80", "[::1]:",    "a%2fb", "[v1.a:b]", "a_b~!$&'()"};
  const std::vector<std::string> bad{"a:99999x", "[zz", "[zz]", "[",     "[]",  "]",    "[::1", "[::1]80", "[::1]:8x",
                                     "a:b:1",    "::1", "a[b]", "a]:80", "a%2", "a%2g", "[v1]", "[80]",    "a: 80"};
  RequestHead head;
  for (const ScanKernel* kernel : supported_kernels()) {
    RequestParser listens(*kernel, {}), serves(*kernel, {}, Targets::kAscii);
    const auto says = [&](RequestParser& parser, const std::string& text) { return parser.parse(bytes(text), head); };
    for (const std::string& host : good) {
      EXPECT_EQ(says(serves, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").state, HeadState::kComplete) << host;
      if (host.empty()) continue;
      EXPECT_EQ(says(serves, "GET http://" + host + "/ HTTP/1.1\r\nHost: a\r\n\r\n").state, HeadState::kComplete);
    }
    for (const std::string& host : bad) {
      const HeadResult result = says(serves, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      EXPECT_EQ(result.state, HeadState::kError) << host;
      EXPECT_EQ(result.error, HttpError::kBadHeaderValue) << host;
      EXPECT_EQ(says(serves, "GET http://" + host + "/ HTTP/1.1\r\nHost: a\r\n\r\n").state, HeadState::kError) << host;
      if (host.find(' ') != std::string::npos) continue;
      EXPECT_EQ(says(listens, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").state, HeadState::kComplete) << host;
    }
  }
}

TEST(RequestHead, TellsHeadersApartByTheirWholeName) {
  const std::vector<std::string> extra{"x-a", "x^a", "x~a", "x", std::string(64, 'n'), "hos", "hosts"};
  RequestParser parser(best_kernel(), extra);
  RequestHead head;
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nX~A: 1\r\nx^a: 2\r\nX_A: 3\r\nX-A: 4\r\nX: 5\r\n" +
                           std::string(64, 'N') + ": 6\r\nHOSTS: 7\r\nhos: 8\r\n\r\n";
  ASSERT_EQ(parser.parse(bytes(text), head).state, HeadState::kComplete);
  const std::vector<const char*> expected{"4", "2", "1", "5", "6", "8", "7"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(head.message.header(static_cast<std::size_t>(Header::kCount) + i), expected[i]) << extra[i];
  }
  EXPECT_EQ(head.message.header(Header::kCookie).data(), nullptr);
}

TEST(RequestHead, ForgetsTheHeadersOfTheRequestBefore) {
  RequestParser parser(best_kernel(), {});
  RequestHead head;
  ASSERT_EQ(parser.parse(bytes("GET / HTTP/1.1\r\nHost: a\r\nCookie: c\r\nExpect: 100-continue\r\n\r\n"), head).state,
            HeadState::kComplete);
  EXPECT_TRUE(head.expects);
  ASSERT_EQ(parser.parse(bytes("GET / HTTP/1.1\r\nHost: b\r\n\r\n"), head).state, HeadState::kComplete);
  EXPECT_EQ(head.message.header(Header::kCookie).data(), nullptr);
  EXPECT_FALSE(head.expects);
}

TEST(RequestHead, NeedsMoreAtEveryPrefixOfAGoodHead) {
  const std::string text = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nCookie: a=b\r\n\r\n";
  test::Guarded buffer(4'096);
  RequestParser parser(best_kernel(), {});
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    RequestHead head;
    EXPECT_EQ(parser.parse(buffer.put(std::string_view(text).substr(0, bytes)), head).state, HeadState::kPartial);
  }
}

TEST(RequestHead, SaysWhichHeadersCameSeveralTimesAndWhichVersionItIs) {
  const std::vector<std::string> extra{"connection", "x-a", "Connection"};
  RequestParser parser(best_kernel(), extra);
  RequestHead head;
  const auto index = [](std::size_t i) { return std::uint64_t{1} << (static_cast<std::size_t>(Header::kCount) + i); };
  const std::string once = "GET / HTTP/1.0\r\nConnection: a\r\nX-A: b\r\n\r\n";
  ASSERT_EQ(parser.parse(bytes(once), head).state, HeadState::kComplete);
  EXPECT_EQ(head.repeated, 0u);
  EXPECT_TRUE(head.http_1_0);
  const std::string twice = "GET / HTTP/1.1\r\nHost: a\r\nConnection: a\r\nX-A: \r\nconnection: b\r\nX-A: c\r\n\r\n";
  ASSERT_EQ(parser.parse(bytes(twice), head).state, HeadState::kComplete);
  EXPECT_EQ(head.repeated, index(0) | index(1) | index(2));
  EXPECT_EQ(head.message.header(static_cast<std::size_t>(Header::kCount) + 2), "a");
  EXPECT_FALSE(head.http_1_0);
}

}  // namespace
}  // namespace bellrock::http
