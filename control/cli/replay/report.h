// A replay's result as the JSON document that `bellrock replay -o json` prints, and its traces as JSON lines.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

#include "control/cli/replay/run.h"

namespace bellrock::cli {

nlohmann::ordered_json report(const journey::Definition& definition, const ReplayResult& result);

// One JSON object per line. These hold addresses, URLs and names: personal data.
void write_transactions(std::ostream& out, const ReplayResult& result);
void write_beacons(std::ostream& out, const ReplayResult& result);
void write_outcomes(std::ostream& out, const journey::Definition& definition, const ReplayResult& result);

}  // namespace bellrock::cli
