// A configuration with any number of journeys and objectives, for a simulated fleet and its centre.
#pragma once

#include <cstddef>
#include <string>

namespace bellrock::fleet {

// YAML documents: a Site, an Identity and `journeys` Journeys, each with `objectives` objectives: the first by success,
// the others by latency. Targets take turns: 99.2, 95, 99.5 and 99.9 %.
std::string make_shop(std::size_t journeys, std::size_t objectives);

}  // namespace bellrock::fleet
