// An HTTP/1.1 server over TCP or TLS for the control plane's few clients: agents, CLI, a page's polling. A handler gets
// whole requests and may answer later, from any thread. Everything has a bound: connections, heads, bodies (each, and
// all in flight together), time to send a request, time to take a reply. Clients that hold connections without sending
// a request cannot keep others out: when all places are taken, the one that has been waited for longest loses its own.
// Not for the dataplane.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/net/event_hub.h"
#include "control/net/http_client.h"
#include "control/net/tls_files.h"
#include "dataplane/base/result.h"

namespace bellrock::net {

struct Request {
  std::string method;
  std::string target;        // as sent: path and query
  std::string path;          // target up to the '?', not decoded
  std::string query;         // behind the '?'
  std::string content_type;  // empty: none
  std::string body;
  std::string if_none_match = {};            // empty: none
  std::vector<std::string> peer_names = {};  // of the certificate that the client showed (tls.h)
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<EventReader> events = {};  // set: no body, but what comes for this reader until either side goes
};

using Respond = std::function<void(Response)>;          // once, from any thread
using Handler = std::function<void(Request, Respond)>;  // on one of the server's threads; must not throw

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, see HttpServer::port
  unsigned threads = 2;
  std::optional<TlsServer> tls = {};  // without it: plain TCP
  // Where set, only requests for this server itself are handled: 421 for those whose Host is neither `localhost`, nor
  // the address they came in at, nor one of these names; 400 for HTTP/1.1 without a Host; 403 for those that are no GET
  // or HEAD and come from a page of another site (own_host.h).
  std::optional<std::vector<std::string>> names = {};
  std::size_t connections_max = 512;  // more displace the one waited for longest; 503 when none is waited for
  std::size_t body_bytes_max = 16 * 1024 * 1024;
  std::size_t bodies_bytes_max = 256 * 1024 * 1024;  // of all requests being read or handled
  std::chrono::milliseconds idle_timeout{60'000};    // between two requests of a connection
  std::chrono::milliseconds head_timeout{5'000};     // for a head, from the connection's or the head's first byte on;
                                                     // before it, for a TLS handshake
  std::chrono::milliseconds read_timeout{15'000};    // for a body
  std::chrono::milliseconds write_timeout{15'000};
  std::chrono::milliseconds pulse{15'000};  // a stream of events says at least something so often
};

// host:port, [address]:port or :port. None where that is not what the text is.
Result<ServerOptions> listen_at(std::string_view text);

// What is behind `name=` in a query, decoded; empty without it.
std::string query_value(std::string_view query, std::string_view name);
// %XX and, in queries, '+' resolved. Bad escapes stay as they are.
std::string decode_percent(std::string_view text, bool plus_is_space);

class HttpServer {
 public:
  // Listens and serves until stop() or destruction.
  static Result<std::unique_ptr<HttpServer>, NetError> start(const ServerOptions& options, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connections() const;

  // Takes no new connection, lets requests in hand be answered for up to `grace`, then closes. Not from a handler.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(5'000));

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bellrock::net
