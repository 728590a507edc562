// When bytes are given up (gap_policy.h), and what hostile segments cannot do.
#include "tests/unit/dataplane/tcp/tap.h"

namespace bellrock::tcp {
namespace {

TEST(Gap, AnAcknowledgedHoleIsLostAfterItsWaitAndNotBefore) {
  Tap tap;
  tap.hands().c(4, "def", 1).after(kSecond).c(7, "ghi", 1);
  EXPECT_EQ(tap.log(), "") << "not acknowledged: it will be sent again";
  tap.s(1, "", 10).after(kAckedHoleWait).expire();
  EXPECT_EQ(tap.log(), "");
  tap.after(1).expire();
  EXPECT_EQ(tap.log(), "> gap 3\n> def\n> ghi\n");
  EXPECT_EQ(tap.count(StreamCount::kGaps), 1U);
  EXPECT_EQ(tap.count(StreamCount::kGapBytes), 3U);
}

TEST(Gap, ThePacketThatComesAfterTheDeadlineFindsTheSameAsExpire) {
  Tap tap;
  tap.hands().c(4, "def", 1).s(1, "", 7).after(kAckedHoleWait + 1).c(1, "abc", 1);
  EXPECT_EQ(tap.log(), "> gap 3\n> def\n");
}

TEST(Gap, ALateCopyWithinTheWaitFillsTheHole) {
  Tap tap;
  tap.hands().c(4, "def", 1).s(1, "", 7).after(kAckedHoleWait).c(1, "abc", 1);
  EXPECT_EQ(tap.log(), "> abc\n> def\n");
}

TEST(Gap, AHoleThatTheSenderFillsAfterSecondsIsNoGap) {
  Tap tap;
  tap.hands().c(4, "def", 1).s(1, "", 1).after(30 * kSecond).c(1, "abc", 1).s(1, "", 7);
  EXPECT_EQ(tap.log(), "> abc\n> def\n");
}

TEST(Gap, AWholeRequestThatWasNotCapturedIsAGapBeforeItsAnswer) {
  Tap tap;
  tap.hands().c(1, "one", 1).s(1, "ONE", 4).s(4, "TWO", 8).after(kAckedHoleWait + 1).c(8, "three", 7);
  EXPECT_EQ(tap.log(), "> one\n< ONE\n> gap 4\n< TWO\n> three\n");
}

TEST(Gap, WithoutTheSynAckAnAnswerThatWasNotCapturedIsAGapBeforeTheNextRequest) {
  for (const bool handshake_ack : {true, false}) {
    Tap tap;
    tap.c(0, "", 0, kSyn);
    if (handshake_ack) tap.c(1, "", 1);
    tap.c(1, "one", 1).c(4, "two", 4).s(4, "TWO", 7).after(kAckedHoleWait + 1).expire();
    EXPECT_EQ(tap.log(), "> one\n< gap 3\n> two\n< TWO\n");
  }
}

TEST(Gap, AFirstRequestThatOvertookItsSynTellsWhereTheAnswersBegin) {
  Tap tap;
  tap.c(1, "one", 1).c(0, "", 0, kSyn).c(4, "two", 4).s(4, "TWO", 7).after(kAckedHoleWait + 1).expire();
  EXPECT_EQ(tap.log(), "> one\n< gap 3\n> two\n< TWO\n");
}

TEST(Gap, AFirstSegmentSentAgainDoesNotMoveTheBeginningOfTheAnswers) {
  Tap tap;
  tap.c(0, "", 0, kSyn).s(1, "ONE", 4).c(1, "one", 4).finish();
  EXPECT_EQ(tap.log(), "> one\n< ONE\n");
}

TEST(Gap, AtAPickUpAnAnswerThatWasNotCapturedIsAGapBehindItsQuestion) {
  Tap tap;
  tap.c(20, "GET /1", 50).s(90, "HTTP/1.1 2", 26).c(26, "GET /3", 100);
  tap.after(kPickUpWait + kAckedHoleWait + 2).expire();
  EXPECT_EQ(tap.log(), "> GET /1\n< gap 40\n< HTTP/1.1 2\n> GET /3\n");
}

TEST(Gap, AQuestionThatWasNotCapturedAtAPickUpIsAGapBeforeItsAnswer) {
  Tap tap;
  tap.s(50, "HTTP/1.1 1", 20)
      .c(26, "GET /3", 70)
      .s(60, "HTTP/1.1 2", 26)
      .after(kAckedHoleWait + kPickUpWait + 2)
      .expire();
  EXPECT_EQ(tap.log(), "< HTTP/1.1 1\n> gap 6\n< HTTP/1.1 2\n> GET /3\n");
}

TEST(Gap, AnAnswerThatWasNotCapturedIsAGapEvenIfItsSideIsSeenOnlyLater) {
  Tap tap;
  tap.c(20, "GET /1", 50).after(kPickUpWait + 1).expire().after(kSecond).c(26, "GET /2", 90).s(90, "HTTP/1.1 2", 32);
  tap.after(kAckedHoleWait + kPickUpWait + 2).expire();
  EXPECT_EQ(tap.log(), "> GET /1\n> GET /2\n< gap 40\n< HTTP/1.1 2\n");
}

TEST(Gap, AnswersBeforeTheFirstQuestionOfAPickUpAreNotMissed) {
  Tap tap;
  tap.c(20, "", 50).after(kPickUpWait + 1).expire().after(kSecond).c(20, "GET /1", 90).s(90, "HTTP/1.1 1", 26);
  tap.after(kPickUpWait + 1).expire();
  EXPECT_EQ(tap.log(), "> GET /1\n< HTTP/1.1 1\n");
}

// A sender that repeats may put new bytes behind the old ones: those follow what it had received.
TEST(Gap, OnlyTheAcknowledgedPartOfASegmentGoesBeforeWhatItsReceiverSaidNext) {
  Tap tap;
  tap.hands().c(1, "ask", 1).c(4, "next", 7).s(4, "defGH", 8).after(kAckedHoleWait + 1).expire();
  EXPECT_EQ(tap.log(), "> ask\n< gap 3\n< def\n> next\n< GH\n");
}

TEST(Gap, AtAPickUpTooOnlyThatPartGoesBefore) {
  Tap tap;
  tap.c(20, "GET /2", 50).s(46, "/1.1HTTP/1.1 2", 26).s(42, "HTTP/1.1", 20).after(kPickUpWait + 1).expire();
  EXPECT_EQ(tap.log(), "< HTTP\n< /1.1\n> GET /2\n< HTTP/1.1 2\n");
}

TEST(Gap, AnUncapturedFinIsNotTakenForAByte) {
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "answer", 4).s(7, "", 5, kFin | kAck).after(kAckedHoleWait + 1).expire();
  EXPECT_EQ(tap.log(), "> ask\n< answer\n< end\n");
  tap.finish();
  EXPECT_EQ(tap.count(StreamCount::kGaps), 0U);
}

TEST(Gap, OneMissingByteIsAGapOnceMoreFollows) {
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "", 5).after(kAckedHoleWait + 1).c(5, "more", 1).s(1, "", 9);
  tap.after(kAckedHoleWait + 1).expire();
  EXPECT_EQ(tap.log(), "> ask\n> gap 1\n> more\n");
}

