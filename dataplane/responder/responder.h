// A TCP endpoint for one core: frames in, frames out, a server in between (server.h). Called by the core's worker:
// on_burst (or on_frame) with what came, advance() in every poll iteration, then the outbox is sent.
// Each frame has exactly one verdict; Σ verdicts = frames in. Nothing is allocated after construction.
#pragma once

#include "dataplane/base/limits.h"
#include "dataplane/flow/packet.h"
#include "dataplane/responder/stack.h"

namespace bellrock::responder {

// The kernel may want it, where there is one behind us.
constexpr bool is_for_kernel(FrameVerdict verdict) {
  return verdict == FrameVerdict::kOtherLink || verdict == FrameVerdict::kOtherHost ||
         verdict == FrameVerdict::kOtherProtocol || verdict == FrameVerdict::kFragment ||
         verdict == FrameVerdict::kIpOptions;
}

template <Server S>
class Responder : public Stack {
 public:
  Responder(const Config& config, ReplyTable& replies, Outbox& outbox, Counters& counters, S& server)
      : Stack(config, replies, outbox, counters), server_(server) {}

  // `now` never goes back.
  FrameVerdict on_frame(const Packet& packet, Instant now) {
    advance(now);
    Inbound in;
    reader_.read(packet, in);
    return on_inbound(in, in.kind == Kind::kSegment ? table_.bucket(key_of(in)) : 0);
  }
  // At most kBurstMax packets; their verdicts, in their order. The look-ups of all of them overlap.
  void on_burst(std::span<const Packet> packets, Instant now, std::span<FrameVerdict> verdicts);

  // Runs the timers that are due, and a part of the search for idle connections. on_frame and on_burst begin with it.
  void advance(Instant now);

  // The server can take more of what it left, or has answered outside of a callback.
  void resume(ConnectionIndex index) {
    if (!table_[index].has(flag::kAbort)) drain(index);
    settle(index);
  }

  // For a stop: FIN behind what is queued to the open connections from index `from` on, `most` of them at a time, as
  // the outbox has room. Returns where to go on; Config::connections at the end.
  ConnectionIndex close_some(ConnectionIndex from, std::uint32_t most);

 private:
  // `bucket` is that of a segment's key.
  FrameVerdict on_inbound(const Inbound& in, std::uint32_t bucket);
  FrameVerdict on_segment(const Inbound& in, std::uint32_t bucket);
  FrameVerdict on_stranger(const FlowKey& key, const Inbound& in);
  FrameVerdict on_handshake(const FlowKey& key, const Inbound& in, const Handshake& handshake);
  FrameVerdict on_connection(ConnectionIndex index, const Inbound& in);
  FrameVerdict take(ConnectionIndex index, const Inbound& in);
  FrameVerdict keep(ConnectionIndex index, std::uint32_t sequence, Bytes data, bool fin);
  std::size_t deliver(ConnectionIndex index, Bytes data);
  void drain(ConnectionIndex index);
  void on_fin(ConnectionIndex index);
  void settle(ConnectionIndex index);
  void fire(ConnectionIndex index, Tick at);
  void sweep();
  void reset(ConnectionIndex index, CloseReason reason);
  void finish(ConnectionIndex index, CloseReason reason);

  S& server_;
  std::array<Inbound, kBurstMax> burst_{};
  std::array<std::uint32_t, kBurstMax> buckets_{};  // of the segments among them
};

// All of a segment: its sum is what reads it first, faster than the processor's own prefetcher finds out.
inline constexpr std::size_t kPrefetchAhead = 2;
inline void prefetch(Bytes segment) {
  constexpr std::size_t kLine = 64;
#pragma GCC unroll 8
  for (std::size_t at = 0; at < segment.size(); at += kLine) __builtin_prefetch(segment.data() + at);
}

template <Server S>
ConnectionIndex Responder<S>::close_some(ConnectionIndex from, std::uint32_t most) {
  for (; from < config_.connections && most > 0; ++from) {
    if (table_[from].state == State::kFree || table_[from].closed()) continue;
    close(from);
    resume(from);
    --most;
  }
  return from;
}

template <Server S>
void Responder<S>::on_burst(std::span<const Packet> packets, Instant now, std::span<FrameVerdict> verdicts) {
  CHECK(packets.size() <= burst_.size() && verdicts.size() >= packets.size());
  advance(now);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i + kPrefetchAhead < packets.size()) prefetch(packets[i + kPrefetchAhead].data);
    reader_.read(packets[i], burst_[i]);
    if (burst_[i].kind != Kind::kSegment) continue;
    buckets_[i] = table_.bucket(key_of(burst_[i]));
    table_.prefetch_bucket(buckets_[i]);
  }
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (burst_[i].kind != Kind::kSegment) continue;
    const ConnectionIndex likely = table_.likely(buckets_[i]);
    if (likely == kNoConnection) continue;
    table_.prefetch(likely);
    wheel_.prefetch(likely);
  }
  for (std::size_t i = 0; i < packets.size(); ++i) verdicts[i] = on_inbound(burst_[i], buckets_[i]);
}

