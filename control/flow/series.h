// What the centre keeps of the frames: for each series its distribution over a span of time. Owned by the control
// plane, made by the store, read by the evaluator and the API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/flow/histogram.h"
#include "dataplane/flow/outcome.h"  // the names that items and details of series take

namespace bellrock::control {

// One series summed over a span.
struct SeriesSum {
  SeriesKey key;
  Distribution total;
};

// One series in one slice of a span.
struct SeriesSlice {
  std::int64_t start_unix_s = 0;
  SeriesKey key;
  Distribution total;
};

}  // namespace bellrock::control
