#include "control/cli/commands/lint.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <tuple>

#include "control/cli/exit_code.h"
#include "control/cli/lint/observed.h"
#include "control/cli/lint/rules.h"
#include "control/cli/output.h"

namespace bellrock::cli {
namespace {

using config::Diagnostic;

constexpr const char* kFooter =
    "`validate` finds what is wrong and warns of what is likely wrong; lint says that again and adds what is a matter "
    "of\n"
    "judgement (notes), what the default alerts make of a target, steps that others stand in the way of and, with\n"
    "--from, what a centre has seen: silent failures whose window is shorter than one success in a hundred takes.\n"
    "`bellrock explain CODE` shows an example of each and how it is mended.\n\n"
    "Example\n  bellrock lint config/shop --from http://127.0.0.1:8480\n\n"
    "Exit codes: 0 nothing but notes, 1 warnings (or notes, with --deny-notes), 2 usage, 3 invalid configuration,\n"
    "6 the centre does not answer.";

std::string_view severity_of(const Diagnostic& finding) {
  return finding.note ? "note" : finding.warning ? "warning" : "error";
}

Json to_json(const Diagnostic& finding) {
  return {
      {"severity", severity_of(finding)}, {"code", finding.code}, {"file", finding.file},       {"line", finding.line},
      {"column", finding.column},         {"key", finding.key},   {"message", finding.message}, {"fix", finding.fix}};
}

struct Tally {
  std::size_t errors = 0, warnings = 0, notes = 0;
};

Tally tally_of(const std::vector<Diagnostic>& findings) {
  Tally tally;
  for (const Diagnostic& finding : findings) {
    ++(finding.note ? tally.notes : finding.warning ? tally.warnings : tally.errors);
  }
  return tally;
}

void write(const std::vector<Diagnostic>& findings, const std::string& output, std::ostream& out, std::ostream& err) {
  const Tally tally = tally_of(findings);
  if (format_of(output) == Format::kTable) {
    for (const Diagnostic& finding : findings) out << printable(to_line(finding)) << '\n';
    err << tally.errors << " errors, " << tally.warnings << " warnings, " << tally.notes << " notes\n";
    return;
  }
  Json list = Json::array();
  for (const Diagnostic& finding : findings) list.push_back(to_json(finding));
  write_document(out, format_of(output),
                 {{"errors", tally.errors}, {"warnings", tally.warnings}, {"notes", tally.notes}, {"findings", list}},
                 "findings");
}

}  // namespace

int run_lint(const LintOptions& options, std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = config::load(options.files);
  std::vector<Diagnostic> findings = loaded.diagnostics;
  if (!loaded.ok()) {
    write(findings, options.output, out, err);
    return kInvalidConfiguration;
  }
  ObservedWaits observed;
  int asked = kDone;
  if (!options.from.empty())
    observed = ask_waits(loaded, {options.from, options.timeout_s, options.output}, err, asked);
  if (asked != kDone) return asked;
  for (Diagnostic& finding : lint(loaded, observed)) findings.push_back(std::move(finding));
  std::stable_sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  write(findings, options.output, out, err);
  const Tally tally = tally_of(findings);
  return tally.warnings > 0 || (options.deny_notes && tally.notes > 0) ? kDifferent : kDone;
}

void add_lint(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<LintOptions>();
  CLI::App* const command = app.add_subcommand("lint", "What is valid in a configuration and yet worth a look");
  command->add_option("files", options->files, "YAML files, or directories of them")->required();
  command->add_option("--from", options->from, "A centre (http://host:port) whose counts are looked at too");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for its answer")
      ->check(CLI::Range(0.001, 3'600.0))
      ->capture_default_str();
  command->add_flag("--deny-notes", options->deny_notes, "Exit with 1 for notes as well");
  command->add_option("-o,--output", options->output, "table, json, yaml or jsonl")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  command->footer(kFooter);
  command->callback([options, &exit_code] { exit_code = run_lint(*options, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
