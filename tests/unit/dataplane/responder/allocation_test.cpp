// Nothing is allocated per frame, and a million connections fit their budget.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>

#include "dataplane/responder/responder.h"
#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/responder/frames.h"

namespace bellrock::responder::test {
namespace {

constexpr Address kAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
constexpr std::uint16_t kPort = 80;

struct Plain {
  ReplyId reply = kNoReply;
  std::uint64_t bytes = 0;
  std::uint64_t closed = 0;
  void on_open(Stack&, ConnectionIndex, const Flow&) {}
  std::size_t on_data(Stack& stack, ConnectionIndex c, Bytes data) {
    bytes += data.size();
    stack.respond(c, reply);
    return data.size();
  }
  void on_half_close(Stack& stack, ConnectionIndex c) { stack.close(c); }
  void on_deadline(Stack&, ConnectionIndex) {}
  void on_closed(ConnectionIndex, CloseReason) { ++closed; }
};

Config config_of(std::uint32_t connections) {
  Config config;
  config.mac = {2, 0, 0, 0, 0, 1};
  config.addresses = {&kAddress, 1};
  config.ports = {&kPort, 1};
  config.connections = connections;
  config.secret = {1, 2};
  return config;
}

TcpFrame from(unsigned client) {
  TcpFrame frame;
  frame.to_mac = {2, 0, 0, 0, 0, 1};
  frame.from_mac = {2, 0, 0, 0, 0, 9};
  frame.source = {10, 0, static_cast<std::uint8_t>(client >> 8), static_cast<std::uint8_t>(client)};
  frame.destination = {192, 0, 2, 1};
  frame.source_port = 9'000;
  frame.destination_port = kPort;
  frame.window = 0xffff;
  return frame;
}

class Frames : public testing::Test {
 protected:
  void start(std::uint32_t connections) {
    server_.reply = replies_->add(bytes("HTTP/1.1 204 No Content\r\n\r\n"));
    responder_ = std::make_unique<Responder<Plain>>(config_of(connections), *replies_, outbox_, *counters_, server_);
    buffers_.assign(kOutFramesMax, Octets(1'600));
  }
  // How many allocations it took; the numbers of the last frame that came out are kept.
  std::uint64_t give(const Octets& frame) {
    for (std::size_t i = 0; outbox_.offered() < 8; ++i) outbox_.offer(buffers_[next_++ % buffers_.size()].data());
    const Packet packet{.data = frame,
                        .wire_bytes = static_cast<std::uint32_t>(frame.size()),
                        .link = LinkType::kEthernet,
                        .time = now_,
                        .ordinal = 0};
    const bellrock::test::AllocationGuard guard;
    responder_->on_frame(packet, now_);
    responder_->advance(now_);
    const std::uint64_t count = guard.count();
    if (!outbox_.ready().empty()) {
      const OutFrame& out = outbox_.ready().back();
      last_ = read(Octets(out.data, out.data + out.bytes)).frame;
    }
    outbox_.sent();
    return count;
  }

  std::unique_ptr<ReplyTable> replies_ = std::make_unique<ReplyTable>();
  std::unique_ptr<Counters> counters_ = std::make_unique<Counters>();
  Outbox outbox_;
  Plain server_;
  std::unique_ptr<Responder<Plain>> responder_;
  std::vector<Octets> buffers_;
  std::size_t next_ = 0;
  TcpFrame last_;
  Instant now_{kSecond};
};

TEST_F(Frames, NoFrameAllocatesHoweverUnusual) {
  start(32);
  std::uint64_t allocations = 0;
  for (unsigned client = 0; client < 64; ++client) {
    TcpFrame frame = from(client);
    frame.flags = tcp_flag::kSyn;
    frame.sack_permitted = true;
    allocations += give(build(frame));
    frame.sack_permitted = false;
    frame.acknowledgement = last_.sequence + 1;
    frame.flags = tcp_flag::kAck;
    frame.sequence = 1;
    allocations += give(build(frame));
    frame.payload.assign(500, 'x');
    for (const std::uint32_t at : {1'001u, 501u, 1u, 5'001u, 100'000u, 1'501u}) {  // early, in order, again, far
      frame.sequence = at;
      allocations += give(build(frame));
    }
    frame.flags = static_cast<std::uint8_t>(client % 3 == 0 ? tcp_flag::kRst : tcp_flag::kFin | tcp_flag::kAck);
    frame.sequence = 2'001;
    allocations += give(build(frame));
    now_ = now_ + (client % 8 == 0 ? 20 * kSecond : 10 * kMillisecond);
  }
  EXPECT_EQ(allocations, 0U);
  EXPECT_GT(server_.bytes, 0U);
  EXPECT_GT(server_.closed, 0U);
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4'096;
}

TEST_F(Frames, AMillionConnectionsFitIntoTheirBudget) {
  const std::size_t before = resident_bytes();
  start(1'000'000);
  EXPECT_LE(resident_bytes() - before, std::size_t{320} << 20);
  EXPECT_EQ(sizeof(Connection), 128U);
  EXPECT_LE(sizeof(Stub), 24U);
}

}  // namespace
}  // namespace bellrock::responder::test
