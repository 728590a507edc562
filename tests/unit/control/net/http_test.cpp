#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "control/net/http_client.h"
#include "control/net/http_server.h"

namespace bellrock::net {
namespace {

using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

std::unique_ptr<HttpServer> serve(Handler handler, const ServerOptions& options = {}) {
  auto server = HttpServer::start(options, std::move(handler));
  EXPECT_TRUE(server.ok());
  return std::move(server).value();
}

std::string url(const HttpServer& server, const std::string& target) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + target;
}

void echo(const Request& request, const Respond& respond) {
  respond({200, "text/plain", request.method + " " + request.path + " " + request.query + " " + request.body, {}});
}

// What a raw client gets for these bytes until the server closes.
std::string raw(const HttpServer& server, const std::string& bytes) {
  boost::asio::io_context context;
  Tcp::socket socket(context);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), server.port()});
  boost::asio::write(socket, boost::asio::buffer(bytes));
  std::string answer;
  boost::system::error_code error;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
  return answer;
}

TEST(Http, CarriesRequestsAndReplies) {
  const auto server = serve(echo);
  const auto got = http_get(url(*server, "/a/b?c=d"));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->status, 200u);
  EXPECT_EQ(got->body, "GET /a/b c=d ");
  const std::string body(3'000'000, 'x');
  const auto posted = http_post(url(*server, "/p"), "application/octet-stream", body);
  ASSERT_TRUE(posted.ok());
  EXPECT_EQ(posted->body, "POST /p  " + body);
}

TEST(Http, CarriesStatusAndRetryAfter) {
  const auto server = serve([](const Request& request, const Respond& respond) {
    Response response{503, "text/plain", "later", {}};
    if (request.path == "/s") response.headers.emplace_back("Retry-After", "7");
    if (request.path == "/date") response.headers.emplace_back("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
    respond(std::move(response));
  });
  EXPECT_EQ(http_get(url(*server, "/s"))->retry_after_s, 7u);
  EXPECT_EQ(http_get(url(*server, "/date"))->retry_after_s, std::nullopt);
  EXPECT_EQ(http_get(url(*server, "/"))->retry_after_s, std::nullopt);
  EXPECT_EQ(http_get(url(*server, "/"))->status, 503u);
}

TEST(Http, WhatAClientHasAlreadyIsNotSentAgain) {
  const auto server = serve([](const Request& request, const Respond& respond) {
    Response response{request.if_none_match == "\"tag\"" ? 304u : 200u, "text/plain", "", {{"ETag", "\"tag\""}}};
    if (response.status == 200) response.body = "text";
    respond(std::move(response));
  });
  EXPECT_EQ(http_get(url(*server, "/"))->body, "text");
  HttpOptions has;
  has.headers = {{"If-None-Match", "\"tag\""}};
  const auto again = http_get(url(*server, "/"), has);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->status, 304u);
  const std::string head =
      raw(*server, "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"tag\"\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head.find("304"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
}

TEST(Http, AnswersFromAnotherThread) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto server = serve([&](const Request&, const Respond& respond) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([respond] {
      std::this_thread::sleep_for(20ms);
      respond({200, "text/plain", "late", {}});
    });
  });
  std::vector<std::future<std::string>> replies;
  for (int i = 0; i < 8; ++i) {
    replies.push_back(std::async(std::launch::async, [&] { return http_get(url(*server, "/"))->body; }));
  }
  for (auto& reply : replies) EXPECT_EQ(reply.get(), "late");
  for (auto& thread : threads) thread.join();
}

TEST(Http, KeepsConnectionsOpenForTheNextRequest) {
  const auto server = serve(echo);
  const std::string answer =
      raw(*server, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("GET /1"), std::string::npos);
  EXPECT_NE(answer.find("GET /2"), std::string::npos);
}

TEST(Http, TellsAClientThatAsksFirstToGoOn) {
  const auto server = serve(echo);
  const std::string answer = raw(*server,
                                 "POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
                                 "Connection: close\r\n\r\nhi");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100")) << answer;
  EXPECT_NE(answer.find("POST /p  hi"), std::string::npos);
}

