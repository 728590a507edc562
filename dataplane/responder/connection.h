// One connection's hot state: two cache lines, the first for finding it and for what both directions count, the second
// for answering. Owned by the stack of one core. There is no state before the handshake is complete and none but a stub
// (time_wait.h) after both FINs.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/base/bytes.h"
#include "dataplane/responder/reply_table.h"
#include "dataplane/responder/server.h"

namespace bellrock::responder {

// RFC 9293 3.3.2. LISTEN and SYN-RECEIVED are in the cookie, TIME-WAIT in a stub.
// From kFinWait1 on we have closed. The last two only last until the frame that led to them is done.
enum class State : std::uint8_t {
  kFree,
  kEstablished,
  kCloseWait,
  kFinWait1,
  kFinWait2,
  kClosing,
  kLastAck,
  kTimeWait,
  kClosed
};

namespace flag {
inline constexpr std::uint16_t kTimestamps = 0x0001;    // negotiated (RFC 7323)
inline constexpr std::uint16_t kSack = 0x0002;          // negotiated (RFC 2018)
inline constexpr std::uint16_t kRetransmit = 0x0004;    // the first piece in flight is due to be sent again
inline constexpr std::uint16_t kAckNow = 0x0008;        // an acknowledgement is due when this frame is done
inline constexpr std::uint16_t kAbort = 0x0010;         // the server asked for a RST
inline constexpr std::uint16_t kTiming = 0x0020;        // timed_at is valid (RFC 6298, Karn)
inline constexpr std::uint16_t kRecovering = 0x0040;    // what is in flight is sent again, one piece for each ACK
inline constexpr std::uint16_t kProbing = 0x0080;       // the byte at snd_una was sent into a closed window
inline constexpr std::uint16_t kSendTimer = 0x0100;     // send_at: retransmission, window probe or small piece
inline constexpr std::uint16_t kAckTimer = 0x0200;      // ack_at: delayed acknowledgement or window update
inline constexpr std::uint16_t kDeadline = 0x0400;      // deadline_at: the server's; in FIN-WAIT-2 the linger time
inline constexpr std::uint16_t kInWheel = 0x0800;       // wheel_at
inline constexpr std::uint16_t kWindowClosed = 0x1000;  // less than a segment was offered: update it later
inline constexpr std::uint16_t kIdle = 0x2000;          // closed because of idleness
inline constexpr std::uint16_t kSampled = 0x4000;       // srtt and rttvar are valid
inline constexpr std::uint16_t kRevoked = 0x8000;       // a reply was to be sent that is revoked: a RST is due
}  // namespace flag

// The same reply `count` times in a row.
struct Run {
  ReplyId id;
  std::uint16_t count;
};
inline constexpr std::size_t kRunsMax = 3;
inline constexpr std::uint32_t kNoBlock = 0xffffffff;

using Tick = std::uint16_t;  // kTickMs milliseconds, modulo 2^16

struct alignas(64) Connection {
  std::array<std::uint64_t, 2> peer;
  std::uint16_t peer_port;
  std::uint16_t local_port;
  std::uint32_t tags;    // the VLAN tags of its frames (link_tags.h)
  std::uint8_t address;  // ours: index into Config::addresses
  State state;
  std::uint16_t flags;
  ConnectionIndex next_in_bucket;
  std::uint32_t rcv_nxt;
  std::uint32_t rcv_edge;  // right edge of the window as offered; never moves back
  std::uint32_t last_ack;  // the last acknowledgement that was sent
  std::uint32_t ts_recent;
  std::uint32_t snd_una;
  std::uint32_t snd_nxt;
  std::uint32_t queued;   // bytes of replies from snd_una on
  std::uint32_t snd_wl1;  // RFC 9293 3.10.7.4: the segment that last set snd_wnd

  std::array<Run, kRunsMax> runs;  // the replies from snd_una on
  std::uint32_t head_offset;       // where in the first of them snd_una is
  std::array<std::uint8_t, 6> mac;
  std::uint16_t mss;
  std::uint16_t snd_wnd;   // not scaled
  std::uint16_t timed_at;  // milliseconds modulo 2^16
  std::uint32_t held;      // first block of bytes that wait (store.h)
  Tick send_at;
  Tick ack_at;
  Tick deadline_at;
  Tick wheel_at;
  std::uint16_t heard_at;      // the last progress, in kHeardMs
  std::uint16_t srtt;          // 1/8 ms
  std::uint16_t rttvar;        // 1/4 ms
  std::uint8_t challenged_at;  // in kChallengeMs
  std::uint8_t window_scale;   // the peer's
  std::uint32_t ts_offset;
  std::uint8_t cwnd;  // segments
  std::uint8_t ssthresh;
  std::uint8_t tries : 4;    // retransmissions or probes without progress
  std::uint8_t backoff : 4;  // doublings of the retransmission time, kept until a new sample (RFC 6298 5.7)
  std::uint8_t duplicate_acks;
  std::uint16_t owed_since;  // in kHeardMs: the last new acknowledgement, or when there first was something to wait for
  std::uint16_t answer_since;  // in kHeardMs: since when the first reply, or the FIN, is what is waited for
  std::uint16_t snd_wnd_max;   // the largest snd_wnd so far (RFC 9293 3.8.6.2.1)

  [[nodiscard]] bool has(unsigned mask) const { return (flags & mask) != 0; }
  void set(unsigned mask) { flags = static_cast<std::uint16_t>(flags | mask); }
  void clear(unsigned mask) { flags = static_cast<std::uint16_t>(flags & ~mask); }
  [[nodiscard]] std::uint32_t in_flight() const { return snd_nxt - snd_una; }
  // By us: the FIN follows the last reply, or has been sent.
  [[nodiscard]] bool closed() const { return state >= State::kFinWait1; }
  [[nodiscard]] bool owes_fin() const {
    return state == State::kFinWait1 || state == State::kClosing || state == State::kLastAck;
  }
  // Everything that has to be acknowledged, sent or not.
  [[nodiscard]] std::uint32_t to_send() const { return queued + (owes_fin() ? 1U : 0U); }
  [[nodiscard]] std::uint32_t window() const { return std::uint32_t{snd_wnd} << window_scale; }
  [[nodiscard]] std::uint32_t window_max() const { return std::uint32_t{snd_wnd_max} << window_scale; }
  [[nodiscard]] bool peer_sends() const {
    return state == State::kEstablished || state == State::kFinWait1 || state == State::kFinWait2;
  }
};
static_assert(sizeof(Connection) == 128);

// Milliseconds of a 32-bit clock, and the coarser units that fit the fields above.
inline constexpr std::uint32_t kTickMs = 4;
inline constexpr std::uint32_t kHeardMs = 256;
inline constexpr std::uint32_t kChallengeMs = 64;

}  // namespace bellrock::responder
