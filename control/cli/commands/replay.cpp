#include "control/cli/commands/replay.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <optional>

#include "control/cli/commands/replay_files.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "control/cli/replay/report.h"
#include "control/cli/replay/run.h"
#include "control/cli/replay/text.h"
#include "control/config/loader.h"
#include "control/config/units.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/bytes.h"

namespace bellrock::cli {
namespace {

std::optional<RestartPoint> parse_restart(const std::string& text) {
  RestartPoint point;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, point.ordinal);
  if (error != std::errc()) return std::nullopt;
  if (at != end && (*at == ':' || *at == '+')) {
    point.ends = *at == '+';
    const auto [last, no_number] = std::from_chars(at + 1, end, point.events_done);
    if (no_number != std::errc()) return std::nullopt;
    at = last;
  }
  const bool possible = !point.ends || (point.ordinal > 0 && point.events_done > 0);
  return at == end && possible ? std::optional(point) : std::nullopt;
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

// One line for the head, then one for each series: all of them in one line would be megabytes.
void print_lines(std::ostream& out, nlohmann::ordered_json document) {
  const auto series = document["series"];
  document.erase("series");
  write_document(out, Format::kJsonl, document, "");
  for (const auto& one : series) write_document(out, Format::kJsonl, one, "");
}

void print(std::ostream& out, Format format, const nlohmann::ordered_json& document) {
  if (format == Format::kTable) return print_table(out, document);
  if (format == Format::kJsonl) return print_lines(out, document);
  write_document(out, format, document, "");
}

std::optional<ReplayOptions> options_of(const ReplayCommand& command, std::ostream& err) {
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
      fmt::print(err, "bellrock: --restart-at takes packets (P, P:E or P+E) and needs --workers 1, got '{}'\n", text);
      return std::nullopt;
    }
    options.restarts.push_back(*point);
  }
  return options;
}

}  // namespace

int run_replay(const ReplayCommand& command, std::ostream& out, std::ostream& err) {
  auto options = options_of(command, err);
  if (!options) return kUsage;
  const config::Loaded loaded = config::load(command.config);
  if (!loaded.ok()) {
    for (const auto& diagnostic : loaded.diagnostics) err << config::to_line(diagnostic) << '\n';
    return kInvalidConfiguration;
  }
  ReplayFiles files;
  if (const int refused = files.open(command, loaded.files, err); refused != kDone) return refused;
  if (files.frames() != nullptr) {
    options->on_frame = [&files](const control::DeltaFrame& frame) { *files.frames() << text(proto::encode(frame)); };
  }
  const auto result = replay(loaded.definition, *options);
  if (!result.ok()) {
    fmt::print(err, "bellrock: {}: {}\n", printable(command.pcap), error_text(result.error()));
    return kUnusable;
  }
  if (files.transactions() != nullptr) write_transactions(*files.transactions(), *result);
  if (files.beacons() != nullptr) write_beacons(*files.beacons(), *result);
  if (files.outcomes() != nullptr) write_outcomes(*files.outcomes(), loaded.definition, *result);
  const int written = files.finish(err);
  print(out, format_of(command.output), report(loaded.definition, *result));
  if (!result->cut.has_value()) return written;
  fmt::print(err, "bellrock: {}: {}; what came before it was counted\n", printable(command.pcap),
             error_text(*result->cut));
  return kUnusable;
}

void add_replay(CLI::App& app, int& exit_code) {
  auto* sub = app.add_subcommand("replay", "Run the whole pipeline on a capture file and print what it counts");
  auto command = std::make_shared<ReplayCommand>();
  // CLI11 takes -1 for a large number and 010 for 8.
  const CLI::Validator whole(
      [](std::string& text) { return config::parse_unsigned(text) ? "" : text + " is not a whole number"; }, "");
  sub->add_option("--config", command->config, "Configuration files or directories")->required();
  sub->add_option("--pcap", command->pcap, "Capture: pcap or pcapng")->required();
  sub->add_option(
         "--workers", command->workers,
         "Workers; the counts are the same for any number as long as no *_per_core limit is reached and no dimension "
         "has more values than its `top`")
      ->check(whole)
      ->check(CLI::Range(1u, static_cast<unsigned>(kWorkersMax)));
  sub->add_option("--seed", command->seed, "Of the hashing keys: same seed, same frames")->check(whole);
  sub->add_flag("--rebase-to-now", command->rebase_to_now, "Shift the capture so that its last packet is now");
  sub->add_option("--restart-at", command->restart_at,
                  "Replay kills: the process is taken to have died before these packets (P), when E of their events "
                  "were done (P:E), or when E events of connections that ended idle before them were (P+E); P,P:E,...")
      ->delimiter(',');
  sub->add_option("--transactions", command->transactions, "Write a JSON line per transaction (personal data!)");
  sub->add_option("--beacons", command->beacons, "Write a JSON line per beacon (personal data!)");
  sub->add_option("--outcomes", command->outcomes, "Write a JSON line per outcome (personal data!)");
  sub->add_option("--frames", command->frames, "Write the delta frames that would be sent, one after the other");
  sub->add_option("-o,--output", command->output,
                  "table, json, yaml or jsonl: a line for the totals, then one for each series")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  sub->footer(
      "Example\n  bellrock replay --config config/shop --pcap monday.pcap -o json\n\n"
      "The files of --transactions, --beacons and --outcomes hold addresses, URLs, names and the times of single "
      "visits:\n"
      "personal data. An output may not be a file that is read, nor another output.");
  sub->callback([command, &exit_code] { exit_code = run_replay(*command, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
