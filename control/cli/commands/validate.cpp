#include "control/cli/commands/validate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>

#include "control/config/files.h"
#include "control/config/loader.h"
#include "control/config/report.h"
#include "control/net/tls_files.h"

namespace bellrock::cli {
namespace {

using config::Diagnostic;
using config::Loaded;

// A string of JSON (RFC 8259 section 7), which is a string of YAML too.
std::string json_string(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15u];
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string_view severity(const Diagnostic& finding) { return finding.warning ? "warning" : "error"; }

std::string to_json(const Diagnostic& finding) {
  std::string out = "{\"severity\": " + json_string(severity(finding));
  out += ", \"code\": " + json_string(finding.code) + ", \"file\": " + json_string(finding.file);
  out += ", \"line\": " + std::to_string(finding.line) + ", \"column\": " + std::to_string(finding.column);
  out += ", \"key\": " + json_string(finding.key) + ", \"message\": " + json_string(finding.message);
  return out + ", \"fix\": " + json_string(finding.fix) + '}';
}

struct Summary {
  std::size_t errors = 0, warnings = 0, files = 0, journeys = 0, objectives = 0;
};

Summary summarise(const Loaded& loaded) {
  Summary summary;
  for (const Diagnostic& finding : loaded.diagnostics) ++(finding.warning ? summary.warnings : summary.errors);
  summary.files = loaded.files.size();
  summary.journeys = loaded.definition.journeys.size();
  for (const auto& journey : loaded.definition.journeys) summary.objectives += journey.objectives.size();
  return summary;
}

void write_table(const Loaded& loaded, const Summary& summary, std::ostream& out, std::ostream& err) {
  for (const Diagnostic& finding : loaded.diagnostics) out << to_line(finding) << '\n';
  err << summary.errors << " errors, " << summary.warnings << " warnings in " << summary.files
      << " files: " << summary.journeys << " journeys, " << summary.objectives << " objectives\n";
}

void write_json(const Loaded& loaded, const Summary& summary, std::ostream& out) {
  out << "{\"valid\": " << (summary.errors == 0 ? "true" : "false") << ", \"errors\": " << summary.errors
      << ", \"warnings\": " << summary.warnings << ", \"files\": " << summary.files
      << ", \"journeys\": " << summary.journeys << ", \"objectives\": " << summary.objectives << ", \"findings\": [";
  const char* separator = "\n  ";
  for (const Diagnostic& finding : loaded.diagnostics) {
    out << separator << to_json(finding);
    separator = ",\n  ";
  }
  out << "]}\n";
}

void write_yaml(const Loaded& loaded, const Summary& summary, std::ostream& out) {
  out << "valid: " << (summary.errors == 0 ? "true" : "false") << "\nerrors: " << summary.errors
      << "\nwarnings: " << summary.warnings << "\nfiles: " << summary.files << "\njourneys: " << summary.journeys
      << "\nobjectives: " << summary.objectives << "\nfindings:" << (loaded.diagnostics.empty() ? " []\n" : "\n");
  for (const Diagnostic& finding : loaded.diagnostics) out << "  - " << to_json(finding) << '\n';
}

// Files that are not on this machine are told of by BR1908 already.
void check_tls(const char* process, const std::vector<config::NamedFile>& named, std::vector<std::string> read,
               const auto& tls, config::Report& report) {
  std::erase(read, std::string());
  const auto is_read = [&](const config::NamedFile& file) {
    return std::count(read.begin(), read.end(), file.path) != 0;
  };
  const auto first = std::find_if(named.begin(), named.end(), is_read);
  const auto missing = [&](const config::NamedFile& file) { return is_read(file) && !config::unusable(file).empty(); };
  if (first == named.end() || std::any_of(named.begin(), named.end(), missing)) return;
  const std::string why = net::unusable(tls);
  if (why.empty()) return;
  const auto& at = first->at;
  report.warning(config::Code::kTlsFiles, {at.file, {at.line, at.column}, at.key},
                 std::string("the ") + process + " will not start: " + why);
}

// Warns of files that are on this machine, and by which TLS cannot be spoken.
void check_tls(Loaded& loaded) {
  config::Report report;
  const auto& [authorities, shown, shown_key] = loaded.agent.tls;
  check_tls("agent", loaded.agent.files, {authorities, shown, shown_key}, net::TlsClient{authorities, shown, shown_key},
            report);
  if (const auto& [certificate, key, agents] = loaded.central.tls; !certificate.empty()) {
    check_tls("centre", loaded.central.files, {certificate, key, agents}, net::TlsServer{certificate, key, agents},
              report);
  }
  for (Diagnostic& finding : report.take()) loaded.diagnostics.push_back(std::move(finding));
}

}  // namespace

int run_validate(const ValidateOptions& options, std::ostream& out, std::ostream& err) {
  Loaded loaded = config::load(options.files);
  check_tls(loaded);
  const Summary summary = summarise(loaded);
  if (options.output == "json") {
    write_json(loaded, summary, out);
  } else if (options.output == "yaml") {
    write_yaml(loaded, summary, out);
  } else if (options.output == "jsonl") {
    for (const Diagnostic& finding : loaded.diagnostics) out << to_json(finding) << '\n';
  } else {
    write_table(loaded, summary, out, err);
  }
  if (summary.errors > 0) return 3;
  return options.deny_warnings && summary.warnings > 0 ? 1 : 0;
}

void add_validate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* const command = app.add_subcommand("validate", "Check configuration files, offline and without root");
  command->add_option("files", options->files, "YAML files, or directories of them")->required();
  command->add_flag("--deny-warnings", options->deny_warnings, "Exit with 1 when there are warnings");
  command->add_option("-o,--output", options->output, "table, json, yaml or jsonl")
      ->check(CLI::IsMember({"table", "json", "yaml", "jsonl"}));
  command->callback([options, &exit_code] { exit_code = run_validate(*options, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
