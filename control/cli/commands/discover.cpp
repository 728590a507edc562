#include "control/cli/commands/discover.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "control/cli/discover/propose.h"
#include "control/cli/discover/visits.h"
#include "control/cli/discover/yaml.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "control/cli/replay/run.h"
#include "control/cli/replay/text.h"
#include "control/config/loader.h"

namespace bellrock::cli {
namespace {

constexpr const char* kFooter =
    "Looks for requests that change something (POST, PUT, PATCH, DELETE) and pages that are asked for with a "
    "parameter,\n"
    "each in several visits; takes the page before for the beginning and the page after the answer for the success, "
    "and\n"
    "writes journeys, a Site and an Identity as configuration that validates. What was seen stands beside it as "
    "comments.\n"
    "Visitors are told apart by a cookie, which is found by itself in a capture. A file of transactions has no "
    "cookies:\n"
    "there they are told apart by the Identity of the configuration that it was written with and, where no journey "
    "had\n"
    "one, by the clients' addresses. Nothing of a visitor is written.\n\n"
    "Example\n"
    "  bellrock journey discover --pcap monday.pcap > proposed.yaml\n"
    "  bellrock validate proposed.yaml && bellrock replay --config proposed.yaml --pcap monday.pcap\n\n"
    "Exit codes: 0 proposals, 2 usage, 9 nothing to propose, 10 the input cannot be read.";

std::string without_port(const std::string& address) { return address.substr(0, address.rfind(':')); }

SeenTransaction from_trace(const app::TransactionTrace& trace) {
  const Transaction& transaction = trace.transaction;
  const std::size_t mark = trace.target.find('?');
  SeenTransaction seen;
  seen.request = transaction.request_last.seen() ? transaction.request_last : transaction.request_first;
  seen.response = transaction.response_first;
  seen.client = without_port(address_text(trace.client));
  seen.cookies = trace.cookies;
  seen.method = trace.method;
  seen.path = trace.target.substr(0, mark);
  if (mark != std::string::npos) seen.query = trace.target.substr(mark + 1);
  seen.status = transaction.status;
  seen.aborted = transaction.end == TransactionEnd::kAborted;
  return seen;
}

std::optional<std::vector<SeenTransaction>> read_pcap(const DiscoverOptions& options, std::ostream& err) {
  const config::SourceText site{"discover", "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: all}\nspec: {}\n"};
  ReplayOptions replay_options;
  replay_options.pcap = options.pcap;
  replay_options.trace_messages = true;
  const auto result = replay(config::load_texts({&site, 1}).definition, replay_options);
  if (!result.ok()) {
    err << "bellrock: " << printable(options.pcap) << ": " << error_text(result.error()) << '\n';
    return std::nullopt;
  }
  if (result->cut) {
    err << "bellrock: " << printable(options.pcap) << ": " << error_text(*result->cut)
        << "; what came before it counts\n";
  }
  std::vector<SeenTransaction> seen;
  for (const auto& trace : result->transactions) seen.push_back(from_trace(trace));
  return seen;
}

// Within two centuries: nothing that is computed of it runs over.
Instant time_in(const Json& line, const char* key) {
  return {std::clamp<std::int64_t>(line.at(key).get<std::int64_t>(), 0, std::int64_t{1} << 62)};
}

SeenTransaction from_line(const Json& line) {
  const auto target = line.at("target").get<std::string>();
  const std::size_t mark = target.find('?');
  SeenTransaction seen;
  seen.request = time_in(line, "request_last_ns");
  if (!seen.request.seen()) seen.request = time_in(line, "request_first_ns");
  seen.response = time_in(line, "response_first_ns");
  seen.client = without_port(line.at("client").get<std::string>());
  if (const auto visitor = line.find("visitor"); visitor != line.end() && !visitor->is_null()) {
    seen.visitor = visitor->get<std::uint64_t>();
  }
  seen.method = line.at("method").get<std::string>();
  seen.path = target.substr(0, mark);
  if (mark != std::string::npos) seen.query = target.substr(mark + 1);
  seen.status = line.at("status").get<unsigned>();
  seen.aborted = line.at("aborted").get<bool>();
  return seen;
}

std::optional<std::vector<SeenTransaction>> read_lines(const DiscoverOptions& options, std::ostream& err) {
  std::ifstream file(options.transactions);
  if (!file) {
    err << "bellrock: cannot open " << printable(options.transactions) << '\n';
    return std::nullopt;
  }
  std::vector<SeenTransaction> seen;
  std::size_t number = 0;
  try {
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (!line.empty()) seen.push_back(from_line(Json::parse(line)));
    }
  } catch (const Json::exception& error) {
    err << "bellrock: " << printable(options.transactions) << ':' << number
        << ": not a transaction as `bellrock replay --transactions` writes it: " << printable(error.what()) << '\n';
    return std::nullopt;
  }
  return seen;
}

Json to_json(const Proposal& one) {
  return {
      {"journey", one.name},
      {"visits", one.visits},
      {"start", one.start},
      {"from_start", one.from_start},
      {"parameter", one.parameter.empty() ? Json(nullptr) : Json(one.parameter)},
      {"commit", one.commit.empty() ? Json(nullptr) : Json(one.commit_method + ' ' + one.commit)},
      {"success", one.landing.empty() ? Json(nullptr) : Json(one.landing)},
      {"landed", one.landed},
      {"answers", {{"good", one.answered}, {"refused", one.refused}, {"broken", one.broken}, {"none", one.unanswered}}},
      {"p95_ns", one.p95}};
}

Json document_of(const Seen& seen, const Discovery& found, const std::string& configuration) {
  Json templates = Json::array(), transitions = Json::array(), journeys = Json::array();
  for (const auto& [path, requests] : found.templates) templates.push_back({{"path", path}, {"requests", requests}});
  for (const Transition& one : found.transitions) {
    transitions.push_back({{"from", one.from}, {"to", one.to}, {"visits", one.visits}});
  }
  for (const Proposal& one : found.proposals) journeys.push_back(to_json(one));
  const Visitors& who = seen.visitors;
  return {{"visits", seen.visits.size()},
          {"transactions", seen.transactions},
          {"cookie", who.cookie.empty() ? Json(nullptr) : Json(who.cookie)},
          {"templates", templates},
          {"transitions", transitions},
          {"journeys", journeys},
          {"configuration", configuration}};
}

void write_table(const Discovery& found, bool colours, std::ostream& out) {
  Table table({{"JOURNEY"},
               {"VISITS", Align::kRight},
               {"FROM"},
               {"BY"},
               {"SUCCESS"},
               {"GOOD", Align::kRight},
               {"4XX", Align::kRight},
               {"5XX", Align::kRight},
               {"NONE", Align::kRight}});
  for (const Proposal& one : found.proposals) {
    table.add({one.name, grouped(one.visits), one.start,
               one.commit.empty() ? "?" + one.parameter : one.commit_method + ' ' + one.commit,
               one.landing.empty() ? "its answer" : one.landing, grouped(one.answered), grouped(one.refused),
               grouped(one.broken), grouped(one.unanswered)});
  }
  table.write(out, colours);
}

}  // namespace

