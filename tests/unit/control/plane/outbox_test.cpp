#include "control/plane/outbox.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/control/plane/receiver.h"

namespace bellrock::plane {
namespace {

TEST(Outbox, AMessageIsSentAgainUntilItIsTaken) {
  Receiver receiver;
  receiver.answer({503, 429, 408, 200, 200});
  Outbox outbox(fast());
  outbox.put({receiver.url() + "/hook", "1", {}, ""});
  outbox.put({receiver.url() + "/hook", "2", {}, ""});
  const auto bodies = receiver.wait_for(5);
  EXPECT_EQ(bodies, (std::vector<Json>{1, 1, 1, 1, 2}));  // in order, whatever fails
  outbox.stop();
  EXPECT_EQ(outbox.counts().sent, 2u);
  EXPECT_EQ(outbox.counts().retried, 3u);
}

TEST(Outbox, WhatIsRefusedIsNotSentAgain) {
  Receiver receiver;
  receiver.answer({400, 200});
  Outbox outbox(fast());
  outbox.put({receiver.url(), "1", {}, ""});
  outbox.put({receiver.url(), "2", {}, ""});
  EXPECT_EQ(receiver.wait_for(2), (std::vector<Json>{1, 2}));
  outbox.stop();
  EXPECT_EQ(outbox.counts().refused, 1u);
}

TEST(Outbox, AReceiverThatIsGoneHoldsUpNoOther) {
  Receiver receiver;
  Outbox outbox(fast());
  outbox.put({"http://127.0.0.1:1/hook", "1", {}, ""});
  outbox.put({receiver.url(), "2", {}, ""});
  EXPECT_EQ(receiver.wait_for(1), (std::vector<Json>{2}));
}

TEST(Outbox, AFullOneDropsItsOldestMessageAndCountsIt) {
  OutboxLimits limits = fast();
  limits.messages_max = 3;
  limits.first_pause = limits.pause_max = std::chrono::milliseconds(60'000);
  Outbox outbox(limits);
  for (int i = 0; i < 10; ++i) outbox.put({"http://127.0.0.1:1/", std::to_string(i), {}, ""});
  EXPECT_GE(outbox.counts().dropped, 6u);
}

TEST(Outbox, WhatWaitsAtAStopIsTriedOnceMore) {
  Refused first(503);
  auto& [receiver, outbox] = first;
  outbox.put({"http://127.0.0.1:1/", "2", {}, ""});
  outbox.stop(std::chrono::seconds(20));  // it does not wait for who is not there
  EXPECT_EQ(receiver.wait_for(2), (std::vector<Json>{1, 1}));
  EXPECT_EQ(outbox.counts().sent, 1u);
  EXPECT_EQ(outbox.counts().dropped, 1u);
}

TEST(Outbox, AReceiverIsLeftAloneForAsLongAsItSays) {
  std::atomic<int> asked = 0;
  auto server = net::HttpServer::start({}, [&](const net::Request&, const net::Respond& respond) {
    net::Response response{++asked == 1 ? 429u : 200u, "text/plain", "", {}};
    response.headers.emplace_back("Retry-After", "1");
    respond(std::move(response));
  });
  ASSERT_TRUE(server.ok());
  const auto begun = std::chrono::steady_clock::now();
  Outbox outbox(fast());
  outbox.put({"http://127.0.0.1:" + std::to_string((*server)->port()), "1", {}, ""});
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent != 0; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_EQ(asked, 2);
  outbox.stop();
}

TEST(Outbox, WhoDoesNotTakeMessagesIsSaid) {
  Refused first(404);
  auto& [receiver, outbox] = first;
  const auto troubles = outbox.troubles();
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_NE(troubles[0].find("status 404; 1 wait"), std::string::npos) << troubles[0];
  outbox.stop(std::chrono::seconds(20));  // which tries again
  EXPECT_EQ(outbox.counts().sent, 1u);
  EXPECT_TRUE(outbox.troubles().empty());
}

}  // namespace
}  // namespace bellrock::plane
