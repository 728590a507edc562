// `bellrock change mark` and `bellrock change list`: what was changed when, and what became of it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

struct ChangeMark {
  std::string what, journey, version, who;  // empty: not said
  std::optional<std::string> at = {};       // none: now
};

int run_change_mark(const CentreOptions& options, const ChangeMark& mark, std::ostream& out, std::ostream& err);
int run_change_list(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err);

// Declares the commands.
void add_change(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
