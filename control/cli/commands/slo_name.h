// Which objective of the centre a person means.
#pragma once

#include <iosfwd>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

// `name` is JOURNEY/OBJECTIVE, or one of the two where that names a single objective. `path` becomes
// "/api/v1/slos/JOURNEY/OBJECTIVE". An exit code other than kDone when there is none or several: `err` lists them.
// With `composite`, names of composites count too: it says whether one was meant, and `path` is
// "/api/v1/composites/NAME".
int find_slo(const CentreOptions& options, const std::string& name, std::string& path, std::ostream& err,
             bool* composite = nullptr);

}  // namespace bellrock::cli
