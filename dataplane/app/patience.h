// How a thread waits for another one's progress without knowing whether that one has a processor: it gives way a few
// times, which is the quickest where there are as many processors as threads, and then sleeps, longer each time. With
// more threads than processors those that wait leave the processors to those that are waited for. Any thread; one
// Patience for each wait. A call takes at most `sleep_max` and what the scheduler adds.
#pragma once

#include <sched.h>
#include <time.h>

#include <algorithm>

#include "dataplane/base/time.h"

namespace bellrock::app {

class Patience {
 public:
  static constexpr unsigned kYields = 16;
  static constexpr Duration kSleepFirst = 20 * kMicrosecond;

  explicit Patience(Duration sleep_max = kMillisecond) : sleep_max_(sleep_max) {}

  void wait() {
    if (yields_ < kYields) {
      ++yields_;
      sched_yield();
      return;
    }
    const timespec pause{0, sleep_};
    nanosleep(&pause, nullptr);
    sleep_ = std::min(2 * sleep_, sleep_max_);
  }
  // There was progress: the next wait begins anew.
  void renew() {
    yields_ = 0;
    sleep_ = kSleepFirst;
  }

 private:
  Duration sleep_max_;
  unsigned yields_ = 0;
  Duration sleep_ = kSleepFirst;
};

}  // namespace bellrock::app
