// Over a network that loses, doubles and reorders, in segments of single bytes: each message reaches the server exactly
// once, each reply its client exactly once, and nothing is left when all have closed.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <random>

#include "dataplane/responder/responder.h"
#include "tests/property/responder/model_client.h"

namespace bellrock::responder::test {
namespace {

constexpr std::size_t kMessageBytes = 8;
// Which of them a message gets is told by its number.
constexpr std::array<std::string_view, 4> kReplies{"taken;", "noted too;", "ok;", "a rather longer answer;"};

// Counts messages by their number; answers each.
struct CountingServer {
  struct Open {
    std::array<std::uint8_t, kMessageBytes> part{};
    std::size_t bytes = 0;
    unsigned taken = 0;
  };
  std::vector<unsigned> seen;
  std::vector<Open> open;
  std::array<ReplyId, kReplies.size()> replies{};
  unsigned closes_after = 0;  // messages, when it is the server that closes
  std::uint64_t broken = 0;
  std::uint64_t lost = 0;  // connections that did not end in order

  void on_open(Stack&, ConnectionIndex c, const Flow&) { open[c] = {}; }
  std::size_t on_data(Stack& stack, ConnectionIndex c, Bytes bytes) {
    Open& o = open[c];
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (!stack.can_respond(c)) return i;
      o.part[o.bytes++] = bytes[i];
      if (o.bytes < kMessageBytes) continue;
      o.bytes = 0;
      const std::uint32_t number = load_be32(o.part.data());
      if (number >= seen.size() || load_be32(o.part.data() + 4) != ~number) {
        ++broken;
      } else {
        ++seen[number];
      }
      stack.respond(c, replies[number % replies.size()], ++o.taken == closes_after ? After::kClose : After::kKeep);
    }
    return bytes.size();
  }
  void on_half_close(Stack& stack, ConnectionIndex c) { stack.close(c); }
  void on_deadline(Stack&, ConnectionIndex) {}
  void on_closed(ConnectionIndex, CloseReason reason) { lost += reason != CloseReason::kFinished ? 1 : 0; }
};

struct Impairments {
  double loss = 0, duplicates = 0, reordering = 0;
};

// Carries frames in both directions; its chances are seeded.
class Network {
 public:
  Network(std::uint64_t seed, Impairments impairments) : random_(seed), impairments_(impairments) {}

  void carry(const Octets& frame, bool to_server, std::int64_t now_us) {
    if (chance(impairments_.loss)) return;
    const int copies = chance(impairments_.duplicates) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      std::int64_t delay = 1'000;
      if (chance(impairments_.reordering)) delay += static_cast<std::int64_t>(random_() % 20'000);
      on_way_.push({now_us + delay, order_++, to_server, frame});
    }
  }
  struct OnWay {
    std::int64_t at_us;
    std::uint64_t order;
    bool to_server;
    Octets frame;
    bool operator<(const OnWay& other) const { return std::pair(at_us, order) > std::pair(other.at_us, other.order); }
  };
  [[nodiscard]] bool due(std::int64_t now_us) const { return !on_way_.empty() && on_way_.top().at_us <= now_us; }
  OnWay take() {
    OnWay next = on_way_.top();
    on_way_.pop();
    return next;
  }

 private:
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  std::mt19937_64 random_;
  Impairments impairments_;
  std::priority_queue<OnWay> on_way_;
  std::uint64_t order_ = 0;
};

class Delivery : public testing::Test {
 protected:
  static constexpr Address kAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  static constexpr std::uint16_t kPort = 80;
  static constexpr std::size_t kAtOnce = 64;

