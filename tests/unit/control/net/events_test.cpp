// Streams of events: what a client gets, how long, and who is cut off.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "control/net/http_server.h"
#include "tests/support/in_the_end.h"

namespace bellrock::net {
namespace {

using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

constexpr auto kLong = 30s;

// A server whose every path is a stream of one hub.
struct Streaming {
  explicit Streaming(std::size_t readers_max = 8, ServerOptions options = {}) : hub(readers_max) {
    auto started = HttpServer::start(options, [this](const Request&, const Respond& respond) {
      auto reader = hub.join();
      if (!reader) return respond({503, "text/plain", "full", {}});
      reader->push(std::make_shared<const std::string>(event_text("hello", "1")));
      respond({200, "text/event-stream", "", {}, std::move(reader)});
    });
    EXPECT_TRUE(started.ok());
    server = std::move(started).value();
  }
  // True once as many read as are wanted.
  [[nodiscard]] bool has_readers(std::size_t n) const {
    return in_the_end([&] { return hub.readers() == n; });
  }

  EventHub hub;
  std::unique_ptr<HttpServer> server;
};

struct Client {
  explicit Client(const Streaming& from, const std::string& method = "GET") : socket(context) {
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), from.server->port()});
    boost::asio::write(socket, boost::asio::buffer(method + " /live HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  // Up to and with `end`; what came before the stream's end where it does not come.
  std::string until(const std::string& end) {
    boost::system::error_code error;
    const std::size_t n = boost::asio::read_until(socket, boost::asio::dynamic_buffer(got), end, error);
    ended = static_cast<bool>(error);
    std::string text = got.substr(0, ended ? got.size() : n);
    got.erase(0, text.size());
    return text;
  }

  boost::asio::io_context context;
  Tcp::socket socket;
  std::string got;
  bool ended = false;
};

TEST(Events, AreTextByTheStandardWhateverIsInThem) {
  EXPECT_EQ(event_text("status", "{}"), "event: status\ndata: {}\n\n");
  EXPECT_EQ(event_text("a", ""), "event: a\ndata: \n\n");
  EXPECT_EQ(event_text("a", "1\n2\r\n3\r4"), "event: a\ndata: 1\ndata: 2\ndata: 3\ndata: 4\n\n");
}

TEST(Events, ComeInOrderToEverybodyWhoReads) {
  Streaming streaming;
  Client one(streaming), other(streaming);
  const std::string head = one.until("\r\n\r\n");
  EXPECT_NE(head.find("HTTP/1.1 200 OK\r\n"), std::string::npos);
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("Cache-Control: no-store\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_NE(one.until("data: 1\n\n").find("event: hello\n"), std::string::npos);
  other.until("data: 1\n\n");
  for (int i = 0; i < 20; ++i) streaming.hub.publish("n", std::to_string(i));
  for (Client* const client : {&one, &other}) {
    std::string wanted;
    for (int i = 0; i < 20; ++i) wanted += event_text("n", std::to_string(i));
    EXPECT_EQ(client->until("data: 19\n\n"), wanted);
  }
}

TEST(Events, AReaderWhoLeavesIsForgottenAtOnce) {
  Streaming streaming;
  {
    Client client(streaming);
    client.until("data: 1\n\n");
    EXPECT_TRUE(streaming.has_readers(1));
  }
  EXPECT_TRUE(streaming.has_readers(0));
  EXPECT_TRUE(in_the_end([&] { return streaming.server->connections() == 0; }));
}

TEST(Events, AreForAsManyAsThereIsRoomFor) {
  Streaming streaming(2);
  Client one(streaming), two(streaming);
  one.until("data: 1\n\n");
  two.until("data: 1\n\n");
  EXPECT_NE(Client(streaming).until("\r\n\r\n").find(" 503 "), std::string::npos);
  one.socket.close();
  EXPECT_TRUE(streaming.has_readers(1));
  EXPECT_NE(Client(streaming).until("data: 1\n\n").find(" 200 "), std::string::npos);
}

TEST(Events, AHeadIsAskedForWithoutAStream) {
  Streaming streaming;
  Client client(streaming, "HEAD");
  EXPECT_NE(client.until("\r\n\r\n").find(" 200 "), std::string::npos);
  EXPECT_TRUE(streaming.has_readers(0));
}

TEST(Events, WhileNothingHappensTheStreamShowsThatItIsAlive) {
  Streaming streaming(8, {.pulse = 20ms});
  Client client(streaming);
  client.until("data: 1\n\n");
  EXPECT_EQ(client.until(":\n\n"), ":\n\n");
  EXPECT_EQ(client.until(":\n\n"), ":\n\n");
  streaming.hub.publish("n", "2");
  EXPECT_NE(client.until("data: 2\n\n").find("event: n\n"), std::string::npos);
}

TEST(Events, WhoDoesNotReadIsCutOffAndHoldsNobodyElseUp) {
  Streaming streaming;
  Client slow(streaming), quick(streaming);
  slow.until("data: 1\n\n");
  quick.until("data: 1\n\n");
  const std::string large(1 << 20, 'x');  // what a connection's buffers do not take
  for (int i = 0; i < 200 && streaming.hub.readers() == 2; ++i) {
    streaming.hub.publish("n", large + std::to_string(i));
    quick.until(std::to_string(i) + "\n\n");
  }
  EXPECT_TRUE(streaming.has_readers(1));
  EXPECT_FALSE(quick.ended);
  slow.until("never");
  EXPECT_TRUE(slow.ended);
}

TEST(Events, AServerThatStopsEndsItsStreams) {
  Streaming streaming;
  Client client(streaming);
  client.until("data: 1\n\n");
  std::thread publisher([&] {
    for (int i = 0; i < 200; ++i) streaming.hub.publish("n", "1");
  });
  streaming.server->stop(kLong);
  publisher.join();
  client.until("never");
  EXPECT_TRUE(client.ended);
  EXPECT_TRUE(streaming.has_readers(0));
}

}  // namespace
}  // namespace bellrock::net
