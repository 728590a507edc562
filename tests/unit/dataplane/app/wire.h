// A port in memory that sends as well, and a client who speaks TCP over it, frame by frame: for tests of a worker that
// serves. Frames are built and read by tests/unit/dataplane/responder/frames.h, without the code under test.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "dataplane/app/worker.h"
#include "dataplane/wire/tcp_header.h"
#include "tests/unit/dataplane/responder/frames.h"

namespace bellrock::app::test {

using responder::test::Octets;

class Wire {
 public:
  Wire() : buffers_(2 * kOutFramesMax, Octets(2'048)) {
    for (Octets& buffer : buffers_) free_.push_back(&buffer);
  }

  std::span<const Packet> rx_burst(Instant tick) {
    std::size_t count = 0;
    for (; count < burst_.size() && !to_edge.empty(); ++count, to_edge.pop_front()) {
      held_[count] = std::move(to_edge.front());
      burst_[count] = {.data = held_[count],
                       .wire_bytes = static_cast<std::uint32_t>(held_[count].size()),
                       .link = LinkType::kEthernet,
                       .time = tick,
                       .ordinal = ordinal_++};
    }
    return {burst_.data(), count};
  }
  void release(std::span<const Packet>) {}
  [[nodiscard]] bool ended() const { return false; }

  std::size_t lend(std::span<OutFrame> frames) {
    std::size_t count = 0;
    for (; count < frames.size() && !free_.empty(); ++count, free_.pop_back()) {
      frames[count] = {free_.back()->data(), 0, free_.back()};
    }
    return count;
  }
  void send(std::span<const OutFrame> frames) {
    for (const OutFrame& frame : frames) {
      if (on_send) on_send();
      if (keeps) from_edge.emplace_back(frame.data, frame.data + frame.bytes);
    }
    give_back(frames);
  }
  void give_back(std::span<const OutFrame> frames) {
    for (const OutFrame& frame : frames) free_.push_back(static_cast<Octets*>(frame.buffer));
  }
  [[nodiscard]] std::size_t lent() const { return buffers_.size() - free_.size(); }

  std::deque<Octets> to_edge;
  std::vector<Octets> from_edge;
  std::function<void()> on_send;
  bool keeps = true;  // what is sent in from_edge

 private:
  std::vector<Octets> buffers_;
  std::vector<Octets*> free_;
  std::array<Octets, kBurstMax> held_;
  std::array<Packet, kBurstMax> burst_{};
  std::uint64_t ordinal_ = 0;
};
static_assert(SendingPort<Wire>);

// One connection to 192.0.2.1:80. Acknowledges nothing by itself.
class Client {
 public:
  explicit Client(Wire& wire, std::uint16_t port = 20'000) : wire_(wire), port_(port) {}

  void syn() { give(tcp_flag::kSyn, ""); }
  void ack() { give(tcp_flag::kAck, ""); }
  void say(std::string_view data) {
    give(tcp_flag::kAck | tcp_flag::kPsh, data);
    sequence_ += static_cast<std::uint32_t>(data.size());
  }
  // Takes what the edge has sent. Problems are what is wrong with its frames.
  void hear() {
    for (const Octets& bytes : wire_.from_edge) take(bytes);
    wire_.from_edge.clear();
  }
  void hear_with(Client& other) {
    for (const Octets& bytes : wire_.from_edge) other.take(bytes);
    hear();
  }

  bool open = false, reset = false, finished = false;
  std::string received;
  std::vector<std::string> problems;

 private:
  void take(const Octets& bytes) {
    const auto read = responder::test::read(bytes);
    if (!read.problem.empty()) problems.push_back(read.problem);
    if (read.frame.destination_port != port_) return;
    reset = reset || (read.frame.flags & tcp_flag::kRst) != 0;
    if ((read.frame.flags & tcp_flag::kSyn) != 0) {
      open = true;
      ++sequence_;
      heard_ = read.frame.sequence + 1;
      return;
    }
    if (read.frame.sequence != heard_) return;
    received.append(read.frame.payload.begin(), read.frame.payload.end());
    heard_ += static_cast<std::uint32_t>(read.frame.payload.size());
    finished = finished || (read.frame.flags & tcp_flag::kFin) != 0;
  }

  void give(unsigned flags, std::string_view data) {
    responder::test::TcpFrame frame;
    frame.to_mac = {2, 0, 0, 0, 0, 1};
    frame.from_mac = {2, 0, 0, 0, 0, 9};
    frame.source = {10, 0, 0, 1};
    frame.destination = {192, 0, 2, 1};
    frame.source_port = port_;
    frame.destination_port = 80;
    frame.window = 0xffff;
    frame.sequence = sequence_;
    frame.acknowledgement = heard_;
    frame.flags = static_cast<std::uint8_t>(flags);
    frame.payload.assign(data.begin(), data.end());
    if ((flags & tcp_flag::kSyn) != 0) frame.mss = 1'460;
    wire_.to_edge.push_back(build(frame));
  }

  Wire& wire_;
  const std::uint16_t port_;
  std::uint32_t sequence_ = 1'000, heard_ = 0;
};

}  // namespace bellrock::app::test
