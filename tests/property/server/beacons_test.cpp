// Beacons over a network that loses, doubles and reorders, in small segments: each reaches the sink exactly once, each
// answer its client exactly once and byte for byte, and nothing is left when all have closed.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <random>

#include "dataplane/responder/responder.h"
#include "dataplane/server/http_server.h"
#include "tests/property/responder/model_client.h"

namespace bellrock::server::test {
namespace {

using responder::test::ClientPlan;
using responder::test::ModelClient;
using responder::test::Octets;

std::string origin_of(std::uint32_t beacon) { return "https://shop" + std::to_string(beacon % 7) + ".example"; }

std::string request_of(std::uint32_t beacon) {
  const std::string body = R"({"v":1,"n":)" + std::to_string(beacon) + "}";
  const std::string head =
      "POST /rum?n=" + std::to_string(beacon) + " HTTP/1.1\r\nHost: a\r\nOrigin: " + origin_of(beacon);
  if (beacon % 5 != 0) return head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return head + "\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" + body.substr(0, 4) + "\r\n" +
         "0123456789abcdef"[body.size() - 4] + "\r\n" + body.substr(4) + "\r\n0\r\n\r\n";
}

std::string answer_to(std::uint32_t beacon) {
  return "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: " + origin_of(beacon) +
         "\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\nAccess-Control-Expose-Headers: Retry-After, "
         "X-Sentry-Rate-Limits, X-Faro-Session-Status, Etag\r\n\r\n";
}

struct CountingSink {
  std::vector<unsigned> seen;
  std::uint64_t broken = 0;
  static bool is_beacon_path(std::string_view, std::string_view path) { return path == "/rum"; }
  bool on_request(ConnectionIndex, const HttpRequest& request) {
    const std::string number(request.query.substr(2));
    const std::size_t beacon = std::strtoul(number.c_str(), nullptr, 10);
    const bool right = beacon < seen.size() && text(request.body) == R"({"v":1,"n":)" + number + "}";
    right ? ++seen[beacon] : ++broken;
    return true;
  }
};

// Longer ways overtake: what was sent later may arrive sooner.
struct OnWay {
  std::int64_t at_us = 0;
  std::uint64_t order = 0;
  bool to_server = false;
  Octets frame;
  bool operator<(const OnWay& other) const { return std::pair(at_us, order) > std::pair(other.at_us, other.order); }
};

class Beacons : public testing::Test {
 protected:
  static constexpr responder::Address kAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  static constexpr std::uint16_t kPort = 80;
  static constexpr std::size_t kAtOnce = 64;
  static constexpr std::uint32_t kEach = 50;

  void start(std::uint32_t beacons) {
    Config config;
    config.connections = 1'024;
    config.pool_blocks = 1'024;
    config.head_timeout = config.body_timeout = 100 * kSecond;
    responder::Config stack;
    stack.mac = {2, 0, 0, 0, 0, 1};
    stack.addresses = {&kAddress, 1};
    stack.ports = {&kPort, 1};
    stack.connections = config.connections;
    stack.secret = {1, 2};
    sink_.seen.assign(beacons, 0);
    server_ =
        std::make_unique<HttpServer<CountingSink>>(config, std::span<const std::string>{}, *table_, *counters_, sink_);
    responder_ =
        std::make_unique<responder::Responder<HttpServer<CountingSink>>>(stack, *table_, outbox_, *counters_, *server_);
    buffers_.assign(kOutFramesMax, Octets(stack.mtu + responder::kLinkBytesMax));
  }

