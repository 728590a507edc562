// The key under which values are counted in a shard. Values of dimensions are numbers, so a key is 16 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"

namespace bellrock {

enum class CellKind : std::uint8_t {
  kStart,      // attempts opened; never dimensioned
  kStep,       // item: StepId. latency since the attempt's start; never dimensioned
  kOutcome,    // item: Outcome. duration of the attempt
  kObjective,  // item: ObjectiveId, detail: Verdict. the objective's latency where it was measured
  kValue,      // item: Outcome. attempts that had a value in money, and its sum; no histogram
  kVital,      // journey: the page's number; item: Vital, detail: Rating, values: device, connection. seconds, or a CLS
  kEffect,     // item and detail: effect_cell.h. attempts, and the sum of how long they waited; no histogram
  kFeedback,   // item, detail and, dimensioned, values: feedback.h. answers; no histogram and no sum
  kClick,      // journey: the page's number; item: ClickKind, values: device. no histogram and no sum
  kDistinct,   // item: below kDistinctCells; never dimensioned. which coupons were seen (distinct.h), as durations
  kClickMap,   // no key of a shard: where clicks were (journey/click_map.h), as control/flow/click_map_name.h names it
  kFrustration,  // journey: the page's number; item: FrustrationKind, values: device. no histogram and no sum
  kRecovery,     // item: StepId of a failure, detail: RecoveryKind; never dimensioned. no histogram and no sum
  kCoverage,     // journey: the page's number; item: CoverageItem, values: browser, place. no histogram and no sum
  kSplit,  // journey: the page's number; item: SplitItem, values: device. some are measured, the others only counted
  kStray,  // item: StraySuccess; never dimensioned. no histogram and no sum
  kError,  // journey: the page's number; values: a seat of the core's table of error codes. no histogram and no sum
};

// Whether such cells only count: they have neither a histogram nor a sum.
constexpr bool only_counts(CellKind kind) {
  return kind == CellKind::kStart || kind == CellKind::kFeedback || kind == CellKind::kClick ||
         kind == CellKind::kFrustration || kind == CellKind::kRecovery || kind == CellKind::kCoverage ||
         kind == CellKind::kStray || kind == CellKind::kError;
}
// Whether such cells only add up what they count, at most kAmountMax each: they have no histogram.
constexpr bool adds_up(CellKind kind) { return kind == CellKind::kValue || kind == CellKind::kEffect; }

enum class CellScope : std::uint8_t {
  kTotal,        // over all dimensions: SLOs are evaluated on these, so cardinality can never move an SLO
  kDimensioned,  // one combination of dimension values
  kOverflow,     // combinations that found no room
};

struct CellKey {
  JourneyId journey;
  CellKind kind = CellKind::kStart;
  CellScope scope = CellScope::kTotal;
  std::uint8_t item = 0;
  std::uint8_t detail = 0;
  std::uint16_t reserved = 0;
  std::array<std::uint8_t, kJourneyDimensionsMax> values{};  // 0: __other__; else from 1 in the set or the core's table

  friend constexpr auto operator<=>(const CellKey&, const CellKey&) = default;
};
static_assert(sizeof(CellKey) == 16);

}  // namespace bellrock
