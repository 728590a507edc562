#include "dataplane/http/response_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dataplane/http/guarded.h"

namespace bellrock::http {
namespace {

using namespace std::string_literals;

TEST(ResponseHead, RefusesEachMalformedHeadForItsOwnReason) {
  using enum HttpError;
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, HttpError>> rows{
      {"\r\n\r\n", kBadStatusLine},
      {"ICY 200 OK\r\n\r\n", kBadStatusLine},
      {"HTTP 200 OK\r\n\r\n", kBadStatusLine},
      {"220 mail ready\r\n", kBadStatusLine},
      {"HTTP/2.0 200 OK\r\n\r\n", kBadVersion},
      {"HTTP/1.2 200 OK\r\n\r\n", kBadVersion},
      {"HTTP/1.1  200 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 20 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 2000 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 099 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 600 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 2x0 OK\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 200 O\x01K\r\n\r\n", kBadStatusLine},
      {"HTTP/1.1 200 OK\0\n\r\n"s, kBadStatusLine},
      {"HTTP/1.1 200 OK\nA: b\r\n\r\n", kBareLineEnd},
      {"HTTP/1.1 200\n\r\n", kBareLineEnd},
      {ok + "A: b\n\r\n", kBareLineEnd},
      {ok + "A: b\r\n c\r\n\r\n", kFoldedHeader},
      {ok + "A : b\r\n\r\n", kBadHeaderName},
      {ok + "A: b\x02\r\n\r\n", kBadHeaderValue},
      {ok + "Content-Length: 5, 5\r\n\r\n", kBadContentLength},
      {ok + "Content-Length: x\r\n\r\n", kBadContentLength},
      {ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", kConflictingLength},
      {ok + "X: " + std::string(kHeadBytesMax, 'x'), kHeadTooLong},
  };
  test::Guarded buffer(64 * 1024);
  for (const auto& [text, error] : rows) {
    for (const ScanKernel* kernel : supported_kernels()) {
      ResponseParser parser(*kernel);
      ResponseHead head;
      const HeadResult result = parser.parse(buffer.put(text), head, true);
      ASSERT_EQ(result.state, HeadState::kError) << text;
      EXPECT_EQ(kHttpErrorNames[static_cast<std::size_t>(result.error)],
                kHttpErrorNames[static_cast<std::size_t>(error)])
          << kernel->name << ": " << text;
    }
  }
}

TEST(ResponseHead, SaysWhetherItIsHtmlWhereTypesAreRead) {
  const std::vector<std::pair<std::string, bool>> rows{{"Content-Type: text/html\r\n", true},
                                                       {"content-type: TEXT/HTML; charset=utf-8\r\n", true},
                                                       {"Content-Type: text/html ;charset=utf-8\r\n", true},
                                                       {"Content-Type: text/htmlx\r\n", false},
                                                       {"Content-Type: application/json\r\n", false},
                                                       {"Content-Type: \r\n", false},
                                                       {"Content-Type: text/html\r\nContent-Type: a/b\r\n", true},
                                                       {"Content-Type: a/b\r\nContent-Type: text/html\r\n", false},
                                                       {"X: text/html\r\n", false}};
  test::Guarded buffer(64 * 1024);
  ResponseParser reads(*supported_kernels().front(), true), passes(*supported_kernels().front());
  ResponseHead head;
  for (const auto& [line, html] : rows) {
    const Bytes bytes = buffer.put("HTTP/1.1 200 OK\r\n" + line + "\r\n");
    ASSERT_EQ(reads.parse(bytes, head).state, HeadState::kComplete) << line;
    EXPECT_EQ(head.html, html) << line;
    ASSERT_EQ(passes.parse(bytes, head).state, HeadState::kComplete) << line;
    EXPECT_FALSE(head.html) << line;
  }
}

TEST(ResponseHead, ReadsStatusAndFraming) {
  struct Row {
    std::string text;
    unsigned status;
    BodyKind kind;
    std::uint64_t length;
  };
  const std::vector<Row> rows{
      {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 200, BodyKind::kLength, 12},
      {"HTTP/1.0 599\r\n\r\n", 599, BodyKind::kUntilClose, 0},
      {"HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n", 404, BodyKind::kNone, 0},
      {"HTTP/1.1 100 Gr\xfc\xdf\tGott\r\n\r\n", 100, BodyKind::kUntilClose, 0},
      {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Length: 12\r\n\r\n", 200, BodyKind::kLength, 12},
      {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n", 200, BodyKind::kChunked, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip , CHUNKED\r\n\r\n", 200, BodyKind::kChunked, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 200, BodyKind::kChunked, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 200, BodyKind::kUntilClose, 0},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n", 200, BodyKind::kUntilClose, 0},
  };
  for (const Row& row : rows) {
    ResponseParser parser(best_kernel());
    ResponseHead head;
    const HeadResult result = parser.parse(bytes(row.text), head);
    ASSERT_EQ(result.state, HeadState::kComplete) << row.text;
    EXPECT_EQ(result.bytes, row.text.size());
    EXPECT_EQ(head.status, row.status);
    EXPECT_EQ(head.framing.kind, row.kind) << row.text;
    EXPECT_EQ(head.framing.length, row.length) << row.text;
  }
}

}  // namespace
}  // namespace bellrock::http
