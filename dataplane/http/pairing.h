// Which request a response answers. In streams without gaps the answer is the order; where requests or responses were
// not captured, a pair is made only when nothing else is possible, or nothing else fits how this client has behaved
// (README.md, Pairing). Decisions over a connection's queue; what they mean for the sink is connections_server.h's.
#pragma once

#include "dataplane/http/connection.h"

namespace bellrock::http {

struct Pairing {
  bool found = false;       // the response is the front's, once `unanswered` exchanges have been closed
  unsigned unanswered = 0;  // exchanges at the front whose responses are lost
};

// At the head of a response that began at Stream::first of the server. What stays uncertain is marked in the queue.
Pairing pair_response(Connection& connection, ExchangePool& pool);

// A new request is at the back of the queue; the one before it, if any, is `before`.
void note_request(Connection& connection, const Exchange* before, Exchange& request);

// Bytes of the client that were not understood: the end of an unknown request, or of the newest one if that was cut.
void note_unread_request(Connection& connection, ExchangePool& pool);

// A final response belongs to no known request: missing ones are being answered.
void note_orphan(Connection& connection, ExchangePool& pool);

// A final response has been paired with `exchange`.
void note_response(Connection& connection, const Exchange& exchange);

// Unknown requests may stand behind the first `count` of the queue, and `owed` responses to them are still to come.
void mark_hole(Connection& connection, ExchangePool& pool, unsigned count, std::uint8_t owed);

}  // namespace bellrock::http
