// The whole generation: shoppers come, their packets are captured, the truth is completed.
#pragma once

#include "tools/traffic/options.h"
#include "tools/traffic/truth.h"

namespace bellrock::traffic {

// False: the capture could not be written (errno says why).
bool generate(const Options& options, Truth& truth);

}  // namespace bellrock::traffic