template <Server S>
FrameVerdict Responder<S>::on_inbound(const Inbound& in, std::uint32_t bucket) {
  FrameVerdict verdict = in.verdict;
  if (in.kind == Kind::kSegment) {
    verdict = on_segment(in, bucket);
  } else if (in.kind != Kind::kRefused) {
    verdict = neighbour_.answer(in, clock());
    if (verdict == FrameVerdict::kIcmpErrorTaken) verdict = take_icmp_error(in);
    if (verdict == FrameVerdict::kNeighbourAnswered || verdict == FrameVerdict::kEchoAnswered)
      count(ResponderCount::kFramesOut);
  }
  count(ResponderCount::kFramesIn);
  counters_.add(verdict);
  return verdict;
}

template <Server S>
FrameVerdict Responder<S>::on_segment(const Inbound& in, std::uint32_t bucket) {
  const FlowKey key = key_of(in);
  const ConnectionIndex index = table_.find(key, bucket);
  return index == kNoConnection ? on_stranger(key, in) : on_connection(index, in);
}

template <Server S>
FrameVerdict Responder<S>::on_stranger(const FlowKey& key, const Inbound& in) {
  if (in.has(tcp_flag::kRst)) return FrameVerdict::kRstIgnored;
  if (!reader_.listens(in.local_port)) return refuse(in, FrameVerdict::kPortClosed);
  Stub* stub = time_wait_.find(table_.hash().fingerprint(key), heard_now());
  const bool may_open = stub == nullptr || is_newer(in, *stub);
  if (in.has(tcp_flag::kSyn)) {
    if (in.has(tcp_flag::kAck)) return refuse(in, FrameVerdict::kNoConnection);
    if (may_open) return answer_syn(in, stub);
    Stub closed = *stub;  // an older SYN: an acknowledgement tells the peer, whatever became of the connection
    closed.kind &= static_cast<std::uint8_t>(~stub::kGone);
    return answer_stub(in, closed);
  }
  if (may_open) {
    const Handshake handshake = cookies_.check(in, now_ms_);
    if (handshake.verdict == CookieVerdict::kGood) {
      if (stub != nullptr) time_wait_.remove(*stub);
      return on_handshake(key, in, handshake);
    }
    if (handshake.verdict == CookieVerdict::kEarly) return FrameVerdict::kCookieEarly;
  }
  return stub != nullptr ? answer_stub(in, *stub) : refuse(in, FrameVerdict::kNoConnection);
}

template <Server S>
FrameVerdict Responder<S>::on_handshake(const FlowKey& key, const Inbound& in, const Handshake& handshake) {
  if (source_is_full(in)) return FrameVerdict::kSourceFull;
  if (table_.full()) {
    const ConnectionIndex idle = evictable();
    if (idle == kNoConnection) return FrameVerdict::kTableFull;
    reset(idle, CloseReason::kEvicted);
  }
  const ConnectionIndex index = open(key, in, handshake);
  server_.on_open(*this, index, flow(index));
  return on_connection(index, in);
}

template <Server S>
FrameVerdict Responder<S>::on_connection(ConnectionIndex index, const Inbound& in) {
  FrameVerdict verdict = admit(index, in);
  if (verdict == FrameVerdict::kResetByPeer) {
    finish(index, CloseReason::kPeerReset);
    return verdict;
  }
  if (verdict == FrameVerdict::kCount) {
    acknowledge(index, in);
    verdict = take(index, in);
  }
  settle(index);
  return verdict;
}

