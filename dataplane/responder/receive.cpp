// What a segment of a connection means for the stack: acceptability (RFC 9293 3.10.7.4, RFC 5961, RFC 7323 5), the
// acknowledgement in it (RFC 9293, RFC 5681, RFC 6298), and ICMP errors about what was sent.
#include "dataplane/responder/stack.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::responder {

namespace {

constexpr FrameVerdict kFine = FrameVerdict::kCount;

// Wraps below zero: what is before `from` is very far behind it.
constexpr std::uint32_t ahead(std::uint32_t from, std::uint32_t to) { return to - from; }

// The four cases of RFC 9293 3.10.7.4.
bool is_in_window(const Connection& c, const Inbound& in) {
  const std::uint32_t window = ahead(c.rcv_nxt, c.rcv_edge);
  const std::uint32_t length = in.length();
  if (window == 0) return length == 0 && in.sequence == c.rcv_nxt;
  const bool begins = ahead(c.rcv_nxt, in.sequence) < window;
  if (length == 0) return begins;
  return begins || ahead(c.rcv_nxt, in.end() - 1) < window ||
         (distance(in.sequence, c.rcv_nxt) >= 0 && distance(c.rcv_edge, in.end()) >= 0);  // covers all of it
}

}  // namespace

bool Stack::may_challenge(Connection& c) const {
  const auto now = static_cast<std::uint8_t>(now_ms_ / kChallengeMs);
  const auto interval = static_cast<std::uint32_t>(config_.challenge_interval / kMillisecond) / kChallengeMs;
  if (static_cast<std::uint8_t>(now - c.challenged_at) < std::min<std::uint32_t>(interval, 127)) return false;
  c.challenged_at = now;
  return true;
}

// RFC 5961 7: not more often than once in Config::challenge_interval for one connection.
void Stack::challenge(ConnectionIndex index) {
  Connection& c = table_[index];
  if (!may_challenge(c)) {
    count(ResponderCount::kChallengesLimited);
    return;
  }
  count(ResponderCount::kChallengesSent);
  c.set(flag::kAckNow);
}

// An unacceptable segment is acknowledged, so that the peer learns where we are; one without data only so often, so
// that two ends cannot acknowledge each other forever (RFC 5961 5, 7).
FrameVerdict Stack::refuse_out_of_window(Connection& c, const Inbound& in) {
  if (in.length() > 0 || may_challenge(c)) c.set(flag::kAckNow);
  if (in.length() > 0 && distance(in.end(), c.rcv_nxt) >= 0) return FrameVerdict::kDuplicate;
  if (in.length() == 0 && in.sequence + 1 == c.rcv_nxt) return FrameVerdict::kDuplicate;  // a keep-alive
  return in.sequence == c.rcv_nxt ? FrameVerdict::kWindowProbe : FrameVerdict::kOutsideWindow;
}

FrameVerdict Stack::admit(ConnectionIndex index, const Inbound& in) {
  Connection& c = table_[index];
  const bool reset = in.has(tcp_flag::kRst);
  if (c.has(flag::kTimestamps) && !reset) {
    if (!in.has_timestamps) return FrameVerdict::kNoTimestamp;
    if (distance(c.ts_recent, in.ts_value) < 0) {
      if (in.length() > 0 || may_challenge(c)) c.set(flag::kAckNow);
      return FrameVerdict::kOldTimestamp;
    }
  }
  if (in.sequence != c.rcv_nxt || c.rcv_edge == c.rcv_nxt) {
    if (!is_in_window(c, in)) {
      if (reset) return FrameVerdict::kRstIgnored;
      if (in.has(tcp_flag::kSyn)) {
        challenge(index);
        return FrameVerdict::kChallengedSyn;
      }
      // RFC 9293 3.10.7.4: a closed window still lets acknowledgements through.
      const bool acks = in.sequence == c.rcv_nxt && distance(c.snd_una, in.acknowledgement) >= 0 &&
                        distance(in.acknowledgement, c.snd_nxt) >= 0;
      if (acks) acknowledge(index, in);
      return refuse_out_of_window(c, in);
    }
  }
  if (reset) {  // RFC 5961 3.2
    if (in.sequence == c.rcv_nxt) return FrameVerdict::kResetByPeer;
    challenge(index);
    return FrameVerdict::kChallengedRst;
  }
  if (in.has(tcp_flag::kSyn)) {  // RFC 5961 4.2
    challenge(index);
    return FrameVerdict::kChallengedSyn;
  }
  // RFC 5961 5.2, with the largest window the peer can have had.
  const std::int32_t old_max = 0xffff << c.window_scale;
  if (distance(in.acknowledgement, c.snd_nxt) < 0 || distance(in.acknowledgement, c.snd_una) > old_max) {
    challenge(index);
    return FrameVerdict::kBadAck;
  }
  // RFC 7323 4.3.
  if (in.has_timestamps && distance(in.sequence, c.last_ack) >= 0) c.ts_recent = in.ts_value;
  std::memcpy(c.mac.data(), in.mac, 6);
  return kFine;
}

