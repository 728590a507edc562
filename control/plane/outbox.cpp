#include "control/plane/outbox.h"

#include <algorithm>

namespace bellrock::plane {

Outbox::Outbox(OutboxLimits limits) : limits_(limits), thread_([this] { run(); }) {}

Outbox::~Outbox() { stop(); }

void Outbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Outbox::put(OutboxMessage message) {
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    const auto same = std::find_if(queue_.begin(), queue_.end(), [&](const Waiting& waiting) {
      return !message.topic.empty() && waiting.message.topic == message.topic && waiting.message.url == message.url;
    });
    if (same != queue_.end()) {
      same->message = std::move(message);
      same->put = now;
    } else {
      if (queue_.size() >= limits_.messages_max) {
        queue_.pop_front();
        ++counts_.dropped;
      }
      queue_.push_back({std::move(message), now, now, limits_.first_pause});
    }
  }
  wake_.notify_one();
}

std::string Outbox::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

bool Outbox::is_first_of_its_receiver(const Waiting& waiting) const {
  for (const auto& other : queue_) {
    if (other.message.url == waiting.message.url) return &other == &waiting;
  }
  return false;
}

std::deque<Outbox::Waiting>::iterator Outbox::due(Clock::time_point now) {
  return std::find_if(queue_.begin(), queue_.end(),
                      [&](const Waiting& waiting) { return waiting.next <= now && is_first_of_its_receiver(waiting); });
}

Outbox::Clock::time_point Outbox::soonest() const {
  auto soonest = Clock::now() + limits_.pause_max;
  for (const auto& waiting : queue_) {
    if (is_first_of_its_receiver(waiting)) soonest = std::min(soonest, waiting.next);
  }
  return soonest;
}

void Outbox::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto found = due(Clock::now());
    if (found == queue_.end()) {
      wake_.wait_until(lock, soonest());
      continue;
    }
    Waiting waiting = std::move(*found);
    queue_.erase(found);
    lock.unlock();
    net::HttpOptions options;
    options.timeout = limits_.timeout;
    options.reply_bytes_max = 64 * 1024;
    if (waiting.message.headers) options.headers = waiting.message.headers();
    const auto reply = net::http_post(waiting.message.url, waiting.message.content_type, waiting.message.body, options);
    constexpr unsigned kTimeout = 408, kTooMany = 429;
    const unsigned status = reply.ok() ? reply->status : 0;
    const bool taken = status / 100 == 2;
    const bool refused = status / 100 == 4 && status != kTimeout && status != kTooMany;
    std::string error;
    if (!reply.ok()) {
      error = reply.error().message;
    } else if (!taken) {
      error = waiting.message.url + ": answered with status " + std::to_string(status);
    }
    lock.lock();
    settle(std::move(waiting), taken, refused, std::move(error));
  }
}

void Outbox::settle(Waiting waiting, bool taken, bool refused, std::string error) {
  last_error_ = std::move(error);
  if (taken) {
    ++counts_.sent;
    return;
  }
  if (refused) {
    ++counts_.refused;
    return;
  }
  const auto now = Clock::now();
  const bool replaced = std::any_of(queue_.begin(), queue_.end(), [&](const Waiting& other) {
    return !waiting.message.topic.empty() && other.message.topic == waiting.message.topic &&
           other.message.url == waiting.message.url;
  });
  if (replaced) return;
  if (now - waiting.put > limits_.age_max) {
    ++counts_.dropped;
    return;
  }
  ++counts_.retried;
  waiting.next = now + waiting.pause;
  waiting.pause = std::min(waiting.pause * 2, limits_.pause_max);
  queue_.push_front(std::move(waiting));  // before what came later for the same receiver
}

}  // namespace bellrock::plane
