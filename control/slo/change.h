// Did a change make an objective worse? Two groups of attempts are compared: before and after a marker, or a release
// against the others at the same time. Pure, any thread.
//
// The interval of the difference of two shares is Newcombe's hybrid score interval (Statistics in Medicine 17 (1998)
// 873-890, method 10), at 95 %; over several times of day its form for strata (Yan and Su, Statistics in
// Biopharmaceutical Research 2 (2010) 482-490), with the weights of Mantel and Haenszel. Unknown attempts are no
// evidence for either side; too many of them are inconclusive.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/slo/history.h"
#include "control/slo/objective.h"

namespace bellrock::slo {

struct ChangeMarker {
  std::uint64_t id = 0;
  std::int64_t at_unix_s = 0;
  std::string journey;  // empty: all of them
  std::string version;  // of what was changed; may be empty
  std::string who, what;
};

enum class ChangeVerdict : std::uint8_t { kGood, kBad, kInconclusive };
inline constexpr std::array<std::string_view, 3> kChangeVerdictNames{"good", "bad", "inconclusive"};

struct Comparison {
  ChangeVerdict verdict = ChangeVerdict::kInconclusive;
  std::string reason;
  double before = 0, after = 0;                     // shares of bad attempts; 0 without attempts
  double difference_low = -1, difference_high = 1;  // of after - before, at 95 %
  double margin = 0;                                // a rise below it is taken for none
  std::uint64_t attempts_needed = 0;                // in each group, to rule a rise by the margin out; 0: enough
};

struct ComparisonRules {
  double margin = 0;                         // see margin_of
  std::uint64_t max_unknown_e9 = kOne / 20;  // of either group
  std::uint64_t attempts_min = 30;           // in either group, before anything is said
};

// Half of what the target allows: the rise that would turn a service at half of its budget into one without any.
double margin_of(const Objective& objective);

Comparison compare(const Events& before, const Events& after, const ComparisonRules& rules);

// Both groups in one slice of time.
struct SameTime {
  Events others, own;
};
// Slice by slice, so that an hour in which everything was bad is held against nobody who had no part in it: slices
// without attempts of either group say nothing. With one slice the same as `compare(others, own, …)`.
Comparison compare_at_the_same_time(std::span<const SameTime> slices, const ComparisonRules& rules);

}  // namespace bellrock::slo
