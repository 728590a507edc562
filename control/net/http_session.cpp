#include "control/net/http_session.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "control/net/own_host.h"

namespace bellrock::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint32_t kHeadBytesMax = 16 * 1024;
constexpr std::size_t kFirstReadBytes = 4 * 1024;
constexpr std::size_t kDrainChunkBytes = 64 * 1024;
constexpr std::chrono::seconds kDrainTime{2};

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// As the API's errors are, so that who asks by a program is told in the same way.
Response refuse(unsigned status, const char* code, const char* why) {
  Response response{
      status, "application/json", std::string("{\"error\":\"") + code + "\",\"message\":\"" + why + "\"}\n", {}};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, std::shared_ptr<SessionShared> shared)
    : stream_(std::move(socket)), shared_(std::move(shared)) {
  ++shared_->connections;
}

Session::~Session() {
  release_body();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->sessions.erase(this);
    if (awaited_) shared_->awaited.erase(*awaited_);
  }
  --shared_->connections;
}

void Session::start() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->sessions.insert(this);
  }
  set_awaited(true);
  asio::post(stream_.get_executor(),
             [self = shared_from_this()] { self->shared_->tls ? self->shake_hands() : self->read_head(); });
}

void Session::shake_hands() {
  stream_.tcp().expires_after(shared_->options.head_timeout);
  Stream::Tls& tls = stream_.use_tls(*shared_->tls);
  tls.async_handshake(boost::asio::ssl::stream_base::server, [self = shared_from_this(), &tls](ErrorCode error) {
    if (error) return self->close();
    self->peer_names_ = peer_names(tls.native_handle());
    self->read_head();
  });
}

void Session::set_awaited(bool awaited) {
  const std::lock_guard lock(shared_->mutex);
  if (awaited_) shared_->awaited.erase(*awaited_);
  awaited_.reset();
  ++progress_;
  if (awaited) awaited_ = shared_->awaited.insert(shared_->awaited.end(), this);
}

bool Session::displace(SessionShared& shared) {
  std::shared_ptr<Session> oldest;
  std::uint64_t progress = 0;
  {
    const std::lock_guard lock(shared.mutex);
    while (!oldest && !shared.awaited.empty()) {
      Session& session = *shared.awaited.front();
      shared.awaited.pop_front();
      session.awaited_.reset();
      progress = session.progress_;
      oldest = session.weak_from_this().lock();  // none: it is ending anyway
    }
  }
  if (!oldest) return false;
  asio::post(oldest->stream_.get_executor(), [oldest, progress] {
    const bool moved_on = [&] {
      const std::lock_guard lock(oldest->shared_->mutex);
      return oldest->progress_ != progress;
    }();
    if (!moved_on) oldest->close();
  });
  return true;
}

void Session::refuse_busy() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->shared_->tls) return self->close();
    self->parser_.emplace();
    self->write(refuse(503, "busy", "too many connections"));
  });
}

void Session::stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (!self->in_hand_) self->close();
  });
}

// Between two requests a connection may rest; once bytes come, they are a head that has to end soon.
void Session::await_head() {
  if (shared_->stopping) return close();
  set_awaited(true);
  if (buffer_.size() != 0) return read_head();
  stream_.tcp().expires_after(shared_->options.idle_timeout);
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                            if (error) return self->close();
                            self->buffer_.commit(bytes);
                            self->read_head();
                          });
}

void Session::read_head() {
  if (shared_->stopping) return close();
  parser_.emplace();
  parser_->header_limit(kHeadBytesMax);
  parser_->body_limit(shared_->options.body_bytes_max);
  stream_.tcp().expires_after(shared_->options.head_timeout);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_head(error); });
}

void Session::on_head(ErrorCode error) {
  if (error == http::error::header_limit) return write(refuse(431, "head_too_long", "request head too long"));
  if (error == http::error::body_limit) return write(refuse(413, "body_too_large", "body too large"));
  const bool parse_error = error && error.category() == http::make_error_code(http::error::bad_version).category();
  if (parse_error && error != http::error::end_of_stream && error != http::error::partial_message) {
    return write(refuse(400, "bad_request", "not HTTP/1.1"));
  }
  if (error) return close();
  in_hand_ = true;
  if (auto refused = foreign()) return write(std::move(*refused));
  set_awaited(true);  // for its body: that there was a head is progress
  switch (refusal()) {
    case 0:
      return continue_body();
    case 411:
      return write(refuse(411, "length_required", "a body needs Content-Length"));
    case 413:
      return write(refuse(413, "body_too_large", "body too large"));
    default:
      return write(refuse(503, "busy", "too many requests in hand"));
  }
}

