// What happened, as one JSON object.
#pragma once

#include <string>

#include "tools/impair/forwarder.h"

namespace bellrock::impair {

std::string report_text(const std::array<Statistics, 2>& statistics, const std::array<Passed, 2>& passed);

}  // namespace bellrock::impair
