// What a connection sends: replies read again from their table, acknowledgements, window probes, resets; and when.
#include "dataplane/responder/stack.h"

namespace bellrock::responder {

namespace {

constexpr std::uint32_t kWindowRetryMs = 100;  // how often a closed window is looked at again
constexpr std::uint32_t kSmallPieceMs = 500;   // RFC 9293 3.8.6.2.1: between 0.1 and 1 s
constexpr std::uint8_t kInitialWindow = 10;    // RFC 6928
constexpr std::size_t kTimestampBytes = 12;    // with two for alignment

std::uint32_t ms(Duration duration) { return static_cast<std::uint32_t>(duration / kMillisecond); }

}  // namespace

// RFC 6298 2.3, 2.4, 5.5; the granularity is a tick.
std::uint32_t Stack::rto_ms(const Connection& c) const {
  std::uint32_t rto = ms(config_.rto_initial);
  if (c.has(flag::kSampled))
    rto = std::max(c.srtt / 8u + std::max<std::uint32_t>(c.rttvar, kTickMs), ms(config_.rto_min));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{rto} << c.backoff, ms(config_.rto_max)));
}

// Not behind the time when the peer is given up.
[[gnu::noinline]] void Stack::arm_send_timer(Connection& c, std::uint32_t ms) const {
  const std::uint16_t stalled = stalled_for(c);
  const std::uint32_t left = stalled < stalled_ ? (stalled_ - stalled) * kHeardMs : 0;
  c.set(flag::kSendTimer);
  c.send_at = ticks_from_now(std::min(ms, left));
}

// Nothing is in flight whose acknowledgement would bring a window: the timer sends a piece into the small one, probes
// the closed one, or tries again where there was no buffer. A timer that runs is not moved away by what the peer says.
[[gnu::noinline]] void Stack::await_window(Connection& c, bool small) const {
  const auto soon = ticks_from_now(kSmallPieceMs);
  if (!c.has(flag::kSendTimer)) {
    arm_send_timer(c, small ? kSmallPieceMs : rto_ms(c));
  } else if (small && Wheel::distance(soon, c.send_at) > 0) {
    c.send_at = soon;
  }
}

// Of what it waits to send or have acknowledged.
bool Stack::has_revoked(const Connection& c) const {
  for (const Run& run : c.runs) {
    if (run.count == 0) break;
    if (replies_.is_revoked(run.id)) return true;
  }
  return false;
}

std::size_t Stack::write_options(const Connection& c, std::uint8_t* at) const {
  std::size_t bytes = 0;
  if (c.has(flag::kTimestamps)) {
    store_be32(at, 0x0101080a);
    store_be32(at + 4, clock() + c.ts_offset);
    store_be32(at + 8, c.ts_recent);
    bytes = kTimestampBytes;
  }
  if (c.held != kNoBlock && c.has(flag::kSack)) bytes += write_sack(c, at + bytes);
  return bytes;
}

// RFC 2018 4: the range that changed last comes first. What waits for the server at rcv_nxt is no island.
std::size_t Stack::write_sack(const Connection& c, std::uint8_t* at) const {
  std::array<Range, kRangesMax> ranges;
  std::size_t count = store_.ranges(c, ranges);
  std::size_t first = 0;
  while (first < count && (distance(ranges[first].begin, c.rcv_nxt) >= 0 || ranges[first].begin == ranges[first].end))
    ++first;
  const std::size_t blocks_max = c.has(flag::kTimestamps) ? 3 : 4;
  std::sort(ranges.begin() + static_cast<std::ptrdiff_t>(first), ranges.begin() + static_cast<std::ptrdiff_t>(count),
            [](const Range& a, const Range& b) { return distance(b.stamp, a.stamp) > 0; });
  std::size_t blocks = 0;
  for (std::size_t i = first; i < count && blocks < blocks_max; ++i) {
    if (ranges[i].begin == ranges[i].end) continue;  // a FIN alone
    store_be32(at + 4 + 8 * blocks, ranges[i].begin);
    store_be32(at + 8 + 8 * blocks, ranges[i].end);
    ++blocks;
  }
  if (blocks == 0) return 0;
  store_be32(at, static_cast<std::uint32_t>(0x01010502 + 8 * blocks));
  return 4 + 8 * blocks;
}

// Bytes [offset, offset + count) behind snd_una; their one's complement sum.
std::uint64_t Stack::copy_replies(const Connection& c, std::uint32_t offset, std::size_t count,
                                  std::uint8_t* to) const {
  std::uint64_t position = std::uint64_t{c.head_offset} + offset;
  std::size_t done = 0;
  for (const Run& run : c.runs) {
    const Bytes reply = replies_.bytes(run.id);
    const std::uint64_t run_bytes = std::uint64_t{run.count} * reply.size();
    if (run.count == 0 || done == count) break;
    if (position >= run_bytes) {
      position -= run_bytes;
      continue;
    }
    if (position == 0 && count == reply.size()) {  // one whole reply: its sum is known
      copy_short(to, reply.data(), count);
      return replies_.sum(run.id);
    }
    std::uint64_t left = run_bytes - position;
    std::size_t at = position % reply.size();
    while (left > 0 && done < count) {
      const std::size_t piece = std::min(reply.size() - at, count - done);
      std::memcpy(to + done, reply.data() + at, piece);
      done += piece;
      left -= piece;
      at = 0;
    }
    position = 0;
  }
  DCHECK(done == count);
  return wire::add_to_sum(0, Bytes(to, count));
}

