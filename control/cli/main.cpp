// bellrock: the command line of the control plane, and the offline tools. One function in commands/ for each command.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/cli/commands/backlog.h"
#include "control/cli/commands/change.h"
#include "control/cli/commands/explain.h"
#include "control/cli/commands/incident.h"
#include "control/cli/commands/journey.h"
#include "control/cli/commands/lint.h"
#include "control/cli/commands/plan.h"
#include "control/cli/commands/replay.h"
#include "control/cli/commands/slo.h"
#include "control/cli/commands/slo_import.h"
#include "control/cli/commands/status.h"
#include "control/cli/commands/top.h"
#include "control/cli/commands/validate.h"
#include "control/cli/exit_code.h"
#include "control/cli/sink.h"
#include "control/config/diagnostic.h"
#include "control/config/value.h"
#include "control/proto/frame_codec.h"

namespace {

constexpr const char* kFooter =
    "First steps\n"
    "  bellrock validate config/                           check the configuration\n"
    "  bellrock journey test config/                       play the tests in the definitions\n"
    "  bellrock plan config/                               what it will need\n"
    "  bellrock replay --config config/ --pcap day.pcap    count a recorded capture, offline\n"
    "  bellrock slo list                                   how the objectives stand\n"
    "  bellrock slo explain checkout/success               why\n"
    "  bellrock top                                        what burns now\n"
    "  bellrock incident list                              what went wrong\n"
    "  bellrock backlog rank                               what is worth mending first\n\n"
    "Every command takes --help. Exit codes: 0 done, 1 differences or needs a look, 2 usage, 3 invalid configuration,\n"
    "4 applied in part, 5 rolled back, 6 unreachable or timeout, 7 not authorised, 8 conflict or in use,\n"
    "9 inconclusive, 10 input, output or device unusable.";

void add_version(CLI::App& app) {
  app.add_subcommand("version", "The version of this program and of the wire")->callback([] {
    fmt::print(std::cout, "bellrock {}\nwire schema {}\n", BELLROCK_VERSION, bellrock::proto::kSchema);
  });
}

// The first word that should be a command and is none. CLI11 itself says only that a command is missing.
bool has_unknown_command(const CLI::App& app, std::span<char* const> words) {
  const CLI::App* at = &app;
  for (const std::string_view word : words) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || word.starts_with('-')) return false;
    std::vector<std::string_view> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      const std::string_view meant = bellrock::config::nearest(word, names);
      const std::string hint = meant.empty() ? "commands are " + bellrock::config::one_of(names)
                                             : "did you mean `" + std::string(meant) + "`?";
      std::cerr << "bellrock: unknown command " << bellrock::config::shown(word) << "; " << hint << '\n';
      return true;
    }
    at = commands[static_cast<std::size_t>(found - names.begin())];
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = bellrock::cli;
  cli::StandardOutput standard_output;
  CLI::App app("Bellrock: journeys and experience SLOs, counted at the edge.", "bellrock");
  app.require_subcommand(1);
  app.set_version_flag("--version", "bellrock " BELLROCK_VERSION);
  app.footer(kFooter);
  int exit_code = cli::kDone;
  cli::add_slo(app, exit_code);
  cli::add_slo_import(app, exit_code);
  cli::add_change(app, exit_code);
  cli::add_incident(app, exit_code);
  cli::add_backlog(app, exit_code);
  cli::add_status(app, exit_code);
  cli::add_top(app, exit_code);
  cli::add_validate(app, exit_code);
  cli::add_explain(app, exit_code);
  cli::add_lint(app, exit_code);
  cli::add_plan(app, exit_code);
  cli::add_journey(app, exit_code);
  cli::add_replay(app, exit_code);
  add_version(app);
  if (has_unknown_command(app, std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0))) {
    return cli::kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? cli::kDone : cli::kUsage;
  }
  return standard_output.finish(exit_code, std::cerr);
}
