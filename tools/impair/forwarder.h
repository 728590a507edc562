// Moves frames between two interfaces, each direction through its own impairment, and sends each when its delay is
// over. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/impair/delay_line.h"
#include "tools/impair/impairment.h"
#include "tools/impair/link.h"

namespace bellrock::impair {

// Of one direction, beside what its impairment counts. Conservation: given + too_big_said of the other direction
// (answers go where that one's frames come from) = sent + refused + held.
struct Passed {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;  // by the kernel
  std::uint64_t held = 0;     // still waiting at the end
  std::uint64_t missed = 0;   // never received: the forwarder was too slow
};

class Forwarder {
 public:
  // Direction 0 is from links[0] to links[1], direction 1 is back.
  Forwarder(std::array<Link, 2> links, const std::array<Impairment, 2>& impairments);

  // Until `*stopped` is not 0 (set by a signal handler) or the time is over; 0: no time.
  void run(const volatile int* stopped, std::int64_t duration_us);
  [[nodiscard]] const Statistics& statistics(int direction) const;
  [[nodiscard]] Passed passed(int direction);

 private:
  void take(int direction, std::int64_t now_us);
  void send_due(std::int64_t now_us);
  void wait(std::int64_t until_us) const;

  std::array<Link, 2> links_;
  std::array<Impairment, 2> impairments_;
  std::array<Passed, 2> passed_{};
  DelayLine line_;
  std::vector<Outgoing> out_;
  Frame frame_;
};

}  // namespace bellrock::impair
