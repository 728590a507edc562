// Looks after a live port and the interface below it, once a second and from a thread of its own, off the packet path:
// * What the device counts is asked for.
// * When it is gone (deleted, or moved into another network namespace) nothing will ever come from its sockets again,
//   and no driver says so: the process is told to stop in order, and ends with an error. Whoever supervises it starts
//   it again, and the interface is opened anew if it has come back; a new one of the same name is another one.
// * When most TCP segments come with a checksum that their sender left to a network card, nobody is answered: it is
//   said once an hour what to do about that. The drivers that read from the kernel do not tell which ones these are.
// A link that is only down is waited for. Made and ended by the main thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "dataplane/base/counters.h"
#include "dataplane/board/board.h"

namespace bellrock::app {

class DeviceWatch {
 public:
  // interface: its number in this network namespace; 0: there is none to look after. each_second: on the own thread.
  DeviceWatch(std::uint32_t interface, board::Board& board, std::function<void()> each_second);
  ~DeviceWatch() { stop(); }
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  void stop();
  // It is, and was told on stderr; the process was asked to stop. Once stopped.
  [[nodiscard]] bool gone() const { return gone_; }

 private:
  void run();
  [[nodiscard]] bool is_there() const;
  void look_at_sums();
  [[nodiscard]] std::uint64_t count(CounterId id) const;

  const std::uint32_t interface_;
  board::Board& board_;
  std::string name_;
  std::function<void()> each_second_;
  bool gone_ = false;
  std::uint64_t frames_ = 0, partial_ = 0;  // when they were last looked at
  std::uint32_t silent_looks_ = 0;          // before it may be said again
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;
};

// Whether so many segments with an unfinished checksum, of so many frames since the last look, are worth a word.
constexpr bool is_mostly_partial(std::uint64_t partial, std::uint64_t frames) {
  constexpr std::uint64_t kPartialMin = 3;  // one client's SYN and what it sends again
  return partial >= kPartialMin && partial > frames / 2;
}

}  // namespace bellrock::app
