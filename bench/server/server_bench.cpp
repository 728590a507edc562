// A keep-alive beacon from its bytes to the number of its reply: head, body, beacon, answer. No TCP, no journeys. Next
// to it, in the same run, its parts: the head alone, the beacon alone. Every iteration's result is checked.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/beacon/reader.h"
#include "dataplane/server/http_server.h"

namespace bellrock::server {
namespace {

// Ten fields that are read, and one that is not.
std::string beacon_body(unsigned variant) {
  const std::string id = std::to_string(1'000'000 + variant);
  std::string body = R"({"v":1,"sid":"8f2c397e-0c1d-4b7e-9a35-)" + id + R"(aa","ts":17640)" + id +
                     R"(12,"type":"step","page":"/checkout/payment","name":"payment.submit","dur":)" +
                     std::to_string(100 + variant % 900) + R"(.5,"ok":true,"n":)" + std::to_string(variant % 97) +
                     R"(,"pv":"pv-)" + id + R"(","note":")";
  body += std::string(699 - body.size(), 'x') + "\"}";
  return body;
}

// What Chrome sends with a cross-origin beacon: 16 headers. Ids differ between buffers, so that no predictor can learn
// one of them by heart.
std::string request(unsigned variant, bool origin) {
  const std::string id = std::to_string(1'000'000 + variant);
  const std::string body = beacon_body(variant);
  return "POST /rum?s=" + id +
         " HTTP/1.1\r\n"
         "Host: c.example.com\r\n"
         "Connection: keep-alive\r\n"
         "Content-Length: " +
         std::to_string(body.size()) +
         "\r\n"
         "sec-ch-ua-platform: \"Android\"\r\n"
         "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
         "Mobile Safari/537.36\r\n"
         "sec-ch-ua: \"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
         "Content-Type: text/plain;charset=UTF-8\r\n"
         "sec-ch-ua-mobile: ?1\r\n"
         "Accept: */*\r\n" +
         (origin ? "Origin: https://shop.example.com\r\n" : "X-Nothing: https://shop.example.com\r\n") +
         "Sec-Fetch-Site: cross-site\r\n"
         "Sec-Fetch-Mode: no-cors\r\n"
         "Sec-Fetch-Dest: empty\r\n"
         "Referer: https://shop.example.com/\r\n"
         "Accept-Encoding: gzip, deflate, br\r\n"
         "Accept-Language: en-GB,en;q=0.9\r\n\r\n" +
         body;
}

std::vector<std::string> requests(bool origin) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < 256; ++i) all.push_back(request(i * 37, origin));
  return all;
}

struct CountingSink {
  beacon::Reader reader{kBodyBytesMax};
  std::uint64_t accepted = 0;
  double sum = 0;

  static bool is_beacon_path(std::string_view, std::string_view path) { return path == "/rum"; }
  bool on_request(ConnectionIndex, const HttpRequest& carrier) {
    reader.start(carrier);
    while (reader.next() == beacon::Reader::Step::kBeacon) {
      ++accepted;
      sum += reader.beacon().dur;
    }
    return true;
  }
};

struct NoStack {
  std::uint64_t replies = 0;
  static bool can_respond(ConnectionIndex) { return true; }
  bool respond(ConnectionIndex, responder::ReplyId, responder::After after) {
    ++replies;
    return after == responder::After::kKeep;
  }
  static void close(ConnectionIndex) {}
  static void set_deadline(ConnectionIndex, Duration) {}
  static void clear_deadline(ConnectionIndex) {}
};

Config config() {
  Config made;
  made.connections = 1'024;
  made.pool_blocks = 1'024;
  made.requests_per_connection = 0;
  return made;
}

struct Bench {
  responder::ReplyTable table;
  Counters counters;
  CountingSink sink;
  NoStack stack;
  HttpServer<CountingSink> server{config(), {}, table, counters, sink};

  Bench() {
    server.set_time(Instant{kSecond});
    for (ConnectionIndex c = 0; c < 1'024; ++c) server.on_open(stack, c, Flow{});
  }
};

void keep_alive_beacon(benchmark::State& state, bool origin) {
  const auto made = std::make_unique<Bench>();
  Bench& bench = *made;
  const std::vector<std::string> all = requests(origin);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& bytes = all[i & 255];
    const auto c = static_cast<ConnectionIndex>(i++ & 1'023);
    CHECK(bench.server.on_data(bench.stack, c, bellrock::bytes(bytes)) == bytes.size());
  }
  CHECK(bench.sink.accepted == i && bench.stack.replies == i);
  state.counters["bytes"] = static_cast<double>(all[0].size());
}
BENCHMARK_CAPTURE(keep_alive_beacon, of_a_page, true);
BENCHMARK_CAPTURE(keep_alive_beacon, without_origin, false);

// The same bytes in two segments, cut inside of the body: the head waits in the pool.
void split_beacon(benchmark::State& state) {
  const auto made = std::make_unique<Bench>();
  Bench& bench = *made;
  const std::vector<std::string> all = requests(true);
  std::size_t i = 0;
  for (auto _ : state) {
    const Bytes bytes = bellrock::bytes(all[i & 255]);
    const auto c = static_cast<ConnectionIndex>(i++ & 1'023);
    bench.server.on_data(bench.stack, c, bytes.first(1'000));
    bench.server.on_data(bench.stack, c, bytes.subspan(1'000));
  }
  CHECK(bench.sink.accepted == i && bench.stack.replies == i);
}
BENCHMARK(split_beacon);

void head_alone(benchmark::State& state) {
  http::RequestParser parser(http::best_kernel(), {});
  http::RequestHead head;
  const std::vector<std::string> all = requests(true);
  std::size_t i = 0;
  for (auto _ : state) CHECK(parser.parse(bytes(all[i++ & 255]), head).state == http::HeadState::kComplete);
  state.counters["bytes"] = static_cast<double>(all[0].find("\r\n\r\n") + 4);
}
BENCHMARK(head_alone);

void beacon_alone(benchmark::State& state) {
  CountingSink sink;
  HeaderValues headers{};
  HttpRequest carrier;
  carrier.headers = &headers;
  std::vector<std::string> bodies;
  for (const std::string& all : requests(true))
    bodies.push_back(all.substr(all.find("\r\n\r\n") + 4) + std::string(64, ' '));
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& body = bodies[i++ & 255];
    carrier.body = bytes(body).first(body.size() - 64);
    sink.on_request(0, carrier);
  }
  CHECK(sink.accepted == i);
  state.counters["bytes"] = static_cast<double>(bodies[0].size() - 64);
}
BENCHMARK(beacon_alone);

}  // namespace
}  // namespace bellrock::server
