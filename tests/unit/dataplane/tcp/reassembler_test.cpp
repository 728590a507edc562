// What is delivered, and in which order. Names cite RFC 9293 where a clause decides.
#include "tests/unit/dataplane/tcp/tap.h"

namespace bellrock::tcp {
namespace {

TEST(Reassembler, DeliversAConversationInOrderWithoutCopyingIt) {
  Tap tap;
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  tap.hands()
      .c(1, request, 1)
      .s(1, "HTTP/1.1 200 OK\r\n\r\n", 19)
      .c(19, "", 20, kFin | kAck)
      .s(20, "", 20, kFin | kAck);
  EXPECT_EQ(tap.log(), "> GET / HTTP/1.1\r\n\r\n\n< HTTP/1.1 200 OK\r\n\r\n\n> end\n< end\n");
  EXPECT_TRUE(tap.only().closed);
  EXPECT_EQ(tap.only().reason, CloseReason::kFinished);
  EXPECT_FALSE(tap.only().info.mid_stream);
  EXPECT_EQ(tap.only().info.client.port, 40'000);
  EXPECT_EQ(tap.only().info.server.port, 80);
  EXPECT_EQ(tap.count(StreamCount::kConnections), 1U);
  EXPECT_EQ(tap.count(StreamCount::kConnectionsMidStream), 0U);
}

TEST(Reassembler, PassesInOrderPayloadThroughByReference) {
  struct Where {
    const std::uint8_t* data = nullptr;
    void on_open(ConnectionIndex, const ConnectionInfo&) {}
    void on_data(ConnectionIndex, Direction, Bytes bytes, Instant) { data = bytes.data(); }
    void on_gap(ConnectionIndex, Direction, std::uint64_t) {}
    void on_end(ConnectionIndex, Direction, Instant) {}
    void on_reset(ConnectionIndex, Direction, Instant) {}
    void on_close(ConnectionIndex, CloseReason, Instant) {}
  } where;
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 2, .server_ports = {}}, {1, 2}, *counters);
  Segment syn;
  syn.flow.source.port = 1;
  syn.flags = tcp_flag::kSyn;
  syn.time = {kSecond};
  ASSERT_TRUE(reassembler.on_segment(syn, 0, where).ok());
  Segment data = syn;
  data.sequence = 1;
  data.flags = tcp_flag::kAck;
  data.payload = bytes("some bytes");
  ASSERT_TRUE(reassembler.on_segment(data, 1, where).ok());
  EXPECT_EQ(where.data, data.payload.data());
}

TEST(Reassembler, PutsSwappedSegmentsInOrderWithTheTimesOfTheirFirstCopies) {
  Tap tap;
  tap.hands().after(5).c(4, "def", 1);
  const Instant later_part = tap.now;
  tap.after(5).c(4, "def", 1).after(5).c(1, "abc", 1);
  EXPECT_EQ(tap.log(), "> abc\n> def\n");
  EXPECT_EQ(tap.only().to_server.at[0].second, tap.now);
  EXPECT_EQ(tap.only().to_server.at[1].second, later_part);
  EXPECT_EQ(tap.count(StreamCount::kOutOfOrderSegments), 2U);
  EXPECT_EQ(tap.count(StreamCount::kRetransmittedBytes), 3U);
}

TEST(Reassembler, TrimsBothEdgesOfAnOverlappingSegment) {  // RFC 9293 3.10.7.4: trim to the window
  Tap tap;
  tap.hands().c(1, "abcd", 1).c(7, "ghij", 1).c(3, "cdefghijkl", 1);
  EXPECT_EQ(tap.only().to_server.bytes, "abcdefghijkl");
  EXPECT_EQ(tap.count(StreamCount::kRetransmittedBytes), 6U);
  EXPECT_EQ(tap.count(StreamCount::kConflictingBytes), 0U);
}

TEST(Reassembler, KeepsTheFirstCopyOfBytesAndCountsConflictsWhileItIsHeld) {
  Tap tap;
  tap.hands().c(4, "DEF", 1).c(3, "xyzEx", 1).c(1, "ab", 1);
  EXPECT_EQ(tap.only().to_server.bytes, "abxDEFx");
  EXPECT_EQ(tap.count(StreamCount::kConflictingBytes), 3U);
}

TEST(Reassembler, DoesNotNoticeConflictsWithBytesThatAreDeliveredAlready) {
  Tap tap;
  tap.hands().c(1, "abc", 1).c(1, "xyz", 1);
  EXPECT_EQ(tap.only().to_server.bytes, "abc");
  EXPECT_EQ(tap.count(StreamCount::kRetransmittedBytes), 3U);
  EXPECT_EQ(tap.count(StreamCount::kConflictingBytes), 0U);
}

TEST(Reassembler, GoesOnWhereSequenceNumbersWrap) {  // RFC 9293 3.4
  Tap tap;
  tap.client_isn = 0xfffffffd;
  tap.hands().c(5, "ef", 1).c(3, "cd", 1).c(1, "ab", 1).c(7, "gh", 1).c(9, "", 1, kFin | kAck);
  EXPECT_EQ(tap.log(), "> ab\n> cd\n> ef\n> gh\n> end\n");
}

TEST(Reassembler, TakesOneByteSegments) {
  Tap tap;
  tap.hands();
  const std::string text = "GET /one/byte/at/a/time HTTP/1.1";
  for (std::uint32_t i = 0; i < text.size(); ++i) tap.c(1 + i, text.substr(i, 1), 1);
  EXPECT_EQ(tap.only().to_server.bytes, text);
}

TEST(Reassembler, IgnoresExactDuplicatesOfEveryPacket) {  // two mirror sources
  Tap tap;
  for (int i = 0; i < 2; ++i) tap.c(0, "", 0, kSyn);
  for (int i = 0; i < 2; ++i) tap.s(0, "", 1, kSyn | kAck);
  for (int i = 0; i < 2; ++i) tap.c(1, "", 1);
  for (int i = 0; i < 2; ++i) tap.c(1, "ask", 1);
  for (int i = 0; i < 2; ++i) tap.s(1, "answer", 4);
  for (int i = 0; i < 2; ++i) tap.s(7, "", 4, kFin | kAck);
  for (int i = 0; i < 2; ++i) tap.c(4, "", 8, kFin | kAck);
  for (int i = 0; i < 2; ++i) tap.s(8, "", 5);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n< end\n> end\n");
}

TEST(Reassembler, IgnoresKeepAliveProbes) {  // RFC 9293 3.8.4: one byte, or none, before the expected one
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "answer", 4).after(kSecond).c(3, "", 7).s(7, "", 4).c(3, "\0", 7).s(7, "", 4);
  tap.after(kSecond).c(4, "more", 7);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n> more\n");
  EXPECT_EQ(tap.count(StreamCount::kGaps), 0U);
}

