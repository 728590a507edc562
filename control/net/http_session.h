// One connection of HttpServer: read a request, hand it over, write the answer, again. Used by http_server.cpp only.
// A session lives in its own strand and keeps itself alive through the handlers that it has pending.
#pragma once

#include <atomic>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "control/net/http_server.h"

namespace bellrock::net {

class Session;

// What all sessions of a server share.
struct SessionShared {
  ServerOptions options;
  Handler handler;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> bodies_bytes = 0;
  std::mutex mutex;
  std::set<Session*> sessions;  // under mutex
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Stream = boost::beast::tcp_stream;

  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionShared> shared);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  void refuse_busy();  // instead of start: 503 and close
  void stop();         // from any thread: closes if no request is in hand

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Message = boost::beast::http::response<boost::beast::http::string_body>;
  using ErrorCode = boost::system::error_code;

  void read_head();
  void on_head(ErrorCode error);
  [[nodiscard]] unsigned refusal();  // status to refuse the request's body with, or 0
  void continue_body();
  void read_body();
  void on_request(ErrorCode error);
  void write(Response response);
  void on_written(ErrorCode error);
  void drain();
  void read_and_forget();
  void release_body();
  void close();

  Stream stream_;
  std::shared_ptr<SessionShared> shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Message message_;
  std::vector<char> drained_;
  std::size_t reserved_ = 0;  // of bodies_bytes
  bool in_hand_ = false;      // a request is being read or handled
};

}  // namespace bellrock::net
