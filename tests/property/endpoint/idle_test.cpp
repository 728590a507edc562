// A million visitors who keep their connections open cost a fixed, small amount of memory, and the one who speaks is
// heard.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/dataplane/app/test_board.h"
#include "tests/unit/dataplane/app/wire.h"

namespace bellrock::app {
namespace {

using responder::test::TcpFrame;

constexpr std::uint32_t kConnections = 1'000'000;
constexpr std::uint32_t kPortsEach = 50'000;  // of one address
constexpr std::uint64_t kBytesMax = 320'000'000;

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

journey::Definition definition() {
  journey::Definition definition = shop_definition();
  definition.serve.on = true;
  definition.serve.addresses = {{0, 0xffff'c000'0201}};
  definition.serve.idle = kHour;
  definition.limits.connections_per_core = kConnections;
  return definition;
}

class Idle {
 public:
  Idle() : board_(definition()), heard_(kConnections) {
    before_ = resident_bytes();
    WorkerSetup setup = board_.setup();
    setup.pace = Pace::kLive;
    setup.ordered = false;
    setup.endpoint = &endpoint_;
    worker_ = std::make_unique<Worker<test::Wire, Endpoint>>(setup, wire_);
  }

  // One after the other, so that an answer's port says whose it is within its burst.
  void open_all() {
    for (std::uint32_t first = 0; first < kConnections; first += kBurst) {
      for (std::uint32_t c = first; c < first + kBurst; ++c) give(c, 999, tcp_flag::kSyn, "");
      poll();
      for (const auto& bytes : wire_.from_edge) {
        const auto read = responder::test::read(bytes);
        const std::uint32_t c = first + (read.frame.destination_port - port_of(first));
        ASSERT_LT(c, first + kBurst);
        heard_[c] = read.frame.sequence + 1;
      }
      wire_.from_edge.clear();
      for (std::uint32_t c = first; c < first + kBurst; ++c) give(c, 1'000, tcp_flag::kAck, "");
      poll();
    }
  }
  void say(std::uint32_t c, std::string_view text) { give(c, 1'000, tcp_flag::kAck | tcp_flag::kPsh, text); }
  void poll() {
    now_ = now_ + kMicrosecond;
    worker_->run_once(now_);
  }

  template <typename E>
  std::uint64_t count(E what) {
    return board_.board.core(0).counters[counter::id(what)];
  }
  [[nodiscard]] std::uint64_t grown() const { return resident_bytes() - before_; }
  [[nodiscard]] std::uint32_t live() { return worker_->stages().connections(); }

 private:
  static constexpr std::uint32_t kBurst = 50;
  static std::uint16_t port_of(std::uint32_t c) { return static_cast<std::uint16_t>(10'000 + c % kPortsEach); }

  void give(std::uint32_t c, std::uint32_t sequence, unsigned flags, std::string_view data) {
    TcpFrame frame;
    frame.to_mac = {2, 0, 0, 0, 0, 1};
    frame.from_mac = {2, 0, 0, 0, 0, 9};
    frame.source = {10, 0, 0, static_cast<std::uint8_t>(c / kPortsEach)};
    frame.destination = {192, 0, 2, 1};
    frame.source_port = port_of(c);
    frame.destination_port = 80;
    frame.window = 0xffff;
    frame.sequence = sequence;
    frame.acknowledgement = heard_[c];
    frame.flags = static_cast<std::uint8_t>(flags);
    frame.payload.assign(data.begin(), data.end());
    wire_.to_edge.push_back(build(frame));
  }

  const EndpointSetup endpoint_{
      .mac = {2, 0, 0, 0, 0, 1}, .mtu = 1'500, .secret = {1, 2}, .snippet = {}, .snippet_gzip = {}};
  TestBoard board_;
  test::Wire wire_;
  std::vector<std::uint32_t> heard_;
  std::uint64_t before_ = 0;
  std::unique_ptr<Worker<test::Wire, Endpoint>> worker_;
  Instant now_{1'700'000'000 * kSecond};
};

TEST(AMillionIdleConnections, FitInto320Megabytes) {
  auto idle = std::make_unique<Idle>();
  idle->open_all();
  EXPECT_EQ(idle->live(), kConnections);
  EXPECT_LE(idle->grown(), kBytesMax);
  RecordProperty("bytes", static_cast<int>(idle->grown()));
  std::printf("%u connections take %.1f MB, tables and pools included\n", idle->live(),
              static_cast<double>(idle->grown()) / 1e6);
  constexpr std::string_view kBeacon =
      R"({"v":1,"sid":"visitor-1","ts":1,"type":"step","page":"/","name":"x","dur":12,"ok":true})";
  const std::string post = "POST /rum HTTP/1.1\r\nHost: shop\r\nContent-Length: " + std::to_string(kBeacon.size()) +
                           "\r\n\r\n" + std::string(kBeacon);
  std::uint64_t said = 0;
  for (std::uint32_t c = 17; c < kConnections; c += 9'973, ++said) {
    idle->say(c, post);
    idle->poll();
  }
  EXPECT_EQ(idle->count(PacketCount::kBeaconsAccepted), said);
}

}  // namespace
}  // namespace bellrock::app
