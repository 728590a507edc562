// A board, and a thread that drains its banks as the agent would.
#pragma once

#include <time.h>

#include <atomic>
#include <thread>

#include "bench/app/anonymous_board.h"
#include "control/harvest/harvester.h"

namespace bellrock::bench {

inline void wait_for_harvest() {
  const timespec pause{0, 50'000};
  nanosleep(&pause, nullptr);
}

class Centre {
 public:
  explicit Centre(const journey::Definition& definition)
      : board_(anonymous_board(definition)), harvester_(board_, definition), thread_([this] { run(); }) {}
  ~Centre() {
    stop_ = true;
    thread_.join();
  }
  board::Board& board() { return board_; }
  [[nodiscard]] std::uint64_t counter(CounterId id) { return board_.core(0).counters[id]; }

 private:
  void run() {
    while (!stop_) {
      while (harvester_.collect().has_value()) harvester_.mark_drained();
      wait_for_harvest();
    }
  }
  board::Board board_;
  harvest::Harvester harvester_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace bellrock::bench
