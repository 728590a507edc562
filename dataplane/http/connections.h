// HTTP/1.x on every connection of one core: heads, bodies, and which response answers which request. Passive: it sees
// in-order bytes with their capture times, and gaps. Called by the pipeline, on the owning core only; allocates at
// construction. README.md has the rules of strictness and of pairing, and the memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/message.h"
#include "dataplane/flow/segment.h"

namespace bellrock::http {

using ConnectionIndex = std::uint32_t;

struct HttpLimits {
  std::uint32_t connections = 65'536;
  std::size_t body_bytes_max = kBodyBytesMax;
};

// The Sink that receives what is found:
//   bool wants_body(ConnectionIndex, const HttpRequest& head)
//   void on_request(ConnectionIndex, const HttpRequest&, RequestTag& out)
//   void on_response(ConnectionIndex, const HttpResponse&, const RequestTag&)
//   void on_transaction(ConnectionIndex, const Transaction&, const RequestTag&)
//   void on_error(ConnectionIndex, Direction, HttpError)
class Connections {
 public:
  Connections(const HttpLimits& limits, std::span<const std::string> extra_headers, Counters& counters);

  // mid_stream: the connection was first seen without its SYN, so its first bytes may be in the middle of a message.
  void on_open(ConnectionIndex c, bool mid_stream = false);
  template <class Sink>
  void on_data(ConnectionIndex, Direction, Bytes, Instant, Sink&) {}
  template <class Sink>
  void on_gap(ConnectionIndex, Direction, std::uint64_t, Sink&) {}
  template <class Sink>
  void on_end(ConnectionIndex, Direction, Instant, Sink&) {}
  template <class Sink>
  void on_reset(ConnectionIndex, Direction, Instant, Sink&) {}
  template <class Sink>
  void on_close(ConnectionIndex, Instant, Sink&) {}
};

}  // namespace bellrock::http
