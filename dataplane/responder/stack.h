// The responder's state and all of it that does not call the server: acceptability, acknowledgements, sending, timers.
// One for each core; responder.h puts the server on top. All memory is taken at construction.
// Cost of a keep-alive request and its reply: one look-up, one pass over the segment for its checksum, one frame out.
#pragma once

#include <optional>

#include "dataplane/base/counters.h"
#include "dataplane/base/sequence.h"
#include "dataplane/responder/config.h"
#include "dataplane/responder/cookie.h"
#include "dataplane/responder/limits.h"
#include "dataplane/responder/neighbour.h"
#include "dataplane/responder/reply_table.h"
#include "dataplane/responder/server.h"
#include "dataplane/responder/store.h"
#include "dataplane/responder/table.h"
#include "dataplane/responder/time_wait.h"
#include "dataplane/responder/wheel.h"
#include "dataplane/responder/writer.h"

namespace bellrock::responder {

// Replies that one connection may have queued and in flight.
inline constexpr std::uint32_t kQueuedMax = 4 << 20;
// Of one reply, acknowledged in kHeardMs: 1 KiB/s. Slower peers fall behind.
inline constexpr std::uint32_t kSlowestBytes = 256;
static_assert(kQueuedMax / kSlowestBytes + kHour / (kHeardMs * kMillisecond) < 0xffff);  // stalled_for() cannot wrap

class Stack {
 public:
  // For servers: server.h says when.
  bool respond(ConnectionIndex index, ReplyId reply, After after = After::kKeep);
  [[nodiscard]] bool can_respond(ConnectionIndex index) const {
    const Connection& c = table_[index];
    return !c.closed() && c.runs[kRunsMax - 1].count == 0 && c.queued < kQueuedMax;
  }
  void close(ConnectionIndex index);
  void abort(ConnectionIndex index) { table_[index].set(flag::kAbort); }
  void set_deadline(ConnectionIndex index, Duration from_now);
  void clear_deadline(ConnectionIndex index);
  // source is the peer.
  [[nodiscard]] Flow flow(ConnectionIndex index) const;
  // Bytes of replies that are not acknowledged yet.
  [[nodiscard]] std::uint32_t pending(ConnectionIndex index) const { return table_[index].queued; }

  // For the worker: the receive window that is offered from now on, from the level of its pool of buffers. 0 closes all
  // windows; what was offered before still holds.
  void set_window(std::uint16_t bytes) { window_limit_ = std::min(bytes, config_.receive_window); }

  [[nodiscard]] std::uint32_t live() const { return table_.live(); }
  [[nodiscard]] std::uint32_t stubs() const { return time_wait_.live(); }
  [[nodiscard]] std::uint32_t out_of_order_blocks_free() const { return store_.free_blocks(); }
  [[nodiscard]] std::uint32_t out_of_order_blocks() const { return store_.blocks(); }

 protected:
  Stack(const Config& config, ReplyTable& replies, Outbox& outbox, Counters& counters);

  enum class SendTimer : std::uint8_t { kDone, kGivenUp, kStalled };

  // receive.cpp: kCount means that the segment is acceptable; otherwise it is dealt with, but for flush().
  FrameVerdict admit(ConnectionIndex index, const Inbound& in);
  void acknowledge(ConnectionIndex index, const Inbound& in);
  FrameVerdict take_icmp_error(const Inbound& in);
  bool grow_window(Connection& c) const;

  // send.cpp: sends what may be sent, and the acknowledgement if none of it carried one; sets timers.
  void flush(ConnectionIndex index);
  void send_reset(ConnectionIndex index);
  void challenge(ConnectionIndex index);
  SendTimer on_send_timer(ConnectionIndex index);
  void on_ack_timer(ConnectionIndex index);

  // stranger.cpp: segments without a connection.
  FrameVerdict answer_syn(const Inbound& in, const Stub* stub);
  FrameVerdict answer_stub(const Inbound& in, Stub& stub);
  FrameVerdict refuse(const Inbound& in, FrameVerdict verdict);
  [[nodiscard]] static bool is_newer(const Inbound& in, const Stub& stub);
  ConnectionIndex open(const FlowKey& key, const Inbound& in, const Handshake& handshake);
  [[nodiscard]] bool source_is_full(const Inbound& in) const;
  // An idle or stalled connection that may give its place, or kNoConnection.
  [[nodiscard]] ConnectionIndex evictable();
  // Everything but the word to the server. `late`: a stub's kind.
  void forget(ConnectionIndex index, std::uint8_t late);

