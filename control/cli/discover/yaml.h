// A discovery as configuration that validates, with what was seen as comments. Pure, any thread.
#pragma once

#include <string>

#include "control/cli/discover/propose.h"

namespace bellrock::cli {

std::string to_configuration(const Seen& seen, const Discovery& found, const std::string& beacon_path);

}  // namespace bellrock::cli
