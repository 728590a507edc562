// Sends messages over HTTP on a thread of its own, in order for each receiver, again and again until it is taken or too
// old. Bounded: a full outbox drops its oldest message, which is counted. What a receiver refuses (4xx, but not 408 and
// 429) is not sent again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/net/http_client.h"

namespace bellrock::plane {

struct OutboxLimits {
  std::size_t messages_max = 1'000;
  std::chrono::milliseconds first_pause{1'000};  // doubled after each failure
  std::chrono::milliseconds pause_max{60'000};
  std::chrono::milliseconds age_max{3'600'000};
  std::chrono::milliseconds timeout{5'000};  // of one attempt
};

struct OutboxMessage {
  std::string url;
  std::string body;
  // Made for each attempt, since a signature holds its time.
  std::function<std::vector<std::pair<std::string, std::string>>()> headers;
  // A newer message of the same topic takes the place of one that waits. Empty: none does.
  std::string topic;
  std::string content_type = "application/json";
};

struct OutboxCounts {
  std::atomic<std::uint64_t> sent = 0, retried = 0, refused = 0, dropped = 0;
};

class Outbox {
 public:
  explicit Outbox(OutboxLimits limits = {});
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void put(OutboxMessage message);
  void stop();  // what waits is dropped

  [[nodiscard]] const OutboxCounts& counts() const { return counts_; }
  [[nodiscard]] std::string last_error() const;  // empty: none since the last success

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    OutboxMessage message;
    Clock::time_point put, next;
    std::chrono::milliseconds pause;
  };

  void run();
  [[nodiscard]] std::deque<Waiting>::iterator due(Clock::time_point now);
  [[nodiscard]] Clock::time_point soonest() const;
  void settle(Waiting waiting, bool taken, bool refused, std::string error);
  [[nodiscard]] bool is_first_of_its_receiver(const Waiting& waiting) const;

  OutboxLimits limits_;
  OutboxCounts counts_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;  // under mutex_, as all below
  bool stopping_ = false;
  std::string last_error_;
  std::thread thread_;
};

}  // namespace bellrock::plane
