// HTTP/1.x on every connection of one core: heads, bodies, and which response answers which request. Passive: it sees
// in-order bytes with their capture times, and gaps. Called by the pipeline, on the owning core only; allocates at
// construction. README.md has the rules of strictness and of pairing, and the memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/message.h"
#include "dataplane/flow/segment.h"
#include "dataplane/http/byte_pool.h"
#include "dataplane/http/connection.h"
#include "dataplane/http/content_decoder.h"
#include "dataplane/http/exchange.h"
#include "dataplane/http/request_head.h"
#include "dataplane/http/response_head.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

using ConnectionIndex = std::uint32_t;

struct HttpLimits {
  std::uint32_t connections = 65'536;
  std::size_t body_bytes_max = kBodyBytesMax;
  bool response_types = false;  // responses are read for what kind of content they have
};

// The Sink that receives what is found. What it is given is borrowed until it returns.
//   bool wants_body(ConnectionIndex, const HttpRequest& head)
//     at the head's end, only for requests that have a body
//   void on_request(ConnectionIndex, const HttpRequest&, RequestTag& out)
//     once for every request whose head was complete: when all of it is there, or it is known never to be (last == 0)
//   void on_response(ConnectionIndex, const HttpResponse&, const RequestTag&)
//     at the final response's head, but not before its on_request
//   void on_transaction(ConnectionIndex, const Transaction&, const RequestTag&)
//     exactly once for every on_request, last
//   void on_error(ConnectionIndex, Direction, HttpError)
class Connections {
 public:
  Connections(const HttpLimits& limits, std::span<const std::string> extra_headers, Counters& counters,
              const ScanKernel& kernel = best_kernel());

  // mid_stream: the connection was first seen without its SYN, so its first bytes may be in the middle of a message.
  void on_open(ConnectionIndex c, bool mid_stream = false);

  // In order, each byte once; byte_time is when the first copy of these bytes was captured.
  template <class Sink>
  void on_data(ConnectionIndex c, Direction direction, Bytes bytes, Instant byte_time, Sink& sink);
  // Bytes that were never captured.
  template <class Sink>
  void on_gap(ConnectionIndex c, Direction direction, std::uint64_t bytes, Sink& sink);
  // FIN, in order. both_captured: packets of both sides were, whether or not they had bytes.
  template <class Sink>
  void on_end(ConnectionIndex c, Direction direction, bool both_captured, Instant at, Sink& sink);
  template <class Sink>
  void on_reset(ConnectionIndex c, Direction sender, Instant at, Sink& sink);
  // waited: both sides were captured, and nothing came from either for the connection's idle limit.
  template <class Sink>
  void on_close(ConnectionIndex c, bool waited, Instant at, Sink& sink);

  // Of what the next bytes of a connection will touch.
  void prefetch(ConnectionIndex c) const {
    const char* connection = reinterpret_cast<const char*>(&connections_[c]);
    for (std::size_t at = 0; at < sizeof(Connection); at += 64) __builtin_prefetch(connection + at, 1);
    exchanges_.prefetch_own(c);
  }

  // Blocks for split messages that are free: all of them when no connection is open.
  [[nodiscard]] std::size_t free_blocks() const { return pool_.free_blocks(); }
  [[nodiscard]] static std::size_t pool_blocks(const HttpLimits& limits);
  [[nodiscard]] static std::uint32_t shared_exchanges(const HttpLimits& limits);

 private:
  template <class Sink>
  struct Call {
    ConnectionIndex c;
    Connection& connection;
    Instant now;
    Sink& sink;
  };

