// Series × objective → status. Pure, any thread. Whether an objective is met is decided on integers alone, by
// cross-multiplication in 128 bits; doubles are made afterwards, for showing.
#pragma once

#include <span>

#include "control/flow/series.h"
#include "control/flow/slo_status.h"
#include "control/slo/objective.h"

namespace bellrock::slo {

// What an objective's series add up to.
struct Tally {
  control::SloCounts counts;
  control::Distribution measured;    // latencies, of good and bad attempts alike
  std::uint64_t other_versions = 0;  // attempts counted under another version of the objective
};

// Adds up the total series of `objective` among `sums`; others are passed over. A verdict of a newer edge that is not
// known here makes its attempts unknown. `board_lost` attempts of the journey are unknown too.
Tally tally(const Objective& objective, std::span<const control::SeriesSum> sums, std::uint64_t board_lost);

// Adds one series' verdict to the counts; false if the series is of another objective or version.
bool add_verdict(const Objective& objective, const control::SeriesKey& key, std::uint64_t n,
                 control::SloCounts& counts);

// `coverage` is of the window that was tallied.
control::SloStatus evaluate(const Objective& objective, const Tally& tally, const control::Coverage& coverage);

}  // namespace bellrock::slo
