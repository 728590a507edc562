// `bellrock status`: the centre, its nodes and what needs a look, on one screen.
#pragma once

#include <iosfwd>

#include "control/cli/centre.h"

namespace bellrock::cli {

// Exit code: 0 healthy, 1 something needs a look, 6 unreachable.
int run_status(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err);

// Declares the command. When it was given, `exit_code` holds run_status's answer after parsing.
void add_status(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
