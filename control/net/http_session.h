// One connection of HttpServer: read a request, hand it over, write the answer, again. Used by http_server.cpp only.
// A session lives in its own strand and keeps itself alive through the handlers that it has pending.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "control/net/http_server.h"
#include "control/net/stream.h"
#include "control/net/tls.h"

namespace bellrock::net {

class Session;

// What all sessions of a server share.
struct SessionShared {
  ServerOptions options;
  TlsContext tls;  // none: plain TCP
  Handler handler;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> bodies_bytes = 0;
  std::mutex mutex;
  std::set<Session*> sessions;  // under mutex, as below
  std::list<Session*> awaited;  // those that wait for their client, the one without progress for longest first
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionShared> shared);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  void
  refuse_busy();  // instead of start: 503 and close; over TLS just closes, since hands would have to be shaken first
  void stop();    // from any thread: closes if no request is in hand
  // From any thread: closes the session whose client has been waited for longest, to make room. False: all sessions
  // have a request that is being handled.
  static bool displace(SessionShared& shared);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Message = boost::beast::http::response<boost::beast::http::string_body>;
  using ErrorCode = boost::system::error_code;

  void shake_hands();
  void await_head();
  void read_head();
  void set_awaited(bool awaited);  // from now on it waits for its client
  void on_head(ErrorCode error);
  [[nodiscard]] std::optional<Response> foreign() const;  // why a request is none for this server; none: it is
  [[nodiscard]] unsigned refusal();                       // status to refuse the request's body with, or 0
  void continue_body();
  void read_body();
  void on_request(ErrorCode error);
  void write(Response response);
  void on_written(ErrorCode error);
  // http_session_events.cpp
  void write_events(std::shared_ptr<EventReader> events);
  void begin_events();
  void send_events();  // what waits, or in a while a sign of life
  void send(std::string text);
  void end_events();

  void drain();
  void read_and_forget();
  void release_body();
  void close();

  Stream stream_;
  std::shared_ptr<SessionShared> shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::vector<std::string> peer_names_;
  Message message_;
  std::vector<char> drained_;
  std::size_t reserved_ = 0;             // of bodies_bytes
  bool in_hand_ = false;                 // a request is being read or handled
  std::shared_ptr<EventReader> events_;  // set: the answer is a stream of them
  std::string outgoing_;
  bool sending_ = false;
  boost::asio::steady_timer pulse_{stream_.get_executor()};
  // Under the shared mutex.
  std::optional<std::list<Session*>::iterator> awaited_;
  std::uint64_t progress_ = 0;  // how often it began or ceased to wait
};

}  // namespace bellrock::net
