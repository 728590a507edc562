// bellrock-edge: attaches to the board that the agent made, opens its port, gives up its privileges, and runs one
// worker per core until it is stopped or its capture ends. Exit codes: 0 done, 2 usage, 3 bad snapshot, 6 no board in
// time, 7 no rights, 8 board in use or made for another version, 10 port unusable or its interface gone.
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dataplane/app/edge.h"
#include "dataplane/board/mapping_guard.h"

namespace {

constexpr const char* kHelp =
    R"(bellrock-edge: counts journeys from packets into the board that bellrock-agent made.

  bellrock-edge --board PATH [options]

  --board PATH        the board, as in the agent's configuration
  --wait DURATION     wait that long for the board to appear, e.g. 30s (default: 0s, exit 6)
  --pcap FILE         read this capture instead of the configured port; resumes where the board stands
  --rebase-to-now     shift the capture's times so that its last packet is now
  --user NAME         become this user once the port is open (default: stay, but without new privileges)
  --version
  --help

In mode observe nothing is ever sent; in mode terminate the configured addresses are served. SIGTERM and SIGINT
stop after the current burst; SIGKILL at any moment loses nothing that was counted. When the port's interface is deleted
it stops within seconds, in order, and exits with 10. Mode and port (EAL arguments, XDP or
a file) come from the configuration: kind Edge, spec.

Examples
  bellrock-edge --board /dev/shm/bellrock.board --wait 30s
  bellrock-edge --board /dev/shm/bellrock.board --pcap yesterday.pcap --rebase-to-now
)";

// "30s", "500ms", "2m", in milliseconds; -1 if it is none of these.
long parse_duration_ms(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > 1'000'000) return -1;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "ms") return number;
  if (unit == "s") return number * 1'000;
  if (unit == "m") return number * 60'000;
  return -1;
}

void on_stop(int) { bellrock::app::request_stop(); }

}  // namespace

int main(int argc, char** argv) {
  bellrock::app::EdgeOptions options;
  enum { kBoard = 1, kWait, kPcap, kRebase, kUser, kVersion, kHelpOption };
  const option long_options[] = {
      {"board", required_argument, nullptr, kBoard}, {"wait", required_argument, nullptr, kWait},
      {"pcap", required_argument, nullptr, kPcap},   {"rebase-to-now", no_argument, nullptr, kRebase},
      {"user", required_argument, nullptr, kUser},   {"version", no_argument, nullptr, kVersion},
      {"help", no_argument, nullptr, kHelpOption},   {nullptr, 0, nullptr, 0}};
  for (int found; (found = getopt_long(argc, argv, "", long_options, nullptr)) != -1;) {
    switch (found) {
      case kBoard:
        options.board = optarg;
        break;
      case kWait:
        options.wait_ms = parse_duration_ms(optarg);
        break;
      case kPcap:
        options.pcap = optarg;
        break;
      case kRebase:
        options.rebase_to_now = true;
        break;
      case kUser:
        options.user = optarg;
        break;
      case kVersion:
        std::puts("bellrock-edge " BELLROCK_VERSION);
        return 0;
      case kHelpOption:
        std::fputs(kHelp, stdout);
        return 0;
      default:
        std::fputs("bellrock-edge: see --help\n", stderr);
        return 2;
    }
  }
  if (options.board.empty() || options.wait_ms < 0 || optind != argc) {
    std::fputs("bellrock-edge: --board PATH is needed, --wait takes a duration like 30s; see --help\n", stderr);
    return 2;
  }
  struct sigaction action = {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  bellrock::board::die_of_torn_boards(10);
  return bellrock::app::run_edge(options);
}
