#include "control/plane/writes.h"

#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

TEST(Writes, OnlyWholeAndTrueRequestsAreTaken) {
  const Centre centre;
  const auto status = [&](const char* path, const std::string& body) {
    return net::http_post(centre.url(path), "application/json", body)->status;
  };
  EXPECT_EQ(net::http_post(centre.url("/api/v1/changes"), "text/plain", R"({"what":"x"})")->status, 415u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x"})"), 201u);
  EXPECT_EQ(status("/api/v1/changes", "{}"), 400u);
  EXPECT_EQ(status("/api/v1/changes", "["), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","journey":"none"})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","at_unix_s":99999999999})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","at_unix_s":1.5})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","colour":"red"})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":")" + std::string(600, 'x') + "\"}"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"  "})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"two\nlines"})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","version":"\u001b[2J"})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","what":"y"})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", R"({"what":"x","who":{"who":1,"what":2}})"), 400u);
  EXPECT_EQ(status("/api/v1/changes", std::string(10'000, ' ')), 400u);
  EXPECT_EQ(status("/api/v1/corrections", R"({"from_unix_s":60,"to_unix_s":60,"who":"a","why":"b"})"), 400u);
  EXPECT_EQ(status("/api/v1/corrections", R"({"from_unix_s":61,"to_unix_s":180,"who":"a","why":"b"})"), 400u);
  EXPECT_EQ(status("/api/v1/corrections", R"({"from_unix_s":60,"to_unix_s":180,"who":"a"})"), 400u);
  EXPECT_EQ(status("/api/v1/corrections", R"({"from_unix_s":60,"to_unix_s":180,"who":"a","why":"b"})"), 201u);
  EXPECT_EQ(status("/api/v1/corrections", R"({"revokes":1,"from_unix_s":60,"who":"a","why":"b"})"), 400u);
  EXPECT_EQ(status("/api/v1/nothing", "{}"), 405u);
}

TEST(Writes, AChangeAtNoTimeOrOfWhiteSpaceOnlyIsRefusedWithWhatToDo) {
  const Centre centre;
  const auto refusal = [&](const Json& change) {
    const auto reply = centre.post_json("/api/v1/changes", change);
    EXPECT_EQ(reply.status, 400u) << change;
    return Json::parse(reply.body).value("message", "");
  };
  EXPECT_EQ(refusal({{"what", "x"}, {"at_unix_s", 0}}),
            "\"at_unix_s\" is 0; give the Unix seconds of the change, or leave it out for now");
  for (const char* const blank :
       {"", " ", "\u00a0", "\u3000", "\u2003 \u00a0", "\u200b", "\ufeff", "\u2028", "\u0085"}) {
    EXPECT_EQ(refusal({{"what", blank}}), "\"what\" is empty; say it in a few words") << blank;
  }
  EXPECT_EQ(centre.post_json("/api/v1/changes", {{"what", "\u00a0deploy\u00a0"}, {"at_unix_s", 1}}).status, 201u);
  EXPECT_EQ(centre.json("/api/v1/changes")["changes"].size(), 1u);
}

TEST(Writes, OnlyACorrectionInForceCanBeRevokedAndOnlyOnce) {
  const Centre centre;
  const auto revoke = [&](std::int64_t id) {
    const auto reply = centre.post_json("/api/v1/corrections", {{"revokes", id}, {"who", "kay"}, {"why", "wrong"}});
    if (reply.status != 201) {
      EXPECT_NE(Json::parse(reply.body)["message"].get<std::string>().find("\"revokes\""), std::string::npos);
    }
    return reply.status;
  };
  const auto id_of = [](const net::HttpReply& reply) { return Json::parse(reply.body)["id"].get<std::int64_t>(); };
  const Json span{{"from_unix_s", 60}, {"to_unix_s", 180}, {"who", "kay"}, {"why", "upgrade"}};
  const auto change = id_of(centre.post_json("/api/v1/changes", {{"what", "deploy"}}));
  const auto correction = id_of(centre.post_json("/api/v1/corrections", span));
  for (const std::int64_t none : {std::int64_t{0}, change, correction + 1, std::int64_t{99'999}}) {
    EXPECT_EQ(revoke(none), 400u) << none;
  }
  EXPECT_EQ(revoke(correction), 201u);
  EXPECT_EQ(revoke(correction), 400u) << "it no longer holds";
  EXPECT_EQ(revoke(correction + 1), 400u) << "a revocation stays";
  EXPECT_EQ(centre.json("/api/v1/corrections")["corrections"].size(), 2u);
}

}  // namespace
}  // namespace bellrock::plane
