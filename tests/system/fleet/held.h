// Whether a store holds exactly what a fleet has counted.
#pragma once

#include <string>
#include <vector>

#include "control/store/series_store.h"
#include "tools/fleet/truth.h"

namespace bellrock::fleet {

// A line for each difference, at most twenty of each sort; none: everything is equal, to the last count. Compared are
// every series by hour with its latencies, every series by minute, counts over all time, each source, each journey's
// ledger and the sum over all.
std::vector<std::string> differences(store::StoreSnapshot& store, const Truth& truth);

}  // namespace bellrock::fleet
