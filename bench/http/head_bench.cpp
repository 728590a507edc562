// A browser's request head through RequestParser with each kernel, against a full parse of the usual kind in the same
// run; then whole exchanges through Connections. Every iteration's result is checked.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "bench/http/full_parser.h"
#include "dataplane/base/check.h"
#include "dataplane/http/connections.h"

namespace bellrock::http {
namespace {

// What Chrome sends with a beacon: 16 headers. Targets and ids differ between buffers, so that no branch predictor can
// learn one of them by heart.
std::string chrome_head(unsigned variant) {
  const std::string id = std::to_string(1'000'000 + variant);
  return "POST /rum?v=1&s=" + id +
         " HTTP/1.1\r\n"
         "Host: shop.example.com\r\n"
         "Connection: keep-alive\r\n"
         "Content-Length: 700\r\n"
         "sec-ch-ua-platform: \"Android\"\r\n"
         "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
         "Mobile "
         "Safari/537.36\r\n"
         "sec-ch-ua: \"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
         "Content-Type: text/plain;charset=UTF-8\r\n"
         "sec-ch-ua-mobile: ?1\r\n"
         "Origin: http://shop.example.com\r\n"
         "Sec-Fetch-Site: same-origin\r\n"
         "Sec-Fetch-Mode: no-cors\r\n"
         "Sec-Fetch-Dest: empty\r\n"
         "Referer: http://shop.example.com/checkout/payment?step=2\r\n"
         "Accept-Encoding: gzip, deflate\r\n"
         "Accept-Language: en-GB,en;q=0.9\r\n"
         "Cookie: sid=8f2c397e" +
         id.substr(0, 6) + "\r\n\r\n";
}

const std::vector<std::string>& heads() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (unsigned i = 0; i < 256; ++i) made.push_back(chrome_head(i * 37));
    return made;
  }();
  return all;
}

void full_parse(benchmark::State& state) {
  bench::FullHead head;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& text = heads()[i++ % heads().size()];
    CHECK(bench::FullParser::parse(text, head) == text.size());
    CHECK(head.header_count == 16);
  }
  state.counters["bytes"] = static_cast<double>(heads()[0].size());
}
BENCHMARK(full_parse);

void request_head(benchmark::State& state, const ScanKernel* kernel) {
  RequestParser parser(*kernel, {});
  RequestHead head;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& text = heads()[i++ % heads().size()];
    const HeadResult result = parser.parse(bytes(text), head);
    CHECK(result.state == HeadState::kComplete && result.bytes == text.size());
    CHECK(head.framing.length == 700 && head.message.path == "/rum");
    CHECK(head.message.header(Header::kCookie).size() == 18);
  }
}

struct NoSink {
  std::uint64_t requests = 0, transactions = 0, body_bytes = 0;
  static bool wants_body(ConnectionIndex, const HttpRequest&) { return true; }
  void on_request(ConnectionIndex, const HttpRequest& request, RequestTag&) {
    ++requests;
    body_bytes += request.body.size();
  }
  void on_response(ConnectionIndex, const HttpResponse&, const RequestTag&) {}
  void on_transaction(ConnectionIndex, const Transaction& transaction, const RequestTag&) {
    transactions += transaction.end == TransactionEnd::kAnswered && transaction.status == 204;
  }
  static void on_error(ConnectionIndex, Direction, HttpError) { CHECK(false); }
};

// A beacon in one segment and its 204, on 1,000 connections in turn.
void exchange(benchmark::State& state, const ScanKernel* kernel) {
  constexpr ConnectionIndex kConnections = 1'000;
  Counters counters;
  Connections http({.connections = kConnections}, {}, counters, *kernel);
  for (ConnectionIndex c = 0; c < kConnections; ++c) http.on_open(c);
  std::vector<std::string> requests;
  for (const std::string& head : heads()) requests.push_back(head + std::string(700, 'x'));
  const std::string response =
      "HTTP/1.1 204 No Content\r\nServer: nginx\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";
  NoSink sink;
  std::uint64_t i = 0;
  for (auto _ : state) {
    const auto c = static_cast<ConnectionIndex>(i % kConnections);
    const Instant now{static_cast<std::int64_t>(++i) * 1'000};
    http.on_data(c, Direction::kToServer, bytes(requests[i % requests.size()]), now, sink);
    http.on_data(c, Direction::kToClient, bytes(response), now + 500, sink);
  }
  CHECK(sink.transactions == i && sink.requests == i && sink.body_bytes == i * 700);
}

[[maybe_unused]] const bool registered = [] {
  for (const ScanKernel* kernel : supported_kernels()) {
    benchmark::RegisterBenchmark((std::string("request_head/") + kernel->name).c_str(), request_head, kernel);
  }
  for (const ScanKernel* kernel : supported_kernels()) {
    benchmark::RegisterBenchmark((std::string("exchange/") + kernel->name).c_str(), exchange, kernel);
  }
  return true;
}();

}  // namespace
}  // namespace bellrock::http