TEST(Reassembler, TakesTheByteOfAZeroWindowProbeOnce) {  // RFC 9293 3.8.6.1
  Tap tap;
  tap.hands()
      .s(1, "full", 1)
      .c(1, "", 5)
      .after(kSecond)
      .s(5, "x", 1)
      .c(1, "", 5)
      .after(kSecond)
      .s(5, "x", 1)
      .c(1, "", 5);
  tap.after(kSecond).s(5, "xyz", 1).c(1, "", 8);
  EXPECT_EQ(tap.only().to_client.bytes, "fullxyz");
  EXPECT_EQ(tap.count(StreamCount::kGaps), 0U);
}

TEST(Reassembler, DeliversDataThatASynCarriesOnce) {  // RFC 7413
  Tap tap;
  tap.c(0, "early", 0, kSyn).s(0, "", 6, kSyn | kAck).c(6, "later", 1);
  EXPECT_EQ(tap.only().to_server.bytes, "earlylater");
}

TEST(Reassembler, LatchesAFinUntilAllBeforeItCame) {
  Tap tap;
  tap.hands().c(4, "def", 1, kFin | kAck).after(7);
  EXPECT_EQ(tap.log(), "");
  tap.c(1, "abc", 1);
  EXPECT_EQ(tap.log(), "> abc\n> def\n> end\n");
  EXPECT_EQ(tap.only().to_server.ended, tap.now - 7);
}

TEST(Reassembler, IgnoresBytesAfterTheFin) {
  Tap tap;
  tap.hands().c(1, "abc", 1, kFin | kAck).c(4, "more", 1).c(5, "more", 1);
  EXPECT_EQ(tap.log(), "> abc\n> end\n");
}

TEST(Reassembler, HoldsAnAnswerBackUntilItsQuestionCame) {  // the capture has swapped the directions
  Tap tap;
  tap.hands().s(1, "answer", 4).after(kMillisecond);
  EXPECT_EQ(tap.log(), "");
  tap.c(1, "ask", 1);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n");
}

TEST(Reassembler, PicksUpInTheMiddleAndTellsWhoServes) {
  Tap tap;
  tap.s(100, "HTTP/1.1 200 OK", 50).after(1).c(50, "GET / HTTP/1.1", 115).after(kPickUpWait).s(115, "HTTP/1.1 404", 64);
  tap.after(kPickUpWait).expire();
  EXPECT_TRUE(tap.only().info.mid_stream);
  EXPECT_EQ(tap.only().info.server.port, 80);
  EXPECT_EQ(tap.log(), "< HTTP/1.1 200 OK\n> GET / HTTP/1.1\n< HTTP/1.1 404\n");
  EXPECT_EQ(tap.count(StreamCount::kConnectionsMidStream), 1U);
}

