// Visits once more, slowly: all verdicts of a visit's attempts, looked through when it is over. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey::reference {

struct Visit {
  std::map<std::size_t, std::vector<Verdict>> verdicts;  // by objective, in the order in which they were decided
  std::map<std::uint8_t, std::uint8_t> dimensions;       // of the attempt that ended last
  Instant last_end;                                      // of that
};

inline bool of_visits(const Journey& journey, std::size_t objective) {
  const Sli sli = journey.objectives[objective].sli;
  return sli == Sli::kConsistency || (sli == Sli::kSuccess && journey.per_session);
}

inline bool has_visits(const Journey& journey) {
  for (std::size_t o = 0; o < journey.objectives.size(); ++o) {
    if (of_visits(journey, o)) return true;
  }
  return false;
}

// The attempt that was decided last, of those that are no funnel data.
inline Verdict session_verdict(const std::vector<Verdict>& verdicts) {
  Verdict last = Verdict::kFunnel;
  for (const Verdict verdict : verdicts) {
    if (verdict != Verdict::kFunnel) last = verdict;
  }
  return last;
}

inline Verdict consistency_verdict(const std::vector<Verdict>& verdicts, std::size_t min_attempts) {
  std::size_t good = 0, bad = 0, unknown = 0;
  for (const Verdict verdict : verdicts) {
    good += verdict == Verdict::kGood;
    bad += verdict == Verdict::kBad || verdict == Verdict::kBadFailed || verdict == Verdict::kBadEnded;
    unknown += verdict == Verdict::kUnknown;
  }
  if (good + bad + unknown < min_attempts) return Verdict::kExcluded;
  return bad != 0 ? Verdict::kBad : unknown != 0 ? Verdict::kUnknown : Verdict::kGood;
}

inline Verdict verdict_of(const Journey& journey, std::size_t objective, Visit& visit) {
  const Objective& o = journey.objectives[objective];
  if (o.sli == Sli::kConsistency) return consistency_verdict(visit.verdicts[o.of.index()], o.min_attempts);
  return session_verdict(visit.verdicts[objective]);
}

}  // namespace bellrock::journey::reference
