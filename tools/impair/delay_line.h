// Frames on their way in both directions, each until its time. What is put first leaves first among those with one
// time. Time is an argument: the forwarder brings the clock's, a test in process its own. One thread. Unbounded:
// whoever puts frames in decides how many.
#pragma once

#include <optional>
#include <vector>

#include "tools/impair/impairment.h"

namespace bellrock::impair {

class DelayLine {
 public:
  struct Due {
    int direction = 0;
    Frame frame;
  };

  // What an impairment of `direction` (0 or 1) made of a frame. Answers to the sender go the other way.
  void put(std::int64_t now_us, int direction, std::vector<Outgoing>&& out);
  // The next frame whose time has come, none if there is none.
  std::optional<Due> take(std::int64_t now_us);
  // When `take` has something next; none: the line is empty.
  [[nodiscard]] std::optional<std::int64_t> next_us() const;
  [[nodiscard]] std::uint64_t held(int direction) const;

 private:
  struct Waiting {
    std::int64_t due_us;
    std::uint64_t order;
    Due due;
  };
  static bool later(const Waiting& a, const Waiting& b);

  std::vector<Waiting> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace bellrock::impair