TEST(Gap, WithOneDirectionCapturedTimeDecides) {
  Tap tap;
  tap.c(0, "", 0, kSyn).c(4, "def", 1).after(kOneWayHoleWait).expire();
  EXPECT_EQ(tap.log(), "");
  tap.after(1).expire();
  EXPECT_EQ(tap.log(), "> gap 3\n> def\n");
}

TEST(Gap, WithOneDirectionCapturedAStreamThatGoesOnBelowAStraySegmentIsNotCut) {
  Tap tap;
  tap.c(0, "", 0, kSyn).c(1'000'000, "forged", 1);
  for (std::uint32_t i = 0; i < 100; ++i) tap.after(100 * kMillisecond).c(1 + i * 4, "data", 1);
  EXPECT_EQ(tap.only().to_server.bytes.size(), 400U);
  EXPECT_EQ(tap.only().to_server.gaps, 0U);
}

TEST(Gap, PiecesThatTheOtherSideNeverAcknowledgesAreThrownAway) {
  Tap tap(16, 1 << 20, kHour);
  tap.hands().c(1'000'000, "forged", 1).after(kSecond).s(1, "hello", 1).after(kUnackedHoleWait).expire();
  EXPECT_EQ(tap.count(StreamCount::kOutOfOrderEvictedBytes), 6U);
  tap.c(1, "real", 6).finish();
  EXPECT_EQ(tap.log(), "< hello\n> real\n");
}

TEST(Gap, AForgedAcknowledgementDoesNotCutAStreamThatGoesOn) {
  Tap tap;
  tap.hands().s(1, "", 5'000'000);
  for (std::uint32_t i = 0; i < 100; ++i) tap.after(10 * kMillisecond).c(1 + i * 4, "data", 1);
  EXPECT_EQ(tap.only().to_server.bytes.size(), 400U);
  EXPECT_EQ(tap.only().to_server.gaps, 0U);
}

TEST(Gap, AnAcknowledgementThatIsTakenBackCutsNothing) {
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "", 5'000'000).after(kMillisecond).s(1, "", 4).after(kSecond).c(4, "more", 1);
  EXPECT_EQ(tap.log(), "> ask\n> more\n");
}

