// Waits for what other threads do: polled, so that a test depends on what comes and not on when.
#pragma once

#include <chrono>
#include <thread>

namespace bellrock {

// True as soon as it holds; false when it still does not after half a minute, far longer than anything here takes.
template <typename Condition>
bool in_the_end(Condition&& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace bellrock