void Stack::acknowledge(ConnectionIndex index, const Inbound& in) {
  Connection& c = table_[index];
  const std::int32_t acked = distance(c.snd_una, in.acknowledgement);
  const bool same_window = in.window == c.snd_wnd;
  if (acked >= 0 && (distance(c.snd_wl1, in.sequence) >= 0)) {
    if (!same_window) [[unlikely]]
      c.snd_wnd_max = std::max(c.snd_wnd_max, in.window);
    c.snd_wnd = in.window;
    c.snd_wl1 = in.sequence;
  }
  if (c.has(flag::kProbing) && (acked > 0 || c.snd_wnd > 0)) {
    c.clear(flag::kProbing | flag::kSendTimer);
    c.tries = 0;
    c.backoff = 0;
    if (acked <= 0) c.snd_nxt = c.snd_una;  // the probe was not taken: its byte goes again with the others
  }
  if (acked > 0) return progress(index, static_cast<std::uint32_t>(acked));
  // RFC 5681 2: what counts as a duplicate acknowledgement.
  if (acked == 0 && c.in_flight() > 0 && in.length() == 0 && same_window && !c.has(flag::kRecovering) &&
      ++c.duplicate_acks == 3) {
    start_recovery(c, static_cast<std::uint8_t>(std::clamp<std::uint32_t>(c.in_flight() / c.mss / 2, 2, 255)));
    c.set(flag::kRetransmit);
    count(ResponderCount::kFastRetransmits);
  }
}

// Something new was acknowledged.
void Stack::progress(ConnectionIndex index, std::uint32_t acked) {
  Connection& c = table_[index];
  if (c.has(flag::kTiming)) sample_rtt(c);
  const bool fin = acked > c.queued;  // bounded by snd_nxt: the FIN was sent
  release_replies(c, fin ? c.queued : acked);
  c.snd_una += acked;
  c.tries = 0;
  c.duplicate_acks = 0;
  c.heard_at = c.owed_since = heard_now();
  if (c.in_flight() == 0) {
    c.clear(flag::kRecovering | flag::kSendTimer);
    if (c.cwnd >= c.ssthresh && c.cwnd < 255) ++c.cwnd;
  } else {
    arm_send_timer(c, rto_ms(c));  // RFC 6298 5.3
    if (c.has(flag::kRecovering)) c.set(flag::kRetransmit);
  }
  const bool whole = acked >= c.mss || c.in_flight() == 0;  // RFC 5681 3.1: split acknowledgements win nothing
  if (whole && !c.has(flag::kRecovering) && c.cwnd < c.ssthresh) ++c.cwnd;
  if (!fin) return;
  if (c.state == State::kFinWait1) {
    c.state = State::kFinWait2;
    set_linger(c);
  }
  if (c.state == State::kClosing) c.state = State::kTimeWait;
  if (c.state == State::kLastAck) c.state = State::kClosed;
}