TEST(Http, RefusesBodiesOverTheBoundAndSaysSo) {
  ServerOptions options;
  options.body_bytes_max = 1'000;
  const auto server = serve(echo, options);
  EXPECT_EQ(http_post(url(*server, "/"), "a/b", std::string(1'000, 'x'))->status, 200u);
  const auto large = http_post(url(*server, "/"), "a/b", std::string(5'000'000, 'x'));
  ASSERT_TRUE(large.ok()) << large.error().message;
  EXPECT_EQ(large->status, 413u);
  EXPECT_TRUE(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                  .starts_with("HTTP/1.1 411"));
}

TEST(Http, RefusesBodiesWhenTooManyBytesAreInHand) {
  ServerOptions options;
  options.bodies_bytes_max = 1'500;
  std::promise<void> go;
  const auto ready = go.get_future().share();
  std::promise<void> held;
  const auto server = serve(
      [&](const Request& request, const Respond& respond) {
        if (request.path == "/hold") {
          held.set_value();
          ready.wait();
        }
        echo(request, respond);
      },
      options);
  auto first = std::async(std::launch::async,
                          [&] { return http_post(url(*server, "/hold"), "a/b", std::string(1'000, 'x'))->status; });
  held.get_future().wait();
  const auto second = http_post(url(*server, "/"), "a/b", std::string(1'000, 'x'));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->status, 503u);
  EXPECT_EQ(second->retry_after_s, 1u);
  go.set_value();
  EXPECT_EQ(first.get(), 200u);
  EXPECT_EQ(http_post(url(*server, "/"), "a/b", std::string(1'000, 'x'))->status, 200u);
}

TEST(Http, RefusesConnectionsWhenEveryOneThatItHasIsBeingHandled) {
  ServerOptions options;
  options.connections_max = 2;
  options.threads = 4;
  std::promise<void> go;
  const auto ready = go.get_future().share();
  std::atomic<int> held{0};
  const auto server = serve(
      [&](const Request& request, const Respond& respond) {
        if (request.path == "/hold") {
          ++held;
          ready.wait();
        }
        echo(request, respond);
      },
      options);
  std::vector<std::future<unsigned>> holding;
  for (int i = 0; i < 2; ++i) {
    holding.push_back(std::async(std::launch::async, [&] { return http_get(url(*server, "/hold"))->status; }));
  }
  while (held < 2) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(http_get(url(*server, "/"))->status, 503u);
  go.set_value();
  for (auto& one : holding) EXPECT_EQ(one.get(), 200u);
  while (server->connections() != 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(http_get(url(*server, "/"))->status, 200u);
}

TEST(Http, AnswersWhatIsNotHttpWith400AndLongHeadsWith431) {
  const auto server = serve(echo);
  EXPECT_TRUE(raw(*server, "hello there\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(
      raw(*server, "GET / HTTP/1.1\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431"));
}

TEST(Http, ClosesConnectionsThatSendNothing) {
  ServerOptions options;
  options.head_timeout = 50ms;
  options.read_timeout = 50ms;
  const auto server = serve(echo, options);
  EXPECT_EQ(raw(*server, ""), "");
  EXPECT_EQ(raw(*server, "GET / HT"), "");
  EXPECT_EQ(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"), "");
  while (server->connections() != 0) std::this_thread::sleep_for(1ms);
}

TEST(Http, StopAnswersWhatIsInHandAndClosesTheRest) {
  std::promise<void> held;
  std::promise<void> go;
  const auto ready = go.get_future().share();
  auto server = serve([&](const Request& request, const Respond& respond) {
    held.set_value();
    ready.wait();
    echo(request, respond);
  });
  const std::string target = url(*server, "/slow");
  auto reply = std::async(std::launch::async, [&] { return http_get(target); });
  boost::asio::io_context context;
  Tcp::socket idle(context);
  idle.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
  held.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { server->stop(); });
  std::this_thread::sleep_for(20ms);
  go.set_value();
  EXPECT_EQ(reply.get()->body, "GET /slow  ");
  stopped.wait();
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(http_get(target).error().kind, NetErrorKind::kConnect);
}

TEST(Http, StopsWhileConnectionsComeAndGo) {
  for (int round = 0; round < 60; ++round) {
    const auto server = serve(echo);
    const std::string target = url(*server, "/");
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back([&] { (void)http_get(target, {.timeout = 2s}); });
    std::this_thread::sleep_for(std::chrono::microseconds(50 * round));
    server->stop(100ms);
    for (auto& client : clients) client.join();
  }
}

TEST(Http, ClientGivesUpAtItsDeadline) {
  boost::asio::io_context context;
  Tcp::acceptor silent(context,
                       {boost::asio::ip::make_address("127.0.0.1"), 0});  // accepts by its backlog, never answers
  HttpOptions options;
  options.timeout = 100ms;
  const auto started = std::chrono::steady_clock::now();
  const auto reply = http_get("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/", options);
  EXPECT_EQ(reply.error().kind, NetErrorKind::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}

TEST(Http, ClientNamesWhatFailed) {
  EXPECT_EQ(http_get("ftp://127.0.0.1/").error().kind, NetErrorKind::kBadUrl);
  const auto server = serve([](const Request&, const Respond& respond) {
    respond({200, "text/plain", std::string(10'000, 'x'), {}});
  });
  HttpOptions options;
  options.reply_bytes_max = 1'000;
  EXPECT_EQ(http_get(url(*server, "/"), options).error().kind, NetErrorKind::kTooLarge);
  const auto taken = HttpServer::start({.host = "127.0.0.1", .port = server->port()}, echo);
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("in use"), std::string::npos) << taken.error().message;
}

TEST(Http, ReadsWhereToListen) {
  EXPECT_EQ(listen_at("127.0.0.1:80")->port, 80);
  EXPECT_EQ(listen_at("[::1]:80")->host, "::1");
  EXPECT_EQ(listen_at(":80")->host, "0.0.0.0");
  for (const char* bad : {"", "80", "a.b:80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8x"}) {
    EXPECT_FALSE(listen_at(bad).ok()) << bad;
  }
}

TEST(Http, DecodesQueries) {
  EXPECT_EQ(query_value("a=1&b=x+y%2Fz&c", "b"), "x y/z");
  EXPECT_EQ(query_value("a=1&b=2", "c"), "");
  EXPECT_EQ(query_value("%61=1", "a"), "1");
  EXPECT_EQ(decode_percent("%zz%4", false), "%zz%4");
}

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find('\r')); }

TEST(Http, AServerWithNamesAnswersToNoOther) {
  ServerOptions options;
  options.names = {"bellrock.example"};
  std::atomic<int> handled = 0;
  const auto server = serve(
      [&](const Request& request, const Respond& respond) {
        ++handled;
        echo(request, respond);
      },
      options);
  const auto asked = [&](const std::string& host) {
    return status_line(raw(*server, "GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"));
  };
  EXPECT_EQ(asked("Host: 127.0.0.1:1\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(asked("Host: localhost\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(asked("Host: Bellrock.example:443\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(handled, 3);
  EXPECT_EQ(asked("Host: evil.example\r\n"), "HTTP/1.1 421 Misdirected Request");
  EXPECT_EQ(asked("Host: \r\n"), "HTTP/1.1 421 Misdirected Request");
  EXPECT_EQ(asked("Host: 127.0.0.1\r\nHost: evil.example\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(asked(""), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(handled, 3);
  EXPECT_EQ(status_line(raw(*server, "GET / HTTP/1.0\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST(Http, APageOfAnotherSiteChangesNothing) {
  ServerOptions options;
  options.names.emplace();
  std::atomic<int> handled = 0;
  const auto server = serve(
      [&](const Request& request, const Respond& respond) {
        ++handled;
        echo(request, respond);
      },
      options);
  const std::string host = "127.0.0.1:" + std::to_string(server->port());
  const auto sent = [&](const std::string& method, const std::string& origin) {
    return status_line(raw(*server, method + " / HTTP/1.1\r\nHost: " + host + "\r\n" + origin +
                                        "Content-Length: 2\r\nConnection: close\r\n\r\n{}"));
  };
  EXPECT_EQ(sent("POST", ""), "HTTP/1.1 200 OK");  // no browser
  EXPECT_EQ(sent("POST", "Origin: http://" + host + "\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(handled, 2);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(sent(method, "Origin: http://evil.example\r\n"), "HTTP/1.1 403 Forbidden") << method;
  }
  EXPECT_EQ(sent("POST", "Origin: null\r\n"), "HTTP/1.1 403 Forbidden");
  EXPECT_EQ(sent("POST", "Origin: http://127.0.0.1\r\n"), "HTTP/1.1 403 Forbidden");
  EXPECT_EQ(handled, 2);
  EXPECT_EQ(sent("GET", "Origin: http://evil.example\r\n"), "HTTP/1.1 200 OK");  // the browser keeps it from the page
}

}  // namespace
}  // namespace bellrock::net
