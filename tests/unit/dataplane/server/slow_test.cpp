// Requests in pieces, slow ones, cut ones, and what they may hold meanwhile. Time is virtual.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::small_config;
using test::statuses;
using Strings = std::vector<std::string>;

constexpr std::string_view kHead = "POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";

TEST(Slow, AHeadThatTakesTooLongIsAnsweredAndTheConnectionEnds) {
  Harness harness;
  harness.open();
  harness.send("POST /rum HTTP/1.1\r\nHo");
  harness.pass(9 * kSecond);
  harness.send("s");
  EXPECT_EQ(harness.out(), "");
  harness.pass(kSecond);
  EXPECT_EQ(statuses(harness.out()), "408");
  EXPECT_TRUE(harness.stack().closed);
  EXPECT_EQ(harness.count(Refusal::kHeadTimeout), 1u);
  EXPECT_EQ(harness.server().free_blocks(), small_config().pool_blocks);
}

TEST(Slow, ABodyHasItsOwnTimeAndIsARefusedBeacon) {
  Harness harness;
  harness.open();
  harness.send(kHead.substr(0, 30));
  harness.pass(8 * kSecond);
  harness.send(kHead.substr(30));
  harness.pass(19 * kSecond);
  harness.send("{}");
  EXPECT_EQ(harness.out(), "");
  harness.pass(kSecond);
  EXPECT_EQ(statuses(harness.out()), "408");
  EXPECT_EQ(harness.count(Refusal::kBodyTimeout), 1u);
  EXPECT_EQ(harness.sink.taken, Strings{"POST /rum body= error=incomplete_body"});
  EXPECT_FALSE(harness.sink.last.seen());
}

TEST(Slow, AnAnsweredRequestLeavesNoDeadline) {
  Harness harness;
  harness.open();
  harness.send_in_pieces(std::string(kHead) + "true", 7);
  EXPECT_FALSE(harness.stack().has_deadline);
  harness.send(std::string(kHead) + "true");
  EXPECT_FALSE(harness.stack().has_deadline);
  harness.pass(kMinute);
  EXPECT_EQ(statuses(harness.out()), "204 204");
  EXPECT_FALSE(harness.stack().closed);
}

TEST(Slow, AnEmptyLineAloneIsARequestsBeginning) {
  Harness harness;
  harness.open();
  harness.send("\r");
  harness.pass(10 * kSecond);
  EXPECT_EQ(statuses(harness.out()), "408");
}

TEST(Slow, WhoDoesNotFetchAnswersIsClosedWithoutOneMore) {
  Harness harness;
  harness.stack().room = 1;
  harness.open();
  harness.send(std::string(kHead) + "true" + std::string(kHead));
  EXPECT_GT(harness.unread(), 0u);
  EXPECT_EQ(statuses(harness.out()), "204");
  harness.acknowledge();
  harness.send("tr");
  harness.stack().room = 0;
  harness.pass(20 * kSecond);
  EXPECT_TRUE(harness.stack().closed);
  EXPECT_EQ(statuses(harness.out()), "204");
  EXPECT_EQ(harness.count(Refusal::kBodyTimeout), 1u);
}

TEST(Slow, ARequestKeepsTheTimeOfItsFirstByte) {
  Harness harness;
  harness.open();
  harness.send(kHead.substr(0, 10));
  harness.pass(kSecond);
  harness.send(kHead.substr(10));
  harness.pass(kSecond);
  harness.send("true");
  EXPECT_EQ(harness.sink.last - harness.sink.first, 2 * kSecond);
  EXPECT_EQ(harness.sink.last, harness.now);
}