void Stack::release_replies(Connection& c, std::uint32_t bytes) {
  c.queued -= bytes;
  c.head_offset += bytes;
  while (c.runs[0].count > 0 && c.head_offset >= replies_.size(c.runs[0].id)) {
    c.head_offset -= replies_.size(c.runs[0].id);
    replies_.unuse(c.runs[0].id);
    c.answer_since = heard_now();
    if (--c.runs[0].count > 0) continue;
    for (std::size_t i = 1; i < kRunsMax; ++i) c.runs[i - 1] = c.runs[i];
    c.runs[kRunsMax - 1].count = 0;
  }
}

// RFC 6298 2.2, 2.3. The segment that was timed was sent once (Karn).
void Stack::sample_rtt(Connection& c) const {
  c.clear(flag::kTiming);
  c.backoff = 0;
  const std::uint32_t rtt = std::min<std::uint32_t>(static_cast<std::uint16_t>(now_ms_ - c.timed_at), 8'000);
  if (!c.has(flag::kSampled)) {
    c.set(flag::kSampled);
    c.srtt = static_cast<std::uint16_t>(rtt * 8);
    c.rttvar = static_cast<std::uint16_t>(rtt * 2);
    return;
  }
  const std::uint32_t srtt = c.srtt / 8u;
  const std::uint32_t error = srtt > rtt ? srtt - rtt : rtt - srtt;
  c.rttvar = static_cast<std::uint16_t>(c.rttvar - c.rttvar / 4 + error);
  c.srtt = static_cast<std::uint16_t>(c.srtt - c.srtt / 8 + rtt);
}

void Stack::start_recovery(Connection& c, std::uint8_t cwnd) const {
  c.ssthresh = static_cast<std::uint8_t>(std::clamp<std::uint32_t>(c.in_flight() / c.mss / 2, 2, 255));
  c.cwnd = cwnd;
  c.duplicate_acks = 0;
  c.set(flag::kRecovering);
  c.clear(flag::kTiming);
}

// RFC 5927: believed only about a segment in flight, and then a hint, never an end. RFC 8899 and RFC 1191: one that was
// too big is sent again in smaller pieces.
FrameVerdict Stack::take_icmp_error(const Inbound& in) {
  const auto quoted = quoted_segment(in, reader_);
  if (!quoted) return FrameVerdict::kIcmpErrorRefused;
  const FlowKey key = key_of(quoted->flow);
  const ConnectionIndex index = table_.find(key, table_.bucket(key));
  if (index == kNoConnection) return FrameVerdict::kIcmpErrorRefused;
  Connection& c = table_[index];
  if (ahead(c.snd_una, quoted->sequence) >= c.in_flight()) return FrameVerdict::kIcmpErrorRefused;
  if (!quoted->too_big) return FrameVerdict::kIcmpErrorTaken;
  // Smaller than every link that is left, and a way to make us send many tiny segments: not below these.
  const std::uint32_t headers = in.ipv6 ? wire::kIpv6Bytes + wire::kTcpBytes : wire::kIpv4Bytes + wire::kTcpBytes;
  const std::uint32_t mtu = std::max<std::uint32_t>(quoted->mtu, in.ipv6 ? 1'280 : 552);
  if (mtu - headers >= c.mss) return FrameVerdict::kIcmpErrorTaken;
  c.mss = static_cast<std::uint16_t>(mtu - headers);
  count(ResponderCount::kMssLowered);
  c.set(flag::kRecovering | flag::kRetransmit);
  c.clear(flag::kTiming);
  flush(index);
  return FrameVerdict::kIcmpErrorTaken;
}

// RFC 9293 3.8.6.2.2: the edge moves by a segment or half of the window, or not at all; and never back.
bool Stack::grow_window(Connection& c) const {
  const std::uint32_t target = c.rcv_nxt + window_limit_;
  const std::int32_t more = distance(c.rcv_edge, target);
  if (more < static_cast<std::int32_t>(std::min<std::uint32_t>(c.mss, config_.receive_window / 2u))) return false;
  c.rcv_edge = target;
  return true;
}

}  // namespace bellrock::responder
