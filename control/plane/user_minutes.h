// How much of their visitors' time an incident took: of each minute how many visitors had a bad attempt, added up. A
// visitor who fails for ten minutes is ten user-minutes, ten who fail in one minute as well. Any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "control/plane/views.h"

namespace bellrock::plane {

struct UserMinutes {
  // Bad attempts: who has two in one minute is in it twice. With no bad attempt unknown it is never less than the
  // truth.
  std::uint64_t at_most = 0;
  // Of each minute the sessions that began attempts in it (control/flow/distinct.h: about 2 %) times the chance that
  // one of a session's attempts was bad, were attempts spread evenly. None: the journey does not count distinct
  // sessions, or it took longer than kUserMinutesSeconds.
  std::optional<std::uint64_t> estimate;
};

inline constexpr std::int64_t kUserMinutesSeconds = 3 * kDaySeconds;

// `span` in whole minutes that are still kept.
Result<UserMinutes, store::StoreError> user_minutes(store::StoreSnapshot& snapshot, const slo::Objective& objective,
                                                    const Span& span);

// {at_most, estimate}
Json to_json(const UserMinutes& minutes);

}  // namespace bellrock::plane
