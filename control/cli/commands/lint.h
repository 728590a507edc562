// `bellrock lint`: what is valid and yet worth a look. Offline, unless a centre is named.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "control/cli/centre.h"

namespace bellrock::cli {

struct LintOptions {
  std::vector<std::string> files = {};
  std::string from = {};    // URL of a centre whose counts are looked at too; empty: none
  bool deny_notes = false;  // end with 1 for notes as well
  double timeout_s = 5;
  std::string output = "table";
};

// Exit code: 0 nothing but notes, 1 warnings, 2 usage, 3 invalid configuration, 6 the centre does not answer.
int run_lint(const LintOptions& options, std::ostream& out, std::ostream& err);

void add_lint(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
