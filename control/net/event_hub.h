// Server-sent events (WHATWG HTML, section 9.2): what is published goes to everybody who reads at the time. Any thread.
//
// Holds for each reader what he has not taken, at most kWaitingMax events; who falls behind further is cut off, and
// comes again by himself, as browsers do. Nothing is kept for those who come later: the first event of each reader is
// up to who lets him in.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bellrock::net {

// One event as bytes of a stream. `name` is one word; lines of `data` stay lines.
std::string event_text(std::string_view name, std::string_view data);

class EventReader {
 public:
  static constexpr std::size_t kWaitingMax = 64;

  void push(std::shared_ptr<const std::string> event);
  // What waits, in order; empty: nothing.
  std::string take();
  // More came than there is room for: something is missing from what `take` gives.
  [[nodiscard]] bool lags() const;
  // Called after each push, by the thread that pushes. One at a time; null: nobody.
  void wake_by(std::function<void()> wake);

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> waiting_;  // under mutex_, as below
  bool lags_ = false;
  std::function<void()> wake_;
};

class EventHub {
 public:
  explicit EventHub(std::size_t readers_max) : readers_max_(readers_max) {}

  // Gets what is published from now on, until it is let go. Null: there are as many as there may be.
  std::shared_ptr<EventReader> join();
  void publish(std::string_view name, std::string_view data);
  [[nodiscard]] std::size_t readers() const;

 private:
  [[nodiscard]] std::vector<std::shared_ptr<EventReader>> alive();

  std::size_t readers_max_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<EventReader>> readers_;  // under mutex_
};

}  // namespace bellrock::net
