// What an attempt's record says about the success that it expects: how long it may still stay away, and whether
// messages are known to be missing. Plain functions of the plan and the record; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "dataplane/base/time.h"
#include "dataplane/journey/deadlines.h"
#include "dataplane/journey/page_views.h"
#include "dataplane/journey/plan.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

constexpr Instant saturating_add(Instant at, Duration by) {
  return at.ns > std::numeric_limits<std::int64_t>::max() - by ? kNever : at + by;
}

inline constexpr Duration kAliveAfter = 2 * kSecond;

inline Instant window_end(const JourneyPlan& plan, const Attempt& attempt) {
  return saturating_add(attempt.waits.acked_at, plan.journey->silent.within);
}

// Requests are told apart by the low bits of their times, which come again after 4.3 s: one visitor's requests for one
// page that lie a multiple of this apart, to the nanosecond, would be taken for one another.
inline std::uint32_t request_mark(Instant sent) {
  const auto low = static_cast<std::uint32_t>(sent.ns);
  return low == 0 ? 1 : low;
}

// Whether only the window's end is waited for.
inline bool silence_is_certain(const JourneyPlan& plan, const Attempt& attempt) {
  const SilentFailure& silent = plan.journey->silent;
  if (!silent.watched || !attempt.acked() || attempt.waits.expected_request != 0) return false;
  return (!silent.by_http || attempt.is(Attempt::kHttpAlive)) &&
         (!silent.by_beacon || attempt.is(Attempt::kBeaconsAlive));
}

// A beacon that never came may have been the one that was expected.
inline bool beacons_are_missing(const Attempt& attempt, const Session& session) {
  if (!attempt.is(Attempt::kNumbered)) return false;
  if (attempt.is(Attempt::kBeaconLost)) return true;
  for (std::size_t k = 0; k < session.views.size(); ++k) {
    const PageView& view = session.views[k];
    if (misses(view, marked_number(view, attempt.waits.numbers_from[k]))) return true;
  }
  return false;
}

}  // namespace bellrock::journey
