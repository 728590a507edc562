#include "tools/fleet/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

namespace bellrock::fleet {
namespace {

constexpr const char* kDescription =
    R"(Simulates a fleet of edge machines: sends the history of so many nodes to a running bellrock-central, as frames
over the protocol that bellrock-agent speaks, with planted incidents; and writes the truth, with which everything that
the centre then shows can be compared.

The journeys and objectives are those of --config, which must be what the centre runs with. Nothing is waited for:
simulated time runs as fast as the centre takes frames. The same seed, configuration, span and nodes give the same counts
and the same truth, whatever happens on the way.

Planted (--plant KIND=N, default one of each):
  outage      half or more of a journey's attempts fail, for 20 to 90 minutes
  slow_burn   eight to twelve times what its budget allows fail, for four to eight hours
  blindness   the end of six in ten attempts is unknown, for an hour or two: nobody may be woken by it
  partition   a node does not reach the centre, and sends everything afterwards
  clock_jump  a node's clock is wrong by up to an hour
  restart     a node starts again: its board is lost, and it sends again what was answered last
Each third journey has a tenth of the traffic, each fourth one next to none. Days have a rhythm.

Besides, requests are lost, cut, not waited for, sent twice and out of order (--lost, --cut, --no-answer, --duplicate,
--reorder: chances from 0 to 1); a node sends until it has been answered.
Exit codes: 0 all has arrived, 2 usage, 3 invalid configuration, 6 the centre does not answer, 10 a file cannot be
written or the centre refused a frame.)";

constexpr const char* kExamples = R"(
Examples
  bellrock-fleet --write-shop shop.yaml --journeys 10 --objectives 5
  bellrock-central --config central.yaml shop.yaml &
  bellrock-fleet --config shop.yaml --nodes 200 --days 1 --truth truth.json
  bellrock-fleet --config shop.yaml --days 28 --window 3600 --frame 86400 --plant outage=5 --plant slow_burn=3)";

// "outage=3".
bool read_planted(const std::string& text, std::array<int, kKindNames.size()>& planted) {
  const std::size_t equals = text.find('=');
  const auto* const found = std::find(kKindNames.begin(), kKindNames.end(), std::string_view(text).substr(0, equals));
  if (equals == std::string::npos || found == kKindNames.end()) return false;
  int& number = planted[static_cast<std::size_t>(found - kKindNames.begin())];
  return CLI::detail::lexical_cast(text.substr(equals + 1), number) && number >= 0 && number <= 1'000;
}

void add_history(CLI::App& app, Options& options) {
  app.add_option("--nodes", options.plan.nodes, "Edge machines")->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--seed", options.plan.seed, "Same seed: same history")->capture_default_str();
  app.add_option("--days", options.days, "Length of the history")
      ->check(CLI::Range(0.001, 45.0))
      ->capture_default_str();
  app.add_option("--end", options.end, "Its end, in Unix seconds; 0: now")->capture_default_str();
  app.add_option("--rate", options.plan.attempts_per_minute, "Attempts a minute of a busy journey, over all nodes")
      ->check(CLI::Range(0.0, 1e7))
      ->capture_default_str();
  app.add_option("--pages", options.plan.pages, "Pages whose web vitals and clicks each node counts")
      ->check(CLI::Range(0, 250))
      ->capture_default_str();
  app.add_option("--window", options.window_s, "Seconds that are counted together, a multiple of 10")
      ->check(CLI::Range(10, 3'600))
      ->capture_default_str();
  app.add_option("--frame", options.frame_s, "Seconds of history in one frame, a multiple of --window")
      ->check(CLI::Range(10, 86'400))
      ->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
         "--plant",
         [&options](const std::vector<std::string>& all) {
           for (const auto& text : all) {
             if (!read_planted(text, options.plan.planted)) throw CLI::ValidationError("--plant", "cannot be " + text);
           }
         },
         "How many of a kind")
      ->type_name("KIND=N");
}

void add_network(CLI::App& app, Options& options) {
  const auto chance = [&app](const char* name, double& value, const char* help) {
    app.add_option(name, value, help)->check(CLI::Range(0.0, 0.9))->capture_default_str();
  };
  chance("--lost", options.lost, "Requests that never get there");
  chance("--cut", options.cut, "Requests that end in the middle");
  chance("--no-answer", options.no_answer, "Answers that nobody waits for");
  chance("--duplicate", options.duplicate, "Requests that come twice");
  chance("--reorder", options.reorder, "Frames that later ones of their node overtake");
  app.add_option("--senders", options.senders, "Requests at a time")->check(CLI::Range(1, 64))->capture_default_str();
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Spans in whole windows, so that frames meet.
bool settle(Options& options, std::string& why) {
  if (options.window_s % 10 != 0) return why = "--window is a multiple of 10", false;
  if (options.frame_s % options.window_s != 0) return why = "--frame is a multiple of --window", false;
  const std::int64_t end = options.end == 0 ? unix_now() : options.end;
  options.plan.to = end - end % options.frame_s;
  const auto seconds = static_cast<std::int64_t>(options.days * 86'400);
  options.plan.from = options.plan.to - std::max(seconds - seconds % options.frame_s, options.frame_s);
  return true;
}

}  // namespace

int read_options(int argc, const char* const* argv, Options& options) {
  CLI::App app{kDescription, "bellrock-fleet"};
  app.footer(kExamples);
  app.add_option("--config", options.config, "Files or directories of the centre's configuration");
  app.add_option("--central", options.central, "Where the centre listens: http://ADDRESS:PORT, by an IPv4 address")
      ->capture_default_str();
  app.add_option("--truth", options.truth, "Where the truth is written; without it, to standard output");
  app.add_flag("--plan", options.plan_only, "Write what would be planted, with empty totals, and send nothing");
  app.add_option("--write-shop", options.shop, "Write a configuration of --journeys and --objectives here, and end");
  app.add_option("--journeys", options.journeys, "Of --write-shop")->check(CLI::Range(1, 200))->capture_default_str();
  app.add_option("--objectives", options.objectives, "Of each, for --write-shop")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  add_history(app, options);
  add_network(app, options);
  std::string why;
  try {
    app.parse(argc, argv);
    if (options.shop.empty() && options.config.empty()) throw CLI::RequiredError("--config");
    if (!settle(options, why)) throw CLI::ValidationError(why);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return -1;
}

}  // namespace bellrock::fleet
