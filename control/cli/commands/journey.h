// `bellrock journey test`: plays the tests that stand in journeys' definitions. Offline, without root.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bellrock::cli {

struct JourneyTestOptions {
  std::vector<std::string> files = {};
  std::string journey = {};  // only this one's; empty: all
  bool verbose = false;      // what happened in tests that passed too
  std::string output = "table";
};

// Exit code: 0 all pass, 1 one does not, 2 usage, 3 invalid configuration, 9 there is no test.
int run_journey_test(const JourneyTestOptions& options, bool colours, std::ostream& out, std::ostream& err);

// Declares `journey` and its commands.
void add_journey(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
