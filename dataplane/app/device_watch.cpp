#include "dataplane/app/device_watch.h"

#include <net/if.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "dataplane/app/edge.h"
#include "dataplane/app/process.h"

namespace bellrock::app {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::uint32_t kLooksBetweenWords = 3'600;
constexpr std::uint32_t kLooksAtSums = 10;  // seconds over which segments are compared

std::string name_of(std::uint32_t interface) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(interface, name.data()) != nullptr ? name.data() : "";
}

}  // namespace

DeviceWatch::DeviceWatch(std::uint32_t interface, board::Board& board, std::function<void()> each_second)
    : interface_(interface),
      board_(board),
      name_(interface == 0 ? "" : name_of(interface)),
      each_second_(std::move(each_second)),
      frames_(count(counter::id(ResponderCount::kFramesIn))),
      partial_(count(counter::id(FrameVerdict::kPartialSum))) {
  thread_ = std::thread([this] { run(); });
}

void DeviceWatch::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void DeviceWatch::run() {
  std::unique_lock lock(mutex_);
  for (std::uint32_t looks = 1; !stopped_.wait_for(lock, kBetweenLooks, [this] { return stopping_; }); ++looks) {
    each_second_();
    if (interface_ == 0) continue;
    if (!is_there()) {
      gone_ = true;
      fail(kUnusable, "port",
           "the interface " + name_ + " (number " + std::to_string(interface_) +
               ") is gone; stops in order. Start again when it is back");
      return request_stop();
    }
    if (silent_looks_ > 0) --silent_looks_;
    if (looks % kLooksAtSums == 0) look_at_sums();
  }
}

// Only a clear word counts: a process that may open no socket any more cannot ask.
bool DeviceWatch::is_there() const {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(interface_, name.data()) != nullptr || (errno != ENXIO && errno != ENODEV);
}

void DeviceWatch::look_at_sums() {
  const std::uint64_t frames = count(counter::id(ResponderCount::kFramesIn));
  const std::uint64_t partial = count(counter::id(FrameVerdict::kPartialSum));
  const std::uint64_t new_frames = frames - frames_, new_partial = partial - partial_;
  frames_ = frames;
  partial_ = partial;
  if (silent_looks_ > 0 || !is_mostly_partial(new_partial, new_frames)) return;
  silent_looks_ = kLooksBetweenWords;
  std::fprintf(
      stderr,
      "bellrock-edge: port: %" PRIu64 " of %" PRIu64
      " frames are dropped (partial_sum): their sender left TCP's checksum to a network card that they never "
      "passed. It is on this machine, behind a veth pair or a bridge; at its end: ethtool -K INTERFACE tx off\n",
      new_partial, new_frames);
}

std::uint64_t DeviceWatch::count(CounterId id) const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < board_.workers(); ++i) {
    sum += std::atomic_ref(board_.core(i).counters[id]).load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace bellrock::app
