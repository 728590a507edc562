// `bellrock slo gate NAME`: may a pipeline deploy, or go on? `bellrock slo history NAME`: the course of a budget.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

// Exit code: 0 pass, 1 fail, 9 inconclusive. `since`, Unix seconds or a UTC time, is that of the change to judge;
// without it none was made. A `since` that is empty or no time is refused.
int run_slo_gate(const CentreOptions& options, const std::string& name, const std::optional<std::string>& since,
                 std::ostream& out, std::ostream& err);

int run_slo_history(const CentreOptions& options, const std::string& name, const std::string& range, bool colours,
                    std::ostream& out, std::ostream& err);

// Prints the centre's objectives as a file of `what`, "prometheus" or "openslo"; with -o json and the others, as a
// document that holds it.
int run_slo_export(const CentreOptions& options, const std::string& what, std::ostream& out, std::ostream& err);

// Declares the commands below `slo`.
void add_slo_gate(CLI::App& slo, int& exit_code);
void add_slo_history(CLI::App& slo, int& exit_code);
void add_slo_export(CLI::App& slo, int& exit_code);

}  // namespace bellrock::cli
