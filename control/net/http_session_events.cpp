// An answer without end: the events of one reader, as they come.
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "control/net/http_session.h"

namespace bellrock::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::chrono::milliseconds kRetry{2'000};  // until a browser that was cut off comes again
constexpr std::size_t kIgnoredBytes = 512;

}  // namespace

// The stream ends with its connection (RFC 9112 6.3), so that it needs no length.
void Session::write_events(std::shared_ptr<EventReader> events) {
  events_ = std::move(events);
  message_.erase(http::field::content_length);
  message_.keep_alive(false);
  message_.set("X-Accel-Buffering", "no");  // a proxy in between passes on what there is
  stream_.tcp().expires_after(shared_->options.write_timeout);
  http::async_write(stream_, message_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->close();
    self->begin_events();
  });
}

void Session::begin_events() {
  in_hand_ = false;
  if (shared_->stopping) return close();
  set_awaited(false);  // it is the client who waits
  stream_.tcp().expires_never();
  drained_.resize(kIgnoredBytes);
  read_and_forget();  // to see when he goes
  events_->wake_by([weak = weak_from_this()] {
    if (const auto self = weak.lock()) asio::post(self->stream_.get_executor(), [self] { self->send_events(); });
  });
  send("retry: " + std::to_string(kRetry.count()) + "\n\n");
}

void Session::send_events() {
  if (!events_) return;
  if (events_->lags()) return close();  // also while a write does not get on
  if (sending_) return;
  if (std::string waiting = events_->take(); !waiting.empty()) return send(std::move(waiting));
  pulse_.expires_after(shared_->options.pulse);
  pulse_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error && !self->sending_ && self->events_)
      self->send(":\n\n");  // a comment: a client that is gone is found out
  });
}

void Session::send(std::string text) {
  sending_ = true;
  pulse_.cancel();
  outgoing_ = std::move(text);
  stream_.tcp().expires_after(shared_->options.write_timeout);
  asio::async_write(stream_, asio::buffer(outgoing_), [self = shared_from_this()](ErrorCode error, std::size_t) {
    self->sending_ = false;
    if (error) return self->close();
    self->send_events();
  });
}

void Session::end_events() {
  if (!events_) return;
  events_->wake_by(nullptr);
  events_.reset();
  pulse_.cancel();
}

}  // namespace bellrock::net
