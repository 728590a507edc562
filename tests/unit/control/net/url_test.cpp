#include "control/net/url.h"

#include <gtest/gtest.h>

namespace bellrock::net {
namespace {

void expect(const char* text, const char* host, const char* port, const char* target, const char* authority) {
  const auto url = parse_url(text);
  ASSERT_TRUE(url) << text;
  EXPECT_EQ(url->host, host);
  EXPECT_EQ(url->port, port);
  EXPECT_EQ(url->target, target);
  EXPECT_EQ(url->authority(), authority);
}

TEST(Url, IsTakenApart) {
  expect("http://127.0.0.1:8428/v1/frames", "127.0.0.1", "8428", "/v1/frames", "127.0.0.1:8428");
  expect("http://centre", "centre", "80", "/", "centre");
  expect("http://centre?q=1", "centre", "80", "/?q=1", "centre");
  expect("http://[::1]:9/a?b#c", "::1", "9", "/a?b", "[::1]:9");
  expect("http://[fe80::1]/", "fe80::1", "80", "/", "[fe80::1]");
  expect("https://centre/v1", "centre", "443", "/v1", "centre");
  expect("https://centre:80", "centre", "80", "/", "centre:80");
  EXPECT_TRUE(parse_url("https://centre")->tls);
  EXPECT_FALSE(parse_url("http://centre:443")->tls);
}

TEST(Url, RefusesWhatCannotBeAsked) {
  for (const char* text : {"", "https:/a/", "ftp://a/", "http://", "http://:80/", "http://a:0/", "http://a:65536/",
                           "http://a:b/", "http://a:/", "http://[::1/", "http://[::1]x/", "http://u@h/", "http://a/b c",
                           "http://a/\r\nHost: b", "a:80/"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace bellrock::net