TEST(Reassembler, TellsTheServerByItsPayloadWhenThePortsSayNothing) {
  auto counters = std::make_unique<Counters>();
  for (const bool request : {true, false}) {
    Reassembler reassembler({.connections = 2, .server_ports = {}}, {1, 2}, *counters);
    Recorder recorder;
    Segment segment;
    segment.flow.source.port = 1'111;  // the lower port, which would be the server without more knowledge
    segment.flow.destination.port = 2'222;
    segment.flags = tcp_flag::kAck;
    segment.time = {kSecond};
    segment.payload = bytes(request ? "POST /rum HTTP/1.1" : "HTTP/1.1 200 OK");
    ASSERT_TRUE(reassembler.on_segment(segment, 0, recorder).ok());
    reassembler.close_all({2 * kSecond}, recorder);
    ASSERT_EQ(recorder.records.size(), 1U);
    EXPECT_EQ(recorder.records[0].info.client.port, request ? 1'111 : 2'222);
  }
}

TEST(Reassembler, PutsThePickedUpBeginningInOrder) {
  Tap tap;
  tap.c(107, "second", 10).after(kMillisecond).c(101, "first ", 10).after(kPickUpWait).c(113, " third", 10);
  EXPECT_EQ(tap.log(), "> first \n> second\n>  third\n");
}

TEST(Reassembler, DeliversAPickedUpMessageWithThePacketThatItCameOfBefore) {
  Tap tap;
  tap.reassembler.deliver_with(1);
  tap.c(107, "second", 10).c(101, "first ", 10);
  EXPECT_EQ(tap.log(), "> first \n> second\n");
  EXPECT_TRUE(tap.only().info.mid_stream);
}

TEST(Reassembler, KnowsTheBeginningFromASynAckAlone) {
  Tap tap;
  tap.s(0, "", 1, kSyn | kAck).c(4, "def", 1).c(1, "abc", 1).s(1, "answer", 7);
  EXPECT_EQ(tap.log(), "> abc\n> def\n< answer\n");
  EXPECT_FALSE(tap.only().info.mid_stream);
  EXPECT_EQ(tap.only().info.client.port, 40'000);
}

TEST(Reassembler, KnowsTheBeginningFromASynThatComesLate) {
  Tap tap;
  tap.c(4, "def", 1).c(0, "", 0, kSyn).c(1, "abc", 1);
  EXPECT_EQ(tap.log(), "> abc\n> def\n");
  EXPECT_FALSE(tap.only().info.mid_stream);
  EXPECT_EQ(tap.only().info.first_ordinal, 0U);
}

TEST(Reassembler, FollowsOneDirectionAlone) {
  Tap requests;
  requests.c(0, "", 0, kSyn).c(1, "", 1).c(1, "one", 1).c(4, "two", 5'000).c(7, "", 9'000, kFin | kAck);
  requests.after(kAckedHoleWait + 1).expire();  // the answers might only have been late
  EXPECT_EQ(requests.log(), "> one\n> two\n> end\n");
  EXPECT_EQ(requests.count(StreamCount::kGaps), 0U);
  Tap answers;
  answers.s(0, "", 1, kSyn | kAck).s(1, "one", 300).after(kAckedHoleWait + 1).s(4, "two", 700);
  EXPECT_EQ(answers.log(), "< one\n< two\n");
  EXPECT_EQ(answers.count(StreamCount::kGaps), 0U) << "a direction that is not captured has no gaps";
}

TEST(Reassembler, KeepsFlowsOnDifferentVlansApart) {
  Tap tap;
  tap.hands();
  Segment segment;
  segment.flow.source = tap.endpoint(true);
  segment.flow.destination = tap.endpoint(false);
  segment.flow.vlans = 5;
  segment.flags = tcp_flag::kSyn;
  segment.time = tap.now;
  ASSERT_TRUE(tap.reassembler.on_segment(segment, 9, tap.recorder).ok());
  EXPECT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.reassembler.live(), 2U);
}

TEST(Reassembler, RanksConnectionsByTheirFirstPacket) {
  Tap tap;
  tap.c(1, "mid", 1);  // ordinal 0, opened later than the next
  tap.client_port = 40'001;
  tap.hands();
  tap.after(kSecond).finish();
  ASSERT_EQ(tap.recorder.records.size(), 2U);
  EXPECT_EQ(tap.recorder.records[0].info.first_ordinal, 1U);
  EXPECT_EQ(tap.recorder.records[1].info.first_ordinal, 0U);
}

}  // namespace
}  // namespace bellrock::tcp
