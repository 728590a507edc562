#include "dataplane/responder/stack.h"

#include "dataplane/responder/link_tags.h"

namespace bellrock::responder {

namespace {

SipKey derived(SipKey secret, std::uint8_t purpose) {
  const Hash128 hash = siphash128(secret, {&purpose, 1});
  return {hash.low, hash.high};
}

std::uint32_t ms(Duration duration) { return static_cast<std::uint32_t>(duration / kMillisecond); }

}  // namespace

Stack::Stack(const Config& config, ReplyTable& replies, Outbox& outbox, Counters& counters)
    : config_(config),
      replies_(replies),
      counters_(counters),
      reader_(config),
      writer_(config, outbox),
      neighbour_(config, reader_, writer_),
      cookies_(derived(config.secret, 1)),
      table_(config.connections, derived(config.secret, 2)),
      store_(config.out_of_order_bytes, table_),
      time_wait_(config.time_wait_stubs),
      resets_(config.resets_per_second),
      syn_acks_(config.syn_acks_per_second),
      window_limit_(config.receive_window),
      idle_(static_cast<std::uint16_t>(std::max<std::uint32_t>(ms(config.idle) / kHeardMs, 1))),
      stalled_(static_cast<std::uint16_t>(ms(config.reply_timeout) / kHeardMs + 1)) {
  CHECK(config.connections > 0 && config.connections <= 1u << 24);
  CHECK(config.mtu >= 576 && config.idle <= 2 * kHour && config.linger <= kDeadlineMax &&
        config.rto_max <= kDeadlineMax && config.reply_timeout >= kSecond && config.reply_timeout <= kHour);
  config_.addresses = {};  // the reader and the writer have their own copies
  config_.ports = {};
  CHECK(config.retransmissions < 15 && config.window_probes < 15 && config.time_wait <= 2 * kHour);
  if (config.connections_per_source > 0) sources_.emplace(config.connections, derived(config.secret, 3));
}

bool Stack::respond(ConnectionIndex index, ReplyId reply, After after) {
  Connection& c = table_[index];
  if (c.closed()) return false;
  std::size_t last = 0;
  while (last + 1 < kRunsMax && c.runs[last + 1].count > 0) ++last;
  if (c.queued >= kQueuedMax) return false;
  if (c.runs[last].count > 0 && c.runs[last].id == reply && c.runs[last].count < 0xffff) {
    ++c.runs[last].count;
  } else if (c.runs[last].count == 0) {
    c.runs[last] = {reply, 1};
  } else if (last + 1 < kRunsMax) {
    c.runs[last + 1] = {reply, 1};
  } else {
    return false;
  }
  replies_.use(reply);
  if (c.to_send() == 0) c.owed_since = c.answer_since = heard_now();
  c.queued += replies_.size(reply);
  c.heard_at = heard_now();
  if (after == After::kClose) close(index);
  return true;
}

// RFC 9293 3.10.4: the FIN goes behind everything that is queued.
void Stack::close(ConnectionIndex index) {
  Connection& c = table_[index];
  if (c.closed()) return;
  if (c.to_send() == 0) c.owed_since = c.answer_since = heard_now();
  c.state = c.state == State::kCloseWait ? State::kLastAck : State::kFinWait1;
  c.clear(flag::kDeadline);
}

void Stack::set_linger(Connection& c) const {
  c.set(flag::kDeadline);
  c.deadline_at = ticks_from_now(ms(config_.linger));
}

void Stack::set_deadline(ConnectionIndex index, Duration from_now) {
  Connection& c = table_[index];
  if (c.closed()) return;
  c.set(flag::kDeadline);
  c.deadline_at = ticks_from_now(ms(std::clamp<Duration>(from_now, 0, kDeadlineMax)));
}

void Stack::clear_deadline(ConnectionIndex index) {
  Connection& c = table_[index];
  if (!c.closed()) c.clear(flag::kDeadline);
}

Flow Stack::flow(ConnectionIndex index) const {
  const Connection& c = table_[index];
  Flow flow;
  std::memcpy(flow.source.address.data(), c.peer.data(), 16);
  flow.source.port = c.peer_port;
  std::memcpy(flow.destination.address.data(), writer_.address(c.address), 16);
  flow.destination.port = c.local_port;
  flow.vlans = vlans_of(c.tags);
  return flow;
}

Path Stack::path_of(const Connection& c) const {
  return {c.mac.data(), c.tags, c.address, c.peer_port, c.local_port, c.peer};
}

// Into the wheel for the earliest of its timers, if any.
void Stack::arm(ConnectionIndex index) {
  const Connection& c = table_[index];
  if (c.has(flag::kSendTimer)) wheel_.require(index, c.send_at);
  if (c.has(flag::kAckTimer)) wheel_.require(index, c.ack_at);
  if (c.has(flag::kDeadline)) wheel_.require(index, c.deadline_at);
}

void Stack::forget(ConnectionIndex index, std::uint8_t late) {
  Connection& c = table_[index];
  const std::uint16_t now = heard_now();
  const auto lasts = static_cast<std::uint16_t>(std::max<std::uint32_t>(ms(config_.time_wait) / kHeardMs, 1));
  Stub stub;
  stub.fingerprint = table_.hash().fingerprint(key_of(c));
  stub.rcv_nxt = c.rcv_nxt;
  stub.snd_nxt = c.snd_nxt;
  stub.ts_recent = c.ts_recent;
  stub.ends_at = static_cast<std::uint16_t>(now + lasts);
  stub.kind = static_cast<std::uint8_t>(late | (c.has(flag::kTimestamps) ? stub::kTimestamps : 0));
  if ((late & stub::kGone) == 0) count(ResponderCount::kTimeWaits);
  if (time_wait_.add(stub, now)) count(ResponderCount::kTimeWaitsEvicted);
  for (const Run& run : c.runs) {
    for (std::uint32_t i = 0; i < run.count; ++i) replies_.unuse(run.id);
  }
  store_.clear(c);
  wheel_.remove(index);
  if (sources_) sources_->remove(c.peer[0] != 0 ? c.peer[0] : c.peer[1]);
  table_.release(index);
}

}  // namespace bellrock::responder
