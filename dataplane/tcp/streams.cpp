#include "dataplane/tcp/streams.h"

#include <algorithm>
#include <cstdlib>

namespace bellrock::tcp {
namespace {

constexpr bool within(std::int32_t value, std::int32_t window) { return value >= -window && value <= window; }

// A stream whose SYN only comes now. A new connection of the flow begins behind the old one (RFC 6528 3).
bool overtook_syn(const Half& half, std::uint32_t isn) {
  const std::int32_t overtaken = distance(isn + 1, half.next);
  return overtaken >= 0 && overtaken <= kSequenceWindow;
}

std::uint32_t end_of(const Piece& piece) { return piece.sequence + static_cast<std::uint32_t>(piece.bytes.size()); }

}  // namespace

Streams::Streams(const ReassemblyLimits& limits, SipKey secret, Counters& counters)
    : table_(limits.connections, secret),
      details_(limits.connections),
      store_(limits.out_of_order_bytes),
      heap_(limits.connections),
      counters_(counters),
      idle_(limits.idle) {
  for (const std::uint16_t port : limits.server_ports) server_ports_.set(port);
}

void Streams::note_acknowledgement(ConnectionIndex c, unsigned side, std::uint32_t ack) {
  Half& mine = table_[c].halves[side];
  mine.ack = ack;
  mine.set(half::kAcks);
}

bool Streams::is_plausible(ConnectionIndex c, unsigned side, std::uint32_t sequence) const {
  const Half& mine = table_[c].halves[side];
  const PieceQueue& queue = details_[c].queues[side];
  if (mine.has(half::kStarted)) return within(distance(mine.next, sequence), kSequenceWindow);
  return queue.empty() || within(distance(store_.begin(queue), sequence), kSequenceWindow);
}

void Streams::note_sight(Half& half, std::uint32_t sequence, bool empty) const {
  if (empty && !half.has(half::kStarted) && (!half.has(half::kSeen) || before(half.next, sequence))) {
    half.next = sequence;
  }
  half.set(half::kSeen);
  half.clear(half::kExpected);
}

void Streams::latch_fin(ConnectionIndex c, unsigned side, std::uint32_t sequence, const Segment& segment) {
  Half& half = table_[c].halves[side];
  if (half.has(half::kFin)) return;
  if (half.has(half::kStarted) && before(sequence, half.next)) return;
  const PieceQueue& queue = details_[c].queues[side];
  if (!queue.empty() && before(sequence, store_.end(queue))) return;  // bytes after it: one of them is forged
  half.fin = sequence;
  half.set(half::kFin);
  details_[c].fin_times[side] = segment.time;
  details_[c].fin_acks[side] = segment.acknowledgement;
}

Streams::SynKind Streams::judge_syn(ConnectionIndex c, unsigned side, const Segment& segment, std::uint64_t ordinal) {
  Connection& connection = table_[c];
  Details& details = details_[c];
  Half& mine = connection.halves[side];
  const Half& other = connection.halves[1 - side];
  const bool answers = (segment.flags & tcp_flag::kAck) != 0;
  if (mine.has(half::kSyn) && mine.isn == segment.sequence) return SynKind::kKnown;
  if (!mine.has(half::kSyn)) {
    const bool delivered = mine.has(half::kStarted | half::kSeen);
    if (delivered && overtook_syn(mine, segment.sequence)) return SynKind::kKnown;
    const std::int32_t answered = distance(other.isn + 1, segment.acknowledgement);
    const bool foreign = answers && other.has(half::kSyn) && (answered < 0 || answered > kHandshakeWindow);
    if (!delivered && !foreign) return SynKind::kStarts;
  }
  if (confirms_new_syn(c, side, segment)) return SynKind::kReplaces;
  if (details.new_syn.pending && details.new_syn.side != side && answers) return SynKind::kForeign;
  details.new_syn = {ordinal, segment.sequence, segment.acknowledgement, static_cast<std::uint8_t>(side), answers,
                     true};
  connection.unusual = true;
  // Its side has said that it is done, so the new one is no surprise.
  return mine.any(half::kFin | half::kEnded) || details.reset.pending ? SynKind::kReplaces : SynKind::kForeign;
}

// Its sender goes on where the new SYN began, or the other side answers it.
bool Streams::confirms_new_syn(ConnectionIndex c, unsigned side, const Segment& segment) const {
  const NewSyn& syn = details_[c].new_syn;
  if (!syn.pending) return false;
  const bool is_syn = (segment.flags & tcp_flag::kSyn) != 0;
  if (side == syn.side) return !is_syn && segment.sequence == syn.isn + 1;
  if ((segment.flags & tcp_flag::kAck) == 0) return false;
  if (syn.answers) return !is_syn && segment.sequence == syn.ack && segment.acknowledgement == syn.isn + 1;
  const std::int32_t answered = distance(syn.isn + 1, segment.acknowledgement);
  return is_syn && answered >= 0 && answered <= kHandshakeWindow;
}

bool Streams::syn_fits_pieces(ConnectionIndex c, unsigned side, std::uint32_t isn) const {
  const PieceQueue& queue = details_[c].queues[side];
  if (queue.empty()) return true;
  const std::int32_t ahead = distance(isn + 1, store_.begin(queue));
  return ahead >= 0 && ahead <= kSequenceWindow;
}

void Streams::start_by_syn(ConnectionIndex c, const NewSyn& syn) {
  Connection& connection = table_[c];
  Half& mine = connection.halves[syn.side];
  Half& other = connection.halves[1 - syn.side];
  mine.isn = syn.isn;
  mine.next = syn.isn + 1;
  mine.set(half::kSeen | half::kStarted | half::kSyn);
  mine.clear(half::kExpected);
  if (connection.phase != Phase::kOpen) {  // afterwards the handler has been told
    connection.client = static_cast<std::uint8_t>(syn.answers ? 1 - syn.side : syn.side);
    connection.mid_stream = false;
  }
  if (syn.answers && !other.has(half::kStarted) && syn_fits_pieces(c, 1 - syn.side, syn.ack - 1)) {
    other.next = syn.ack;
    other.set(half::kStarted | half::kExpected);
  }
  const PieceQueue& early = details_[c].queues[syn.side];  // overtook the SYN
  if (!early.empty()) start_by_first_ack(c, syn.side, store_.begin(early), store_.front(early).ack);
}

void Streams::start_by_first_ack(ConnectionIndex c, unsigned side, std::uint32_t sequence, std::uint32_t ack) {
  const Half& mine = table_[c].halves[side];
  Half& other = table_[c].halves[1 - side];
  if (!mine.has(half::kSyn) || sequence != mine.isn + 1 || other.has(half::kStarted)) return;
  // A copy sent again later acknowledges more: what was seen of the other side may show it.
  if (!syn_fits_pieces(c, 1 - side, ack - 1)) return;
  const bool seen = other.has(half::kSeen);
  if (seen && details_[c].queues[1 - side].empty() && before(other.next, ack)) return;
  other.next = ack;
  other.set(seen ? half::kStarted : half::kStarted | half::kExpected);
}

void Streams::note_awaited(ConnectionIndex c, unsigned side, std::uint32_t ack) {
  Half& other = table_[c].halves[1 - side];
  if (other.has(half::kStarted) || (other.awaited && !before(ack, other.isn))) return;
  other.isn = ack;
  other.awaited = true;
}

// Late copies stay with the finished connection; another initial sequence number, or data far away, does not.
bool Streams::opens_anew(const Connection& finished, unsigned side, const Segment& segment) const {
  const Half& mine = finished.halves[side];
  if ((segment.flags & tcp_flag::kSyn) != 0) {
    if (mine.has(half::kSyn)) return mine.isn != segment.sequence;
    return !mine.has(half::kStarted) || !overtook_syn(mine, segment.sequence);
  }
  if (segment.payload.empty() || !mine.has(half::kStarted)) return false;
  return !within(distance(mine.next, segment.sequence), kSequenceWindow);
}

// RFC 9293 3.10.7.3 and 3.10.7.4, seen from outside: the receiver takes a RST from its own acknowledgement on.
bool Streams::reset_is_valid(const Connection& connection, unsigned side, const Segment& segment) const {
  const Half& mine = connection.halves[side];
  const Half& other = connection.halves[1 - side];
  if (mine.has(half::kStarted)) {
    const std::int32_t ahead = distance(mine.next, segment.sequence);
    if (ahead >= 0 && ahead <= kResetWindow) return true;
    if (ahead < 0 && other.has(half::kAcks)) {
      const std::int32_t behind = distance(mine.next, other.ack);
      if (behind >= -kSequenceWindow && behind <= ahead) return true;
    }
    if (mine.has(half::kSeen)) return false;
  } else if (other.has(half::kAcks) && within(distance(other.ack, segment.sequence), kResetWindow)) {
    return true;
  }
  const bool answers = (segment.flags & tcp_flag::kAck) != 0;
  return answers && other.has(half::kStarted) && within(distance(other.next, segment.acknowledgement), kResetWindow);
}

std::optional<std::uint32_t> Streams::resynchronise(ConnectionIndex c, unsigned side, const Segment& segment) {
  const Half& mine = table_[c].halves[side];
  const Half& other = table_[c].halves[1 - side];
  Details& details = details_[c];
  if (segment.payload.empty() || !mine.has(half::kStarted) || mine.has(half::kEnded)) return std::nullopt;
  if (other.has(half::kSeen)) {
    const bool acknowledged_there = other.has(half::kAcks) && !within(distance(mine.next, other.ack), kSequenceWindow);
    const std::int32_t ahead = distance(other.ack, segment.sequence);
    if (!acknowledged_there || !within(ahead, kSequenceWindow)) return std::nullopt;
    return ahead >= 0 ? other.ack : segment.sequence;
  }
  const bool continues = details.stray_segments[side] > 0 && details.stray_ends[side] == segment.sequence;
  details.stray_segments[side] = static_cast<std::uint8_t>(continues ? details.stray_segments[side] + 1 : 1);
  details.stray_ends[side] = segment.sequence + static_cast<std::uint32_t>(segment.payload.size());
  if (details.stray_segments[side] < kResyncSegments) return std::nullopt;
  return segment.sequence;
}

bool Streams::held(ConnectionIndex c, unsigned side, std::uint32_t ack) const {
  const Half& other = table_[c].halves[1 - side];
  const PieceQueue& queue = details_[c].queues[1 - side];
  if (!other.any(half::kSeen | half::kExpected) || other.has(half::kEnded)) return false;
  if (!other.has(half::kStarted)) return true;  // soon known
  const std::int32_t ahead = distance(other.next, ack);
  if (ahead <= 0 || ahead > kSequenceWindow) return false;
  return !(ahead == 1 && other.has(half::kFinAssumed) && queue.empty());
}

bool Streams::fin_due(const Half& half) const {
  return half.has(half::kFin | half::kStarted) && !half.has(half::kEnded) && half.next == half.fin;
}

bool Streams::ready(ConnectionIndex c, unsigned side) const {
  const Half& mine = table_[c].halves[side];
  if (!mine.has(half::kStarted) || mine.has(half::kEnded)) return false;
  const PieceQueue& queue = details_[c].queues[side];
  return fin_due(mine) || (!queue.empty() && !before(mine.next, store_.begin(queue)));
}

// What is next on a side that is ready: its first piece, or its end.
Piece Streams::due(ConnectionIndex c, unsigned side) const {
  const Details& details = details_[c];
  const Half& mine = table_[c].halves[side];
  if (fin_due(mine)) return {mine.fin, details.fin_acks[side], details.fin_times[side], {}};
  return store_.front(details.queues[side]);
}

// If each side's next piece acknowledges bytes that the other's next piece is or follows, one of them was sent again
// with a newer acknowledgement than the first time: that one goes first. It is the one known to be late, or the one
// with new bytes behind those that the other acknowledges, or else the one captured first.
std::optional<unsigned> Streams::next_due(ConnectionIndex c) const {
  const bool low_ready = ready(c, 0);
  const bool high_ready = ready(c, 1);
  if (!low_ready && !high_ready) return std::nullopt;
  const Piece low = low_ready ? due(c, 0) : Piece{};
  const Piece high = high_ready ? due(c, 1) : Piece{};
  const bool low_free = low_ready && !held(c, 0, low.ack);
  const bool high_free = high_ready && !held(c, 1, high.ack);
  if (low_free != high_free) return low_free ? 0U : 1U;
  if (!low_ready || !high_ready) return std::nullopt;
  if (!low_free && low.late != high.late) return low.late ? 0U : 1U;
  const bool low_repacks = before(high.ack, end_of(low));
  const bool high_repacks = before(low.ack, end_of(high));
  if (!low_free && low_repacks != high_repacks) return low_repacks ? 0U : 1U;
  return high.time < low.time ? 1U : 0U;
}

std::size_t Streams::known_to_next(ConnectionIndex c, unsigned side, const Piece& piece) const {
  if (!held(c, side, piece.ack) || !ready(c, 1 - side)) return piece.bytes.size();
  const std::int32_t known = distance(piece.sequence, due(c, 1 - side).ack);
  return known <= 0 ? piece.bytes.size() : std::min(piece.bytes.size(), static_cast<std::size_t>(known));
}

bool Streams::reset_reached(ConnectionIndex c) const {
  const Reset& reset = details_[c].reset;
  if (!reset.pending) return false;
  const Half& sender = table_[c].halves[reset.side];
  if (!sender.has(half::kStarted)) return true;
  return distance(sender.next, reset.sequence) <= (sender.has(half::kFinAssumed) ? 1 : 0);
}

// How far after `next` bytes must have been sent, by the other side's acknowledgements, as far as they can be believed,
// and by a RST; 0: none.
std::int32_t Streams::surely_sent(ConnectionIndex c, unsigned side) const {
  const Half& mine = table_[c].halves[side];
  const Half& other = table_[c].halves[1 - side];
  std::int32_t ahead = other.has(half::kAcks) ? distance(mine.next, other.ack) : 0;
  if (ahead > kSequenceWindow) ahead = 0;
  if (ready(c, 1 - side)) {
    const std::int32_t next = distance(mine.next, due(c, 1 - side).ack);
    if (next > ahead && next <= kSequenceWindow) ahead = next;
  }
  const Reset& reset = details_[c].reset;
  if (reset.pending && reset.side == side) ahead = std::max(ahead, distance(mine.next, reset.sequence));
  return ahead > 0 ? ahead : 0;
}

// One number acknowledged and nothing after it: a FIN that was not captured, for all that can be known.
bool Streams::only_fin_missing(ConnectionIndex c, unsigned side) const {
  return details_[c].queues[side].empty() && !table_[c].halves[side].has(half::kFin) && surely_sent(c, side) == 1;
}

Streams::Want Streams::wanted(ConnectionIndex c, unsigned side) const {
  const Details& details = details_[c];
  const Half& mine = table_[c].halves[side];
  const PieceQueue& queue = details.queues[side];
  if (mine.has(half::kEnded) || !mine.any(half::kSeen | half::kExpected) || ready(c, side)) return {};
  if (!mine.has(half::kStarted)) return {Awaited::kStart, 0};

  const std::int32_t ahead = surely_sent(c, side);
  const bool lost_fin = mine.has(half::kFinAssumed) && only_fin_missing(c, side);
  if (ahead > 0 && !lost_fin) return {Awaited::kAcked, mine.next + static_cast<std::uint32_t>(ahead)};
  if (!queue.empty()) return {Awaited::kUnacked, store_.last_begin(queue)};
  if (mine.has(half::kFin) && before(mine.next, mine.fin)) return {Awaited::kUnacked, mine.fin};
  return {};
}

void Streams::await(ConnectionIndex c, Instant now) {
  Connection& connection = table_[c];
  Details& details = details_[c];
  Instant soonest = connection.phase == Phase::kPickUp ? details.pick_up_deadline : kNever;
  for (unsigned side = 0; side < 2 && connection.phase == Phase::kOpen; ++side) {
    Hole& hole = details.holes[side];
    const Half& mine = connection.halves[side];
    const Want want = wanted(c, side);
    if (want.kind == Awaited::kNothing) {
      hole = {};
      continue;
    }
    // Another byte is missing now than when the wait began: it gets its own time.
    const bool moved = want.kind == Awaited::kAcked && hole.next != mine.next;
    if (hole.kind != want.kind || moved) {
      Duration wait = kAckedHoleWait;
      if (want.kind == Awaited::kStart) wait = kPickUpWait;
      if (want.kind == Awaited::kUnacked) {
        wait = connection.halves[1 - side].has(half::kSeen) ? kUnackedHoleWait : kOneWayHoleWait;
      }
      hole = {now + wait, want.edge, mine.next, want.kind, false};
    }
    soonest = std::min(soonest, hole.deadline);
  }
  heap_.set(c, soonest);
  connection.unusual = soonest != kNever || details.new_syn.pending || details.reset.pending ||
                       !details.queues[0].empty() || !details.queues[1].empty();
}

std::optional<unsigned> Streams::soonest_side(ConnectionIndex c) const {
  const auto& holes = details_[c].holes;
  if (holes[0].deadline == kNever && holes[1].deadline == kNever) return std::nullopt;
  return holes[1].deadline < holes[0].deadline ? 1U : 0U;
}

void Streams::start_where_seen(ConnectionIndex c, unsigned side) {
  Half& mine = table_[c].halves[side];
  const Half& other = table_[c].halves[1 - side];
  const PieceQueue& queue = details_[c].queues[side];
  if (mine.has(half::kStarted) || !(mine.has(half::kSeen) || mine.awaited)) return;
  const std::uint32_t awaited = mine.awaited ? mine.isn : other.ack;
  if (!queue.empty()) {
    mine.next = store_.begin(queue);
  } else if (mine.has(half::kFin)) {
    mine.next = mine.fin;
  } else if (!mine.has(half::kSeen)) {
    mine.next = awaited;
  }  // else `next` is where its empty segments were
  const std::int32_t missed = distance(awaited, mine.next);
  if ((mine.awaited || other.has(half::kAcks)) && missed > 0 && missed <= kSequenceWindow) mine.next = awaited;
  mine.set(half::kStarted);
}

std::optional<std::uint32_t> Streams::lost_until(ConnectionIndex c, unsigned side) {
  Hole& hole = details_[c].holes[side];
  Half& mine = table_[c].halves[side];
  const Hole due = hole;
  hole = {};                        // whatever is still missing afterwards waits anew
  if (mine.has(half::kExpected)) {  // it is not captured at all
    mine.clear(half::kExpected);
    return std::nullopt;
  }
  const Want want = wanted(c, side);
  if (mine.next != due.next || want.kind != due.kind) return std::nullopt;  // the stream has gone on below the hole
  if (due.kind == Awaited::kAcked) return before(want.edge, due.edge) ? want.edge : due.edge;
  if (due.other_spoke && table_[c].halves[1 - side].has(half::kSeen)) {
    forget_pieces(c, side);
    mine.clear(half::kFin);
    return std::nullopt;
  }
  return due.edge;
}

std::uint32_t Streams::first_hole_end(ConnectionIndex c, unsigned side) const {
  const PieceQueue& queue = details_[c].queues[side];
  if (!queue.empty()) return store_.begin(queue);
  const Hole& hole = details_[c].holes[side];
  return hole.kind == Awaited::kAcked ? hole.edge : table_[c].halves[side].fin;
}

void Streams::forget_pieces(ConnectionIndex c, unsigned side) {
  counters_.add(StreamCount::kOutOfOrderEvictedBytes, store_.clear(details_[c].queues[side]));
}

StoreResult Streams::keep(ConnectionIndex c, unsigned side, Piece& piece) {
  Details& details = details_[c];
  const std::uint32_t blocks = std::uint32_t{details.queues[0].blocks} + details.queues[1].blocks;
  const std::uint32_t runs = std::uint32_t{details.queues[0].runs} + details.queues[1].runs;
  OutOfOrderStore::Room room{blocks < kBlocksPerConnection ? kBlocksPerConnection - blocks : 0,
                             runs < kHolesMax ? static_cast<std::uint32_t>(kHolesMax) - runs : 0};
  OutOfOrderStore::Repeated repeated;
  const StoreResult result = store_.insert(details.queues[side], piece, room, repeated);
  counters_.add(StreamCount::kRetransmittedBytes, repeated.bytes);
  counters_.add(StreamCount::kConflictingBytes, repeated.conflicting);
  return result;
}

}  // namespace bellrock::tcp
