// State of one connection and of its two byte streams: small, since there may be 65,536 of them on a core.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/flow/message.h"
#include "dataplane/http/byte_pool.h"
#include "dataplane/http/chunk_reader.h"
#include "dataplane/http/exchange.h"
#include "dataplane/http/head_progress.h"

namespace bellrock::http {

// Where a stream stands.
enum class Phase : std::uint8_t {
  kIdle,        // between messages: the next byte begins one
  kHead,        // a head has begun; what there is of it is in the chain
  kLength,      // body of known length
  kChunked,     // body in chunks
  kUntilClose,  // body until the server closes
  kResync,      // somewhere in a message: the next span that begins like one is one
  kHeld,        // client only: after CONNECT, until the answer says what the bytes are
  kAbandoned,   // an error ended the parsing; bytes are counted
  kEnded,       // upgraded or closed: bytes are nobody's
};

struct Stream {
  ChunkReader chunk;             // kLength uses `left`: of the body
  Instant first;                 // first byte of the message
  Instant last;                  // latest byte of the stream
  Instant silent_since;          // server: the byte before the message
  Chain chain;                   // kHead: the head so far. Later, client only: the head, then the body if it is wanted
  std::uint16_t head_bytes = 0;  // of the chain, once the head is complete
  HeadProgress progress;
  Phase phase = Phase::kIdle;
  std::uint8_t blank_bytes = 0;  // of a CRLF before a request line (RFC 9112 2.2)
  bool tentative = false;        // the head began in kResync: if it is none, nothing was wrong
  // The message belongs to an exchange: client, the queue's back; server, its front. Otherwise it is only framed.
  bool bound = false;
  bool wanted = false;  // client: the body is collected
  bool asked = false;   // server: when its message began, a request without response was known
  BeaconReject body_error = BeaconReject::kCount;  // client
};

struct Connection {
  Stream client, server;
  Instant client_end;  // its FIN
  ExchangeQueue queue;
  // Fastest response so far, in microseconds: requests that follow each other faster are pipelined.
  std::uint32_t turnaround_us = UINT32_MAX;
  std::uint16_t untracked = 0;  // requests behind the queue that found no room in it
  bool tail_hole = false;       // requests that were not captured may follow the queue
  std::uint8_t tail_owed = 0;   // as Exchange::hole_owed
  bool interim_seen = false;
  bool server_gap = false;    // responses may have been lost since the last one that was paired
  bool gap_adjacent = false;  // and nothing of the server's was seen since
  bool pipelined = false;     // requests did not wait for responses
  bool server_seen = false;
  bool server_ended = false;
  bool client_ended = false;
};
static_assert(sizeof(Connection) <= 192);

}  // namespace bellrock::http