TEST(Slow, APeerThatEndsInsideOfARequestHasCutIt) {
  for (const std::size_t bytes : {std::size_t{5}, kHead.size(), kHead.size() + 2}) {
    Harness harness;
    harness.open();
    harness.send((std::string(kHead) + "true").substr(0, bytes));
    harness.half_close();
    EXPECT_TRUE(harness.stack().closed);
    EXPECT_EQ(harness.out(), "");
    EXPECT_EQ(harness.count(ServerCount::kCutRequests), 1u);
    EXPECT_EQ(harness.sink.taken.size(), bytes < kHead.size() ? 0u : 1u);
    harness.close();
    EXPECT_EQ(harness.count(ServerCount::kCutRequests), 1u);
    EXPECT_EQ(harness.server().free_blocks(), small_config().pool_blocks);
  }
}

TEST(Slow, AConnectionThatIsLostInsideOfARequestHasCutIt) {
  Harness harness;
  harness.open();
  harness.send(std::string(kHead) + "tr");
  harness.close();
  EXPECT_EQ(harness.count(ServerCount::kCutRequests), 1u);
  EXPECT_EQ(harness.sink.taken, Strings{"POST /rum body= error=incomplete_body"});
  EXPECT_EQ(harness.server().free_blocks(), small_config().pool_blocks);
}

TEST(Slow, APeerThatEndsBetweenRequestsIsClosed) {
  Harness harness;
  harness.open();
  harness.send(std::string(kHead) + "true");
  harness.half_close();
  EXPECT_TRUE(harness.stack().closed);
  EXPECT_EQ(statuses(harness.out()), "204");
  EXPECT_EQ(harness.count(ServerCount::kCutRequests), 0u);
}

TEST(Slow, WithoutABlockASplitRequestIsRefusedAndAWholeOneIsNot) {
  Config config = small_config();
  config.pool_blocks = 1;
  Harness harness(config);
  harness.open();
  harness.send(kHead);
  harness.send("tr");
  EXPECT_EQ(harness.server().free_blocks(), 0u);
  const ConnectionIndex other = 5;
  harness.server().on_open(harness.stack(), other, {});
  const std::string whole = std::string(kHead) + "null";
  EXPECT_EQ(harness.server().on_data(harness.stack(), other, bytes(whole)), whole.size());
  EXPECT_EQ(statuses(harness.out()), "204");
  harness.server().on_data(harness.stack(), other, bytes(kHead.substr(0, 9)));
  EXPECT_EQ(statuses(harness.out()), "204 503");
  EXPECT_EQ(harness.count(Refusal::kNoBuffers), 1u);
}

TEST(Slow, ABodyThatFindsNoBlockIsARefusedBeacon) {
  Config config = small_config();
  config.pool_blocks = 2;
  Harness harness(config);
  harness.open();
  harness.send("POST /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n");
  harness.send(std::string(8'000, 'x'));
  EXPECT_EQ(statuses(harness.out()), "503");
  EXPECT_EQ(harness.sink.taken, Strings{"POST /rum body= error=incomplete_body"});
  EXPECT_EQ(harness.server().free_blocks(), 2u);
}

TEST(Slow, AHeadThatFindsNoBlockForItsBodyIsARefusedBeacon) {
  Config config = small_config();
  config.pool_blocks = 1;
  Harness harness(config);
  harness.open();
  harness.send("POST /rum HTTP/1.1\r\nHost: a\r\nX: " + std::string(2'000, 'x') + "\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(statuses(harness.out()), "503");
  EXPECT_EQ(harness.sink.taken, Strings{"POST /rum body= error=incomplete_body"});
  EXPECT_EQ(harness.server().free_blocks(), 1u);
}

TEST(Slow, AnUnwantedBodyHoldsNoMoreThanItsHead) {
  Config config = small_config();
  config.pool_blocks = 1;
  Harness harness(config);
  harness.open();
  harness.send("POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
  harness.send_in_pieces(std::string(60'000, 'x'), 1'400);
  EXPECT_EQ(statuses(harness.out()), "404");
  EXPECT_FALSE(harness.stack().closed);
}

}  // namespace
}  // namespace bellrock::server
