// OpenSLO says of an alert how many times the budget's own rate it burns, a Policy which share of the budget is gone
// after its longer window. One load, one thread.
#pragma once

#include <cstdint>
#include <string>

#include "control/slo/burn_rate.h"

namespace bellrock::openslo {

// In parts per 10^9, rounded. `factor` is positive and below 10^6.
std::uint64_t share_of_threshold(double factor, std::int64_t long_s, std::int64_t period_s);

// The shortest decimal of which share_of_threshold makes the pair's share again: 14.4, and not the 14.39999971 that the
// rounded share would be.
std::string threshold_text(const slo::BurnPair& pair);

}  // namespace bellrock::openslo
