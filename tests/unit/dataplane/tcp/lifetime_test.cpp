// How connections end, begin again and make room for each other.
#include "tests/unit/dataplane/tcp/tap.h"

namespace bellrock::tcp {
namespace {

TEST(Lifetime, AResetAtTheExpectedNumberEndsTheConnection) {
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "ans", 4).c(4, "", 4, kRst | kAck);
  EXPECT_EQ(tap.log(), "> ask\n< ans\n> reset\n");
  EXPECT_EQ(tap.only().reason, CloseReason::kFinished);
}

TEST(Lifetime, AResetFarFromTheWindowIsIgnored) {  // RFC 9293 3.10.7.4, RFC 5961 3.2
  Tap tap;
  tap.hands().c(1, "ask", 1);
  for (const std::uint32_t far : {100'000'000U, 2'500'000'000U, 4'000'000'000U}) tap.c(far, "", 1, kRst);
  tap.s(1, "answer", 4);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n");
  EXPECT_EQ(tap.count(StreamCount::kOutOfWindowSegments), 3U);
}

TEST(Lifetime, AResetAnswersFromWhatItsReceiverHadAcknowledged) {  // RFC 9293 3.10.7.1: SEQ=SEG.ACK
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "", 1).c(4, "more", 1).c(1, "", 1, kRst);
  EXPECT_EQ(tap.only().resets, 1U);
}

TEST(Lifetime, ARefusedSynIsAConnectionThatWasReset) {  // RFC 9293 3.10.7.1
  Tap tap;
  tap.c(0, "", 0, kSyn).send(false, 0, "", tap.client_isn + 1, kRst | kAck);
  EXPECT_EQ(tap.log(), "< reset\n");
  EXPECT_TRUE(tap.only().closed);
}

TEST(Lifetime, AForgedRefusalOfASynIsIgnored) {  // RFC 9293 3.10.7.3: the ACK must be acceptable
  Tap tap;
  tap.c(0, "", 0, kSyn).send(false, 0, "", tap.client_isn + 50'000'000, kRst | kAck).s(0, "", 1, kSyn | kAck);
  EXPECT_EQ(tap.only().resets, 0U);
}

TEST(Lifetime, AResetWaitsForTheBytesBeforeIt) {
  Tap tap;
  tap.hands().c(4, "", 1, kRst).after(kMillisecond).c(1, "ask", 1);
  EXPECT_EQ(tap.log(), "> ask\n> reset\n");
}

TEST(Lifetime, AResetAloneOpensAndClosesAConnection) {
  Tap tap;
  tap.c(1, "", 1, kRst);
  EXPECT_TRUE(tap.only().closed);
  EXPECT_EQ(tap.reassembler.live(), 0U);
}

TEST(Lifetime, LateCopiesDoNotOpenAFinishedConnectionAgain) {
  Tap tap;
  tap.hands().c(1, "ask", 1, kFin | kAck).s(1, "answer", 5, kFin | kAck);
  tap.after(kSecond).c(1, "ask", 1, kFin | kAck).s(1, "answer", 5, kFin | kAck).c(5, "", 8).c(0, "", 0, kSyn);
  EXPECT_EQ(tap.recorder.records.size(), 1U);
  EXPECT_EQ(tap.reassembler.live(), 0U);
}

TEST(Lifetime, ANewSynOnAFinishedFlowIsANewConnection) {  // RFC 9293 3.6.1
  Tap tap;
  tap.hands().c(1, "", 1, kFin | kAck).s(1, "", 2, kFin | kAck);
  tap.client_isn += 90'000;
  tap.server_isn += 90'000;
  const std::uint64_t ordinal = tap.ordinal;
  tap.hands().c(1, "ask", 1);
  ASSERT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.recorder.records[1].log, "> ask\n");
  EXPECT_EQ(tap.recorder.records[1].info.first_ordinal, ordinal);
}

TEST(Lifetime, ANewSynAfterTheClientsFinIsANewConnection) {
  Tap tap;
  tap.hands().c(1, "ask", 1, kFin | kAck).s(1, "", 5);  // the server's FIN was not captured
  tap.client_isn += 90'000;
  tap.server_isn += 90'000;
  tap.hands().c(1, "again", 1);
  ASSERT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.recorder.records[0].reason, CloseReason::kFinished);
  EXPECT_EQ(tap.recorder.records[1].log, "> again\n");
}

