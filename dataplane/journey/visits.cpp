#include "dataplane/journey/visits.h"

#include <algorithm>

namespace bellrock::journey {
namespace {

// Of consistency.
constexpr std::uint8_t kCounted = 0x3f;
constexpr std::uint8_t kAnyUnknown = 0x40;
constexpr std::uint8_t kAnyBad = 0x80;
static_assert(kMinAttemptsMax <= kCounted);

void add_attempt(Verdict verdict, std::uint8_t& tally) {
  const bool bad = verdict == Verdict::kBad || verdict == Verdict::kBadFailed || verdict == Verdict::kBadEnded;
  const bool unknown = verdict == Verdict::kUnknown;
  if (!bad && !unknown && verdict != Verdict::kGood) return;
  const int counted = std::min((tally & kCounted) + 1, int{kCounted});
  tally = static_cast<std::uint8_t>((tally & ~kCounted) | counted | (bad ? kAnyBad : 0) | (unknown ? kAnyUnknown : 0));
}

}  // namespace

bool is_per_visit(const Journey& journey, const Objective& objective) {
  return objective.sli == Sli::kConsistency || (journey.per_session && objective.sli == Sli::kSuccess);
}

bool counts_visits(const Journey& journey) {
  return std::any_of(journey.objectives.begin(), journey.objectives.end(),
                     [&journey](const Objective& objective) { return is_per_visit(journey, objective); });
}

void tally(const Journey& journey, std::size_t judged, Verdict verdict, Tallies& tallies) {
  const Sli sli = journey.objectives[judged].sli;
  if (sli == Sli::kSuccess) {
    if (journey.per_session && verdict != Verdict::kFunnel) {
      tallies[judged] = static_cast<std::uint8_t>(1 + static_cast<unsigned>(verdict));
    }
    return;
  }
  for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
    const Objective& objective = journey.objectives[i];
    if (objective.sli == Sli::kConsistency && objective.of.index() == judged) add_attempt(verdict, tallies[i]);
  }
}

Tallies joined_tallies(const Journey& journey, const Tallies& earlier, const Tallies& later) {
  Tallies joined{};
  for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
    if (journey.objectives[i].sli == Sli::kConsistency) {
      const int counted = std::min((earlier[i] & kCounted) + (later[i] & kCounted), int{kCounted});
      joined[i] = static_cast<std::uint8_t>(((earlier[i] | later[i]) & ~kCounted) | counted);
    } else {
      joined[i] = later[i] != 0 ? later[i] : earlier[i];
    }
  }
  return joined;
}

Verdict verdict_of_visit(const Objective& objective, std::uint8_t tally) {
  if (objective.sli == Sli::kSuccess) return tally == 0 ? Verdict::kFunnel : static_cast<Verdict>(tally - 1);
  if ((tally & kCounted) < objective.min_attempts) return Verdict::kExcluded;
  if ((tally & kAnyBad) != 0) return Verdict::kBad;
  return (tally & kAnyUnknown) != 0 ? Verdict::kUnknown : Verdict::kGood;
}

bool plausible(const Journey& journey, const Tallies& tallies) {
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    if (i >= journey.objectives.size() || !is_per_visit(journey, journey.objectives[i])) {
      if (tallies[i] != 0) return false;
    } else if (journey.objectives[i].sli == Sli::kSuccess && tallies[i] > static_cast<unsigned>(Verdict::kCount)) {
      return false;
    }
  }
  return counts_visits(journey);
}

}  // namespace bellrock::journey
