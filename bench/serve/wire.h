// A port in memory that sends as well: gives the frames it was shown as bursts, and keeps what it is sent until the
// bench has looked at it. Nothing is copied, so that a worker's time over it is the worker's own.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dataplane/app/endpoint.h"
#include "dataplane/flow/packet.h"

namespace bellrock::bench {

class MemoryWire {
 public:
  MemoryWire() : memory_(kBuffers * kBufferBytes) {
    for (std::size_t i = 0; i < kBuffers; ++i) free_.push_back(memory_.data() + i * kBufferBytes);
    sent_.reserve(kBuffers);
  }
  MemoryWire(const MemoryWire&) = delete;

  // For the next burst; at most kBurstMax. The bytes stay as they are until then.
  void show(Bytes frame) {
    burst_[count_++] = {.data = frame,
                        .wire_bytes = static_cast<std::uint32_t>(frame.size()),
                        .link = LinkType::kEthernet,
                        .time = {},
                        .ordinal = ordinal_++};
  }
  [[nodiscard]] std::span<const OutFrame> sent() const { return sent_; }
  void forget_sent() {
    give_back(sent_);
    sent_.clear();
  }

  std::span<const Packet> rx_burst(Instant tick) {
    const std::span burst(burst_.data(), count_);
    for (Packet& packet : burst) packet.time = tick;
    count_ = 0;
    return burst;
  }
  void release(std::span<const Packet>) {}
  [[nodiscard]] bool ended() const { return false; }
  std::size_t lend(std::span<OutFrame> frames) {
    std::size_t count = 0;
    for (; count < frames.size() && !free_.empty(); ++count, free_.pop_back())
      frames[count] = {free_.back(), 0, free_.back()};
    return count;
  }
  void send(std::span<const OutFrame> frames) { sent_.insert(sent_.end(), frames.begin(), frames.end()); }
  void give_back(std::span<const OutFrame> frames) {
    for (const OutFrame& frame : frames) free_.push_back(static_cast<std::uint8_t*>(frame.buffer));
  }

 private:
  static constexpr std::size_t kBuffers = 2 * kOutFramesMax, kBufferBytes = 2'048;
  std::vector<std::uint8_t> memory_;
  std::vector<std::uint8_t*> free_;
  std::vector<OutFrame> sent_;
  std::array<Packet, kBurstMax> burst_{};
  std::size_t count_ = 0;
  std::uint64_t ordinal_ = 0;
};
static_assert(app::SendingPort<MemoryWire>);

}  // namespace bellrock::bench
