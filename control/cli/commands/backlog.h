// `bellrock backlog rank`: which failures are worth mending first, by what they cost and what mending them costs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "control/cli/centre.h"

namespace bellrock::cli {

struct BacklogQuestion {
  std::string range = "28d";
  std::string by = "value";               // users or attempts
  std::string currency = {};              // empty: the only one there is
  std::vector<std::string> efforts = {};  // JOURNEY/OBJECTIVE=DAYS
};

int run_backlog_rank(const CentreOptions& options, const BacklogQuestion& question, bool colours, std::ostream& out,
                     std::ostream& err);

// Declares the command. When it was given, `exit_code` holds its answer after parsing.
void add_backlog(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
