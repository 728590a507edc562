// Clients that hold connections and send no request, and those that do.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

#include "control/net/http_client.h"
#include "control/net/http_server.h"

namespace bellrock::net {
namespace {

using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

class Crowd : public testing::Test {
 protected:
  void serve(const ServerOptions& options = {}) {
    auto started = HttpServer::start(options, [](const Request& request, const Respond& respond) {
      respond({200, "text/plain", std::string(request.path == "/large" ? 8'000'000 : 4, 'x'), {}});
    });
    ASSERT_TRUE(started.ok());
    server_ = std::move(started).value();
  }
  void join(std::size_t clients, const std::string& bytes) {
    for (std::size_t i = 0; i < clients; ++i) {
      Tcp::socket& socket = clients_.emplace_back(context_);
      socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
      boost::asio::write(socket, boost::asio::buffer(bytes));
    }
  }
  unsigned probe() {
    const auto reply = http_get("http://127.0.0.1:" + std::to_string(server_->port()) + "/healthz");
    return reply.ok() ? reply->status : 0;
  }
  // What a client is sent until the server closes.
  static std::string rest(Tcp::socket& socket) {
    std::string answer;
    boost::system::error_code error;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
    return answer;
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
  std::vector<Tcp::socket> clients_;
};

TEST_F(Crowd, OfHalfOpenClientsKeepsNoProberOut) {
  serve();
  join(150, "");
  join(150, "GET /healthz HT");
  join(150, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  join(150, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(probe(), 200u);
  EXPECT_LE(server_->connections(), 2 * ServerOptions().connections_max);
}

TEST_F(Crowd, ThatDoesNotTakeItsAnswersKeepsNoProberOut) {
  ServerOptions options;
  options.connections_max = 4;
  serve(options);
  join(12, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(probe(), 200u);
}

TEST_F(Crowd, LosesTheOneThatWasWaitedForLongest) {
  ServerOptions options;
  options.connections_max = 2;
  serve(options);
  join(1, "");
  while (server_->connections() < 1) std::this_thread::sleep_for(1ms);
  join(1, "");
  while (server_->connections() < 2) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(probe(), 200u);
  EXPECT_EQ(rest(clients_[0]), "");
  boost::asio::write(clients_[1], boost::asio::buffer(std::string("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")));
  EXPECT_TRUE(rest(clients_[1]).starts_with("HTTP/1.1 200"));
}

TEST_F(Crowd, AConnectionMayRestBetweenTwoRequestsForLongerThanAHeadMayTake) {
  ServerOptions options;
  options.head_timeout = 50ms;
  serve(options);
  join(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(200ms);
  boost::asio::write(clients_[0], boost::asio::buffer(std::string("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")));
  const std::string answers = rest(clients_[0]);
  EXPECT_NE(answers.find("HTTP/1.1 200", 12), std::string::npos) << answers;
}

TEST_F(Crowd, ASecondHeadHasNoMoreTimeThanTheFirst) {
  ServerOptions options;
  options.head_timeout = 50ms;
  serve(options);
  join(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT");
  EXPECT_EQ(rest(clients_[0]).find("HTTP/1.1 200", 12), std::string::npos);
  join(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(20ms);
  boost::asio::write(clients_[1], boost::asio::buffer(std::string("GET / HT")));
  EXPECT_EQ(rest(clients_[1]).find("HTTP/1.1 200", 12), std::string::npos);
}

}  // namespace
}  // namespace bellrock::net
