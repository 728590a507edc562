// `bellrock explain CODE`: what a finding of `validate` means, and what usually mends it. Offline.
#pragma once

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace bellrock::cli {

// `code` in any case; empty: every code. Exit code: 0, or 2 for a code that does not exist.
int run_explain(const std::string& code, std::ostream& out, std::ostream& err);

// Declares the command. When it was given, `exit_code` holds run_explain's answer after parsing.
void add_explain(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
