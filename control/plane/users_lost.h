// How many visitors a journey had, and how many of them had a bad attempt. Estimates, since who came is not kept: of
// the sessions that began attempts a sketch tells about how many there were (control/flow/distinct.h: 2 %), and which
// of them failed is not known, but how many attempts did. Any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "control/plane/views.h"

namespace bellrock::plane {

// How many sessions began attempts; none where the journey does not count them. Those of another version of it are
// others.
Result<std::optional<double>, store::StoreError> sessions_between(store::StoreSnapshot& snapshot,
                                                                  const CatalogJourney& journey, const Span& span);

// Of so many sessions those that had one of the `bad` attempts, were attempts spread evenly over them and bad ones by
// chance. No more than `bad`, none where `known` or `sessions` is 0.
double affected_sessions(double sessions, double bad, double known);

struct UsersLost {
  std::uint64_t estimate = 0;
  // What the sketch leaves open, at 95 %: `low` with every unknown attempt good, `high` with every one bad.
  std::uint64_t low = 0, high = 0;
};

// Of what an objective counted while `sessions` began attempts. Objectives that count visits know it without them. None
// where sessions are not counted.
std::optional<UsersLost> users_lost(const slo::Objective& objective, const slo::Events& events,
                                    std::optional<double> sessions);

// {estimate, low, high}
Json to_json(const UsersLost& users);

}  // namespace bellrock::plane
