// Writes the truth: one document with totals, and a line for each transaction, attempt and beacon.
#pragma once

#include "tools/traffic/options.h"
#include "tools/traffic/truth.h"

namespace bellrock::traffic {

// Files that the options do not name are not written. False: one could not be written.
bool write_truth(const Options& options, const Truth& truth);

// An attempt is over when its deciding event, or its deadline, lies before the end of the capture.
bool is_open(const AttemptTruth& attempt, const Truth& truth);

}  // namespace bellrock::traffic
