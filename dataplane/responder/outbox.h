// The emitter: frames that wait to be sent. The owner of the port offers empty buffers before a burst, the responder
// fills them in order, and the owner sends what is ready() at the end of the same poll iteration, never by a timer.
// One thread; borrowed buffers; kOutFramesMax of them. When they run out, a segment is simply not sent, as if the
// network had lost it: counted, and its timer sends it again.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/limits.h"
#include "dataplane/flow/out_frame.h"

namespace bellrock::responder {

// Ethernet header with two tags.
inline constexpr std::size_t kLinkBytesMax = 22;

class Outbox {
 public:
  // Another empty buffer, with room for Config::mtu + kLinkBytesMax bytes; false when there are kOutFramesMax.
  bool offer(std::uint8_t* data, void* buffer = nullptr) {
    if (offered() == kOutFramesMax) return false;
    if (offered_ == frames_.size()) move_up();
    frames_[offered_++] = {data, 0, buffer};
    return true;
  }
  [[nodiscard]] std::size_t offered() const { return offered_ - first_; }  // filled and empty together
  [[nodiscard]] std::span<const OutFrame> ready() const { return {frames_.data() + first_, filled_ - first_}; }
  // The ready frames are the port's. Empty ones stay in their order: whoever offers buffers in a ring relies on it.
  void sent() { first_ = filled_; }

  // At the end of the port's life: what was never filled, and must be given back.
  [[nodiscard]] std::span<const OutFrame> empty() const { return {frames_.data() + filled_, offered_ - filled_}; }
  void clear() { first_ = offered_ = filled_ = 0; }

  // For the responder: the next empty buffer or nullptr, and its length once it is filled.
  [[nodiscard]] std::uint8_t* next() { return filled_ < offered_ ? frames_[filled_].data : nullptr; }
  void filled(std::size_t bytes) {
    frames_[filled_++].bytes = static_cast<std::uint32_t>(bytes);
    fetch(filled_ + kFetchAhead);
  }

 private:
  // A buffer that comes soon, for writing: the device and the kernel had it last. Headers and a common answer.
  static constexpr std::size_t kFetchAhead = 2, kFetchedBytes = 320, kLine = 64;
  void fetch(std::size_t index) const {
    if (index >= offered_) return;
    for (std::size_t at = 0; at < kFetchedBytes; at += kLine) __builtin_prefetch(frames_[index].data + at, 1);
  }

  // At most once for kOutFramesMax frames sent.
  void move_up() {
    std::copy(frames_.begin() + static_cast<std::ptrdiff_t>(first_), frames_.end(), frames_.begin());
    offered_ -= first_;
    filled_ -= first_;
    first_ = 0;
  }

  // [first_, filled_) are ready, [filled_, offered_) empty.
  std::array<OutFrame, 2 * kOutFramesMax> frames_{};
  std::size_t first_ = 0, filled_ = 0, offered_ = 0;
};

}  // namespace bellrock::responder
