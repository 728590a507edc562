// Segments without a connection: SYNs, late ones, resets (RFC 9293 3.10.7.1, 3.10.7.2; RFC 4987; RFC 6191).
#include "dataplane/responder/stack.h"

namespace bellrock::responder {

namespace {

constexpr std::uint8_t kInitialWindow = 10;  // RFC 6928
constexpr std::uint32_t kIpv4Headers = 40, kIpv6Headers = 60;

std::uint64_t source_of(const Inbound& in) { return in.peer[0] != 0 ? in.peer[0] : in.peer[1]; }

}  // namespace

// RFC 9293 3.10.7.1: with the numbers that the peer must believe.
FrameVerdict Stack::refuse(const Inbound& in, FrameVerdict verdict) {
  if (!resets_.take(clock())) {
    count(ResponderCount::kResetsLimited);
    return verdict;
  }
  count(ResponderCount::kResetsSent);
  if (in.has(tcp_flag::kAck)) {
    send_plain(in, in.acknowledgement, 0, tcp_flag::kRst, {});
  } else {
    send_plain(in, 0, in.end(), tcp_flag::kRst | tcp_flag::kAck, {});
  }
  return verdict;
}

// A new connection of the same ports (RFC 6191 2, RFC 9293 3.6.1).
bool Stack::is_newer(const Inbound& in, const Stub& stub) {
  if (in.has_timestamps && (stub.kind & stub::kTimestamps) != 0) {
    const std::int32_t newer = distance(stub.ts_recent, in.ts_value);
    if (newer != 0) return newer > 0;
  }
  return distance(stub.rcv_nxt, in.sequence) > 0;
}

FrameVerdict Stack::answer_syn(const Inbound& in, const Stub* stub) {
  if (config_.syn_acks_per_second > 0 && !syn_acks_.take(clock())) return FrameVerdict::kSynLimited;
  if (stub != nullptr) count(ResponderCount::kTimeWaitsReused);
  const Offer offer = Reader::offer(in);
  if (offer.mss < kMssTable.front()) count(ResponderCount::kMssRaised);
  const Cookie cookie = cookies_.make(in, offer, now_ms_);
  const std::uint32_t mss = config_.mtu - (in.ipv6 ? kIpv6Headers : kIpv4Headers);  // RFC 6691: less no options
  std::array<std::uint8_t, 20> options;
  std::uint8_t* at = options.data();
  store_be32(at, 0x02040000 | mss);
  at += 4;
  if (in.has_timestamps) {
    store_be32(at, offer.sack ? 0x0402080a : 0x0101080a);
    store_be32(at + 4, clock() + cookie.ts_offset);
    store_be32(at + 8, in.ts_value);
    at += 12;
  } else if (offer.sack) {
    store_be32(at, 0x01010402);
    at += 4;
  }
  if (offer.window_scale != Offer::kNoScale) {
    store_be32(at, 0x01030300);  // we do not scale, but without it the peer may not (RFC 7323 2.2)
    at += 4;
  }
  send_plain(in, cookie.isn, in.sequence + 1, tcp_flag::kSyn | tcp_flag::kAck,
             Bytes(options.data(), static_cast<std::size_t>(at - options.data())));
  return FrameVerdict::kSynAnswered;
}

// RFC 9293 3.10.7.4, TIME-WAIT. A RST does not end it (RFC 1337 3).
FrameVerdict Stack::answer_stub(const Inbound& in, Stub& stub) {
  if ((stub.kind & stub::kGone) != 0) return refuse(in, FrameVerdict::kNoConnection);
  if (in.has(tcp_flag::kFin) && in.end() == stub.rcv_nxt) {
    const auto lasts = static_cast<std::uint32_t>(config_.time_wait / kMillisecond) / kHeardMs;
    stub.ends_at = static_cast<std::uint16_t>(heard_now() + std::max<std::uint32_t>(lasts, 1));
  }
  if (in.length() == 0 && in.sequence == stub.rcv_nxt)
    return FrameVerdict::kTimeWait;  // an acknowledgement: nothing to say
  if (!resets_.take(clock())) {
    count(ResponderCount::kResetsLimited);
    return FrameVerdict::kTimeWait;
  }
  std::array<std::uint8_t, 12> options;
  const bool timestamps = in.has_timestamps && (stub.kind & stub::kTimestamps) != 0;
  if (timestamps) {
    store_be32(options.data(), 0x0101080a);
    store_be32(options.data() + 4, in.ts_echo);  // the newest of ours that the peer has seen
    store_be32(options.data() + 8, stub.ts_recent);
  }
  send_plain(in, stub.snd_nxt, stub.rcv_nxt, tcp_flag::kAck, Bytes(options).first(timestamps ? 12 : 0));
  return FrameVerdict::kTimeWait;
}

bool Stack::source_is_full(const Inbound& in) const {
  return sources_ && sources_->of(source_of(in)) >= config_.connections_per_source;
}

// One that waits for an acknowledgement may only have lost a segment or two; whoever is behind with an answer for
// longer, his window closed or taking a byte now and then, has less of a claim to the place than a newcomer.
ConnectionIndex Stack::evictable() {
  constexpr std::uint32_t kLookedAtMax = 64;
  constexpr std::uint16_t kIdleMin = 1'000 / kHeardMs + 1;
  constexpr std::uint16_t kStalledMin = 4'000 / kHeardMs + 1;  // two retransmissions were in vain
  ConnectionIndex best = kNoConnection;
  std::uint16_t best_age = 0;
  for (std::uint32_t i = 0; i < std::min(kLookedAtMax, table_.capacity()); ++i) {
    const Connection& c = table_[evict_hand_];
    const bool idle = c.to_send() == 0;
    const auto age = idle ? static_cast<std::uint16_t>(heard_now() - c.heard_at) : stalled_for(c);
    if (c.state != State::kFree && age >= std::max(best_age, idle ? kIdleMin : kStalledMin)) {
      best = evict_hand_;
      best_age = age;
    }
    evict_hand_ = evict_hand_ + 1 == table_.capacity() ? 0 : evict_hand_ + 1;
  }
  return best;
}

ConnectionIndex Stack::open(const FlowKey& key, const Inbound& in, const Handshake& handshake) {
  const ConnectionIndex index = table_.acquire(key);
  Connection& c = table_[index];
  const std::uint32_t mss_max = config_.mtu - (in.ipv6 ? kIpv6Headers : kIpv4Headers);
  c.state = State::kEstablished;
  c.rcv_nxt = c.last_ack = c.snd_wl1 = in.sequence;
  c.rcv_edge = c.rcv_nxt + window_limit_;
  c.snd_una = c.snd_nxt = in.acknowledgement;
  c.snd_wnd = c.snd_wnd_max = in.window;
  c.window_scale = handshake.window_scale;
  c.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(handshake.mss, mss_max));
  c.cwnd = kInitialWindow;
  c.ssthresh = 255;
  c.ts_recent = in.ts_value;
  c.ts_offset = handshake.ts_offset;
  c.heard_at = heard_now();
  c.challenged_at = static_cast<std::uint8_t>(now_ms_ / kChallengeMs - 128);
  if (in.has_timestamps) c.set(flag::kTimestamps);
  if (handshake.sack) c.set(flag::kSack);
  std::memcpy(c.mac.data(), in.mac, 6);
  if (sources_) sources_->add(source_of(in));
  count(ResponderCount::kOpened);
  return index;
}

}  // namespace bellrock::responder
