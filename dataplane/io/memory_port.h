// Frames from memory: tests, benches. Owns copies of the frames; reading them allocates nothing. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "dataplane/io/port.h"

namespace bellrock::io {

class MemoryPort {
 public:
  explicit MemoryPort(LinkType link = LinkType::kEthernet) : link_(link) {}

  // `wire_bytes` 0: the frame is whole. Times that go back are clamped, as a file's are.
  void add(Instant time, Bytes frame, std::uint32_t wire_bytes = 0) { add(time, frame, wire_bytes, link_); }
  void add(Instant time, Bytes frame, std::uint32_t wire_bytes, LinkType link) {
    const auto captured = static_cast<std::uint32_t>(frame.size());
    if (!frames_.empty()) time = std::max(time, frames_.back().time);
    frames_.push_back({bytes_.size(), captured, std::max(wire_bytes, captured), time, link});
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
  }

  std::span<const Packet> rx_burst(Instant) {
    const std::size_t count = std::min(burst_.size(), frames_.size() - next_);
    for (std::size_t i = 0; i < count; ++i) {
      const Frame& frame = frames_[next_];
      burst_[i] = {.data = Bytes(bytes_.data() + frame.at, frame.captured),
                   .wire_bytes = frame.wire,
                   .link = frame.link,
                   .time = frame.time,
                   .ordinal = next_++};
    }
    return {burst_.data(), count};
  }
  void release(std::span<const Packet>) {}
  [[nodiscard]] bool ended() const { return next_ == frames_.size(); }

  void rewind() { next_ = 0; }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }

 private:
  struct Frame {
    std::size_t at;
    std::uint32_t captured, wire;
    Instant time;
    LinkType link;
  };

  LinkType link_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Frame> frames_;
  std::size_t next_ = 0;
  std::array<Packet, kBurstMax> burst_{};
};
static_assert(Port<MemoryPort>);

}  // namespace bellrock::io
