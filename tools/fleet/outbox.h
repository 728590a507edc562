// What a node holds until the centre has it, as an agent's spool does: frames in order, each the same bytes for ever.
// What was answered lately is still there, for a node that starts again and has forgotten the answers. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "control/flow/delta_frame.h"

namespace bellrock::fleet {

struct Parcel {
  std::uint64_t seq = 0;
  std::shared_ptr<const std::vector<std::uint8_t>> bytes;
  std::int64_t not_before = 0;  // held back until this round or moment, whatever its owner counts in
};

class Outbox {
 public:
  // Answered frames that are kept, and come again after a restart.
  static constexpr std::size_t kForgotten = 4;

  void push(const control::DeltaFrame& frame);
  // Those that may leave at `now`, in order.
  [[nodiscard]] std::vector<Parcel> ready(std::int64_t now) const;
  void hold(std::uint64_t seq, std::int64_t not_before);
  void settle(std::uint64_t seq);
  // How many frames are sent a second time.
  std::size_t restart();
  void clear();  // of another boot
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::uint64_t oldest() const;  // 0: none

 private:
  mutable std::mutex mutex_;
  std::deque<Parcel> pending_, answered_;
};

}  // namespace bellrock::fleet
