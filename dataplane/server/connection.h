// One connection as the server knows it: one cache line. What a request has sent so far, when it comes in pieces, is in
// the pool.
#pragma once

#include <cstdint>

#include "dataplane/base/counters.h"
#include "dataplane/base/time.h"
#include "dataplane/http/byte_pool.h"
#include "dataplane/http/chunk_reader.h"
#include "dataplane/http/head_progress.h"

namespace bellrock::server {

enum class Phase : std::uint8_t {
  kIdle,     // between requests
  kHead,     // a head has begun; what there is of it is in the chain
  kLength,   // its body, of known length
  kChunked,  // its body, in chunks
  kDone,     // the last answer was given: what comes is nobody's
};

struct Connection {
  http::ChunkReader chunk;  // kLength uses `left`
  Instant first;            // the request's first byte
  std::uint64_t source = 0;
  http::Chain chain;             // the head, then the body if it is wanted
  std::uint32_t requests = 0;    // so far
  std::uint32_t body_bytes = 0;  // of content, so far
  std::uint16_t head_bytes = 0;  // of the chain, once the head is complete
  http::HeadProgress progress;
  Phase phase = Phase::kIdle;
  std::uint8_t blank_bytes = 0;       // of a CRLF before a request line (RFC 9112 2.2)
  Refusal refusal = Refusal::kCount;  // known from the head; the body is read all the same
  bool closes = false;                // after this request's answer
  bool beacon = false;                // the sink will hear of it
  bool wanted = false;                // the body is kept
  bool timed = false;                 // a deadline is set
};
static_assert(sizeof(Connection) == 64);

}  // namespace bellrock::server
