// One connection's state: the hot part that every packet touches, and the rest. Owned by the reassembler of one core.
// Sides are numbered as in ConnectionKey; which side is the client is only known once the connection is open.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/tcp/connection_key.h"
#include "dataplane/tcp/out_of_order_store.h"

namespace bellrock::tcp {

using ConnectionIndex = std::uint32_t;
inline constexpr ConnectionIndex kNoConnection = 0xffffffff;

enum class Phase : std::uint8_t {
  kFree,
  kPickUp,    // first seen in its middle: segments are kept until it is clear where the streams begin
  kOpen,      // the handler knows it
  kFinished,  // closed for the handler; remembered so that late copies do not open it again
};

namespace half {
inline constexpr std::uint8_t kSeen = 0x01;        // a segment of this side was captured
inline constexpr std::uint8_t kAcks = 0x02;        // `ack` is valid
inline constexpr std::uint8_t kStarted = 0x04;     // `next` is valid
inline constexpr std::uint8_t kSyn = 0x08;         // `isn` is valid
inline constexpr std::uint8_t kFin = 0x10;         // `fin` is valid
inline constexpr std::uint8_t kEnded = 0x20;       // the FIN was reached; next == fin + 1
inline constexpr std::uint8_t kFinAssumed = 0x40;  // the one acknowledged number after `next` is taken for a lost FIN
inline constexpr std::uint8_t kExpected = 0x80;    // not seen, but where it begins is known and it may only be late
}  // namespace half

// What one side sends.
struct Half {
  std::uint32_t next = 0;  // the first sequence number not yet delivered
  std::uint32_t ack = 0;   // the last acknowledgement this side sent
  std::uint32_t isn = 0;
  std::uint32_t fin = 0;  // the sequence number of its FIN
  std::uint8_t flags = 0;
  bool awaited = false;  // no SYN seen, `isn` is where the other side's first captured bytes awaited this stream

  [[nodiscard]] bool has(unsigned mask) const { return (flags & mask) == mask; }
  [[nodiscard]] bool any(unsigned mask) const { return (flags & mask) != 0; }
  void set(unsigned mask) { flags = static_cast<std::uint8_t>(flags | mask); }
  void clear(unsigned mask) { flags = static_cast<std::uint8_t>(flags & ~mask); }
};

// Two cache lines.
struct alignas(64) Connection {
  ConnectionKey key{};
  Instant last;  // of its last packet; when finished, of its end
  std::array<Half, 2> halves{};
  std::uint32_t hash = 0;
  ConnectionIndex next_in_bucket = kNoConnection;
  Phase phase = Phase::kFree;
  std::uint8_t client = 0;
  bool unusual = false;  // something is kept or awaited: no segment may take the short way
  bool mid_stream = false;
};
static_assert(sizeof(Connection) == 128);

enum class Awaited : std::uint8_t { kNothing, kStart, kAcked, kUnacked };

// The byte at `next` is missing: until when it is awaited, and up to where holes are given up then.
struct Hole {
  Instant deadline = kNever;
  std::uint32_t edge = 0;
  std::uint32_t next = 0;  // of the half when the wait began
  Awaited kind = Awaited::kNothing;
  bool other_spoke = false;  // the other side was heard since
};

// A SYN with a new initial sequence number on a connection that seems alive: believed once something confirms it
// (a forged one must not end a connection; compare RFC 5961 4).
struct NewSyn {
  std::uint64_t ordinal = 0;
  std::uint32_t isn = 0;
  std::uint32_t ack = 0;  // of a SYN-ACK
  std::uint8_t side = 0;
  bool answers = false;  // it is a SYN-ACK
  bool pending = false;
};

struct Reset {
  Instant time;
  std::uint32_t sequence = 0;
  std::uint8_t side = 0;
  bool pending = false;
};

// Touched only when something is unusual.
struct Details {
  std::uint64_t first_ordinal = 0;
  std::array<PieceQueue, 2> queues{};
  std::array<Hole, 2> holes{};
  std::array<Instant, 2> fin_times{};
  std::array<std::uint32_t, 2> fin_acks{};
  std::array<std::uint32_t, 2> stray_ends{};     // where the last segment outside the window ended
  std::array<std::uint8_t, 2> stray_segments{};  // how many of them continued each other
  std::uint8_t first_sender = 0;
  Instant pick_up_deadline = kNever;
  Reset reset;
  NewSyn new_syn;
};
static_assert(sizeof(Details) == 168);  // with table and heap: 330 B a connection

}  // namespace bellrock::tcp
