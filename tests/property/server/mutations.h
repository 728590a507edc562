// Requests that are nearly right: good ones, and what an attacker would try, changed at random places. Deterministic.
#pragma once

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bellrock::server::test {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string all = request();
    while (pick(4) == 0) all += request();
    for (std::size_t n = pick(2) * pick(4); n > 0; --n) change(all);
    return all;
  }

 private:
  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  template <std::size_t N>
  std::string_view one(const std::array<std::string_view, N>& of) {
    return of[pick(N)];
  }

  // Without spoiling: most of the time right.
  std::string request() {
    static constexpr std::array<std::string_view, 14> kMethods{"GET",     "POST",  "POST",   "POST",  "HEAD",
                                                               "OPTIONS", "PUT",   "DELETE", "TRACE", "PATCH",
                                                               "CONNECT", "PURGE", "BREW",   "get"};
    static constexpr std::array<std::string_view, 16> kTargets{
        "/rum", "/rum?v=1", "/",    "*",         "http://a/rum", "http://a:80?x", "a:80",         "/a/../b",
        "/%00", "//x//y",   "/r#f", "/\xc3\xa4", "/a b",         "rum",           "/\"<>{}|\\^`", "http://u@a/"};
    static constexpr std::array<std::string_view, 10> kVersions{"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1",
                                                                "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0",
                                                                "HTTP/0.9", "http/1.1"};
    const bool usual = pick(8) != 0;
    std::string out(usual ? (pick(3) == 0 ? "GET" : "POST") : one(kMethods));
    out += ' ';
    out += usual ? (pick(2) == 0 ? "/rum" : "/rum?v=1") : one(kTargets);
    out += ' ';
    out += usual ? "HTTP/1.1" : one(kVersions);
    out += "\r\n";
    if (pick(30) != 0) out += "Host: a\r\n";
    for (std::size_t n = pick(5); n > 0; --n) out += header();
    return out + framing();
  }

  std::string header() {
    static constexpr std::array<std::string_view, 30> kLines{"User-Agent: x/1 (y; z)",
                                                             "Accept: */*",
                                                             "Origin: https://shop.example",
                                                             "Cookie: a=b; c=d",
                                                             "X-A:",
                                                             "X-B: \xe4\xff",
                                                             "x-c:\tv\t",
                                                             "Connection: keep-alive",
                                                             "Connection: close",
                                                             "Connection: upgrade",
                                                             "X-Upgrade: h2c",
                                                             "Expect: 100-continue",
                                                             "Expect: else",
                                                             "X D: e",
                                                             "X-E : f",
                                                             ": g",
                                                             "NoColon",
                                                             " folded",
                                                             "\tfolded",
                                                             "Host: b",
                                                             "X-F: \x01",
                                                             "X-G: a\rb",
                                                             "X-H: a\nb",
                                                             "Content-Type: text/plain",
                                                             "Content-Type: text/html",
                                                             "Trailer: X",
                                                             "TE: trailers",
                                                             "Keep-Alive: 5",
                                                             "Proxy-Connection: close",
                                                             "Sec-\xc3\xa4: x"};
    const std::size_t harmless = 12;
    const std::string_view line = pick(16) == 0 ? one(kLines) : kLines[pick(harmless)];
    return std::string(line) + (pick(60) == 0 ? "\n" : "\r\n");
  }

  std::string framing() {
    static constexpr std::array<std::string_view, 16> kLengths{
        "+2",    "-1", "0x2", "2 2", "2,2",   "",  "02", "2 ", "1e1", "99999999999999999999",
        "2\x0b", "0",  "1",   "3",   "70000", " 2"};
    static constexpr std::array<std::string_view, 14> kCodings{"chunked",
                                                               "Chunked",
                                                               "gzip, chunked",
                                                               "chunked, gzip",
                                                               "identity",
                                                               "xchunked",
                                                               "chunked, chunked",
                                                               "chunked;q=1",
                                                               "",
                                                               "chunked,",
                                                               "\x0b"
                                                               "chunked",
                                                               "gzip",
                                                               "chunked ",
                                                               "'chunked'"};
    const std::string body(pick(20), pick(9) == 0 ? '\n' : 'b');
    switch (pick(20)) {
      case 0:
        return "\r\n";
      case 1:
        return "Content-Length: " + std::string(one(kLengths)) + "\r\n\r\n" + body;
      case 2:
        return "Transfer-Encoding: " + std::string(one(kCodings)) + "\r\n\r\n" + chunks(body);
      case 3:
        return "Content-Length: " + std::to_string(body.size()) + "\r\nTransfer-Encoding: chunked\r\n\r\n" +
               chunks(body);
      case 4:
        return "Transfer-Encoding: chunked\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               chunks(body);
      case 5:
        return "Content-Length: 2\r\nContent-Length: " + std::string(pick(2) == 0 ? "2" : "3") + "\r\n\r\n{}";
      case 6:
      case 7:
      case 8:
        return "Transfer-Encoding: chunked\r\n\r\n" + chunks(body);
      default:
        return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
  }

  std::string chunks(const std::string& body) {
    static constexpr std::array<std::string_view, 14> kOdd{"0x",  " ",  "+", "00000", ";a=b", ";a=\"b;\"",  "; a", ";",
                                                           " \t", ";=", "g", "_",     "-",    ";a=\"\\\"\""};
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
      const std::string piece = body.substr(at, 1 + pick(7));
      at += piece.size();
      static constexpr std::string_view kDigits = "0123456789abcdef";
      out += pick(25) == 0 ? std::string(one(kOdd)) : "";
      out += kDigits[piece.size()];
      out += pick(25) == 0 ? std::string(one(kOdd)) : "";
      out += (pick(60) == 0 ? "\n" : "\r\n") + piece + (pick(60) == 0 ? "\n" : "\r\n");
    }
    out += pick(40) == 0 ? "00" : "0";
    out += pick(60) == 0 ? "\n" : "\r\n";
    if (pick(6) == 0) out += header();
    return out + "\r\n";
  }

  void change(std::string& all) {
    static constexpr std::string_view kBytes{
        "\r\n\t \0:;,/?#%\"{}\\\x01\x0b\x7f\x80\xff"
        "aA0+-",
        26};
    if (all.empty()) return;
    const std::size_t at = pick(all.size());
    switch (pick(7)) {
      case 0:
        all[at] = kBytes[pick(kBytes.size())];
        break;
      case 1:
        all.insert(at, 1, kBytes[pick(kBytes.size())]);
        break;
      case 2:
        all.erase(at, 1);
        break;
      case 3:
        all[at] = static_cast<char>(all[at] ^ 1 << pick(8));
        break;
      case 4:
        all.insert(at, all.substr(pick(all.size()), pick(30)));
        break;
      case 5:
        if (pick(4) == 0) all.resize(at);
        break;
      default:
        all.insert(at, pick(2) == 0 ? "\r\n" : "\r\n\r\n");
    }
  }

  std::mt19937_64 random_;
};

}  // namespace bellrock::server::test
