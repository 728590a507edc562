// `bellrock validate FILE…`: checks configuration offline, without root, and writes what it finds as a compiler does.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bellrock::cli {

struct ValidateOptions {
  std::vector<std::string> files;  // or directories
  bool deny_warnings = false;
  std::string output = "table";  // table, json, yaml or jsonl
};

// Exit code: 0 valid, 1 warnings that are denied, 3 invalid. Findings go to `out`, the summary of a table to `err`.
int run_validate(const ValidateOptions& options, std::ostream& out, std::ostream& err);

// Declares the command. When it was given, `exit_code` holds run_validate's answer after parsing.
void add_validate(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
