#include <CLI/CLI.hpp>

#include "control/cli/commands/replay.h"
#include "control/cli/commands/validate.h"

int main(int argc, char** argv) {
  CLI::App app{"bellrock: configure, replay and read Bellrock"};
  app.require_subcommand(1);
  int exit_code = 0;
  bellrock::cli::add_replay(app, exit_code);
  bellrock::cli::add_validate(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return exit_code;
}
