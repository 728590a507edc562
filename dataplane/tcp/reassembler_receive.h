// How the Reassembler takes segments in. Include reassembler.h.
#pragma once

#include <algorithm>

#include "dataplane/tcp/reassembler.h"

namespace bellrock::tcp {

template <class Handler>
Status<Drop> Reassembler::on_segment(const Segment& segment, const SidedKey& key, std::uint64_t ordinal,
                                     Handler& handler) {
  const ConnectionIndex c = table_.find(key);
  if (c != kNoConnection && pass_through(c, key.side, segment, handler)) return Done{};
  return on_unusual(c, key, segment, ordinal, handler);
}

// The common case: the expected byte of a connection where nothing is missing, and nothing acknowledged that is not
// known. All else goes the long way, which would do the same with it.
template <class Handler>
bool Reassembler::pass_through(ConnectionIndex c, unsigned side, const Segment& segment, Handler& handler) {
  Connection& connection = table_[c];
  Half& mine = connection.halves[side];
  const Half& other = connection.halves[1 - side];
  constexpr unsigned kControl = tcp_flag::kSyn | tcp_flag::kFin | tcp_flag::kRst | tcp_flag::kAck;
  constexpr unsigned kRunning = half::kSeen | half::kStarted;
  if (connection.unusual || connection.phase != Phase::kOpen || (segment.flags & kControl) != tcp_flag::kAck ||
      (mine.flags & (kRunning | half::kFin)) != kRunning || segment.sequence != mine.next ||
      segment.time - connection.last > idle_) {
    return false;
  }
  const bool other_is_captured = other.any(half::kSeen | half::kExpected);
  if (!other.has(half::kStarted)) {
    if (other_is_captured || segment.sequence == mine.isn + 1 || !other.awaited) return false;  // it may tell where
  } else if (other_is_captured && before(other.next, segment.acknowledgement)) {
    return false;
  }
  mine.ack = segment.acknowledgement;
  mine.set(half::kAcks);
  connection.last = std::max(connection.last, segment.time);
  table_.touch(c);
  if (!segment.payload.empty()) deliver(c, side, segment.payload, segment.time, handler);
  return true;
}

template <class Handler>
[[gnu::noinline]] Status<Drop> Reassembler::on_unusual(ConnectionIndex c, const SidedKey& key, const Segment& segment,
                                                       std::uint64_t ordinal, Handler& handler) {
  if (c != kNoConnection) {
    settle(c, segment.time, handler);
    Connection& connection = table_[c];
    if (connection.phase == Phase::kFinished) {
      if (segment.time - connection.last <= kFinishedLinger && !opens_anew(connection, key.side, segment)) {
        counters_.add(StreamCount::kRetransmittedBytes, segment.payload.size());
        return Done{};
      }
      table_.release(c);
    }
    if (connection.phase == Phase::kFree) c = kNoConnection;
  }
  if (c == kNoConnection) {
    if (table_.capacity() == 0) return Failure{Drop::kConnectionsFull};
    c = begin(key, segment, ordinal, handler);
  }
  receive(c, key, segment, ordinal, handler);
  if (ordinal == delivered_before_ && table_[c].phase == Phase::kPickUp) {
    end_pick_up(c, handler);
    conclude(c, segment.time, handler);
  }
  return Done{};
}

template <class Handler>
ConnectionIndex Reassembler::begin(const SidedKey& key, const Segment& segment, std::uint64_t ordinal,
                                   Handler& handler) {
  if (table_.full()) {
    if (table_.oldest_finished() != kNoConnection) {
      table_.release(table_.oldest_finished());
    } else {
      close(table_.oldest_live(), CloseReason::kEvicted, segment.time, handler);
    }
  }
  const ConnectionIndex c = table_.acquire(key);
  Connection& connection = table_[c];
  Details& details = details_[c];
  details = Details{};
  details.first_ordinal = ordinal;
  details.first_sender = static_cast<std::uint8_t>(key.side);
  connection.last = segment.time;
  if ((segment.flags & tcp_flag::kSyn) != 0) {
    const bool answers = (segment.flags & tcp_flag::kAck) != 0;
    start_by_syn(c, {ordinal, segment.sequence, segment.acknowledgement, details.first_sender, answers, true});
    open(c, handler);
  } else {
    connection.phase = Phase::kPickUp;
    connection.mid_stream = true;
    details.pick_up_deadline = segment.time + kPickUpWait;
    await(c, segment.time);
  }
  return c;
}

// The flow's new SYN has become a connection of its own.
template <class Handler>
ConnectionIndex Reassembler::replace(ConnectionIndex c, const SidedKey& key, const Segment& segment, Handler& handler) {
  const NewSyn syn = details_[c].new_syn;
  close(c, CloseReason::kFinished, segment.time, handler);
  table_.release(c);
  Segment first = segment;
  first.sequence = syn.isn;
  first.acknowledgement = syn.ack;
  first.flags = static_cast<std::uint8_t>(tcp_flag::kSyn | (syn.answers ? tcp_flag::kAck : 0));
  return begin({key.key, syn.side, key.hash}, first, syn.ordinal, handler);
}

template <class Handler>
void Reassembler::receive(ConnectionIndex c, const SidedKey& key, const Segment& segment, std::uint64_t ordinal,
                          Handler& handler) {
  Connection& connection = table_[c];
  const unsigned side = key.side;
  connection.last = std::max(connection.last, segment.time);
  table_.touch(c);
  details_[c].holes[1 - side].other_spoke = true;
  if ((segment.flags & tcp_flag::kRst) != 0) return receive_reset(c, side, segment, handler);

  const bool syn = (segment.flags & tcp_flag::kSyn) != 0;
  if (syn) {
    const bool picking_up = connection.phase == Phase::kPickUp;
    if (picking_up && !syn_fits_pieces(c, side, segment.sequence)) end_pick_up(c, handler);
    const SynKind kind = judge_syn(c, side, segment, ordinal);
    if (kind == SynKind::kForeign) {
      counters_.add(StreamCount::kOutOfWindowSegments);
      return conclude(c, segment.time, handler);
    }
    if (kind == SynKind::kReplaces) {
      const ConnectionIndex begun = replace(c, key, segment, handler);
      return receive(begun, key, segment, ordinal, handler);
    }
    if (kind == SynKind::kStarts) {
      const bool answers = (segment.flags & tcp_flag::kAck) != 0;
      start_by_syn(
          c, {ordinal, segment.sequence, segment.acknowledgement, static_cast<std::uint8_t>(side), answers, true});
    }
    if (connection.phase == Phase::kPickUp) end_pick_up(c, handler);
  } else if (confirms_new_syn(c, side, segment)) {
    const ConnectionIndex begun = replace(c, key, segment, handler);
    return receive(begun, key, segment, ordinal, handler);
  }

  const std::uint32_t sequence = segment.sequence + (syn ? 1 : 0);  // a SYN takes one number
  if ((segment.flags & tcp_flag::kAck) != 0) {
    note_acknowledgement(c, side, segment.acknowledgement);
    if (!syn && !segment.payload.empty()) note_awaited(c, side, segment.acknowledgement);
  }
  if (connection.phase == Phase::kPickUp) return receive_early(c, side, segment, sequence, handler);
  if (!syn && (segment.flags & tcp_flag::kAck) != 0) start_by_first_ack(c, side, sequence, segment.acknowledgement);
  receive_open(c, side, segment, sequence, handler);
}

template <class Handler>
void Reassembler::receive_reset(ConnectionIndex c, unsigned side, const Segment& segment, Handler& handler) {
  if (table_[c].phase == Phase::kPickUp) end_pick_up(c, handler);
  const bool alone = !table_[c].halves[side].has(half::kSeen) && !table_[c].halves[1 - side].has(half::kSeen);
  if (alone || reset_is_valid(table_[c], side, segment)) {
    Reset& reset = details_[c].reset;
    if (!reset.pending) reset = {segment.time, segment.sequence, static_cast<std::uint8_t>(side), true};
  } else {
    counters_.add(StreamCount::kOutOfWindowSegments);
  }
  conclude(c, segment.time, handler);
}

// A segment of a connection whose streams' beginnings are not known yet.
template <class Handler>
void Reassembler::receive_early(ConnectionIndex c, unsigned side, const Segment& segment, std::uint32_t sequence,
                                Handler& handler) {
  const Connection& connection = table_[c];
  if (!is_plausible(c, side, sequence)) return counters_.add(StreamCount::kOutOfWindowSegments);
  note_sight(table_[c].halves[side], sequence, segment.payload.empty());
  Piece piece{sequence, segment.acknowledgement, segment.time, segment.payload, false};
  while (connection.phase == Phase::kPickUp && !piece.bytes.empty()) {
    const StoreResult result = keep(c, side, piece);
    if (result != StoreResult::kStored) make_room(c, result, segment.time, handler);
  }
  if ((segment.flags & tcp_flag::kFin) != 0) {
    latch_fin(c, side, sequence + static_cast<std::uint32_t>(segment.payload.size()), segment);
  }
  if (connection.phase == Phase::kOpen) take_bytes(c, side, piece, segment.time, handler);
  conclude(c, segment.time, handler);
}

template <class Handler>
void Reassembler::receive_open(ConnectionIndex c, unsigned side, const Segment& segment, std::uint32_t sequence,
                               Handler& handler) {
  Half& mine = table_[c].halves[side];
  if (!is_plausible(c, side, sequence)) {
    const std::optional<std::uint32_t> continues = resynchronise(c, side, segment);
    if (!continues) {
      counters_.add(StreamCount::kOutOfWindowSegments);
      return conclude(c, segment.time, handler);
    }
    mine.clear(half::kFin);  // of before the jump, or never true
    if (!details_[c].queues[side].empty()) lose_holes(c, side, store_.last_begin(details_[c].queues[side]), handler);
    forget_pieces(c, side);
    skip(c, side, *continues, handler);
  }
  note_sight(mine, sequence, segment.payload.empty());
  if (!segment.payload.empty()) {
    details_[c].stray_segments[side] = 0;
    if (mine.has(half::kStarted) && before(mine.next, sequence)) counters_.add(StreamCount::kOutOfOrderSegments);
  }
  if ((segment.flags & tcp_flag::kFin) != 0) {
    latch_fin(c, side, sequence + static_cast<std::uint32_t>(segment.payload.size()), segment);
  }
  const Half& other = table_[c].halves[1 - side];
  const bool acks = (segment.flags & tcp_flag::kAck) != 0;
  Piece piece{sequence, acks ? segment.acknowledgement : other.next, segment.time, segment.payload, false};
  if (other.has(half::kAcks) && before(sequence, other.ack)) {
    // Sent before. What stands behind them in the same segment is new.
    Piece known = piece;
    known.bytes = piece.bytes.first(std::min(piece.bytes.size(), std::size_t{other.ack - sequence}));
    known.late = true;
    piece.advance(known.bytes.size());
    take_bytes(c, side, known, segment.time, handler);
  }
  take_bytes(c, side, piece, segment.time, handler);
  conclude(c, segment.time, handler);
}

// Delivers what is next, keeps what is not yet, drops what is known.
template <class Handler>
void Reassembler::take_bytes(ConnectionIndex c, unsigned side, Piece piece, Instant now, Handler& handler) {
  const Connection& connection = table_[c];
  Half& mine = table_[c].halves[side];
  const PieceQueue& queue = details_[c].queues[side];
  while (!piece.bytes.empty() && connection.phase == Phase::kOpen && !mine.has(half::kEnded)) {
    if (mine.has(half::kStarted) && before(piece.sequence, mine.next)) {
      const std::size_t known = std::min(piece.bytes.size(), std::size_t{mine.next - piece.sequence});
      counters_.add(StreamCount::kRetransmittedBytes, known);
      piece.advance(known);
      continue;
    }
    // Bytes behind a FIN that is not reached yet: no sender sends them, so the FIN was forged (or they are). It is sent
    // again if it was not.
    if (mine.has(half::kFin) && before(mine.fin, piece.sequence + static_cast<std::uint32_t>(piece.bytes.size()))) {
      mine.clear(half::kFin);
    }
    if (mine.has(half::kStarted) && piece.sequence == mine.next && !held(c, side, piece.ack)) {
      std::size_t count = piece.bytes.size();
      if (!queue.empty()) count = std::min(count, std::size_t{store_.begin(queue) - mine.next});
      deliver(c, side, piece.bytes.first(count), piece.time, handler);
      piece.advance(count);
      if (count > 0) continue;
    }
    const StoreResult result = keep(c, side, piece);
    if (result == StoreResult::kStored) return;
    if (!make_room(c, result, now, handler)) {
      return counters_.add(StreamCount::kOutOfOrderEvictedBytes, piece.bytes.size());
    }
  }
  counters_.add(StreamCount::kRetransmittedBytes, piece.bytes.size());
}

// No room for a piece of `c`: a hole is given up, so that kept bytes can go. In a full pool that is the hole of the
// connection whose deadline is next, whichever it is.
template <class Handler>
bool Reassembler::make_room(ConnectionIndex c, StoreResult why, Instant now, Handler& handler) {
  const ConnectionIndex victim = why == StoreResult::kPoolFull && !heap_.empty() ? heap_.soonest() : c;
  if (table_[victim].phase == Phase::kPickUp) {
    end_pick_up(victim, handler);
  } else {
    await(victim, now);
    const bool waits = soonest_side(victim).has_value();
    if (waits) give_way(victim, now, handler);
    if (!waits && victim == c) return false;
  }
  if (victim != c) conclude(victim, now, handler);
  return true;
}

template <class Handler>
void Reassembler::give_way(ConnectionIndex c, Instant now, Handler& handler) {
  const unsigned side = *soonest_side(c);
  start_where_seen(c, side);
  if (table_[c].halves[side].has(half::kExpected)) {
    table_[c].halves[side].clear(half::kExpected);
  } else if (!ready(c, side)) {
    lose_holes(c, side, first_hole_end(c, side), handler);
  }
  deliver_due(c, handler);
  await(c, now);
}

}  // namespace bellrock::tcp