std::optional<Response> Session::foreign() const {
  if (!shared_->options.names) return std::nullopt;
  const auto& names = *shared_->options.names;
  const auto& request = parser_->get();
  const std::string host = text(request[http::field::host]);
  const std::size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() >= 11)) {  // RFC 9112 3.2
    return refuse(400, "bad_host", "a request names its Host once");
  }
  ErrorCode error;
  const auto local = stream_.tcp().socket().local_endpoint(error);
  if (hosts == 1 && (error || !is_own_host(host, local.address().to_string(), names))) {
    return refuse(421, "not_this_host",
                  "this server does not answer to the name in Host; use its address, or write the name into "
                  "`names` of kind Central");
  }
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  const auto origin = request.find(http::field::origin);
  if (!reads && origin != request.end() && !is_own_origin(text(origin->value()), host, names)) {
    return refuse(403, "foreign_origin", "a page of another site may not change anything here");
  }
  return std::nullopt;
}

unsigned Session::refusal() {
  if (parser_->chunked()) return 411;
  const auto length = parser_->content_length();
  if (!length) return 0;
  if (*length > shared_->options.body_bytes_max) return 413;
  const auto bytes = static_cast<std::size_t>(*length);
  if (shared_->bodies_bytes.fetch_add(bytes) + bytes > shared_->options.bodies_bytes_max) {
    shared_->bodies_bytes -= bytes;
    return 503;
  }
  reserved_ = bytes;
  return 0;
}

// RFC 9110 10.1.1: a client that asks first is told to go on.
void Session::continue_body() {
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue") || parser_->is_done()) return read_body();
  message_ = {};
  message_.version(11);
  message_.result(http::status::continue_);
  stream_.tcp().expires_after(shared_->options.write_timeout);
  http::async_write(stream_, message_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->close();
    self->read_body();
  });
}

void Session::read_body() {
  stream_.tcp().expires_after(shared_->options.read_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_request(error); });
}

void Session::on_request(ErrorCode error) {
  if (error) return close();
  set_awaited(false);
  stream_.tcp().expires_never();
  auto& message = parser_->get();
  Request request;
  request.method = text(message.method_string());
  request.target = text(message.target());
  const std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  request.content_type = text(message[http::field::content_type]);
  request.body = std::move(message.body());
  request.if_none_match = text(message[http::field::if_none_match]);
  request.peer_names = peer_names_;
  shared_->handler(std::move(request), [self = shared_from_this()](Response response) {
    asio::post(self->stream_.get_executor(),
               [self, response = std::move(response)]() mutable { self->write(std::move(response)); });
  });
}

void Session::write(Response response) {
  release_body();
  set_awaited(true);  // to take it
  const auto& request = parser_->get();
  const bool whole = parser_->is_done();  // else bytes of a refused body would be read as the next request
  message_ = {};
  message_.version(11);
  message_.result(response.status);
  message_.keep_alive(whole && request.keep_alive() && !shared_->stopping);
  message_.set(http::field::server, "bellrock");
  message_.set(http::field::content_type, response.content_type);
  message_.set("X-Content-Type-Options", "nosniff");
  message_.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) message_.set(name, value);
  const bool head = whole && request.method() == http::verb::head;
  const std::size_t bytes = response.body.size();
  if (!head) message_.body() = std::move(response.body);
  if (response.events && !head) return write_events(std::move(response.events));
  if (response.status != 304) message_.content_length(bytes);  // RFC 9110 8.6: it would be the unchanged body's length
  stream_.tcp().expires_after(shared_->options.write_timeout);
  http::async_write(stream_, message_,
                    [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_written(error); });
}

void Session::on_written(ErrorCode error) {
  in_hand_ = false;
  if (error) return close();
  if (!parser_->is_done()) return drain();
  if (!message_.keep_alive()) return close();
  await_head();
}

// The client may still be sending what was refused. Closing now would reset the connection and could take the answer
// away before it is read, so what comes is thrown away for a while.
void Session::drain() {
  ErrorCode ignored;
  stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  drained_.resize(kDrainChunkBytes);
  stream_.tcp().expires_after(kDrainTime);
  read_and_forget();
}

void Session::read_and_forget() {
  stream_.async_read_some(asio::buffer(drained_), [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->close();
    self->read_and_forget();
  });
}

void Session::release_body() {
  shared_->bodies_bytes -= reserved_;
  reserved_ = 0;
}

void Session::close() {
  end_events();
  ErrorCode ignored;
  stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.tcp().close();
}

}  // namespace bellrock::net
