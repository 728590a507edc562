// Puts the segments of one core's connections in order, both directions, from a copy of the traffic. The core's worker
// calls on_segment for every packet and expire between packets; the handler is called from inside those.
//
// What the handler may rely on:
// - on_open first, on_close last for an index; then the index may be used again.
// - Each byte of a stream at most once, in order, as its first captured copy had it. Bytes never captured are skipped
// by
//   on_gap. byte_time is the capture time of the first captured copy.
// - Cause before effect: what a side sent after it had received certain bytes comes after those bytes (or after the gap
//   they left), even if the capture has swapped the directions.
// - A conflicting copy (other bytes at the same place) is only noticed while the first copy is still held, that is
//   while it waits behind a hole; delivered bytes are not kept. kConflictingBytes counts those.
// - What happens to a flow depends on its own packets and their times alone, whenever expire is called, as long as no
//   capacity is hit.
//
// Bounds: `connections` (the longest idle is closed for a new one), kOutOfOrderBytesMax and kHolesMax a connection,
// out_of_order_bytes a core (the connection that would wait the shortest gives up its hole). An in-order segment is
// passed through without a copy. Nothing is allocated after construction. gap_policy.h says when a hole is given up.
// Left to others: bytes of connections seen from their middle that came before the pick-up are never delivered late.
#pragma once

#include <cstdint>
#include <limits>

#include "dataplane/base/result.h"
#include "dataplane/tcp/streams.h"

namespace bellrock::tcp {

struct ConnectionInfo {
  Endpoint client;
  Endpoint server;
  std::uint64_t first_ordinal = 0;  // of the connection's first packet; on_open may come in another order
  bool mid_stream = false;          // neither SYN nor SYN-ACK was captured
};

enum class CloseReason : std::uint8_t {
  kFinished,      // both FINs, a RST, or another connection of the same flow took its place
  kIdle,          // at its last packet + ReassemblyLimits::idle
  kIdleOneSided,  // likewise, but of one side nothing was ever captured
  kEvicted,       // the table was full
  kEndOfCapture
};

// A Handler has:
//   on_open(ConnectionIndex, const ConnectionInfo&)
//   on_data(ConnectionIndex, Direction, Bytes, Instant byte_time)   the bytes are borrowed until it returns
//   on_gap(ConnectionIndex, Direction, std::uint64_t bytes)
//   on_end(ConnectionIndex, Direction, Instant)                     FIN, all before it delivered or skipped
//   on_reset(ConnectionIndex, Direction sender, Instant)            on_close follows
//   on_close(ConnectionIndex, CloseReason, Instant)
// It must not call the reassembler, but for both_captured.
class Reassembler : public Streams {
 public:
  Reassembler(const ReassemblyLimits& limits, SipKey secret, Counters& counters) : Streams(limits, secret, counters) {}

  // Drop::kConnectionsFull only when there is no room for even one connection.
  template <class Handler>
  Status<Drop> on_segment(const Segment& segment, const SidedKey& located, std::uint64_t ordinal, Handler& handler);
  template <class Handler>
  Status<Drop> on_segment(const Segment& segment, std::uint64_t ordinal, Handler& handler) {
    return on_segment(segment, locate(segment.flow), ordinal, handler);
  }

  // Gives up the holes and closes the idle connections whose time was before `now`. Costs only what is due.
  template <class Handler>
  void expire(Instant now, Handler& handler);

  // The soonest time at which a hole, or the wait of a connection seen from its middle, is given up; kNever.
  [[nodiscard]] Instant next_deadline() const { return heap_.deadline(); }

  // Of packet `ordinal` messages came when it was read before: what it completes of a connection that is seen from its
  // middle by now is delivered with it, and not when the pick-up would end.
  void deliver_with(std::uint64_t ordinal) { delivered_before_ = ordinal; }

  // Of both sides some segment was captured, with or without bytes.
  [[nodiscard]] bool both_captured(ConnectionIndex c) const {
    const Connection& connection = table_[c];
    return connection.halves[0].has(half::kSeen) && connection.halves[1].has(half::kSeen);
  }

  // The end of the capture.
  template <class Handler>
  void close_all(Instant now, Handler& handler);

  // For bursts, so that the second pass finds in the cache what the first has named: locate every segment (its bucket
  // is fetched), then prefetch every one (its connection is fetched), then on_segment.
  [[nodiscard]] SidedKey locate(const Flow& flow) const {
    const SidedKey located = table_.locate(flow);
    table_.prefetch_bucket(located.hash);
    return located;
  }
  // The connection that it most likely is, for those who keep something by index; kNoConnection: a new one.
  [[nodiscard]] ConnectionIndex prefetch(const SidedKey& located) const {
    return table_.prefetch_connection(located.hash);
  }

 private:
  template <class Handler>
  bool pass_through(ConnectionIndex c, unsigned side, const Segment& segment, Handler& handler);
  template <class Handler>
  Status<Drop> on_unusual(ConnectionIndex c, const SidedKey& key, const Segment& segment, std::uint64_t ordinal,
                          Handler& handler);
  template <class Handler>
  ConnectionIndex begin(const SidedKey& key, const Segment& segment, std::uint64_t ordinal, Handler& handler);
  template <class Handler>
  ConnectionIndex replace(ConnectionIndex c, const SidedKey& key, const Segment& segment, Handler& handler);
  template <class Handler>
  void receive(ConnectionIndex c, const SidedKey& key, const Segment& segment, std::uint64_t ordinal, Handler& handler);
  template <class Handler>
  void receive_reset(ConnectionIndex c, unsigned side, const Segment& segment, Handler& handler);
  template <class Handler>
  void receive_early(ConnectionIndex c, unsigned side, const Segment& segment, std::uint32_t sequence,
                     Handler& handler);
  template <class Handler>
  void receive_open(ConnectionIndex c, unsigned side, const Segment& segment, std::uint32_t sequence, Handler& handler);
  template <class Handler>
  void take_bytes(ConnectionIndex c, unsigned side, Piece piece, Instant now, Handler& handler);
  template <class Handler>
  bool make_room(ConnectionIndex c, StoreResult why, Instant now, Handler& handler);
  template <class Handler>
  void give_way(ConnectionIndex c, Instant now, Handler& handler);

  template <class Handler>
  void open(ConnectionIndex c, Handler& handler);
  template <class Handler>
  void end_pick_up(ConnectionIndex c, Handler& handler);
  template <class Handler>
  void deliver(ConnectionIndex c, unsigned side, Bytes bytes, Instant time, Handler& handler);
  template <class Handler>
  void deliver_due(ConnectionIndex c, Handler& handler);
  template <class Handler>
  void skip(ConnectionIndex c, unsigned side, std::uint32_t to, Handler& handler);
  template <class Handler>
  void lose_holes(ConnectionIndex c, unsigned side, std::uint32_t edge, Handler& handler);
  template <class Handler>
  void give_up(ConnectionIndex c, unsigned side, Handler& handler);
  template <class Handler>
  void fire(ConnectionIndex c, Instant deadline, Handler& handler);
  template <class Handler>
  void conclude(ConnectionIndex c, Instant now, Handler& handler);
  template <class Handler>
  void settle(ConnectionIndex c, Instant now, Handler& handler);
  template <class Handler>
  void close(ConnectionIndex c, CloseReason reason, Instant at, Handler& handler);

  std::uint64_t delivered_before_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace bellrock::tcp

#include "dataplane/tcp/reassembler_deliver.h"
#include "dataplane/tcp/reassembler_receive.h"