  // segment_bytes: 0: of each client another, 1 to 64.
  void run(std::uint32_t beacons, std::size_t segment_bytes) {
    start(beacons);
    std::uint32_t next = 0;
    unsigned number = 0;
    while (next < beacons || !clients_.empty()) {
      for (; next < beacons && clients_.size() < kAtOnce; next += kEach) {
        ++number;
        add_client(number, next, segment_bytes == 0 ? 1 + number % 64 : segment_bytes);
      }
      step();
      ASSERT_LT(now_us_, 40'000LL * 1'000'000) << "it does not come to an end";
      ASSERT_EQ(problem_, "");
    }
    for (int i = 0; i < 200'000 && responder_->live() > 0; ++i) step();
  }

  void add_client(unsigned number, std::uint32_t first, std::size_t segment_bytes) {
    ClientPlan plan{.number = number, .stream = {}, .wanted = {}, .segment_bytes = segment_bytes};
    plan.timestamps = number % 2 == 0;
    plan.sack = number % 3 != 0;
    for (std::uint32_t beacon = first; beacon < first + kEach; ++beacon) {
      plan.stream += request_of(beacon);
      plan.wanted += answer_to(beacon);
    }
    auto client = std::make_unique<ModelClient>(plan, static_cast<std::uint32_t>(random_()),
                                                [this](const Octets& frame) { carry(frame, true); });
    client->begin(now_us_ / 1'000);
    clients_[number] = std::move(client);
  }

  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  void carry(const Octets& frame, bool to_server) {
    if (chance(0.05)) return;
    for (int copies = chance(0.05) ? 2 : 1; copies > 0; --copies) {
      const std::int64_t late = chance(0.10) ? static_cast<std::int64_t>(random_() % 20'000) : 0;
      on_way_.push({now_us_ + 1'000 + late, order_++, to_server, frame});
    }
  }

  // A millisecond: what is due arrives, then timers.
  void step() {
    now_us_ += 1'000;
    const Instant now{kSecond + now_us_ * kMicrosecond};
    server_->set_time(now);
    while (!on_way_.empty() && on_way_.top().at_us <= now_us_) {
      const OnWay next = on_way_.top();
      on_way_.pop();
      next.to_server ? to_server(next.frame, now) : to_client(next.frame);
    }
    offer();
    responder_->advance(now);
    fetch();
    if (now_us_ % 10'000 != 0) return;
    for (auto& [number, client] : clients_) client->on_tick(now_us_ / 1'000);
    for (auto& [number, client] : clients_) {
      if (!client->problem().empty()) problem_ = std::to_string(number) + ": " + client->problem();
    }
    for (auto at = clients_.begin(); at != clients_.end();) {
      const auto client = at++;
      if (client->second->over()) resting_.insert(clients_.extract(client));
    }
  }
  void to_server(const Octets& frame, Instant now) {
    offer();
    const Packet packet{.data = frame,
                        .wire_bytes = static_cast<std::uint32_t>(frame.size()),
                        .link = LinkType::kEthernet,
                        .time = now,
                        .ordinal = 0};
    responder_->on_frame(packet, now);
    fetch();
  }
  void to_client(const Octets& frame) {
    const auto got = responder::test::read(frame);
    if (!got.problem.empty()) problem_ = got.problem;
    const unsigned number = got.frame.destination[2] * 256u + got.frame.destination[3];
    for (auto* clients : {&clients_, &resting_}) {
      if (const auto client = clients->find(number); client != clients->end())
        client->second->on_frame(got.frame, now_us_ / 1'000);
    }
  }
  void offer() {
    while (outbox_.offered() < kOutFramesMax) outbox_.offer(buffers_[next_buffer_++ % buffers_.size()].data());
  }
  void fetch() {
    for (const OutFrame& frame : outbox_.ready()) carry(Octets(frame.data, frame.data + frame.bytes), false);
    outbox_.sent();
  }

  void expect_exactly_once() {
    for (std::size_t i = 0; i < sink_.seen.size(); ++i) ASSERT_EQ(sink_.seen[i], 1u) << i;
    EXPECT_EQ(sink_.broken, 0u);
    EXPECT_EQ(counters_->pending(counter::status(204)), sink_.seen.size());
    EXPECT_EQ(counters_->pending(counter::id(ServerCount::kRequests)), sink_.seen.size());
    EXPECT_EQ(counters_->pending(counter::id(ServerCount::kCutRequests)), 0u);
    EXPECT_EQ(responder_->live(), 0u);
    EXPECT_EQ(server_->free_blocks(), 1'024u);
    for (responder::ReplyId id = 0; id < responder::kRepliesMax; ++id) EXPECT_EQ(table_->in_use(id), 0u);
  }

  std::unique_ptr<responder::ReplyTable> table_ = std::make_unique<responder::ReplyTable>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  responder::Outbox outbox_;
  CountingSink sink_;
  std::unique_ptr<HttpServer<CountingSink>> server_;
  std::unique_ptr<responder::Responder<HttpServer<CountingSink>>> responder_;
  std::vector<Octets> buffers_;
  std::size_t next_buffer_ = 0;
  std::map<unsigned, std::unique_ptr<ModelClient>> clients_;
  std::map<unsigned, std::unique_ptr<ModelClient>> resting_;  // they answer the server's FIN, should it come again
  std::priority_queue<OnWay> on_way_;
  std::uint64_t order_ = 0;
  std::mt19937_64 random_{5};
  std::int64_t now_us_ = 0;
  std::string problem_;
};

TEST_F(Beacons, HundredThousandInSingleBytesOverABadNetworkAreCountedOnce) {
  run(100'000, 1);
  expect_exactly_once();
}

TEST_F(Beacons, InSmallPiecesOverABadNetworkEachIsCountedOnce) {
  run(20'000, 0);
  expect_exactly_once();
}

}  // namespace
}  // namespace bellrock::server::test
