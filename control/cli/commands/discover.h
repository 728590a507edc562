// `bellrock journey discover`: proposes journeys from what visitors did in a capture. Offline, without root.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace bellrock::cli {

struct DiscoverOptions {
  std::string pcap = {};          // one of the two
  std::string transactions = {};  // as `bellrock replay --transactions` writes them
  std::string beacon_path = "/rum";
  std::uint64_t visits_min = 3;
  std::uint64_t journeys_max = 8;
  std::string output = "yaml";
};

// Exit code: 0 proposals, 2 usage, 9 nothing to propose, 10 the input cannot be read.
int run_discover(const DiscoverOptions& options, bool colours, std::ostream& out, std::ostream& err);

void add_discover(CLI::App& journey, int& exit_code);

}  // namespace bellrock::cli
