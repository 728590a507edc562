// One shopper's attempts, by what the shopper did. Follows the rules of the journeys from the inside: the shopper says
// "this attempt failed", not "this status was seen", so a reader that gets the same result got it on its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/traffic/truth.h"

namespace bellrock::traffic {

inline constexpr std::int64_t kSearchIdleUs = 300'000'000;
inline constexpr std::int64_t kCheckoutIdleUs = 1'800'000'000;
inline constexpr std::int64_t kConnectionIdleUs = 300'000'000;  // the default of limits.connection_idle

class Ledger {
 public:
  Ledger(std::string sid, std::string_view device) : sid_(std::move(sid)), device_(device) {}

  // A start step. An attempt that had not committed is superseded by it.
  void start(JourneyName journey, Step step, std::int64_t at_us);
  // A commit with nothing open: counts as a start.
  void retry(std::int64_t at_us);
  // A step of the newest attempt that is not over.
  void step(JourneyName journey, Step step, std::int64_t at_us);
  void end(JourneyName journey, Outcome outcome, std::int64_t at_us);
  AttemptTruth& newest(JourneyName journey);
  // The newest attempt is not over.
  bool open(JourneyName journey) const;
  // Attempts that wait for a confirmation that will not come.
  std::size_t pending(JourneyName journey) const;
  // The shopper's last sign of life: what is not decided ends with its idle time.
  std::vector<AttemptTruth> leave(std::int64_t last_activity_us);

 private:
  AttemptTruth& begin(JourneyName journey, std::int64_t at_us);
  std::string sid_;
  std::string_view device_;
  std::vector<AttemptTruth> attempts_;
};

}  // namespace bellrock::traffic
