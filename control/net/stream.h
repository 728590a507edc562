// A connection over TCP or, once it was told so, over TLS on TCP: what Beast and Asio read from and write to. Used by
// http_client.cpp and http_session.cpp only; one strand, one operation for each direction at a time.
//
// Nothing is said at the end of a TLS connection: HTTP messages have their lengths, so nobody can cut one unseen
// (RFC 9112 9.8).
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <utility>

namespace bellrock::net {

class Stream {
 public:
  using Tcp = boost::beast::tcp_stream;
  using Tls = boost::asio::ssl::stream<Tcp&>;
  using executor_type = Tcp::executor_type;

  explicit Stream(boost::asio::io_context& context) : tcp_(context) {}
  explicit Stream(boost::asio::ip::tcp::socket socket) : tcp_(std::move(socket)) {}

  executor_type get_executor() { return tcp_.get_executor(); }
  Tcp& tcp() { return tcp_; }  // its timeouts hold for TLS as well
  [[nodiscard]] const Tcp& tcp() const { return tcp_; }

  // From here on everything is said through TLS, beginning with its handshake. `context` outlives the stream.
  Tls& use_tls(boost::asio::ssl::context& context) { return tls_.emplace(tcp_, context); }

  // Handlers are plain functions: nothing is returned.
  template <typename Buffers, typename Done>
  void async_read_some(const Buffers& buffers, Done&& done) {
    if (tls_) {
      tls_->async_read_some(buffers, std::forward<Done>(done));
    } else {
      tcp_.async_read_some(buffers, std::forward<Done>(done));
    }
  }
  template <typename Buffers, typename Done>
  void async_write_some(const Buffers& buffers, Done&& done) {
    if (tls_) {
      tls_->async_write_some(buffers, std::forward<Done>(done));
    } else {
      tcp_.async_write_some(buffers, std::forward<Done>(done));
    }
  }

 private:
  Tcp tcp_;
  std::optional<Tls> tls_;
};

}  // namespace bellrock::net
