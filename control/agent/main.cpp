// bellrock-agent: makes the board from the configuration, harvests it, and sends what it finds to the centre.
// Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 7 no rights, 8 board, state directory or address
// in use, 10 board or state directory unusable.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/agent/files.h"
#include "control/agent/service.h"
#include "control/config/loader.h"

namespace {

using namespace bellrock;
using namespace std::chrono_literals;

volatile sig_atomic_t stop_requested = 0;
volatile sig_atomic_t reload_requested = 0;
void on_stop(int) { stop_requested = 1; }
void on_reload(int) { reload_requested = 1; }

int fail(const agent::AgentError& error) {
  spdlog::error("{}", error.message);
  return error.exit_code;
}

void print_config(const config::AgentSettings& settings, const journey::Definition& definition) {
  std::printf(
      "apiVersion: bellrock/v1\nkind: Agent\nspec:\n  node: \"%s\"\n  board: \"%s\"\n  state_directory: \"%s\"\n"
      "  central: \"%s\"\n  listen: \"%s\"\n  spool_bytes_max: %llu\n  harvest_interval: %lldms\n",
      settings.node.c_str(), settings.board.c_str(), settings.state_directory.c_str(), settings.central_url.c_str(),
      settings.listen.c_str(), static_cast<unsigned long long>(settings.spool_bytes_max),
      static_cast<long long>(settings.harvest_interval / kMillisecond));
  std::printf("# configuration %s: %zu journeys, %u workers\n", agent::to_hex(config::content_hash(definition)).c_str(),
              definition.journeys.size(), definition.limits.workers);
}

// Sleeps a little when there is nothing to do, hardly at all when an edge that reads a file waits for its banks.
int run(agent::Service& service) {
  auto pause = 1ms;
  while (stop_requested == 0) {
    if (reload_requested != 0) {
      reload_requested = 0;
      const auto reloaded = service.reload();
      if (!reloaded.ok()) return fail(reloaded.error());
    }
    pause = service.tick() ? 0ms : std::min(pause * 2 + 1ms, std::chrono::milliseconds(20));
    std::this_thread::sleep_for(pause);
  }
  service.stop();
  spdlog::info("stopped");
  return agent::kDone;
}

int serve(const std::vector<std::string>& files, config::Loaded loaded) {
  agent::Service service(files);
  const auto started = service.start(std::move(loaded));
  return started.ok() ? run(service) : fail(started.error());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Harvests the board of bellrock-edge and sends what it finds to the centre.", "bellrock-agent");
  std::vector<std::string> files;
  bool check = false, print = false;
  app.add_option("--config", files, "Files and directories of YAML; all kinds are needed, not only Agent")->required();
  app.add_flag("--check", check, "Only say whether the configuration is valid");
  app.add_flag("--print-config", print, "Print what is in effect, defaults included");
  app.set_version_flag("--version", "bellrock-agent " BELLROCK_VERSION);
  app.footer(
      "SIGHUP reads the files again: what is valid takes effect at once, or when the edge stops; what is not is\n"
      "reported, and the configuration in force stays.\n\n"
      "Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 7 no rights,\n"
      "8 board, state directory or address in use, 10 board or state directory unusable.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? agent::kDone : agent::kUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("bellrock-agent"));
  config::Loaded loaded = agent::load_agent(files);
  if (!loaded.ok()) return agent::kInvalidConfiguration;
  if (print) print_config(loaded.agent, loaded.definition);
  if (check || print) return agent::kDone;

  struct sigaction action = {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = on_reload;
  sigaction(SIGHUP, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return serve(files, std::move(loaded));
}
