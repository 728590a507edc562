// RequestParser against the naive parser: the same verdict, extent, views and framing on well-formed and mutated heads.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dataplane/http/request_head.h"
#include "tests/unit/dataplane/http/naive.h"

namespace bellrock::http {
namespace {

using namespace std::string_literals;

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> all{
      "GET /a/b?c=d HTTP/1.1\r\nHost: shop.example\r\nCookie: a=b; c=d\r\nUser-Agent: x y\r\n\r\n",
      "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nContent-Type: text/plain\r\nOrigin: http://a\r\n\r\n",
      "POST /rum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n",
      "GET http://b:80/x?y HTTP/1.0\r\nsec-ch-ua-mobile: ?1\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
      "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nX-Extra:\t v \t\r\n\r\n",
  };
  return all;
}

// Pieces that matter to parsers, so that mutations reach further than single bytes do.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all{"\r\n",
                                            "\n",
                                            "\r",
                                            " ",
                                            "\t",
                                            ":",
                                            "\0"s,
                                            "\x7f",
                                            "\r\n\r\n",
                                            "Content-Length: 5\r\n",
                                            "Host: b\r\n",
                                            "Transfer-Encoding: chunked\r\n",
                                            "chunked",
                                            "HTTP/1.1",
                                            "#",
                                            "?",
                                            "/",
                                            "://",
                                            "@",
                                            "\r\n ",
                                            ",",
                                            "\x80",
                                            "0",
                                            "Transfer-Encoding : chunked\r\n",
                                            "Content-Length: 5\r\nContent-Length: 5\r\n"};
  return all;
}

std::string mutate(std::mt19937_64& random) {
  std::string text = seeds()[random() % seeds().size()];
  for (std::size_t i = random() % 4; i > 0 && !text.empty(); --i) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 3);
        break;
      case 2:
        text.insert(at, pieces()[random() % pieces().size()]);
        break;
      default:
        text[at] = static_cast<char>(text[at] ^ 0x20);
        break;
    }
  }
  if (random() % 8 == 0) text += "GET / HTTP/1.1\r\n\r\n";
  return text;
}

void expect_agreement(RequestParser& parser, const std::string& text) {
  const auto expected = test::naive_request(text);
  RequestHead head;
  const HeadResult result = parser.parse(bytes(text), head, true);
  ASSERT_EQ(result.state == HeadState::kComplete, expected.has_value()) << text;
  if (!expected) {
    ASSERT_LT(result.error, HttpError::kCount) << text;
    return;
  }
  ASSERT_EQ(result.bytes, expected->head.bytes) << text;
  ASSERT_EQ(head.message.method_text, expected->method) << text;
  ASSERT_EQ(head.message.target, expected->target) << text;
  ASSERT_EQ(head.framing.kind == BodyKind::kChunked, expected->chunked) << text;
  ASSERT_EQ(head.framing.length, expected->length) << text;
  const std::vector<std::pair<Header, std::string>> names{{Header::kCookie, "cookie"},
                                                          {Header::kUserAgent, "user-agent"},
                                                          {Header::kOrigin, "origin"},
                                                          {Header::kContentType, "content-type"},
                                                          {Header::kChUaMobile, "sec-ch-ua-mobile"},
                                                          {Header::kContentEncoding, "content-encoding"}};
  for (const auto& [header, name] : names) {
    const auto values = expected->head.all(name);
    ASSERT_EQ(head.message.header(header).data() != nullptr, !values.empty()) << text;
    ASSERT_EQ(head.message.header(header), values.empty() ? "" : values[0]) << text;
  }
  const auto extra = expected->head.all("x-extra");
  ASSERT_EQ(head.message.header(static_cast<std::size_t>(Header::kCount)), extra.empty() ? "" : extra[0]) << text;
}

TEST(Differential, AgreesWithTheNaiveParserOnMutatedHeads) {
  const std::vector<std::string> extra{"x-extra"};
  std::size_t accepted = 0;
  for (const ScanKernel* kernel : supported_kernels()) {
    RequestParser parser(*kernel, extra);
    std::mt19937_64 random(7);
    for (int i = 0; i < 100'000; ++i) {
      const std::string text = mutate(random);
      ASSERT_NO_FATAL_FAILURE(expect_agreement(parser, text));
      accepted += test::naive_request(text).has_value();
    }
  }
  // Both verdicts must occur often, or the test says little.
  EXPECT_GT(accepted, 50'000u * supported_kernels().size() / 2);
  EXPECT_LT(accepted, 75'000u * supported_kernels().size());
}

}  // namespace
}  // namespace bellrock::http
