// The life of a bellrock-edge process: attach, take over, open, give up privileges, run, stop.
#pragma once

#include <string>

namespace bellrock::app {

struct EdgeOptions {
  std::string board;
  std::string pcap;  // instead of the configured port
  std::string user;
  bool rebase_to_now = false;
  long wait_ms = 0;
};

// Runs until stopped or until the capture has ended; returns the exit code. Errors go to stderr in one line.
int run_edge(const EdgeOptions& options);

// For signal handlers.
void request_stop();

}  // namespace bellrock::app