  // connections_client.h. The steps return how many of the bytes they took.
  template <class Sink>
  void client_data(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t client_step(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t begin_request(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t continue_request(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t request_head_done(const Call<Sink>& call, Bytes head, bool kept, Bytes rest);
  template <class Sink>
  void keep_request(const Call<Sink>& call, Bytes head, bool kept);
  template <class Sink>
  std::size_t request_body(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  void request_done(const Call<Sink>& call, Instant last);
  template <class Sink>
  void cut_request(const Call<Sink>& call);
  template <class Sink>
  void emit_request(const Call<Sink>& call, Instant last);
  template <class Sink>
  std::size_t client_error(const Call<Sink>& call, HttpError error, std::size_t bytes);
  template <class Sink>
  void client_gap(const Call<Sink>& call, std::uint64_t bytes);
  template <class Sink>
  void end_client(const Call<Sink>& call);
  template <class Sink>
  void displace_request(const Call<Sink>& call);
  template <class Sink>
  void reparse_request(const Call<Sink>& call);

  // connections_server.h
  template <class Sink>
  void server_data(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t server_step(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t begin_response(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  std::size_t continue_response(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  void response_head_done(const Call<Sink>& call, Bytes rest);
  template <class Sink>
  Exchange* pair(const Call<Sink>& call);
  template <class Sink>
  void frame_response(const Call<Sink>& call, const Exchange* exchange, Bytes rest);
  template <class Sink>
  void become_tunnel(const Call<Sink>& call);
  template <class Sink>
  std::size_t response_body(const Call<Sink>& call, Bytes bytes);
  template <class Sink>
  void response_done(const Call<Sink>& call, Instant last);
  template <class Sink>
  std::size_t server_error(const Call<Sink>& call, HttpError error, std::size_t bytes);
  template <class Sink>
  void server_gap(const Call<Sink>& call, std::uint64_t bytes);
  template <class Sink>
  void lose_response(const Call<Sink>& call, std::uint64_t bytes);
  template <class Sink>
  void end_server(const Call<Sink>& call, bool in_order);
  template <class Sink>
  void make_room(std::size_t blocks, Sink& sink);
  template <class Sink>
  void leave_unanswered(const Call<Sink>& call);
  template <class Sink>
  void tell_response(const Call<Sink>& call, Exchange& exchange);
  template <class Sink>
  void give_up_front(const Call<Sink>& call, TransactionEnd end, Instant closed);
  template <class Sink>
  void settle(const Call<Sink>& call, TransactionEnd end, Instant closed);
  template <class Sink>
  void finish(const Call<Sink>& call, const Transaction& transaction, const RequestTag& tag);
  template <class Sink>
  void finish_front(const Call<Sink>& call);

  // connections.cpp
  Exchange* admit_request(ConnectionIndex c);
  Exchange* overtake_request(ConnectionIndex c);
  void drop_overtaken(ConnectionIndex c);
  void collect(ConnectionIndex c, Bytes data);
  Bytes gather_head(const Stream& stream, std::size_t bytes);
  void decode_body(Stream& stream, Bytes body);
  void lose_client(ConnectionIndex c);
  bool server_readable(const Connection& connection);
  enum class GapContent : std::uint8_t { kUnknown, kContinue, kOldestResponse };
  GapContent judge_gap(ConnectionIndex c, std::uint64_t bytes);
  // What is known to be missing of a response head that was displaced: more than nothing.
  static constexpr std::uint64_t kUnreadBytes = 1;
  // Of a chain in the pool.
  static std::uint32_t owner(ConnectionIndex c, Direction direction) {
    return c << 1 | (direction == Direction::kToClient ? 1u : 0u);
  }
  Exchange& front(const Connection& connection) { return exchanges_[connection.queue.front]; }
  Exchange& back(const Connection& connection) { return exchanges_[connection.queue.back]; }

  std::size_t body_bytes_max_;
  Counters& counters_;
  const ScanKernel& kernel_;
  HugeArray<Connection> connections_;
  ExchangePool exchanges_;
  BytePool pool_;
  RequestParser request_parser_;
  ResponseParser response_parser_;
  ContentDecoder decoder_;
  std::unique_ptr<std::uint8_t[]> head_scratch_;
  std::unique_ptr<std::uint8_t[]> body_scratch_;
  RequestHead request_;    // the one being handed out
  ResponseHead response_;  // likewise
};

}  // namespace bellrock::http

#include "dataplane/http/connections_client.h"
#include "dataplane/http/connections_server.h"
