// `bellrock slo import FILE`: OpenSLO v1 documents → Policy documents. Offline.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bellrock::cli {

// Findings go to `err`, the documents to `out`. Exit code: 0, also with warnings, 3 the file or the configuration is
// invalid, 10 the file cannot be read. A document's target, which no policy can have, is warned of: where it is not
// that of the journey, which files and directories of `config` say; without any, always.
int run_slo_import(const std::string& file, std::ostream& out, std::ostream& err,
                   const std::vector<std::string>& config = {});

// Declares the command below `slo`, which has been declared.
void add_slo_import(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
