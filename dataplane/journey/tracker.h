// Follows every visitor's attempts at every journey: on_event and expire turn events and deadlines into outcomes, and
// outcomes into cells. One Tracker per owner core, used by its thread only; allocates when it is made only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

// One ended attempt, for traces.
struct OutcomeRecord {
  JourneyId journey;
  Outcome outcome = Outcome::kUnknown;
  Instant start;
  Instant end;  // when it was decided; a timeout's deadline
  Duration duration = 0;
  Duration waited = 0;           // kAbandonedWaiting: since the request that was pending
  std::uint32_t steps_seen = 0;  // bit i: step i
  bool retried = false;
};
using OutcomeSink = std::function<void(const OutcomeRecord&)>;

// Makes what has been changed so far permanent; called between two deadlines, when the journal is half full.
struct CommitHook {
  void (*commit)(void* context) = nullptr;
  void* context = nullptr;
};

// Cells is sketch::Shard or, in tests, something with its reserve, count, add, count_at and add_at.
template <class Cells>
class Tracker {
 public:
  Tracker(const Definition& definition, std::span<std::byte> session_memory, Cells& cells, Journal& journal,
          Counters& counters);

  void on_event(const Event& event);
  void expire(Instant before);

  [[nodiscard]] std::uint64_t open(JourneyId) const;
  [[nodiscard]] std::uint64_t starts(JourneyId) const;
  [[nodiscard]] std::uint64_t outcomes(JourneyId, Outcome) const;
  [[nodiscard]] std::uint64_t live() const;  // attempts under way, all journeys

  void set_commit(CommitHook hook);
  void set_trace(OutcomeSink sink);
};

}  // namespace bellrock::journey
