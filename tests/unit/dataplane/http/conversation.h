// Random well-formed conversations with their truth: what each side sends, packet by packet with times, and what must
// be reported of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/flow/segment.h"

namespace bellrock::http::test {

struct TruePacket {
  Direction direction = Direction::kToServer;
  std::string data;
  std::int64_t us = 0;
};

struct TrueExchange {
  std::string method, target, body;
  unsigned status = 0, interim = 0;
  std::uint64_t response_bytes = 0;
  std::int64_t request_first = 0, request_last = 0, response_first = 0, response_last = 0;
};

struct Conversation {
  std::vector<TruePacket> packets;
  std::vector<TrueExchange> exchanges;
  bool pipelined = false;
  bool server_closes = false;  // the last response ends with the connection
};

class ConversationMaker {
 public:
  explicit ConversationMaker(std::uint64_t seed) : random_(seed) {}

  Conversation make() {
    conversation_ = {};
    const std::size_t count = 1 + pick(6);
    pipelined_ = conversation_.pipelined = pick(3) == 0;
    for (std::size_t i = 0; i < count; ++i) {
      add_request();
      if (!pipelined_) add_response(conversation_.exchanges.back(), i + 1 == count);
    }
    if (pipelined_) {
      for (std::size_t i = 0; i < count; ++i) add_response(conversation_.exchanges[i], i + 1 == count);
    }
    return conversation_;
  }

 private:
  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_() % below); }

  std::string some_text(std::size_t bytes) {
    std::string text(bytes, ' ');
    for (char& c : text) c = static_cast<char>(pick(30) == 0 ? pick(256) : 'a' + pick(26));
    return text;
  }

  std::string chunked(const std::string& body) {
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t bytes = std::min<std::size_t>(body.size() - at, 1 + pick(700));
      char size[32];
      std::snprintf(size, sizeof size, pick(2) == 0 ? "%zx" : "%04zX", bytes);
      out += size;
      out += pick(3) == 0 ? ";ext=\"a b\";flag\r\n" : "\r\n";
      out += body.substr(at, bytes);
      out += "\r\n";
      at += bytes;
    }
    out += pick(3) == 0 ? "0\r\nX-Sum: 1\r\nY: \r\n\r\n" : "0\r\n\r\n";
    return out;
  }

  std::string noise_headers() {
    std::string out;
    for (std::size_t i = pick(12); i > 0; --i) {
      out += "X-" + std::string(1 + pick(70), 'n') + ":" + std::string(pick(3), ' ') + std::string(pick(150), 'v') +
             "\r\n";
    }
    return out;
  }

  // Sends `data` in packets of random sizes, the first not before `now_`; returns the times of first and last byte.
  std::pair<std::int64_t, std::int64_t> send(Direction direction, const std::string& data) {
    std::int64_t first = 0;
    for (std::size_t at = 0; at < data.size();) {
      const std::size_t bytes = pick(3) == 0 ? 1 + pick(60) : 1 + pick(1'460);
      now_ += 1 + static_cast<std::int64_t>(pick(1'000));
      conversation_.packets.push_back({direction, data.substr(at, bytes), now_});
      if (at == 0) first = now_;
      at += bytes;
    }
    return {first, now_};
  }

  void add_request() {
    TrueExchange exchange;
    constexpr std::array kMethods{"GET", "POST", "HEAD", "PUT", "OPTIONS", "PROPFIND"};
    exchange.method = kMethods[pick(kMethods.size())];
    exchange.target = pick(5) == 0 ? "http://b.example/p?q=" + std::to_string(pick(1'000))
                                   : "/p/" + std::to_string(pick(1'000)) + "?q=1";
    std::string head = exchange.method + " " + exchange.target + (pick(6) == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    const bool old = head.find("HTTP/1.0") != std::string::npos;
    head += "Host: shop\r\n" + noise_headers();
    std::string body;
    const bool carries = exchange.method == "POST" || exchange.method == "PUT";
    if (carries) exchange.body = some_text(pick(3'000));
    if (carries && !old && pick(2) == 0) {
      head += "Transfer-Encoding: chunked\r\n";
      body = chunked(exchange.body);
    } else if (carries) {
      head += "Content-Length: " + std::to_string(exchange.body.size()) + "\r\n";
      body = exchange.body;
    }
    head += "\r\n";
    std::tie(exchange.request_first, exchange.request_last) = send(Direction::kToServer, head + body);
    conversation_.exchanges.push_back(exchange);
  }

  void add_response(TrueExchange& exchange, bool last) {
    if (!pipelined_ && pick(4) == 0) exchange.interim = static_cast<unsigned>(1 + pick(2));
    for (unsigned i = 0; i < exchange.interim; ++i) {
      send(Direction::kToClient, "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n");
    }
    constexpr std::array kStatuses{200u, 201u, 204u, 304u, 404u, 500u};
    exchange.status = kStatuses[pick(kStatuses.size())];
    std::string head = "HTTP/1.1 " + std::to_string(exchange.status) + (pick(2) == 0 ? "" : " Some Reason") + "\r\n";
    head += noise_headers();
    const bool bodiless = exchange.method == "HEAD" || exchange.status == 204 || exchange.status == 304;
    const std::string content = some_text(pick(5'000));
    std::string body = bodiless ? "" : content;
    exchange.response_bytes = body.size();
    const std::size_t how = pick(last && !bodiless ? 3 : 2);
    if (how == 0) {
      head += "Content-Length: " + std::to_string(content.size()) + "\r\n";
    } else if (how == 1) {
      head += "Transfer-Encoding: chunked\r\n";
      if (!bodiless) body = chunked(content);
    } else {
      conversation_.server_closes = true;
    }
    std::tie(exchange.response_first, exchange.response_last) = send(Direction::kToClient, head + "\r\n" + body);
  }

  std::mt19937_64 random_;
  std::int64_t now_ = 1'000;
  bool pipelined_ = false;
  Conversation conversation_;
};

}  // namespace bellrock::http::test
