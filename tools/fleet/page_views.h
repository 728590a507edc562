// The page views of one simulated machine: web vitals by page, device and connection, and clicks by page and device, as
// an edge whose site lists so many pages counts them. Pure; the same for the same state of `random`.
#pragma once

#include <cstddef>
#include <map>

#include "control/flow/delta_frame.h"
#include "tools/traffic/random.h"

namespace bellrock::fleet {

// A few views of each page on each device and connection, whatever the length of the window.
void count_page_views(std::size_t pages, traffic::Random& random,
                      std::map<control::SeriesKey, control::Histogram>& cells);

}  // namespace bellrock::fleet