TEST(Gap, AForgedFinAheadDoesNotCutAStreamThatGoesOnPastIt) {
  Tap tap;
  tap.hands().c(1, "abc", 1).c(8, "", 1, kFin | kAck).c(4, "def", 1).c(7, "ghi", 1).c(10, "jkl", 1, kFin | kAck);
  EXPECT_EQ(tap.log(), "> abc\n> def\n> ghi\n> jkl\n> end\n");
}

TEST(Gap, AJumpForgetsAFinOfBeforeIt) {
  constexpr std::uint32_t kFar = 200'000'000;
  Tap tap;
  tap.hands().c(1, "ask", 1).s(9, "", 4, kFin | kAck).after(kSecond).c(4, "next", kFar).s(kFar, "answer", 8);
  EXPECT_EQ(tap.log(), "> ask\n> next\n< gap 199999999\n< answer\n");
}

TEST(Gap, SegmentsFarFromTheWindowAreCountedAndIgnored) {
  Tap tap;
  tap.hands().c(1, "ask", 1);
  tap.c(1 + (1U << 30), "far", 1).c(1 + (1U << 31), "farther", 1).c(0xf0000000, "behind", 1).c(4, "more", 1);
  EXPECT_EQ(tap.log(), "> ask\n> more\n");
  EXPECT_EQ(tap.count(StreamCount::kOutOfWindowSegments), 3U);
}

TEST(Gap, AStreamThatBothSidesSayHasJumpedGoesOnAfterAGap) {
  constexpr std::uint32_t kFar = 200'000'000;
  Tap tap;
  tap.hands().c(1, "ask", 1).s(1, "answer", 4);
  tap.after(kSecond).c(4, "next", 7 + kFar).s(7 + kFar, "next answer", 8);
  EXPECT_EQ(tap.only().to_client.gap_bytes, kFar);
  EXPECT_EQ(tap.log(), "> ask\n< answer\n> next\n< gap 200000000\n< next answer\n");
}

TEST(Gap, AJumpWithOneDirectionCapturedNeedsSegmentsThatContinueEachOther) {
  constexpr std::uint32_t kFar = 200'000'000;
  Tap tap;
  tap.c(0, "", 0, kSyn).c(1, "ask", 1);
  for (std::uint32_t i = 0; i < 10; ++i) tap.c(kFar + 4 * i, "data", 1);
  EXPECT_EQ(tap.only().to_server.gaps, 1U);
  EXPECT_EQ(tap.count(StreamCount::kOutOfWindowSegments), kResyncSegments - 1U);
  EXPECT_EQ(
      tap.only().to_server.bytes, "ask?...?" + [] {
        std::string data;
        for (unsigned i = kResyncSegments - 1; i < 10; ++i) data += "data";
        return data;
      }());
}

TEST(Gap, OneHoleTooManyGivesUpTheFirst) {
  Tap tap;
  tap.hands();
  for (std::uint32_t i = 0; i <= kHolesMax; ++i) tap.c(2 + 2 * i, "x", 1);
  EXPECT_EQ(tap.log(), "> gap 1\n> x\n");
  tap.finish();
  EXPECT_EQ(tap.only().to_server.gaps, kHolesMax + 1);
}

TEST(Gap, OneConnectionKeepsNoMoreThanItsBound) {
  Tap tap(4, 64 << 20);
  tap.hands();
  const std::string block(10'000, 'x');
  const std::size_t blocks = tap.reassembler.out_of_order_blocks_free();
  for (std::uint32_t i = 0; i < 200; ++i) {
    tap.c(10 + i * 10'000, block, 1);
    ASSERT_LE((blocks - tap.reassembler.out_of_order_blocks_free()) * kBlockBytes, kOutOfOrderBytesMax);
  }
  EXPECT_EQ(tap.only().to_server.gaps, 1U);
  tap.finish();
  EXPECT_EQ(tap.only().to_server.bytes.size(), 2'000'009U) << "nothing captured was lost";
}

TEST(Gap, AFullPoolIsFreedByTheConnectionWhoseWaitEndsFirst) {
  Tap tap(64, 8 * kBlockBytes);
  for (std::uint16_t i = 0; i < 20; ++i) {
    tap.client_port = static_cast<std::uint16_t>(40'000 + i);
    tap.after(kMillisecond).hands().c(4, "def", 1).s(1, "", 7);
  }
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(tap.recorder.records[i].log, i < 12 ? "> gap 3\n> def\n" : "") << i;
  }
}

TEST(Gap, TheEndOfTheCaptureDeliversWhatIsKept) {
  Tap tap;
  tap.hands().c(4, "def", 1, kFin | kAck).s(1, "answer", 8).finish();
  EXPECT_EQ(tap.log(), "> gap 3\n> def\n> end\n< answer\n");
  EXPECT_EQ(tap.only().reason, CloseReason::kEndOfCapture);
}

}  // namespace
}  // namespace bellrock::tcp
