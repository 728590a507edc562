// How an attempt ended, and the names under which that is exported.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bellrock {

// Failure classes are outcomes of their own so that each has its own exact counter.
enum class Outcome : std::uint8_t {
  kSuccess,
  kFailedUser,
  kFailedBusiness,
  kFailedSystem,
  kSilentFailure,  // acknowledged, its confirmation never came, and every channel it could have come on was alive
  kAbandoned,
  kAbandonedWaiting,  // the client left while its request was pending
  kCancelled,
  kSuperseded,
  kUnknown,
  kCount
};
inline constexpr std::array<std::string_view, 10> kOutcomeNames{
    "success",   "failed.user",       "failed.business", "failed.system", "silent_failure",
    "abandoned", "abandoned.waiting", "cancelled",       "superseded",    "unknown"};

// Ends that are told of step by step, where a journey asks for it: what a visitor would call a failure.
inline constexpr std::size_t kToldOutcomes = 6;
constexpr bool is_told(Outcome outcome) {
  return outcome >= Outcome::kFailedUser && outcome <= Outcome::kAbandonedWaiting;
}
constexpr std::size_t told_index(Outcome outcome) {
  return static_cast<std::size_t>(outcome) - static_cast<std::size_t>(Outcome::kFailedUser);
}
constexpr Outcome told_outcome(std::size_t index) {
  return static_cast<Outcome>(index + static_cast<std::size_t>(Outcome::kFailedUser));
}
static_assert(told_index(Outcome::kAbandonedWaiting) + 1 == kToldOutcomes);

// What an attempt was for one objective. Measured and unmeasured values never share a cell, so that the sum of a
// histogram's buckets is either its count or 0.
enum class Verdict : std::uint8_t {
  kGood,       // latency objectives: measured
  kBad,        // latency objectives: measured
  kBadFailed,  // bad without a latency, because the attempt failed
  kBadEnded,   // bad without a latency: it ended otherwise, and had missed its threshold by then
  kUnknown,
  kExcluded,
  kCensored,  // a latency that nobody will know: it ended before it could have missed its threshold
  kFunnel,    // never reached `count_from` or `from`
  kCount
};
inline constexpr std::array<std::string_view, 8> kVerdictNames{"good",    "bad",      "bad.failed", "bad.ended",
                                                               "unknown", "excluded", "censored",   "funnel"};

}  // namespace bellrock
