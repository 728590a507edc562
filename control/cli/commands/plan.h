// `bellrock plan`: what a configuration costs before it runs. Offline, without root.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bellrock::cli {

struct PlanOptions {
  std::vector<std::string> files = {};
  std::optional<std::uint64_t> events_per_second = {};  // the bound for this traffic as well
  std::string output = "table";
};

// Exit code: 0 all fits, 1 not (series beyond the board's cells, or frames beyond what a centre takes), 2 usage, 3
// invalid configuration.
int run_plan(const PlanOptions& options, bool colours, std::ostream& out, std::ostream& err);

void add_plan(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