int run_discover(const DiscoverOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  if (options.pcap.empty() == options.transactions.empty()) {
    err << "bellrock: give one of --pcap and --transactions\n";
    return kUsage;
  }
  auto transactions = options.pcap.empty() ? read_lines(options, err) : read_pcap(options, err);
  if (!transactions) return kUnusable;
  const Seen seen = visits_of(std::move(*transactions), options.beacon_path);
  const Discovery found = discover(seen, {options.visits_min, static_cast<std::size_t>(options.journeys_max)});
  const std::string configuration = to_configuration(seen, found, options.beacon_path);
  const Format format = format_of(options.output);
  if (format == Format::kTable) {
    write_table(found, colours, out);
  } else if (format == Format::kYaml) {
    out << configuration;
  } else {
    write_document(out, format, document_of(seen, found, configuration), "journeys");
  }
  err << seen.visits.size() << " visits, " << found.proposals.size() << " journeys proposed\n";
  return found.proposals.empty() ? kInconclusive : kDone;
}

void add_discover(CLI::App& journey, int& exit_code) {
  auto options = std::make_shared<DiscoverOptions>();
  CLI::App* const command = journey.add_subcommand("discover", "Propose journeys from what visitors did in a capture");
  command->add_option("--pcap", options->pcap, "Capture: pcap or pcapng");
  command->add_option("--transactions", options->transactions, "Or transactions as `bellrock replay` writes them");
  command->add_option("--beacon-path", options->beacon_path, "Where beacons go; not looked at")->capture_default_str();
  command->add_option("--visits", options->visits_min, "Fewer visits make no proposal")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  command->add_option("--journeys", options->journeys_max, "Proposals at most")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{200}))
      ->capture_default_str();
  command
      ->add_option("-o,--output", options->output,
                   "yaml (configuration), table, json, or jsonl: a line for each journey")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  command->footer(kFooter);
  command->callback([options, &exit_code] {
    exit_code = run_discover(*options, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
}

}  // namespace bellrock::cli
