#include "control/net/http_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <utility>

#include "control/net/stream.h"
#include "control/net/tls.h"
#include "control/net/url.h"

namespace bellrock::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr const char* kUserAgent = "bellrock";
constexpr std::uint32_t kReplyHeadBytesMax = 64 * 1024;

// Asio's own blocking calls have no deadline, so the calls are asynchronous on a private io_context that runs until
// the exchange is over. beast::tcp_stream times each of them; the deadline is one for all.
class Exchange {
 public:
  Exchange(const Url& url, std::string_view shown, const HttpOptions& options, TlsContext tls)
      : url_(url),
        shown_(shown),
        tls_(std::move(tls)),
        stream_(context_),
        resolver_(context_),
        deadline_(Clock::now() + options.timeout) {
    parser_.body_limit(options.reply_bytes_max);
    parser_.header_limit(kReplyHeadBytesMax);
  }

  Result<HttpReply, NetError> run(http::request<http::string_body>& request) {
    asio::ip::tcp::resolver::results_type addresses;
    TRY(wait(NetErrorKind::kResolve, [&](auto done) {
      resolver_.async_resolve(url_.host, url_.port, [&addresses, done](error_code error, auto found) {
        addresses = std::move(found);
        done(error);
      });
    }));
    TRY(wait(NetErrorKind::kConnect, [&](auto done) {
      stream_.tcp().async_connect(addresses, [done](error_code error, auto&&) { done(error); });
    }));
    if (tls_) {
      TRY(shake_hands());
    }
    // A server may answer and close before it has read all of a body that it refuses: then its answer counts.
    const auto written = wait(NetErrorKind::kBroken, [&](auto done) {
      http::async_write(stream_, request, [done](error_code error, std::size_t) { done(error); });
    });
    if (!written.ok() && written.error().kind == NetErrorKind::kTimeout) return Failure{written.error()};
    // The head by itself: read in one go with its body, Beast 1.74 forgets that the body is over the limit.
    auto read = wait(NetErrorKind::kBroken, [&](auto done) {
      http::async_read_header(stream_, buffer_, parser_, [done](error_code error, std::size_t) { done(error); });
    });
    if (read.ok()) {
      read = wait(NetErrorKind::kBroken, [&](auto done) {
        http::async_read(stream_, buffer_, parser_, [done](error_code error, std::size_t) { done(error); });
      });
    }
    if (!read.ok()) return Failure{written.ok() ? read.error() : written.error()};
    error_code ignored;
    stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    return reply();
  }

 private:
  using Clock = std::chrono::steady_clock;

  Status<NetError> shake_hands() {
    Stream::Tls& tls = stream_.use_tls(*tls_);
    error_code is_address;
    (void)asio::ip::make_address(url_.host, is_address);
    if (is_address) SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str());  // RFC 6066 3: names only
    tls.set_verify_callback(asio::ssl::host_name_verification(url_.host));
    const auto shaken = wait(NetErrorKind::kTls, [&](auto done) {
      tls.async_handshake(asio::ssl::stream_base::client, [done](error_code error) { done(error); });
    });
    if (shaken.ok() || shaken.error().kind != NetErrorKind::kTls) return shaken;
    std::string why = shaken.error().message;
    if (const auto refused = refused_certificate(tls.native_handle()); !refused.empty()) why += " (" + refused + ")";
    return Failure{NetError{NetErrorKind::kTls, std::move(why)}};
  }

  template <typename Start>
  Status<NetError> wait(NetErrorKind kind, Start&& start) {
    error_code result = asio::error::would_block;
    stream_.tcp().expires_at(deadline_);
    context_.restart();
    start([&result](error_code error) { result = error; });
    context_.run_until(deadline_ + std::chrono::milliseconds(50));  // the stream's own timer fires first
    if (result == asio::error::would_block) {                       // a resolver has no timer: give up on it
      resolver_.cancel();
      stream_.tcp().cancel();
      context_.run();
      result = beast::error::timeout;
    }
    if (!result) return Done{};
    if (result == beast::error::timeout || result == asio::error::operation_aborted) kind = NetErrorKind::kTimeout;
    if (result == http::error::body_limit || result == http::error::header_limit) kind = NetErrorKind::kTooLarge;
    return Failure{NetError{kind, shown_ + ": " + (kind == NetErrorKind::kTimeout ? "timed out" : result.message())}};
  }

  HttpReply reply() {
    auto& message = parser_.get();
    HttpReply reply;
    reply.status = message.result_int();
    const auto field = message.find(http::field::retry_after);
    if (field != message.end()) {
      const auto value = field->value();
      unsigned seconds = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()) reply.retry_after_s = seconds;
    }
    const auto type = message[http::field::content_type];
    reply.content_type.assign(type.data(), type.size());
    reply.body = std::move(message.body());
    return reply;
  }

  const Url& url_;
  std::string shown_;
  TlsContext tls_;  // none: plain TCP
  asio::io_context context_{1};
  Stream stream_;
  asio::ip::tcp::resolver resolver_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  Clock::time_point deadline_;
};

Result<HttpReply, NetError> exchange(http::verb verb, std::string_view text, std::string_view content_type,
                                     std::string_view body, const HttpOptions& options) {
  const auto url = parse_url(text);
  if (!url)
    return Failure{NetError{NetErrorKind::kBadUrl, std::string(text) + ": not http://host[:port]/path, or https://"}};
  http::request<http::string_body> request(verb, url->target, 11);
  request.set(http::field::host, url->authority());
  request.set(http::field::user_agent, kUserAgent);
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : options.headers) request.set(name, value);
  if (verb == http::verb::post) {
    request.set(http::field::content_type, beast::string_view(content_type.data(), content_type.size()));
    request.body() = body;
    request.prepare_payload();
  }
  TlsContext tls;
  if (url->tls) {
    auto made = tls_context(options.tls);
    if (!made.ok()) return Failure{NetError{NetErrorKind::kTls, std::string(text) + ": " + made.error()}};
    tls = std::move(*made);
  }
  try {
    return Exchange(*url, text, options, std::move(tls)).run(request);
  } catch (const std::exception& error) {
    return Failure{NetError{NetErrorKind::kBroken, std::string(text) + ": " + error.what()}};
  }
}

}  // namespace

Result<HttpReply, NetError> http_get(std::string_view url, const HttpOptions& options) {
  return exchange(http::verb::get, url, {}, {}, options);
}

Result<HttpReply, NetError> http_post(std::string_view url, std::string_view content_type, std::string_view body,
                                      const HttpOptions& options) {
  return exchange(http::verb::post, url, content_type, body, options);
}

}  // namespace bellrock::net
