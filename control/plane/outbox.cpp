#include "control/plane/outbox.h"

#include <algorithm>
#include <array>

namespace bellrock::plane {

Outbox::Outbox(OutboxLimits limits) : limits_(limits), thread_([this] { run(); }) {}

Outbox::~Outbox() { stop(); }

void Outbox::stop(std::chrono::milliseconds grace) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    until_ = Clock::now() + grace;
    for (auto& waiting : queue_) waiting.next = Clock::now();
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
        finish(queue_.front());
        queue_.pop_front();
        ++counts_.dropped;
      }
      queue_.push_back({std::move(message), now, now, limits_.first_pause});
    }
  }
  wake_.notify_one();
}

void Outbox::keep_only(const std::set<std::string>& urls) {
  const std::lock_guard lock(mutex_);
  counts_.dropped += std::erase_if(queue_, [&](const Waiting& waiting) { return !urls.contains(waiting.message.url); });
  std::erase_if(troubles_, [&](const auto& one) { return !urls.contains(one.first); });
}

// Under the mutex, as `settle` is.
void Outbox::finish(const Waiting& waiting) {
  if (waiting.message.settled) waiting.message.settled();
}

std::vector<std::string> Outbox::troubles() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& [url, why] : troubles_) {
    const auto waits = std::count_if(queue_.begin(), queue_.end(),
                                     [&, of = url](const Waiting& waiting) { return waiting.message.url == of; });
    lines.push_back("who is to be told of alerts does not take messages: " + why + "; " + std::to_string(waits) +
                    " wait");
  }
  return lines;
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

// All that waits has had its last attempt, or the time for them is up.
bool Outbox::is_over() const {
  const auto now = Clock::now();
  return stopping_ && (queue_.empty() || now >= until_ || soonest() >= until_);
}

Outbox::Attempt Outbox::send(const OutboxMessage& message) const {
  constexpr std::array kRefusals{400u, 405u, 410u, 413u, 415u, 422u};
  net::HttpOptions options;
  options.timeout = limits_.timeout;
  options.reply_bytes_max = 64 * 1024;
  if (message.headers) options.headers = message.headers();
  const auto reply = net::http_post(message.url, message.content_type, message.body, options);
  if (!reply.ok()) return {.error = reply.error().message};
  const unsigned status = reply->status;
  if (status / 100 == 2) return {.taken = true};
  Attempt attempt{.refused = std::find(kRefusals.begin(), kRefusals.end(), status) != kRefusals.end()};
  constexpr std::chrono::seconds kWantedMax{3'600};
  if (reply->retry_after_s) attempt.wanted = std::min(kWantedMax, std::chrono::seconds(*reply->retry_after_s));
  attempt.error = message.url + ": answered with status " + std::to_string(status);
  return attempt;
}

void Outbox::run() {
  std::unique_lock lock(mutex_);
  while (!is_over()) {
    const auto found = due(Clock::now());
    if (found == queue_.end()) {
      wake_.wait_until(lock, soonest());
      continue;
    }
    Waiting waiting = std::move(*found);
    queue_.erase(found);
    lock.unlock();
    Attempt attempt = send(waiting.message);
    lock.lock();
    settle(std::move(waiting), std::move(attempt));
  }
  counts_.dropped += queue_.size();
  queue_.clear();
}

void Outbox::settle(Waiting waiting, Attempt attempt) {
  last_error_ = std::move(attempt.error);
  if (attempt.taken) {
    troubles_.erase(waiting.message.url);
  } else {
    troubles_[waiting.message.url] = last_error_;
  }
  if (attempt.taken || attempt.refused) {
    finish(waiting);
    ++(attempt.taken ? counts_.sent : counts_.refused);
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
    return finish(waiting);
  }
  ++counts_.retried;
  waiting.next = now + std::max(waiting.pause, attempt.wanted);
  waiting.pause = std::min(waiting.pause * 2, limits_.pause_max);
  queue_.push_front(std::move(waiting));  // before what came later for the same receiver
}

}  // namespace bellrock::plane