  void run(std::uint32_t messages, unsigned messages_each, std::size_t segment_bytes, Impairments impairments,
           bool server_closes) {
    Config& config = config_;
    config.mac = {2, 0, 0, 0, 0, 1};
    config.addresses = {&kAddress, 1};
    config.ports = {&kPort, 1};
    config.secret = {1, 2};
    server_.seen.assign(messages, 0);
    server_.open.resize(config.connections);
    for (std::size_t i = 0; i < kReplies.size(); ++i) server_.replies[i] = replies_.add(bytes(kReplies[i]));
    server_.closes_after = server_closes ? messages_each : 0;
    responder_ = std::make_unique<Responder<CountingServer>>(config, replies_, outbox_, counters_, server_);
    buffers_.assign(kOutFramesMax, Octets(config.mtu + kLinkBytesMax));
    network_ = std::make_unique<Network>(7, impairments);
    random_.seed(11);
    std::uint32_t next_message = 0;
    unsigned number = 0;
    while (next_message < messages || !clients_.empty() || !resting_.empty()) {
      while (next_message < messages && clients_.size() < kAtOnce) {
        add_client(++number, next_message, messages_each, segment_bytes, server_closes);
        next_message += messages_each;
      }
      step();
      ASSERT_LT(now_us_, 40'000LL * 1'000'000) << "it does not come to an end";
      if (!problem_.empty()) FAIL() << problem_;
    }
  }

  void add_client(unsigned number, std::uint32_t first, unsigned count, std::size_t segment_bytes, bool server_closes) {
    ClientPlan plan{.number = number, .stream = {}, .wanted = {}, .segment_bytes = segment_bytes};
    plan.timestamps = number % 2 == 0;
    plan.sack = number % 3 != 0;
    plan.closes_first = !server_closes;
    for (std::uint32_t m = first; m < first + count; ++m) {
      Octets message;
      put32(message, m);
      put32(message, ~m);
      plan.stream.append(message.begin(), message.end());
      plan.wanted += kReplies[m % kReplies.size()];
    }
    auto client = std::make_unique<ModelClient>(plan, static_cast<std::uint32_t>(random_()),
                                                [this](const Octets& frame) { network_->carry(frame, true, now_us_); });
    client->begin(now_us_ / 1'000);
    clients_[number] = std::move(client);
  }

  // A millisecond: what is due arrives, then timers.
  void step() {
    now_us_ += 1'000;
    const Instant now{kSecond + now_us_ * kMicrosecond};
    while (network_->due(now_us_)) {
      Network::OnWay next = network_->take();
      if (next.to_server) {
        burst_.push_back(std::move(next.frame));
        if (burst_.size() == kBurstMax) give_burst(now);
        continue;
      }
      const Read got = read(next.frame);
      if (!got.problem.empty()) problem_ = got.problem;
      const unsigned number = got.frame.destination[2] * 256u + got.frame.destination[3];
      for (auto* clients : {&clients_, &resting_}) {
        const auto client = clients->find(number);
        if (client != clients->end()) client->second->on_frame(got.frame, now_us_ / 1'000);
      }
    }
    give_burst(now);
    offer();
    responder_->advance(now);
    send();
    if (now_us_ % 10'000 != 0) return;
    for (auto at = clients_.begin(); at != clients_.end();) {
      at->second->on_tick(now_us_ / 1'000);
      if (!at->second->problem().empty()) problem_ = std::to_string(at->first) + ": " + at->second->problem();
      if (!at->second->over()) {
        ++at;
        continue;
      }
      rest_.emplace_back(now_us_ + kRestUs, at->first);
      resting_[at->first] = std::move(at->second);
      at = clients_.erase(at);
    }
    for (; !rest_.empty() && rest_.front().first < now_us_; rest_.pop_front()) resting_.erase(rest_.front().second);
  }

  // What arrives in one millisecond is a burst, or several.
  void give_burst(Instant now) {
    std::array<Packet, kBurstMax> packets{};
    std::array<FrameVerdict, kBurstMax> verdicts{};
    for (std::size_t i = 0; i < burst_.size(); ++i) {
      packets[i].data = burst_[i];
      packets[i].wire_bytes = static_cast<std::uint32_t>(burst_[i].size());
      packets[i].link = LinkType::kEthernet;
      packets[i].time = now;
    }
    offer();
    responder_->on_burst({packets.data(), burst_.size()}, now, verdicts);
    send();
    burst_.clear();
  }

  void offer() {
    while (outbox_.offered() < kOutFramesMax) {
      outbox_.offer(buffers_[next_buffer_].data());
      next_buffer_ = (next_buffer_ + 1) % buffers_.size();
    }
  }
  void send() {
    for (const OutFrame& frame : outbox_.ready())
      network_->carry(Octets(frame.data, frame.data + frame.bytes), false, now_us_);
    outbox_.sent();
  }

  void expect_exactly_once() {
    std::size_t missing = 0, twice = 0;
    for (const unsigned count : server_.seen) {
      missing += count == 0 ? 1 : 0;
      twice += count > 1 ? 1 : 0;
    }
    EXPECT_EQ(missing, 0U);
    EXPECT_EQ(twice, 0U);
    EXPECT_EQ(server_.broken, 0U);
    EXPECT_EQ(responder_->live(), 0U);
    for (const ReplyId reply : server_.replies) EXPECT_EQ(replies_.in_use(reply), 0U);
    EXPECT_EQ(responder_->out_of_order_blocks_free(), responder_->out_of_order_blocks());
    std::uint64_t verdicts = 0;
    for (std::size_t i = 0; i < kFrameVerdictNames.size(); ++i)
      verdicts += counters_.pending(counter::id(static_cast<FrameVerdict>(i)));
    EXPECT_EQ(verdicts, counters_.pending(counter::id(ResponderCount::kFramesIn)));
  }

  static Config defaults() {
    Config config;
    config.connections = 1'024;
    config.out_of_order_bytes = 4 << 20;
    return config;
  }

  Config config_ = defaults();
  ReplyTable replies_;
  Outbox outbox_;
  Counters counters_;
  CountingServer server_;
  std::unique_ptr<Responder<CountingServer>> responder_;
  std::vector<Octets> burst_;
  std::vector<Octets> buffers_;
  std::size_t next_buffer_ = 0;
  std::unique_ptr<Network> network_;
  std::map<unsigned, std::unique_ptr<ModelClient>> clients_;
  // Those that are over answer the server's FIN for a while, as in TIME-WAIT.
  static constexpr std::int64_t kRestUs = 60'000'000;
  std::map<unsigned, std::unique_ptr<ModelClient>> resting_;
  std::deque<std::pair<std::int64_t, unsigned>> rest_;
  std::mt19937_64 random_;
  std::int64_t now_us_ = 0;
  std::string problem_;
};

TEST_F(Delivery, HundredThousandMessagesInSingleBytesOverABadNetworkArriveOnce) {
  run(100'000, 50, 1, {.loss = 0.05, .duplicates = 0.05, .reordering = 0.10}, false);
  expect_exactly_once();
  EXPECT_EQ(server_.lost, 0U);
  EXPECT_GT(counters_.pending(counter::id(FrameVerdict::kKept)), 0U);
  EXPECT_GT(counters_.pending(counter::id(FrameVerdict::kDuplicate)), 0U);
  EXPECT_GT(counters_.pending(counter::id(ResponderCount::kRetransmitted)), 0U);
}

TEST_F(Delivery, AConnectionForEachMessageOverABadNetworkArrivesOnce) {
  run(20'000, 1, kMessageBytes, {.loss = 0.05, .duplicates = 0.05, .reordering = 0.10}, true);
  expect_exactly_once();
  EXPECT_GT(counters_.pending(counter::id(ResponderCount::kTimeWaits)), 0U);
}

TEST_F(Delivery, SmallWindowsAndATinyPoolOnlyMakeItSlower) {
  config_.receive_window = 300;
  config_.out_of_order_bytes = 8 * 2'048;
  run(20'000, 50, 40, {.loss = 0.05, .duplicates = 0.05, .reordering = 0.10}, false);
  expect_exactly_once();
  EXPECT_GT(counters_.pending(counter::id(ResponderCount::kOutOfOrderEvicted)), 0U);
}

TEST_F(Delivery, AGoodNetworkNeedsNoRetransmission) {
  run(20'000, 50, 20, {}, false);
  expect_exactly_once();
  EXPECT_EQ(counters_.pending(counter::id(ResponderCount::kRetransmitted)), 0U);
  EXPECT_EQ(counters_.pending(counter::id(ResponderCount::kResetsSent)), 0U);
}

}  // namespace
}  // namespace bellrock::responder::test
