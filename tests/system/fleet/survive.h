// Two hundred simulated nodes send to a real centre, while frames are sent twice, dropped, overtaken and delayed, the
// centre is killed in the middle of its work, and its store where that is another process, the disk is full, nodes
// start again and their clocks jump. In the end the store must hold what was counted, to the last count.
//
// BELLROCK_FLEET_FAULTS (400) is how many faults, BELLROCK_FLEET_SEED (1) which; tools/nightly has 10,000.
#pragma once

#include "control/config/loader.h"
#include "tests/system/fleet/backend.h"

namespace bellrock::fleet {

void survive(Backend& backend, const config::Loaded& loaded);

}  // namespace bellrock::fleet