  // The clock starts with the first call, a second after zero, so that "never" is not "now".
  std::uint64_t milliseconds(Instant now) {
    if (!epoch_.seen()) epoch_ = now - kSecond;
    return std::max(now_ms_, static_cast<std::uint64_t>((now - epoch_) / kMillisecond));
  }
  // Modulo 2^32: for timestamps and short distances.
  [[nodiscard]] std::uint32_t clock() const { return static_cast<std::uint32_t>(now_ms_); }
  [[nodiscard]] Tick tick() const { return static_cast<Tick>(now_ms_ / kTickMs); }
  [[nodiscard]] std::uint16_t heard_now() const { return static_cast<std::uint16_t>(now_ms_ / kHeardMs); }
  [[nodiscard]] Tick ticks_from_now(std::uint32_t ms) const {
    return static_cast<Tick>(tick() + std::max<std::uint32_t>((ms + kTickMs - 1) / kTickMs, 1));
  }
  void arm(ConnectionIndex index);
  [[nodiscard]] bool is_idle(const Connection& c) const {
    return c.state != State::kFree && static_cast<std::uint16_t>(heard_now() - c.heard_at) >= idle_;
  }
  // In kHeardMs: for how long nothing new was acknowledged of what it is owed, or how far the first reply is behind a
  // peer who takes kSlowestBytes in each, whichever is more. A byte now and then buys no more than its own time.
  [[nodiscard]] std::uint16_t stalled_for(const Connection& c) const {
    const auto silent = static_cast<std::uint16_t>(heard_now() - c.owed_since);
    const auto age = static_cast<std::uint16_t>(heard_now() - c.answer_since);
    const std::uint32_t earned = c.head_offset / kSlowestBytes;
    return std::max(silent, static_cast<std::uint16_t>(age - std::min<std::uint32_t>(age, earned)));
  }
  void count(ResponderCount what, std::uint64_t by = 1) { counters_.add(what, by); }

  Config config_;
  ReplyTable& replies_;
  Counters& counters_;
  Reader reader_;
  Writer writer_;
  Neighbour neighbour_;
  Cookies cookies_;
  Table table_;
  Wheel wheel_{table_};
  Store store_;
  TimeWait time_wait_;
  std::optional<SourceCounts> sources_;
  RateLimit resets_;
  RateLimit syn_acks_;
  std::uint16_t window_limit_;
  std::uint64_t now_ms_ = 1;
  std::uint64_t swept_ms_ = 1;  // until when the table was swept for idle connections
  std::uint16_t idle_;          // in kHeardMs
  std::uint16_t stalled_;       // reply_timeout, in kHeardMs
  ConnectionIndex sweep_hand_ = 0;
  ConnectionIndex evict_hand_ = 0;

 private:
  bool emit(ConnectionIndex index, std::uint32_t sequence, std::uint32_t bytes, std::uint8_t flags);
  bool send_new(ConnectionIndex index, bool overdue);
  [[nodiscard]] static bool is_silly(const Connection& c, std::uint32_t bytes);
  bool send_head(ConnectionIndex index);
  bool probe_window(ConnectionIndex index);
  void send_plain(const Inbound& to, std::uint32_t sequence, std::uint32_t acknowledgement, std::uint8_t flags,
                  Bytes options);
  std::size_t write_options(const Connection& c, std::uint8_t* at) const;
  std::size_t write_sack(const Connection& c, std::uint8_t* at) const;
  std::uint64_t copy_replies(const Connection& c, std::uint32_t offset, std::size_t count, std::uint8_t* to) const;
  std::uint16_t offer_window(ConnectionIndex index);
  void release_replies(Connection& c, std::uint32_t bytes);
  void progress(ConnectionIndex index, std::uint32_t acked);
  [[nodiscard]] bool has_revoked(const Connection& c) const;
  void set_linger(Connection& c) const;
  void sample_rtt(Connection& c) const;
  void start_recovery(Connection& c, std::uint8_t cwnd) const;
  void arm_send_timer(Connection& c, std::uint32_t ms) const;
  void await_window(Connection& c, bool small) const;
  [[nodiscard]] std::uint32_t rto_ms(const Connection& c) const;
  [[nodiscard]] Path path_of(const Connection& c) const;
  FrameVerdict refuse_out_of_window(Connection& c, const Inbound& in);
  [[nodiscard]] bool may_challenge(Connection& c) const;

  Instant epoch_{};
};

}  // namespace bellrock::responder
