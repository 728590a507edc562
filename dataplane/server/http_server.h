// An HTTP/1.1 server for beacons, on one core, as a Server of responder/server.h: bytes of connections in, numbers of
// replies out. README.md has its rules. Nothing is allocated after construction.
//
// Sink: who counts. It is called while the request is in hand; what it is given is borrowed until it returns.
//   bool is_beacon_path(std::string_view host, std::string_view path)
//     whether requests for it carry beacons (journey::SiteMatcher)
//   bool on_request(ConnectionIndex, const HttpRequest&)
//     a POST, or a GET with a query, to such a path: complete, or known never to be (last is 0, or body_error says
//     why), as http::Connections hands them out. It is answered after the sink has taken it; false: it could not (503).
#pragma once

#include <algorithm>
#include <concepts>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/server/core.h"

namespace bellrock::server {

template <typename S>
concept Sink = requires(S sink, ConnectionIndex c, std::string_view text, const HttpRequest& request) {
  { sink.is_beacon_path(text, text) } -> std::same_as<bool>;
  { sink.on_request(c, request) } -> std::same_as<bool>;
};

template <Sink S>
class HttpServer : public Core {
 public:
  // configured_headers: journey::Definition::headers, at most kConfiguredHeadersMax; they keep their indexes.
  HttpServer(const Config& config, std::span<const std::string> configured_headers, responder::ReplyTable& table,
             Counters& counters, S& sink, const http::ScanKernel& kernel = http::best_kernel())
      : Core(config, configured_headers, table, counters, kernel), sink_(sink) {}

  // responder/server.h. Stack is responder::Stack, or what a test has in its place.
  template <class Stack>
  void on_open(Stack&, ConnectionIndex c, const Flow& flow) {
    open(c, flow);
  }
  template <class Stack>
  std::size_t on_data(Stack& stack, ConnectionIndex c, Bytes bytes);
  template <class Stack>
  void on_half_close(Stack& stack, ConnectionIndex c);
  template <class Stack>
  void on_deadline(Stack& stack, ConnectionIndex c);
  void on_closed(ConnectionIndex c, responder::CloseReason reason);

 private:
  // Each takes some of the bytes and gives at most one answer, for which there is room.
  template <class Stack>
  std::size_t step(Stack& stack, ConnectionIndex c, Bytes bytes);
  template <class Stack>
  std::size_t begin(Stack& stack, ConnectionIndex c, Bytes bytes);
  template <class Stack>
  std::size_t continue_head(Stack& stack, ConnectionIndex c, Bytes bytes);
  template <class Stack>
  std::size_t head_done(Stack& stack, ConnectionIndex c, Bytes head, bool kept, Bytes rest);
  template <class Stack>
  void await_body(Stack& stack, ConnectionIndex c, const Decision& decision, Bytes head, bool kept, bool continues);
  template <class Stack>
  std::size_t body(Stack& stack, ConnectionIndex c, Bytes bytes);
  template <class Stack>
  void body_done(Stack& stack, ConnectionIndex c);

  // The ends of a request: answered, refused before its end, or not HTTP.
  template <class Stack>
  void complete(Stack& stack, ConnectionIndex c, Decision& decision, Bytes body);
  template <class Stack>
  void refuse(Stack& stack, ConnectionIndex c, Refusal refusal, BeaconReject reject);
  template <class Stack>
  void fail(Stack& stack, ConnectionIndex c, HttpError error, Bytes head);
  template <class Stack>
  void answer(Stack& stack, ConnectionIndex c, Decision& decision);
  template <class Stack>
  void say(Stack& stack, ConnectionIndex c, responder::ReplyId reply, bool closes);
  template <class Stack>
  void arm(Stack& stack, ConnectionIndex c, Duration timeout);

  [[nodiscard]] Place place() const;
  bool reparse(const Connection& connection);
  void tell_cut(ConnectionIndex c, BeaconReject reject);
  void cut(ConnectionIndex c, BeaconReject reject);

  S& sink_;
};

}  // namespace bellrock::server

#include "dataplane/server/http_server_ends.h"
#include "dataplane/server/http_server_steps.h"
