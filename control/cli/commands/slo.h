// `bellrock slo list` and `bellrock slo explain NAME`: how the objectives stand, and why.
#pragma once

#include <iosfwd>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

int run_slo_list(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err);

// `name` is JOURNEY/OBJECTIVE, or one of the two where that names a single objective.
int run_slo_explain(const CentreOptions& options, const std::string& name, const std::string& range, bool colours,
                    std::ostream& out, std::ostream& err);

// Declares the commands. When one was given, `exit_code` holds its answer after parsing.
void add_slo(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