std::uint16_t Stack::offer_window(ConnectionIndex index) {
  Connection& c = table_[index];
  grow_window(c);
  const std::uint32_t window = c.rcv_edge - c.rcv_nxt;
  if (window < std::min<std::uint32_t>(c.mss, config_.receive_window / 2u) && c.peer_sends()) {
    c.set(flag::kWindowClosed | flag::kAckTimer);
    c.ack_at = ticks_from_now(kWindowRetryMs);
  } else {
    c.clear(flag::kWindowClosed | flag::kAckTimer);
  }
  return static_cast<std::uint16_t>(window);
}

bool Stack::emit(ConnectionIndex index, std::uint32_t sequence, std::uint32_t bytes, std::uint8_t flags) {
  Connection& c = table_[index];
  if (bytes > 0 && has_revoked(c)) {
    c.set(flag::kRevoked);
    return false;
  }
  std::array<std::uint8_t, 40> options;
  const std::size_t option_bytes = write_options(c, options.data());
  const Header header{sequence, c.rcv_nxt, static_cast<std::uint8_t>(flags | tcp_flag::kAck), offer_window(index),
                      Bytes(options).first(option_bytes)};
  std::uint8_t* payload = writer_.begin(path_of(c), header);
  if (payload == nullptr) {
    count(ResponderCount::kNoOutBuffer);
    return false;
  }
  writer_.finish(bytes, bytes > 0 ? copy_replies(c, sequence - c.snd_una, bytes, payload) : 0);
  count(ResponderCount::kFramesOut);
  c.last_ack = c.rcv_nxt;
  c.clear(flag::kAckNow);
  return true;
}

// Less than a segment and less than all that waits. Something in flight brings an acknowledgement, and with it perhaps
// a larger window; without that, half of the largest one is not small for this peer (RFC 9293 3.8.6.2.1).
bool Stack::is_silly(const Connection& c, std::uint32_t bytes) {
  return c.in_flight() > 0 || 2 * std::uint64_t{bytes} < c.window_max();
}

// Sends what was never sent, as far as both windows let it (RFC 9293 3.8.6.2.1, RFC 5681). True when a frame went out.
// `overdue`: a piece has waited for a larger window long enough.
bool Stack::send_new(ConnectionIndex index, bool overdue) {
  Connection& c = table_[index];
  if (c.in_flight() >= c.to_send() || c.has(flag::kRecovering | flag::kProbing)) return false;
  if (c.in_flight() == 0) c.cwnd = std::min(c.cwnd, kInitialWindow);  // RFC 5681 4.1
  std::size_t option_bytes = c.has(flag::kTimestamps) ? kTimestampBytes : 0;
  if (c.held != kNoBlock) [[unlikely]] {
    std::array<std::uint8_t, 40> options;
    option_bytes = write_options(c, options.data());
  }
  const std::uint32_t segment_max = c.mss - static_cast<std::uint32_t>(option_bytes);
  const std::uint32_t window = std::min<std::uint32_t>(c.window(), std::uint32_t{c.cwnd} * c.mss);
  bool sent = false, small = false;
  while (c.in_flight() < c.to_send()) {
    const std::uint32_t in_flight = c.in_flight();
    const std::uint32_t data = c.queued - in_flight;
    const std::uint32_t room = window > in_flight ? window - in_flight : 0;
    const std::uint32_t bytes = std::min({data, segment_max, room});
    const bool fin = c.owes_fin() && bytes == data && room > bytes;
    small = bytes < data && bytes < segment_max && bytes > 0 && is_silly(c, bytes);
    if (small && !(overdue && in_flight == 0)) break;
    if (bytes == 0 && !fin) break;
    const unsigned flags = (bytes == data && bytes > 0 ? tcp_flag::kPsh : 0U) | (fin ? tcp_flag::kFin : 0U);
    if (!emit(index, c.snd_nxt, bytes, static_cast<std::uint8_t>(flags))) break;
    sent = true;
    count(ResponderCount::kBytesSent, bytes);
    c.snd_nxt += bytes + (fin ? 1 : 0);
    if (!c.has(flag::kTiming)) {
      c.set(flag::kTiming);
      c.timed_at = static_cast<std::uint16_t>(now_ms_);
    }
    // RFC 6298 5.1. One that ran with nothing in flight was not for a retransmission.
    if (in_flight == 0 || !c.has(flag::kSendTimer)) arm_send_timer(c, rto_ms(c));
  }
  if (c.in_flight() == 0 && c.to_send() > 0) [[unlikely]]
    await_window(c, small);
  return sent;
}

