#include "control/cli/commands/replay.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <optional>

#include "control/cli/replay/report.h"
#include "control/cli/replay/run.h"
#include "control/config/loader.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/bytes.h"

namespace bellrock::cli {
namespace {

constexpr int kDone = 0, kUsage = 2, kInvalidConfiguration = 3, kUnusable = 10;

std::optional<RestartPoint> parse_restart(const std::string& text) {
  RestartPoint point;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, point.ordinal);
  if (error != std::errc()) return std::nullopt;
  if (at != end && *at == ':') {
    const auto [last, no_number] = std::from_chars(at + 1, end, point.events_done);
    if (no_number != std::errc()) return std::nullopt;
    at = last;
  }
  return at == end ? std::optional(point) : std::nullopt;
}

// Opens a trace file, or says why not.
bool open_trace(std::ofstream& file, const std::string& path, std::ostream& err) {
  if (path.empty()) return true;
  file.open(path, std::ios::binary | std::ios::trunc);
  if (!file) fmt::print(err, "bellrock: cannot write {}\n", path);
  return static_cast<bool>(file);
}

void print_table(std::ostream& out, const nlohmann::ordered_json& document) {
  fmt::print(out, "{} packets, {} bytes; {} passed\n", document["packets"].get<std::uint64_t>(),
             document["bytes"].get<std::uint64_t>(), document["passed"].get<std::uint64_t>());
  for (const auto& [reason, n] : document["drops"].items())
    fmt::print(out, "  dropped {:<24} {:>12}\n", reason, n.dump());
  fmt::print(out, "{} connections, {} transactions\n", document["connections"].dump(), document["transactions"].dump());
  const auto& beacons = document["beacons"];
  fmt::print(out, "{} beacons: {} accepted\n", beacons["seen"].dump(), beacons["accepted"].dump());
  for (const auto& [reason, n] : beacons["rejected"].items())
    fmt::print(out, "  rejected {:<23} {:>12}\n", reason, n.dump());
  for (const auto& [name, journey] : document["journeys"].items()) {
    fmt::print(out, "\n{}: {} starts, {} open\n", name, journey["starts"].dump(), journey["open"].dump());
    for (const auto& [outcome, n] : journey["outcomes"].items()) {
      if (n != 0) fmt::print(out, "  {:<32} {:>12}\n", outcome, n.dump());
    }
  }
}

}  // namespace

int run_replay(const ReplayCommand& command, std::ostream& out, std::ostream& err) {
  ReplayOptions options;
  options.pcap = command.pcap;
  options.workers = command.workers;
  options.seed = command.seed;
  options.rebase_to_now = command.rebase_to_now;
  options.trace_messages = !command.transactions.empty() || !command.beacons.empty();
  options.trace_outcomes = !command.outcomes.empty();
  for (const auto& text : command.restart_at) {
    const auto point = parse_restart(text);
    if (!point.has_value() || command.workers != 1) {
      fmt::print(err, "bellrock: --restart-at takes packets (P, or P:E) and needs --workers 1, got '{}'\n", text);
      return kUsage;
    }
    options.restarts.push_back(*point);
  }
  const config::Loaded loaded = config::load(command.config);
  if (!loaded.ok()) {
    for (const auto& diagnostic : loaded.diagnostics) err << config::to_line(diagnostic) << '\n';
    return kInvalidConfiguration;
  }
  std::ofstream transactions, beacons, outcomes, frames;
  if (!open_trace(transactions, command.transactions, err) || !open_trace(beacons, command.beacons, err) ||
      !open_trace(outcomes, command.outcomes, err) || !open_trace(frames, command.frames, err)) {
    return kUnusable;
  }
  if (frames.is_open()) {
    options.on_frame = [&frames](const control::DeltaFrame& frame) { frames << text(proto::encode(frame)); };
  }
  const auto result = replay(loaded.definition, options);
  if (!result.ok()) {
    fmt::print(err, "bellrock: {}: {} ({})\n", command.pcap, result.error().what, result.error().detail);
    return kUnusable;
  }
  if (transactions.is_open()) write_transactions(transactions, *result);
  if (beacons.is_open()) write_beacons(beacons, *result);
  if (outcomes.is_open()) write_outcomes(outcomes, loaded.definition, *result);
  const auto document = report(loaded.definition, *result);
  if (command.output == "json") {
    out << document.dump(2) << '\n';
  } else if (command.output == "jsonl") {
    out << document.dump() << '\n';
  } else {
    print_table(out, document);
  }
  if (result->cut.has_value()) {
    fmt::print(err, "bellrock: {}: {} (at byte {}); what came before it was counted\n", command.pcap, result->cut->what,
               result->cut->detail);
    return kUnusable;
  }
  return kDone;
}

void add_replay(CLI::App& app, int& exit_code) {
  auto* sub = app.add_subcommand("replay", "Run the whole pipeline on a capture file and print what it counts");
  auto command = std::make_shared<ReplayCommand>();
  sub->add_option("--config", command->config, "Configuration files or directories")->required();
  sub->add_option("--pcap", command->pcap, "Capture: pcap or pcapng")->required();
  sub->add_option("--workers", command->workers, "Workers; the counts are the same for any number")
      ->check(CLI::Range(1u, static_cast<unsigned>(kWorkersMax)));
  sub->add_option("--seed", command->seed, "Of the hashing keys: same seed, same frames");
  sub->add_flag("--rebase-to-now", command->rebase_to_now, "Shift the capture so that its last packet is now");
  sub->add_option("--restart-at", command->restart_at,
                  "Replay kills: the process is taken to have died before these packets (P), or when E of their events "
                  "were done (P:E); P,P:E,...")
      ->delimiter(',');
  sub->add_option("--transactions", command->transactions, "Write a JSON line per transaction (personal data!)");
  sub->add_option("--beacons", command->beacons, "Write a JSON line per beacon (personal data!)");
  sub->add_option("--outcomes", command->outcomes, "Write a JSON line per outcome");
  sub->add_option("--frames", command->frames, "Write the delta frames that would be sent, one after the other");
  sub->add_option("-o,--output", command->output, "table, json or jsonl")
      ->check(CLI::IsMember({"table", "json", "jsonl"}));
  sub->footer(
      "Example\n  bellrock replay --config config/shop --pcap monday.pcap -o json\n\n"
      "The files of --transactions and --beacons hold addresses, URLs and names: personal data.");
  sub->callback([command, &exit_code] { exit_code = run_replay(*command, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
