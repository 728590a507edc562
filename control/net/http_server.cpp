#include "control/net/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <charconv>
#include <thread>
#include <utility>

#include "control/net/http_session.h"

namespace bellrock::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

struct HttpServer::State {
  State(const ServerOptions& options, Handler handler)
      : acceptor(asio::make_strand(context)), shared(new SessionShared) {
    shared->options = options;
    shared->handler = std::move(handler);
  }

  void open() {
    const auto address = asio::ip::make_address(shared->options.host);
    const Tcp::endpoint endpoint(address, shared->options.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    port = acceptor.local_endpoint().port();
  }

  void accept() {
    acceptor.async_accept(asio::make_strand(context), [this](error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted || shared->stopping) return;
      if (error) return pause();
      const std::size_t open = shared->connections, most = shared->options.connections_max;
      if (open < 2 * most) {  // past that the refusals themselves are too many: just closed
        const auto session = std::make_shared<Session>(std::move(socket), shared);
        open < most || Session::displace(*shared) ? session->start() : session->refuse_busy();
      }
      accept();
    });
  }

  // Out of descriptors, most likely: accepting again at once would only spin.
  void pause() {
    retry.expires_after(std::chrono::milliseconds(100));
    retry.async_wait([this](error_code error) {
      if (!error) accept();
    });
  }

  asio::io_context context;
  Tcp::acceptor acceptor;
  asio::steady_timer retry{acceptor.get_executor()};
  std::shared_ptr<SessionShared> shared;
  std::vector<std::thread> threads;
  std::uint16_t port = 0;
};

Result<std::unique_ptr<HttpServer>, NetError> HttpServer::start(const ServerOptions& options, Handler handler) {
  auto state = std::make_unique<State>(options, std::move(handler));
  if (options.tls) {
    auto tls = tls_context(*options.tls);
    if (!tls.ok()) return Failure{NetError{NetErrorKind::kTls, tls.error()}};
    state->shared->tls = std::move(*tls);
  }
  const std::string shown = options.host + ":" + std::to_string(options.port);
  try {
    state->open();
  } catch (const std::exception& error) {
    return Failure{NetError{NetErrorKind::kConnect, "cannot listen at " + shown + ": " + error.what()}};
  }
  state->accept();
  for (unsigned i = 0; i < std::max(1u, options.threads); ++i) {
    state->threads.emplace_back([context = &state->context] { context->run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() { stop(); }

std::uint16_t HttpServer::port() const { return state_->port; }
std::size_t HttpServer::connections() const { return state_->shared->connections; }

void HttpServer::stop(std::chrono::milliseconds grace) {
  if (state_->threads.empty()) return;
  auto& shared = *state_->shared;
  shared.stopping = true;
  asio::post(state_->acceptor.get_executor(), [this] {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->retry.cancel();
  });
  std::vector<std::shared_ptr<Session>> sessions;  // let go without the mutex: a session's destructor takes it
  {
    const std::lock_guard lock(shared.mutex);
    for (Session* session : shared.sessions) {
      if (auto alive = session->weak_from_this().lock()) sessions.push_back(std::move(alive));
    }
  }
  for (const auto& session : sessions) session->stop();
  sessions.clear();
  const auto until = std::chrono::steady_clock::now() + grace;
  while (shared.connections != 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  state_->context.stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
  error_code ignored;
  state_->acceptor.close(ignored);  // the context may have stopped before its turn came
}

Result<ServerOptions> listen_at(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Failure{Error{"listen needs host:port", 0}};
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  ServerOptions options;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), options.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return Failure{Error{"port is not a number up to 65535", 0}};
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  options.host = host;
  error_code error;
  asio::ip::make_address(options.host, error);
  if (error) return Failure{Error{"host is not an IP address", 0}};
  return options;
}

std::string decode_percent(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (decode_percent(part.substr(0, equals), true) != name) continue;
    return equals == std::string_view::npos ? std::string() : decode_percent(part.substr(equals + 1), true);
  }
  return {};
}

}  // namespace bellrock::net