// The first piece in flight once more.
bool Stack::send_head(ConnectionIndex index) {
  Connection& c = table_[index];
  c.clear(flag::kTiming | flag::kRetransmit);
  std::array<std::uint8_t, 40> options;
  const std::uint32_t segment_max = c.mss - static_cast<std::uint32_t>(write_options(c, options.data()));
  const std::uint32_t bytes = std::min({c.queued, c.in_flight(), segment_max, std::max<std::uint32_t>(c.window(), 1)});
  const bool fin = c.in_flight() > bytes && bytes == c.queued;
  const unsigned flags = (bytes == c.queued && bytes > 0 ? tcp_flag::kPsh : 0U) | (fin ? tcp_flag::kFin : 0U);
  if (!emit(index, c.snd_una, bytes, static_cast<std::uint8_t>(flags))) return false;
  count(ResponderCount::kRetransmitted);
  return true;
}

// RFC 9293 3.8.6.1: one byte into the closed window, or the FIN when nothing else is left.
bool Stack::probe_window(ConnectionIndex index) {
  Connection& c = table_[index];
  const std::uint32_t bytes = std::min<std::uint32_t>(c.queued, 1);
  if (!emit(index, c.snd_una, bytes, bytes == 0 ? tcp_flag::kFin : std::uint8_t{0})) return false;
  count(ResponderCount::kWindowProbesSent);
  if (c.in_flight() == 0) {
    c.snd_nxt = c.snd_una + 1;
    c.set(flag::kProbing);
  }
  c.clear(flag::kTiming);
  return true;
}

Stack::SendTimer Stack::on_send_timer(ConnectionIndex index) {
  Connection& c = table_[index];
  c.clear(flag::kSendTimer);
  if (c.to_send() == 0) return SendTimer::kDone;
  const bool closed = c.window() == 0;
  if (stalled_for(c) >= stalled_) return SendTimer::kStalled;
  if (!closed && c.in_flight() == 0) {
    send_new(index, true);
    return SendTimer::kDone;
  }
  if (c.tries >= (closed ? config_.window_probes : config_.retransmissions)) return SendTimer::kGivenUp;
  const bool sent = closed ? probe_window(index) : (start_recovery(c, 1), send_head(index));
  if (sent) {
    ++c.tries;
    if (c.backoff < 7) ++c.backoff;  // RFC 6298 5.5
  }
  arm_send_timer(c, rto_ms(c));
  return SendTimer::kDone;
}

// A delayed acknowledgement is due, or a closed window may have opened again.
void Stack::on_ack_timer(ConnectionIndex index) {
  Connection& c = table_[index];
  c.clear(flag::kAckTimer);
  if (c.rcv_nxt != c.last_ack) {
    c.set(flag::kAckNow);
    count(ResponderCount::kAcksDelayed);
  } else if (c.has(flag::kWindowClosed) && c.peer_sends()) {
    if (grow_window(c)) {
      c.set(flag::kAckNow);
    } else {
      c.set(flag::kAckTimer);
      c.ack_at = ticks_from_now(kWindowRetryMs);
    }
  }
}

void Stack::flush(ConnectionIndex index) {
  Connection& c = table_[index];
  if (c.has(flag::kRetransmit) && c.in_flight() > 0) {
    send_head(index);
    arm_send_timer(c, rto_ms(c));
  }
  send_new(index, false);
  const std::uint32_t unacked = c.rcv_nxt - c.last_ack;
  if (unacked >= 2u * c.mss) c.set(flag::kAckNow);  // RFC 5681 4.2
  if (c.has(flag::kAckNow)) {
    emit(index, c.snd_nxt, 0, 0);
  } else if (unacked > 0 && !c.has(flag::kAckTimer)) {
    c.set(flag::kAckTimer);
    c.ack_at = ticks_from_now(ms(config_.delayed_ack));
  }
  arm(index);
}

void Stack::send_reset(ConnectionIndex index) {
  const Connection& c = table_[index];
  // Behind a probe that was not taken the peer still waits for its byte, and believes no other number (RFC 5961 3.2).
  const std::uint32_t sequence = c.has(flag::kProbing) ? c.snd_una : c.snd_nxt;
  const Header header{sequence, c.rcv_nxt, tcp_flag::kRst | tcp_flag::kAck, 0, {}};
  if (writer_.begin(path_of(c), header) == nullptr) {
    count(ResponderCount::kNoOutBuffer);
    return;
  }
  writer_.finish(0, 0);
  count(ResponderCount::kFramesOut);
  count(ResponderCount::kResetsSent);
}

// To a segment that has no connection.
void Stack::send_plain(const Inbound& to, std::uint32_t sequence, std::uint32_t acknowledgement, std::uint8_t flags,
                       Bytes options) {
  const Path path{to.mac, to.tags, to.address, to.peer_port, to.local_port, to.peer};
  const bool closes = (flags & tcp_flag::kRst) != 0;
  const Header header{sequence, acknowledgement, flags, closes ? std::uint16_t{0} : window_limit_, options};
  if (writer_.begin(path, header) == nullptr) {
    count(ResponderCount::kNoOutBuffer);
    return;
  }
  writer_.finish(0, 0);
  count(ResponderCount::kFramesOut);
}

}  // namespace bellrock::responder
