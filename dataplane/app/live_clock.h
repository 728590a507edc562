// The time of live ports: wall time, which windows follow, that never goes back and never stands still, which deadlines
// need. When wall time is set back, this clock goes at half its speed until wall time has caught up; when it is set
// forward, this clock follows at once. Plain struct, one thread; both times are arguments.
#pragma once

#include <algorithm>

#include "dataplane/base/time.h"

namespace bellrock::app {

class LiveClock {
 public:
  // wall: CLOCK_REALTIME. steady: CLOCK_MONOTONIC, any origin.
  Instant at(Instant wall, Instant steady) {
    if (now_.seen())
      now_ = std::max(wall, now_ + (steady - steady_) / 2);
    else
      now_ = wall;
    steady_ = steady;
    return now_;
  }

 private:
  Instant now_, steady_;
};

}  // namespace bellrock::app