// The segment's bytes and FIN: in order, early, or old (RFC 9293 3.10.7.4, seventh and eighth).
template <Server S>
FrameVerdict Responder<S>::take(ConnectionIndex index, const Inbound& in) {
  Connection& c = table_[index];
  if (in.length() == 0) {
    if (c.held != kNoBlock) drain(index);  // a reply may have been acknowledged
    return FrameVerdict::kAckOnly;
  }
  if (!c.peer_sends()) {
    c.set(flag::kAckNow);
    return FrameVerdict::kDiscarded;  // behind its own FIN
  }
  std::uint32_t sequence = in.sequence;
  Bytes data = in.payload;
  bool fin = in.has(tcp_flag::kFin);
  if (const std::int32_t old = distance(sequence, c.rcv_nxt); old > 0) {
    data = data.subspan(std::min<std::size_t>(data.size(), static_cast<std::size_t>(old)));
    sequence = c.rcv_nxt;
    c.set(flag::kAckNow);
  }
  const std::uint32_t room = c.rcv_edge - sequence;
  if (data.size() + (fin ? 1 : 0) > room) {
    data = data.first(std::min<std::size_t>(data.size(), room));
    fin = false;
    c.set(flag::kAckNow);
  }
  if (sequence != c.rcv_nxt) {
    c.set(flag::kAckNow);  // RFC 5681 4.2
    return keep(index, sequence, data, fin);
  }
  if (c.held != kNoBlock) {
    // Up to what is held already, which came first, without a copy; a byte that waits for the server is held itself.
    c.set(flag::kAckNow);
    const std::size_t direct = std::min<std::size_t>(data.size(), store_.begin(c) - sequence);
    const std::size_t taken = direct > 0 ? deliver(index, data.first(direct)) : 0;
    data = data.subspan(taken);
    const FrameVerdict verdict = data.empty() && !fin ? FrameVerdict::kDelivered : keep(index, c.rcv_nxt, data, fin);
    drain(index);
    return taken > 0 ? FrameVerdict::kDelivered : verdict;
  }
  const bool discards = c.closed();
  const std::size_t taken = data.empty() ? 0 : deliver(index, data);
  if (taken < data.size()) {
    const FrameVerdict verdict = keep(index, c.rcv_nxt, data.subspan(taken), fin);
    return taken > 0 ? FrameVerdict::kDelivered : verdict;
  }
  if (fin) on_fin(index);
  return discards && !data.empty() ? FrameVerdict::kDiscarded : FrameVerdict::kDelivered;
}

template <Server S>
FrameVerdict Responder<S>::keep(ConnectionIndex index, std::uint32_t sequence, Bytes data, bool fin) {
  std::uint64_t evicted = 0;
  const Kept kept = store_.insert(index, sequence, data, fin, evicted);
  count(ResponderCount::kOutOfOrderEvicted, evicted);
  if (kept == Kept::kNew) return FrameVerdict::kKept;
  return kept == Kept::kOld ? FrameVerdict::kDuplicate : FrameVerdict::kOutOfOrderFull;
}

// To the server, or, after it has closed, to nobody. rcv_nxt moves by what was taken.
template <Server S>
std::size_t Responder<S>::deliver(ConnectionIndex index, Bytes data) {
  Connection& c = table_[index];
  std::size_t taken = data.size();
  if (c.closed() || c.has(flag::kAbort)) {
    count(ResponderCount::kBytesDiscarded, data.size());
  } else {
    taken = std::min(server_.on_data(*this, index, data), data.size());
    count(ResponderCount::kBytesDelivered, taken);
    if (taken > 0) c.heard_at = heard_now();
  }
  c.rcv_nxt += static_cast<std::uint32_t>(taken);
  return taken;
}

// What is held and due, as far as the server takes it.
template <Server S>
void Responder<S>::drain(ConnectionIndex index) {
  Connection& c = table_[index];
  store_.discard_before(c, c.rcv_nxt);
  while (c.held != kNoBlock && store_.begin(c) == c.rcv_nxt) {
    const Store::Front front = store_.front(c);
    if (!front.bytes.empty()) {
      const std::size_t taken = deliver(index, front.bytes);
      store_.consume(c, taken);
      if (taken < front.bytes.size()) return;
    }
    if (front.fin) {
      store_.clear(c);
      on_fin(index);
    }
  }
}

// Everything before it was taken.
template <Server S>
void Responder<S>::on_fin(ConnectionIndex index) {
  Connection& c = table_[index];
  ++c.rcv_nxt;
  c.set(flag::kAckNow);
  switch (c.state) {
    case State::kEstablished:
      c.state = State::kCloseWait;
      if (!c.has(flag::kAbort)) server_.on_half_close(*this, index);
      break;
    case State::kFinWait1:
      c.state = State::kClosing;
      break;
    case State::kFinWait2:
      c.state = State::kTimeWait;
      break;
    default:
      break;
  }
}

