// bellrock-agent: makes the board from the configuration, harvests it, and sends what it finds to the centre.
// Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 7 no rights, 8 board, state directory or address
// in use, 10 board or state directory unusable.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/agent/agent.h"
#include "control/agent/files.h"
#include "control/agent/health.h"
#include "control/config/loader.h"

namespace {

using namespace bellrock;
using namespace std::chrono_literals;

volatile sig_atomic_t stop_requested = 0;
void on_stop(int) { stop_requested = 1; }

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unnamed";
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
void run(agent::Agent& agent) {
  auto pause = 1ms;
  while (stop_requested == 0) {
    pause = agent.tick() ? 0ms : std::min(pause * 2 + 1ms, std::chrono::milliseconds(20));
    std::this_thread::sleep_for(pause);
  }
}

int serve(config::Loaded loaded) {
  const auto listen = net::listen_at(loaded.agent.listen);
  if (!listen.ok()) {
    spdlog::error("listen: {}: {}", loaded.agent.listen, listen.error().what);
    return agent::kInvalidConfiguration;
  }
  // The address comes first: an agent that cannot have it must not leave a board behind. Until the agent is there its
  // health is that it is not.
  std::unique_ptr<agent::Agent> running;  // the server's threads use it as long as there are any
  std::atomic<const agent::Agent*> ready{nullptr};
  auto server = net::HttpServer::start(*listen, [&ready](const net::Request& request, const net::Respond& respond) {
    const agent::Agent* const agent = ready.load(std::memory_order_acquire);
    if (agent == nullptr) return respond({503, "application/json", R"({"message": "the agent is starting"})", {}});
    respond(agent::answer(request, agent->status(), agent::unix_ms()));
  });
  if (!server.ok()) {
    spdlog::error("{}", server.error().message);
    return agent::kInUse;
  }
  const auto hash = config::content_hash(loaded.definition);
  agent::Post post = agent::post_to(loaded.agent.central_url);
  auto agent = agent::Agent::start({loaded.agent, std::move(loaded.definition), hash, std::move(post), {}});
  if (!agent.ok()) {
    spdlog::error("{}", agent.error().message);
    return agent.error().exit_code;
  }
  running = std::move(agent).value();
  ready.store(running.get(), std::memory_order_release);
  spdlog::info("node {} harvests {}, sends to {}, health on {}", loaded.agent.node, loaded.agent.board,
               loaded.agent.central_url, loaded.agent.listen);
  run(*running);
  running->stop();
  spdlog::info("stopped");
  return agent::kDone;
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
      "Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 7 no rights,\n"
      "8 board, state directory or address in use, 10 board or state directory unusable.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? agent::kDone : agent::kUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("bellrock-agent"));
  config::Loaded loaded = config::load(files);
  for (const auto& diagnostic : loaded.diagnostics) std::fprintf(stderr, "%s\n", config::to_line(diagnostic).c_str());
  if (!loaded.ok()) return agent::kInvalidConfiguration;
  if (loaded.agent.node.empty()) loaded.agent.node = host_name();
  if (print) print_config(loaded.agent, loaded.definition);
  if (check || print) return agent::kDone;

  struct sigaction action = {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return serve(std::move(loaded));
}
