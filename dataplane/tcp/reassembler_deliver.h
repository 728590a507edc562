// How the Reassembler calls its handler: opening, data, gaps, ends, closing. Include reassembler.h.
#pragma once

#include <algorithm>

#include "dataplane/tcp/reassembler.h"

namespace bellrock::tcp {

template <class Handler>
void Reassembler::open(ConnectionIndex c, Handler& handler) {
  Connection& connection = table_[c];
  connection.phase = Phase::kOpen;
  counters_.add(StreamCount::kConnections);
  if (connection.mid_stream) counters_.add(StreamCount::kConnectionsMidStream);
  const ConnectionInfo info{endpoint_of(connection.key, connection.client),
                            endpoint_of(connection.key, 1U - connection.client), details_[c].first_ordinal,
                            connection.mid_stream};
  handler.on_open(c, info);
}

template <class Handler>
void Reassembler::end_pick_up(ConnectionIndex c, Handler& handler) {
  Connection& connection = table_[c];
  if (connection.mid_stream) {
    connection.client = static_cast<std::uint8_t>(guess_client(c));
    for (unsigned side = 0; side < 2; ++side) start_where_seen(c, side);
  }
  open(c, handler);
  deliver_due(c, handler);
}

template <class Handler>
void Reassembler::deliver(ConnectionIndex c, unsigned side, Bytes bytes, Instant time, Handler& handler) {
  if (bytes.empty()) return;
  Connection& connection = table_[c];
  Half& mine = connection.halves[side];
  mine.next += static_cast<std::uint32_t>(bytes.size());
  mine.clear(half::kFinAssumed);
  handler.on_data(c, direction(connection, side), bytes, time);
}

template <class Handler>
void Reassembler::deliver_due(ConnectionIndex c, Handler& handler) {
  Connection& connection = table_[c];
  Details& details = details_[c];
  while (const std::optional<unsigned> due = next_due(c)) {
    const unsigned side = *due;
    Half& mine = connection.halves[side];
    if (mine.has(half::kFin) && mine.next == mine.fin) {
      mine.set(half::kEnded);
      ++mine.next;  // a FIN takes one number
      forget_pieces(c, side);
      handler.on_end(c, direction(connection, side), details.fin_times[side]);
      continue;
    }
    Piece piece = store_.front(details.queues[side]);
    piece.advance(std::min(piece.bytes.size(), std::size_t{mine.next - piece.sequence}));
    const std::size_t known = known_to_next(c, side, piece);
    deliver(c, side, piece.bytes.first(known), piece.time, handler);
    if (known == piece.bytes.size()) store_.pop(details.queues[side]);
  }
}

template <class Handler>
void Reassembler::skip(ConnectionIndex c, unsigned side, std::uint32_t to, Handler& handler) {
  Connection& connection = table_[c];
  Half& mine = connection.halves[side];
  const std::uint32_t bytes = to - mine.next;
  if (bytes == 0) return;
  mine.next = to;
  mine.clear(half::kFinAssumed);
  counters_.add(StreamCount::kGaps);
  counters_.add(StreamCount::kGapBytes, bytes);
  handler.on_gap(c, direction(connection, side), bytes);
}

// Skips the missing bytes before `edge` and delivers the others.
template <class Handler>
void Reassembler::lose_holes(ConnectionIndex c, unsigned side, std::uint32_t edge, Handler& handler) {
  Half& mine = table_[c].halves[side];
  const PieceQueue& queue = details_[c].queues[side];
  while (!mine.has(half::kEnded) && before(mine.next, edge) && !ready(c, side)) {
    if (only_fin_missing(c, side)) return mine.set(half::kFinAssumed);
    std::uint32_t stop = edge;
    if (!queue.empty() && before(store_.begin(queue), stop)) stop = store_.begin(queue);
    if (mine.has(half::kFin) && before(mine.fin, stop)) stop = mine.fin;
    skip(c, side, stop, handler);
    deliver_due(c, handler);
  }
}

template <class Handler>
void Reassembler::fire(ConnectionIndex c, Instant deadline, Handler& handler) {
  if (table_[c].phase == Phase::kPickUp) {
    end_pick_up(c, handler);
    return conclude(c, deadline, handler);
  }
  for (unsigned side = 0; side < 2; ++side) {
    if (details_[c].holes[side].deadline <= deadline) give_up(c, side, handler);
  }
  conclude(c, deadline, handler);
}

template <class Handler>
void Reassembler::give_up(ConnectionIndex c, unsigned side, Handler& handler) {
  if (details_[c].holes[side].kind == Awaited::kStart) {
    details_[c].holes[side] = {};
    return start_where_seen(c, side);
  }
  if (const std::optional<std::uint32_t> edge = lost_until(c, side)) lose_holes(c, side, *edge, handler);
}

// After every change: what has become due is delivered, the end is noticed, what is missing is awaited.
template <class Handler>
void Reassembler::conclude(ConnectionIndex c, Instant now, Handler& handler) {
  const Connection& connection = table_[c];
  if (connection.phase == Phase::kPickUp) return await(c, now);
  if (connection.phase != Phase::kOpen) return;
  deliver_due(c, handler);
  const bool both_ended = connection.halves[0].has(half::kEnded) && connection.halves[1].has(half::kEnded);
  if (both_ended || reset_reached(c)) return close(c, CloseReason::kFinished, now, handler);
  await(c, now);
}

// Does what was due before `now`, in the order of its times.
template <class Handler>
void Reassembler::settle(ConnectionIndex c, Instant now, Handler& handler) {
  const Connection& connection = table_[c];
  while (connection.phase == Phase::kPickUp || connection.phase == Phase::kOpen) {
    const Details& details = details_[c];
    Instant due = details.pick_up_deadline;
    if (connection.phase == Phase::kOpen) due = std::min(details.holes[0].deadline, details.holes[1].deadline);
    const Instant idle_at = connection.last + idle_;
    if (due < now && due <= idle_at) {
      fire(c, due, handler);
    } else if (idle_at < now) {
      close(c, both_captured(c) ? CloseReason::kIdle : CloseReason::kIdleOneSided, idle_at, handler);
    } else {
      return;
    }
  }
}

template <class Handler>
void Reassembler::close(ConnectionIndex c, CloseReason reason, Instant at, Handler& handler) {
  if (table_[c].phase == Phase::kPickUp) end_pick_up(c, handler);
  deliver_due(c, handler);
  await(c, at);
  while (soonest_side(c)) give_way(c, at, handler);
  Details& details = details_[c];
  if (details.reset.pending) {
    handler.on_reset(c, direction(table_[c], details.reset.side), details.reset.time);
  }
  handler.on_close(c, reason, at);

  for (unsigned side = 0; side < 2; ++side) forget_pieces(c, side);
  heap_.set(c, kNever);
  table_[c].last = at;
  if (reason == CloseReason::kFinished) {
    table_.finish(c);
  } else {
    if (reason != CloseReason::kEndOfCapture) counters_.add(StreamCount::kConnectionsEvicted);
    table_.release(c);
  }
}

template <class Handler>
void Reassembler::expire(Instant now, Handler& handler) {
  while (heap_.deadline() < now) settle(heap_.soonest(), now, handler);
  for (ConnectionIndex c = table_.oldest_live(); c != kNoConnection; c = table_.oldest_live()) {
    if (table_[c].last + idle_ >= now) break;
    settle(c, now, handler);
  }
  for (ConnectionIndex c = table_.oldest_finished(); c != kNoConnection; c = table_.oldest_finished()) {
    if (table_[c].last + kFinishedLinger >= now) break;
    table_.release(c);
  }
}

template <class Handler>
void Reassembler::close_all(Instant now, Handler& handler) {
  expire(now, handler);
  while (table_.oldest_live() != kNoConnection) {
    close(table_.oldest_live(), CloseReason::kEndOfCapture, now, handler);
  }
}

}  // namespace bellrock::tcp
