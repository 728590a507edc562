#include "control/agent/service.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <thread>
#include <utility>

#include "control/agent/files.h"
#include "control/agent/health.h"
#include "control/net/tls_files.h"

namespace bellrock::agent {

namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unnamed";
}

net::TlsClient tls_of(const config::Loaded& loaded) {
  const auto& [authorities, certificate, key] = loaded.agent.tls;
  return {authorities, certificate, key};
}

// Why the centre cannot be spoken with at all; empty: not for what is on this machine.
std::string unusable_tls(const config::Loaded& loaded) {
  if (!loaded.agent.central_url.starts_with("https://")) return {};
  const std::string why = net::unusable(tls_of(loaded));
  return why.empty() ? why : "tls: " + why;
}

}  // namespace

config::Loaded load_agent(const std::vector<std::string>& files) {
  config::Loaded loaded = config::load(files);
  for (const auto& diagnostic : loaded.diagnostics) std::fprintf(stderr, "%s\n", config::to_line(diagnostic).c_str());
  if (loaded.agent.node.empty()) loaded.agent.node = host_name();
  return loaded;
}

Service::~Service() {
  server_.reset();  // its threads read what comes down next
}

Result<std::unique_ptr<net::HttpServer>, AgentError> Service::listen(const std::string& address) {
  const auto options = net::listen_at(address);
  if (!options.ok()) {
    return Failure{AgentError{kInvalidConfiguration, "listen: " + address + ": " + options.error().what}};
  }
  auto server = net::HttpServer::start(
      *options, [this](const net::Request& request, const net::Respond& respond) { answer(request, respond); });
  if (!server.ok()) return Failure{AgentError{kInUse, server.error().message}};
  return std::move(server).value();
}

void Service::answer(const net::Request& request, const net::Respond& respond) {
  std::shared_ptr<const Agent> agent;
  AgentStatus status;
  {
    const std::lock_guard lock(mutex_);
    agent = agent_;
    if (agent) status = agent->status();
    status.reloads = reloads_;
    status.reloads_refused = reloads_refused_;
    status.reload_refused = refused_;
  }
  if (!agent) return respond({503, "application/json", R"({"message": "the agent is starting"})", {}});
  respond(agent::answer(request, status, unix_ms()));
}

Status<AgentError> Service::run(const config::Loaded& loaded) {
  auto agent = Agent::start({loaded.agent,
                             loaded.definition,
                             config::content_hash(loaded.definition),
                             post_to(loaded.agent.central_url, tls_of(loaded)),
                             {}});
  if (!agent.ok()) return Failure{agent.error()};
  const std::lock_guard lock(mutex_);
  agent_ = std::move(agent).value();
  spdlog::info("node {} harvests {}, sends to {}, health on {}", loaded.agent.node, loaded.agent.board,
               loaded.agent.central_url, loaded.agent.listen);
  return Done{};
}

Status<AgentError> Service::start(config::Loaded loaded) {
  if (std::string why = unusable_tls(loaded); !why.empty()) {
    return Failure{AgentError{kInvalidConfiguration, std::move(why)}};
  }
  TRY_ASSIGN(server_, listen(loaded.agent.listen));
  in_force_ = std::move(loaded);
  return run(in_force_);
}

void Service::end() {
  std::shared_ptr<Agent> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::move(agent_);
  }
  // An answer in the making may still have its share; the locks are to be free when the next agent comes.
  while (old.use_count() > 1) std::this_thread::yield();
}

Status<AgentError> Service::refuse(const std::string& why) {
  spdlog::error("reload refused: {}; the configuration in force stays", why);
  const std::lock_guard lock(mutex_);
  ++reloads_refused_;
  refused_ = why;
  return Done{};
}

Status<AgentError> Service::reload() {
  config::Loaded loaded = load_agent(files_);
  if (!loaded.ok()) return refuse("the files are not valid, see above");
  if (const std::string why = unusable_tls(loaded); !why.empty()) return refuse(why);
  std::unique_ptr<net::HttpServer> server;
  if (loaded.agent.listen != in_force_.agent.listen) {
    auto listening = listen(loaded.agent.listen);
    if (!listening.ok()) return refuse(listening.error().message);
    server = std::move(listening).value();
  }
  end();
  if (const auto started = run(loaded); !started.ok()) {
    server.reset();
    TRY(run(in_force_));
    return refuse(started.error().message);
  }
  in_force_ = std::move(loaded);
  if (server) server_ = std::move(server);
  const std::lock_guard lock(mutex_);
  ++reloads_;
  refused_.clear();
  spdlog::info("reloaded: configuration {}", to_hex(config::content_hash(in_force_.definition)));
  return Done{};
}

void Service::stop() { agent_->stop(); }

}  // namespace bellrock::agent
