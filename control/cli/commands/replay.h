// `bellrock replay`: the real pipeline on recorded packets, with virtual time, without root.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bellrock::cli {

struct ReplayCommand {
  std::vector<std::string> config;
  std::string pcap;
  std::uint32_t workers = 1;
  std::uint64_t seed = 1;
  bool rebase_to_now = false;
  std::vector<std::string> restart_at;  // "P": the process died before packet P; "P:E": when E of its events were done
  std::string transactions, beacons, outcomes, frames;
  std::string output = "table";
};

// Exit code: 0 done, 2 usage, 3 invalid configuration, 10 the capture cannot be read or a file not be written. The
// document goes to `out`; as JSON lines it is its totals in one, then one for each series.
int run_replay(const ReplayCommand& command, std::ostream& out, std::ostream& err);

// Declares the command. When it was given, `exit_code` holds run_replay's answer after parsing.
void add_replay(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