// After anything that may have changed the connection: what is to be sent is sent, and what has ended is forgotten.
template <Server S>
void Responder<S>::settle(ConnectionIndex index) {
  Connection& c = table_[index];
  if (c.has(flag::kAbort)) return reset(index, CloseReason::kAborted);
  if (c.closed() && c.held != kNoBlock) drain(index);  // nobody waits for it any more
  if (c.state == State::kClosed) return finish(index, CloseReason::kFinished);
  flush(index);
  if (c.has(flag::kRevoked)) [[unlikely]]
    return reset(index, CloseReason::kRevoked);
  if (c.state == State::kTimeWait) finish(index, CloseReason::kFinished);
}

template <Server S>
void Responder<S>::reset(ConnectionIndex index, CloseReason reason) {
  send_reset(index);
  finish(index, reason);
}

template <Server S>
void Responder<S>::finish(ConnectionIndex index, CloseReason reason) {
  constexpr std::array kCounts{
      ResponderCount::kClosedFinished, ResponderCount::kClosedReset,   ResponderCount::kClosedAborted,
      ResponderCount::kClosedTimedOut, ResponderCount::kClosedIdle,    ResponderCount::kClosedLingered,
      ResponderCount::kClosedEvicted,  ResponderCount::kClosedStalled, ResponderCount::kClosedRevoked};
  const Connection& c = table_[index];
  if (c.has(flag::kIdle) && reason != CloseReason::kPeerReset) reason = CloseReason::kIdle;
  count(kCounts[static_cast<std::size_t>(reason)]);
  forget(index, c.state == State::kTimeWait ? std::uint8_t{0} : stub::kGone);
  server_.on_closed(index, reason);
}

template <Server S>
void Responder<S>::fire(ConnectionIndex index, Tick at) {
  Connection& c = table_[index];
  const auto due = [&](unsigned timer, Tick when) { return c.has(timer) && Wheel::distance(when, at) >= 0; };
  if (due(flag::kAckTimer, c.ack_at)) on_ack_timer(index);
  // Each acknowledgement moves the send timer: many of little do not move the end.
  if (due(flag::kSendTimer, c.send_at) || (c.has(flag::kSendTimer) && stalled_for(c) >= stalled_)) {
    const SendTimer end = on_send_timer(index);
    if (end == SendTimer::kGivenUp) return finish(index, CloseReason::kTimedOut);
    if (end == SendTimer::kStalled) return reset(index, CloseReason::kStalled);
  }
  if (due(flag::kDeadline, c.deadline_at)) {
    c.clear(flag::kDeadline);
    if (c.state == State::kFinWait2) return finish(index, CloseReason::kLingered);
    if (!c.closed()) server_.on_deadline(*this, index);
  }
  settle(index);
}

// Each timer sees the time for which it was set, however late the call is.
template <Server S>
void Responder<S>::advance(Instant now) {
  const std::uint64_t now_ms = milliseconds(now);
  while (wheel_.cursor() < now_ms / kTickMs) {
    wheel_.step(now_ms / kTickMs);
    now_ms_ = std::max(now_ms_, wheel_.cursor() * kTickMs);
    const auto at = static_cast<Tick>(wheel_.cursor());
    for (ConnectionIndex c = wheel_.pop(); c != kNoConnection; c = wheel_.pop()) fire(c, at);
  }
  now_ms_ = now_ms;
  if (now_ms_ != swept_ms_) sweep();
}

// The whole table is looked at once in a sixteenth of the idle time.
template <Server S>
void Responder<S>::sweep() {
  const std::uint32_t period_ms = std::max<std::uint32_t>(idle_ * kHeardMs / 16, 1);
  const std::uint64_t passed = std::min<std::uint64_t>(now_ms_ - swept_ms_, period_ms);
  const std::uint64_t steps = passed * table_.capacity() / period_ms;
  if (steps == 0) return;
  swept_ms_ = now_ms_;
  time_wait_.sweep(passed * time_wait_.capacity() / period_ms + 1, heard_now());
  for (std::uint64_t i = 0; i < steps; ++i) {
    const ConnectionIndex index = sweep_hand_;
    sweep_hand_ = sweep_hand_ + 1 == table_.capacity() ? 0 : sweep_hand_ + 1;
    Connection& c = table_[index];
    if (c.closed() || !is_idle(c)) continue;
    c.set(flag::kIdle);
    close(index);
    settle(index);
  }
}

}  // namespace bellrock::responder
