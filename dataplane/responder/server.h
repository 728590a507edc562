// What the responder and a server say to each other. Everything happens on the core's one thread; nothing here
// allocates, waits or keeps a pointer into a packet. README.md tells the story, this header is the contract.
//
// A Server is a class with these members, called from inside Responder::on_frame, on_burst, resume and advance:
//
//   void on_open(Stack&, ConnectionIndex, const Flow&)
//     The handshake is complete; flow.source is the peer. Indexes are below Config::connections and are used again
//     after on_closed, so that a server keeps its own state in an array of that size.
//   std::size_t on_data(Stack&, ConnectionIndex, Bytes)
//     The next bytes of the stream, each once and in order, borrowed until it returns; never empty. Returns how many it
//     takes. The rest is offered again when something has moved: more bytes came, a reply was acknowledged, or
//     Responder::resume was called. Bytes not taken are not acknowledged either, so that the peer's window closes.
//   void on_half_close(Stack&, ConnectionIndex)
//     The peer sends nothing more (FIN); all its bytes were taken. Replies still reach it. A server that has nothing
//     more to say closes; nobody else does it for it, until the idle timeout.
//   void on_deadline(Stack&, ConnectionIndex)
//     The time of Stack::set_deadline has come. Not after close.
//   void on_closed(ConnectionIndex, CloseReason)
//     The last word about this index.
//
// Inside the callbacks that are given it, a server may call what Stack (stack.h) offers to servers:
//
//   bool respond(ConnectionIndex, ReplyId, After)   queues one registered reply; false: no room, nothing was queued
//   bool can_respond(ConnectionIndex)               whether respond has room for any reply
//   void close(ConnectionIndex)                     FIN behind what is queued; later bytes of the peer are discarded
//   void abort(ConnectionIndex)                     RST, at once; what is queued is lost
//   void set_deadline(ConnectionIndex, Duration)    from now, at most kDeadlineMax; one a connection, the newest counts
//   void clear_deadline(ConnectionIndex)
//
// Segments leave when the callback has returned: the acknowledgement rides on the reply.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/segment.h"
#include "dataplane/responder/reply_table.h"

namespace bellrock::responder {

class Stack;

using ConnectionIndex = std::uint32_t;
inline constexpr ConnectionIndex kNoConnection = 0xffffffff;

inline constexpr Duration kDeadlineMax = 2 * kMinute;

// What follows a reply.
enum class After : std::uint8_t { kKeep, kClose };

enum class CloseReason : std::uint8_t {
  kFinished,   // both FINs
  kPeerReset,  // RST of the peer
  kAborted,    // by the server
  kTimedOut,   // retransmissions or window probes without an answer
  kIdle,       // nothing to do for Config::idle
  kLingered,   // closed by us; the peer's FIN did not come within Config::linger
  kEvicted,    // idle or stalled, and its place was needed
  kStalled,    // nothing of what was sent was acknowledged for Config::reply_timeout
  kRevoked,    // a reply was to be sent again that the server has revoked (reply_table.h)
};

template <typename S>
concept Server = requires(S server, Stack& stack, ConnectionIndex c, const Flow& flow, Bytes bytes,
                          CloseReason reason) {
  { server.on_open(stack, c, flow) } -> std::same_as<void>;
  { server.on_data(stack, c, bytes) } -> std::same_as<std::size_t>;
  { server.on_half_close(stack, c) } -> std::same_as<void>;
  { server.on_deadline(stack, c) } -> std::same_as<void>;
  { server.on_closed(c, reason) } -> std::same_as<void>;
};

}  // namespace bellrock::responder
