// The agent behind its health address, and how another configuration takes its place while it runs. Called by the main
// thread; the server's threads only read the status.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/agent/agent.h"
#include "control/config/loader.h"
#include "control/net/http_server.h"

namespace bellrock::agent {

class Service {
 public:
  // `files` are read again by `reload`.
  explicit Service(std::vector<std::string> files) : files_(std::move(files)) {}
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // The address comes first: an agent that cannot have it must not leave a board behind.
  Status<AgentError> start(config::Loaded loaded);
  // One round of the agent. True: something was harvested.
  bool tick() { return agent_->tick(); }
  // Reads the files again. What is invalid is reported as at the start, and what cannot be started as well; the
  // configuration in force then stays. Else the agent stops and starts again as a new process would, between two
  // rounds: the edge goes on counting, the spool and its sequence go on. An error: not even the old one starts again.
  Status<AgentError> reload();
  void stop();

 private:
  Result<std::unique_ptr<net::HttpServer>, AgentError> listen(const std::string& address);
  Status<AgentError> run(const config::Loaded& loaded);
  // Lets go of the agent's board and spool.
  void end();
  Status<AgentError> refuse(const std::string& why);
  void answer(const net::Request& request, const net::Respond& respond);

  const std::vector<std::string> files_;
  config::Loaded in_force_;
  std::mutex mutex_;  // of what the server's threads read
  std::shared_ptr<Agent> agent_;
  std::uint64_t reloads_ = 0, reloads_refused_ = 0;
  std::string refused_;  // why the last reload was
  std::unique_ptr<net::HttpServer> server_;
};

// The settings in effect where the files leave something out: the machine's name for the node.
config::Loaded load_agent(const std::vector<std::string>& files);

}  // namespace bellrock::agent
