#include "control/net/own_host.h"

#include <gtest/gtest.h>

#include <vector>

namespace bellrock::net {
namespace {

const std::vector<std::string> kNames{"bellrock.example", "[2001:db8::1]", "192.0.2.9"};

TEST(OwnHost, IsTheAddressOfTheConnectionLocalhostOrAConfiguredName) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8480", "localhost", "LocalHost:8480", "bellrock.example",
                           "BELLROCK.example:443", "[2001:db8::1]:80", "192.0.2.9"}) {
    EXPECT_TRUE(is_own_host(host, "127.0.0.1", kNames)) << host;
  }
  EXPECT_TRUE(is_own_host("[::1]:8480", "::1", {}));
  EXPECT_TRUE(is_own_host("[0:0:0:0:0:0:0:1]", "::1", {}));
  EXPECT_TRUE(is_own_host("127.0.0.1:80", "::ffff:127.0.0.1", {}));
}

TEST(OwnHost, IsNoOtherNameWhateverItResolvesTo) {
  for (const char* host : {"",
                           "evil.example",
                           "evil.example:8480",
                           "127.0.0.1.evil.example",
                           "localhost.evil.example",
                           "localhost.",
                           "bellrock.example.evil.example",
                           "127.0.0.2",
                           "10.0.0.1:8480",
                           "[::1]",
                           "[::1",
                           "127.0.0.1:80:80",
                           "127.0.0.1:x",
                           "127.0.0.1@evil.example",
                           "evil.example@127.0.0.1",
                           "127.0.0.1 ",
                           "0x7f.1",
                           "2130706433",
                           ":8480",
                           "bellrock.example:123456"}) {
    EXPECT_FALSE(is_own_host(host, "127.0.0.1", kNames)) << host;
  }
}

TEST(OwnOrigin, IsTheHostThatWasAskedOrAConfiguredName) {
  EXPECT_TRUE(is_own_origin("http://127.0.0.1:8480", "127.0.0.1:8480", {}));
  EXPECT_TRUE(is_own_origin("http://LOCALHOST:8480", "localhost:8480", {}));
  EXPECT_TRUE(is_own_origin("https://bellrock.example", "127.0.0.1:8480", kNames));
  EXPECT_TRUE(is_own_origin("https://bellrock.example:8443", "127.0.0.1:8480", kNames));
}

TEST(OwnOrigin, IsNoOtherPageNotEvenOfAnotherPortOfThisMachine) {
  for (const char* origin : {"", "null", "http://evil.example", "http://127.0.0.1:3000", "http://127.0.0.1",
                             "http://localhost:8480", "http://127.0.0.1:8480.evil.example", "file://",
                             "http://bellrock.example.evil.example", "chrome-extension://127.0.0.1:8480", "http://"}) {
    EXPECT_FALSE(is_own_origin(origin, "127.0.0.1:8480", kNames)) << origin;
  }
}

}  // namespace
}  // namespace bellrock::net
