// Sends messages over HTTP on a thread of its own, in order for each receiver, again and again until it is taken or too
// old. Bounded: a full outbox drops its oldest message, which is counted. What a receiver says is wrong with a message
// (400, 405, 413, 415, 422) or gone (410) is not sent again; an address or a right that is missing may be mended.
// `Retry-After` of one that wants to be left alone is kept to, up to an hour.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
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
  std::function<void()> settled =
      {};  // taken, refused or given up; not called for what a stop leaves. The outbox's thread
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
  // Drops, and counts, what waits for others than these receivers.
  void keep_only(const std::set<std::string>& urls);
  // Tries what waits once more, for up to `grace` and what an attempt takes; the rest is dropped, and counted.
  void stop(std::chrono::milliseconds grace = {});

  [[nodiscard]] const OutboxCounts& counts() const { return counts_; }
  [[nodiscard]] std::string last_error() const;  // empty: none since the last success
  // A line for each receiver that did not take what it was sent last: who, why, and how many messages wait for it.
  [[nodiscard]] std::vector<std::string> troubles() const;

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
  [[nodiscard]] bool is_over() const;
  struct Attempt {
    bool taken = false, refused = false;
    std::chrono::milliseconds wanted{};  // how long the receiver wants to be left alone
    std::string error = {};
  };
  [[nodiscard]] Attempt send(const OutboxMessage& message) const;
  void settle(Waiting waiting, Attempt attempt);
  static void finish(const Waiting& waiting);
  [[nodiscard]] bool is_first_of_its_receiver(const Waiting& waiting) const;

  OutboxLimits limits_;
  OutboxCounts counts_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;  // under mutex_, as all below
  bool stopping_ = false;
  Clock::time_point until_;  // when stopping
  std::string last_error_;
  std::map<std::string, std::string> troubles_;  // by URL: why it did not take the last one
  std::thread thread_;
};

}  // namespace bellrock::plane
