// Threads for questions that a store may take long to answer, or never, and room for so many that wait: who comes then
// is told to come again. Any thread.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "control/net/http_server.h"

namespace bellrock::plane {

class Askers {
 public:
  Askers(std::size_t threads, std::size_t waiting_max)
      : waiting_max_(waiting_max), pool_(std::make_unique<boost::asio::thread_pool>(threads)) {}
  ~Askers() { stop(); }
  Askers(const Askers&) = delete;
  Askers& operator=(const Askers&) = delete;

  // `question` answers through what it is given, once.
  void ask(std::function<void(const net::Respond&)> question, const net::Respond& respond);

  // Questions under way are waited for, those that wait are let go. Nobody asks any more.
  void stop();

 private:
  std::size_t waiting_max_;
  std::atomic<std::size_t> waiting_ = 0;            // and under way
  std::unique_ptr<boost::asio::thread_pool> pool_;  // null: stopped
};

}  // namespace bellrock::plane
