// `bellrock incident list` and `bellrock incident export ID`: what went wrong, and a document to review it with.
#pragma once

#include <iosfwd>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

int run_incident_list(const CentreOptions& options, bool open_only, bool colours, std::ostream& out, std::ostream& err);

// Markdown where -o is table, otherwise the centre's document.
int run_incident_export(const CentreOptions& options, std::uint64_t id, std::ostream& out, std::ostream& err);

// Declares the commands.
void add_incident(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
