#include "tools/impair/forwarder.h"

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

namespace bellrock::impair {
namespace {

// Frames taken from one side before the other has its turn.
constexpr int kTurn = 64;
// A stop is seen at least this often, even if its signal came just before waiting.
constexpr std::int64_t kWaitUsMax = 50'000;

std::int64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000 + time.tv_nsec / 1'000;
}

}  // namespace

Forwarder::Forwarder(std::array<Link, 2> links, const std::array<Impairment, 2>& impairments)
    : links_(std::move(links)), impairments_(impairments) {}

void Forwarder::run(const volatile int* stopped, std::int64_t duration_us) {
  const std::int64_t end_us = duration_us > 0 ? now() + duration_us : std::numeric_limits<std::int64_t>::max();
  for (std::int64_t now_us = now(); *stopped == 0 && now_us < end_us; now_us = now()) {
    for (const int direction : {0, 1}) take(direction, now_us);
    send_due(now());
    wait(std::min(end_us, line_.next_us().value_or(end_us)));
  }
}

void Forwarder::take(int direction, std::int64_t now_us) {
  for (int i = 0; i < kTurn && links_[static_cast<std::size_t>(direction)].receive(frame_); ++i) {
    impairments_[static_cast<std::size_t>(direction)].apply(frame_, out_);
    line_.put(now_us, direction, std::move(out_));
  }
}

void Forwarder::send_due(std::int64_t now_us) {
  while (const auto due = line_.take(now_us)) {
    const auto direction = static_cast<std::size_t>(due->direction);
    ++(links_[1 - direction].send(due->frame) ? passed_[direction].sent : passed_[direction].refused);
  }
}

void Forwarder::wait(std::int64_t until_us) const {
  const std::int64_t left_us = std::clamp<std::int64_t>(until_us - now(), 0, kWaitUsMax);
  const timespec left = {left_us / 1'000'000, left_us % 1'000'000 * 1'000};
  std::array<pollfd, 2> ready{{{links_[0].fd(), POLLIN, 0}, {links_[1].fd(), POLLIN, 0}}};
  (void)ppoll(ready.data(), ready.size(), &left, nullptr);
}

const Statistics& Forwarder::statistics(int direction) const {
  return impairments_[static_cast<std::size_t>(direction)].statistics();
}

Passed Forwarder::passed(int direction) {
  Passed passed = passed_[static_cast<std::size_t>(direction)];
  passed.missed = links_[static_cast<std::size_t>(direction)].missed();
  passed.held = line_.held(direction);
  return passed;
}

}  // namespace bellrock::impair
