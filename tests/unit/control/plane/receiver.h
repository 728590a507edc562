// Somebody who is told of alerts and incidents, at an address of this process, and an outbox that does not wait long.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/net/http_server.h"
#include "control/plane/json.h"
#include "control/plane/outbox.h"
#include "tests/support/in_the_end.h"

namespace bellrock::plane {

// A receiver that answers as it is told and remembers what came.
class Receiver {
 public:
  Receiver() {
    auto started = net::HttpServer::start({}, [this](net::Request request, const net::Respond& respond) {
      unsigned status = 200;
      {
        const std::lock_guard lock(mutex_);
        bodies_.push_back(request.body);
        if (!answers_.empty()) status = answers_.front(), answers_.erase(answers_.begin());
      }
      changed_.notify_all();
      respond({status, "text/plain", "", {}});
    });
    server_ = std::move(*started);
  }
  ~Receiver() { server_->stop(); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void answer(std::vector<unsigned> statuses) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(statuses);
  }
  std::vector<Json> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return bodies_.size() >= n; });
    std::vector<Json> all;
    for (const auto& body : bodies_) all.push_back(Json::parse(body));
    return all;
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> bodies_;
  std::vector<unsigned> answers_;
  std::unique_ptr<net::HttpServer> server_;
};

inline OutboxLimits fast() {
  OutboxLimits limits;
  limits.first_pause = std::chrono::milliseconds(1);
  limits.pause_max = std::chrono::milliseconds(20);
  return limits;
}

struct Refused {
  explicit Refused(unsigned status) {
    receiver.answer({status});
    outbox.put({receiver.url(), "1", {}, ""});
    EXPECT_TRUE(in_the_end([&] { return outbox.counts().retried != 0; }));
  }
  static OutboxLimits patient() {
    OutboxLimits limits = fast();
    limits.first_pause = limits.pause_max = std::chrono::minutes(1);
    return limits;
  }

  Receiver receiver;
  Outbox outbox{patient()};
};

}  // namespace bellrock::plane
