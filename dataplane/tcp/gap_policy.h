// When bytes that were not captured are given up, and which segments are plausible at all.
//
// A hole is a byte that is due while later ones, or the other side's acknowledgement of it, have already been seen.
// Giving up too early loses bytes that were captured; giving up late only delays what is behind the hole. So:
// - acknowledged: the receiver has the byte, so no sender repeats it any more. It passed the capture point before the
//   acknowledgement did, and can only still come if the capture itself reorders (two mirror sources, several queues).
//   It is lost kAckedHoleWait of packet time after the acknowledgement was seen.
// - not acknowledged, both directions captured: the network lost it and the sender repeats it. Not given up before
//   kUnackedHoleWait; if the other side has been heard all that time and never acknowledged, it is the segments behind
//   the hole that never arrived (or were forged): they are thrown away, not the hole.
// - not acknowledged, one direction captured: acknowledgements never come. Lost kOneWayHoleWait after the stream
//   stopped at it.
// - no room left for what is behind it, a FIN's or RST's turn, the end of the connection: at once.
// Time is the flow's own packet time, so the same packets give the same holes whatever else the core has to do.
#pragma once

#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace bellrock::tcp {

// Mirror sources and queues of one box differ by microseconds to a few milliseconds; what a journey measures does not
// change by a wait of a fifth of a second, because bytes keep their capture times.
inline constexpr Duration kAckedHoleWait = 200 * kMillisecond;

// The retransmission timer's usual upper bound (RFC 6298 2.5): after it, no repetition is to be expected.
inline constexpr Duration kUnackedHoleWait = 60 * kSecond;

// Four repetitions of a sender with the usual 200 ms: 0.2 + 0.4 + 0.8 + 1.6 s.
inline constexpr Duration kOneWayHoleWait = 3 * kSecond;

// A connection first seen in its middle: its first segments are kept for this time, or until there is no room for more,
// so that segments which the capture swapped are still put in order, and client and server told apart with more
// evidence.
inline constexpr Duration kPickUpWait = 100 * kMillisecond;

// Segments and acknowledgements further than this from what is expected are not believed by themselves. More than any
// real window in flight (hosts' defaults end at 6 MiB, tuned ones at 64); far less than half the sequence space.
inline constexpr std::int32_t kSequenceWindow = 64 * 1024 * 1024;

// A RST must lie this near after the expected sequence number: a blind guess passes once in 4,096 tries.
inline constexpr std::int32_t kResetWindow = 1024 * 1024;

// Payload that a SYN may carry, or that may have overtaken it.
inline constexpr std::int32_t kHandshakeWindow = 64 * 1024;

// One direction captured and its sequence numbers far away: believed after so many segments that continue each other.
inline constexpr unsigned kResyncSegments = 4;

// How long a finished connection is remembered to swallow late copies: no repetition of a FIN is kept up for longer.
inline constexpr Duration kFinishedLinger = 30 * kSecond;

}  // namespace bellrock::tcp
