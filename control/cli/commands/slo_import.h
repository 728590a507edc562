// `bellrock slo import FILE`: OpenSLO v1 documents → Policy documents. Offline.
#pragma once

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace bellrock::cli {

// Findings go to `err`, the documents to `out`. Exit code: 0, 3 the file is invalid, 10 it cannot be read.
int run_slo_import(const std::string& file, std::ostream& out, std::ostream& err);

// Declares the command below `slo`, which has been declared.
void add_slo_import(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