TEST(Lifetime, ANewSynOnALiveFlowCountsOnceItIsAnswered) {  // RFC 5961 4: a SYN alone proves nothing
  Tap tap;
  tap.hands().c(1, "ask", 1);
  const std::uint64_t ordinal = tap.ordinal;
  tap.client_isn += 90'000'000;
  tap.c(0, "", 0, kSyn);
  EXPECT_EQ(tap.recorder.records.size(), 1U);
  tap.server_isn += 90'000'000;
  tap.s(0, "", 1, kSyn | kAck).c(1, "", 1).c(1, "new", 1);
  ASSERT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.recorder.records[1].log, "> new\n");
  EXPECT_EQ(tap.recorder.records[1].info.first_ordinal, ordinal);
}

TEST(Lifetime, ANewSynOnALiveFlowCountsOnceItsSenderGoesOn) {  // one direction captured
  Tap tap;
  tap.c(0, "", 0, kSyn).c(1, "ask", 1);
  tap.client_isn += 90'000'000;
  tap.c(0, "", 0, kSyn).c(1, "new", 1);
  ASSERT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.recorder.records[1].log, "> new\n");
}

TEST(Lifetime, AForgedSynDoesNotDisturbALiveConnection) {
  Tap tap;
  tap.hands()
      .c(1, "ask", 1)
      .send(true, 77, "", 0, kSyn)
      .send(false, 99, "", 3, kSyn | kAck)
      .s(1, "answer", 4)
      .c(4, "more", 7);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n> more\n");
}

TEST(Lifetime, AnIdleConnectionEndsAtItsLastPacketPlusTheLimitWheneverThatIsNoticed) {
  for (const bool by_expire : {true, false}) {
    Tap tap;
    tap.hands().c(1, "ask", 1);
    const Instant last = tap.now;
    tap.after(kMinute).expire();
    EXPECT_FALSE(tap.only().closed);
    tap.after(10 * kMinute);
    if (by_expire) {
      tap.expire();
    } else {
      tap.c(4, "again", 1);
    }
    EXPECT_TRUE(tap.recorder.records[0].closed);
    EXPECT_EQ(tap.recorder.records[0].reason, CloseReason::kIdle);
    EXPECT_EQ(tap.recorder.records[0].closed_at, last + kMinute);
    EXPECT_EQ(tap.count(StreamCount::kConnectionsEvicted), 1U);
  }
}

TEST(Lifetime, AnIdleEndSaysWhetherBothSidesWereCaptured) {
  for (const bool both : {true, false}) {
    Tap tap;
    tap.c(0, "", 0, kSyn).c(1, "ask", 1);
    if (both) tap.s(1, "", 4);
    tap.after(10 * kMinute).expire();
    EXPECT_EQ(tap.only().reason, both ? CloseReason::kIdle : CloseReason::kIdleOneSided);
  }
}

TEST(Lifetime, APacketAtTheIdleLimitStillBelongs) {
  Tap tap;
  tap.hands().c(1, "ask", 1).after(kMinute).c(4, "more", 1);
  EXPECT_EQ(tap.log(), "> ask\n> more\n");
}

TEST(Lifetime, AFullTableClosesTheLongestIdleConnection) {
  Tap tap(3);
  for (std::uint16_t port = 1; port <= 3; ++port) {
    tap.client_port = port;
    tap.after(1).hands();
  }
  tap.client_port = 1;
  tap.after(1).c(1, "still here", 1);
  tap.client_port = 4;
  tap.after(1).hands();
  EXPECT_FALSE(tap.recorder.records[0].closed);
  EXPECT_TRUE(tap.recorder.records[1].closed);
  EXPECT_EQ(tap.recorder.records[1].reason, CloseReason::kEvicted);
  EXPECT_EQ(tap.reassembler.live(), 3U);
  EXPECT_EQ(tap.count(StreamCount::kConnectionsEvicted), 1U);
}

TEST(Lifetime, AFullTableForgetsFinishedConnectionsFirst) {
  Tap tap(2);
  tap.client_port = 1;
  tap.hands();
  tap.client_port = 2;
  tap.after(1).hands().c(1, "", 1, kRst);
  tap.client_port = 3;
  tap.after(1).hands();
  EXPECT_FALSE(tap.recorder.records[0].closed);
  EXPECT_EQ(tap.count(StreamCount::kConnectionsEvicted), 0U);
}

TEST(Lifetime, WithoutRoomForAnyConnectionPacketsAreRefused) {
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 0, .server_ports = {}}, {1, 2}, *counters);
  Recorder recorder;
  Segment segment;
  segment.flags = tcp_flag::kSyn;
  const auto status = reassembler.on_segment(segment, 0, recorder);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error(), Drop::kConnectionsFull);
}

}  // namespace
}  // namespace bellrock::tcp
