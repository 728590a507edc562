#include "control/agent/uplink.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/unit/control/agent/agent_fixture.h"

namespace bellrock::agent {
namespace {

constexpr Backoff kFast{.first_ms = 1, .most_ms = 4};

class UplinkTest : public testing::Test {
 protected:
  void append(std::uint64_t starts) { ASSERT_TRUE(spool_->append(frame_of(starts), new_ledger({}, 1, true), {}).ok()); }
  // Runs an uplink until the spool is empty, or for three seconds.
  UplinkStatus run(Post post) {
    Uplink uplink(*spool_, std::move(post), kFast);
    uplink.start();
    for (int i = 0; i < 3'000 && spool_->status().pending != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    uplink.stop();
    return uplink.status();
  }
  TestDirectory directory_;
  std::unique_ptr<Spool> spool_ = std::move(*Spool::open(directory_.path(), 64 * 1024 * 1024));
  Centre centre_;
};

TEST_F(UplinkTest, EveryFrameArrivesOnce) {
  for (std::uint64_t i = 1; i <= 50; ++i) append(i);
  const UplinkStatus status = run(centre_.post());
  EXPECT_EQ(status.applied, 50u);
  EXPECT_EQ(status.errors, 0u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 50 * 51 / 2u);
}

// Answers get lost on the way; statuses come from proxies; the centre is busy. Each count arrives once all the same.
TEST_F(UplinkTest, FailuresOfEveryKindOnlyDelay) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= 40; ++i) append(i), sum += i;
  std::atomic<unsigned> call = 0;
  const UplinkStatus status = run([&](Bytes frame) -> Result<net::HttpReply, net::NetError> {
    switch (call++ % 7) {
      case 0:
        return Failure{net::NetError{net::NetErrorKind::kConnect, "refused"}};
      case 1:
        centre_.take(frame);  // applied, but the answer is lost
        return Failure{net::NetError{net::NetErrorKind::kTimeout, "timeout"}};
      case 2:
        return net::HttpReply{503, "busy", 0};
      case 3:
        return net::HttpReply{404, "", std::nullopt};
      case 4:
        return net::HttpReply{200, "<html>a portal</html>", std::nullopt, "text/html"};
      case 5:
        return net::HttpReply{200, "", std::nullopt};  // a proxy's empty answer is no verdict
      default:
        return centre_.post()(frame);
    }
  });
  EXPECT_EQ(spool_->status().pending, 0u);
  EXPECT_EQ(centre_.n(CellKind::kStart), sum);
  EXPECT_GT(status.repeated, 0u);
  EXPECT_GT(status.errors, 100u);
}

TEST_F(UplinkTest, ARefusedFrameDoesNotBlockTheNext) {
  append(1);
  append(2);
  bool first = true;
  const UplinkStatus status = run([&](Bytes frame) -> Result<net::HttpReply, net::NetError> {
    if (!std::exchange(first, false)) return centre_.post()(frame);
    return net::HttpReply{422, proto::encode_reply({proto::ReplyResult::kRefused, "bad_sum"}), std::nullopt,
                          "application/x-protobuf"};
  });
  EXPECT_EQ(status.refused, 1u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 2u);
  EXPECT_EQ(spool_->status().refused_frames, 1u);
}

TEST_F(UplinkTest, AClonedIdentityIsGivenUpAndNothingIsLost) {
  for (std::uint64_t i = 1; i <= 5; ++i) append(i);
  centre_.spoil(spool_->boot(), 3);
  const UplinkStatus status = run(centre_.post());
  EXPECT_EQ(status.conflicts, 1u);
  EXPECT_EQ(status.applied, 5u);
  EXPECT_EQ(centre_.n(CellKind::kStart), 15u);
}

TEST_F(UplinkTest, MeasuresItsClockByTheCentresAnswers) {
  append(1);
  append(2);
  centre_.clock_ahead_ms = 30'000;
  const UplinkStatus status = run(centre_.post());
  ASSERT_TRUE(status.clock);
  EXPECT_LE(std::abs(status.clock->offset_ms - 30'000), status.clock->uncertain_ms);
  EXPECT_TRUE(status.clock->certainly_off(2'000)) << status.clock->uncertain_ms;
  EXPECT_EQ(status.clock_refused, 0u);
}

TEST_F(UplinkTest, KnowsNothingOfItsClockFromACentreThatSaysNoTimesOrImpossibleOnes) {
  append(1);
  centre_.clock_says = false;
  UplinkStatus status = run(centre_.post());
  EXPECT_EQ(status.applied, 1u);
  EXPECT_EQ(status.clock, std::nullopt);
  EXPECT_EQ(status.clock_refused, 0u);
  append(2);
  status = run([](Bytes) -> Result<net::HttpReply, net::NetError> {
    return net::HttpReply{200, proto::encode_reply({proto::ReplyResult::kApplied, "", 5, -1}), std::nullopt,
                          "application/x-protobuf"};
  });
  EXPECT_EQ(status.applied, 1u);
  EXPECT_EQ(status.clock, std::nullopt);
  EXPECT_EQ(status.clock_refused, 1u);
}

TEST(UplinkDelay, DoublesWithJitterUpToABoundAndRespectsTheCentre) {
  const Backoff backoff{.first_ms = 500, .most_ms = 60'000};
  EXPECT_EQ(Uplink::delay_ms(backoff, 1, 0, 0.0), 250);
  EXPECT_EQ(Uplink::delay_ms(backoff, 1, 0, 0.999), 499);
  EXPECT_EQ(Uplink::delay_ms(backoff, 3, 0, 0.0), 1'000);
  EXPECT_EQ(Uplink::delay_ms(backoff, 1'000, 0, 0.0), 30'000);
  EXPECT_EQ(Uplink::delay_ms(backoff, 1, 7'000, 0.5), 7'000);
  EXPECT_EQ(Uplink::delay_ms(backoff, 1, 86'400'000, 0.5), 3'600'000);
}

TEST_F(UplinkTest, FlushStopsAtTheFirstFailure) {
  append(1);
  std::atomic<unsigned> calls = 0;
  Uplink uplink(*spool_,
                [&](Bytes) -> Result<net::HttpReply, net::NetError> {
                  ++calls;
                  return Failure{net::NetError{net::NetErrorKind::kConnect, "refused"}};
                },
                {.first_ms = 100'000, .most_ms = 100'000});
  uplink.start();
  while (calls == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto before = std::chrono::steady_clock::now();
  uplink.flush_and_stop(60'000);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
  EXPECT_LE(calls, 2u);  // at most once more when it was told to flush
  EXPECT_EQ(spool_->status().pending, 1u);
}

}  // namespace
}  // namespace bellrock::agent
