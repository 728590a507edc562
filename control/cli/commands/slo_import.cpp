#include "control/cli/commands/slo_import.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "control/cli/exit_code.h"
#include "control/config/loader.h"
#include "control/config/report.h"
#include "control/openslo/labels.h"
#include "control/openslo/openslo.h"
#include "control/slo/explain.h"

namespace bellrock::cli {
namespace {

// What is as usual is not written.
void write_extras(const openslo::Extras& extras, std::ostream& out) {
  const openslo::Extras usual;
  if (extras.failures_min != usual.failures_min) fmt::print(out, "  failures_min: {}\n", extras.failures_min);
  if (extras.keep_firing_s != usual.keep_firing_s)
    fmt::print(out, "  keep_firing: {}\n", openslo::duration_text(extras.keep_firing_s));
  if (extras.recovered_s != usual.recovered_s)
    fmt::print(out, "  recovered: {}\n", openslo::duration_text(extras.recovered_s));
  if (extras.steps != usual.steps) {
    out << (extras.steps.empty() ? "  budget: []\n" : "  budget:\n");
    for (const auto& step : extras.steps) {
      fmt::print(out, "    - {{burned: {}, then: {}}}\n", slo::decimal_text(step.burned_e9),
                 slo::kBudgetActionNames[static_cast<std::size_t>(step.action)]);
    }
  }
  if (extras.postmortem_e9 != usual.postmortem_e9)
    fmt::print(out, "  postmortem: {}\n", slo::decimal_text(extras.postmortem_e9));
}

// A target belongs to the journey that counts: a policy says only how it is judged.
void write_policy(const openslo::Slo& slo, const std::string& name, std::ostream& out) {
  fmt::print(out, "---\n# {}/{}: target {}{}\napiVersion: bellrock/v1\nkind: Policy\nmetadata: {{name: {}}}\nspec:\n",
             slo.journey, slo.objective, slo::decimal_text(slo.target_e9), slo.strict ? ", strict" : "", name);
  fmt::print(out, "  objectives: [{}/{}]\n  window: {}\n", slo.journey, slo.objective,
             openslo::duration_text(slo.period_s));
  out << (slo.pairs.empty() ? "  alerts: []  # the document asks for none; without this line the usual ones\n"
                            : "  alerts:\n");
  for (const auto& pair : slo.pairs) {
    fmt::print(out, "    - {{severity: {}, burned: {}, in: {}, and: {}}}\n",
               slo::kSeverityNames[static_cast<std::size_t>(pair.severity)], slo::decimal_text(pair.share_e9),
               openslo::duration_text(pair.long_s), openslo::duration_text(pair.short_s));
  }
  write_extras(slo.extras, out);
}

// Nothing where it cannot be read to its end: a directory can be opened.
std::optional<std::string> read_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 64 * 1024> piece;
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > openslo::kDocumentsBytesMax) break;  // which openslo::read refuses
  }
  if (!in.is_open() || in.bad()) return std::nullopt;
  return text;
}

const journey::Objective* find_objective(const config::Loaded& configuration, const openslo::Slo& slo) {
  for (const auto& journey : configuration.definition.journeys) {
    if (journey.name != slo.journey) continue;
    for (const auto& objective : journey.objectives) {
      if (objective.name == slo.objective) return &objective;
    }
  }
  return nullptr;
}

// Whoever moves an objective here with a stricter target is not to believe that it is judged by that.
void warn_of_targets(const openslo::Documents& documents, const config::Loaded& configuration, std::ostream& err) {
  config::Report report;
  for (std::size_t i = 0; i < documents.slos.size(); ++i) {
    const openslo::Slo& slo = documents.slos[i];
    const config::Written& at = documents.targets[i];
    const auto* const objective = find_objective(configuration, slo);
    if (objective && objective->target_e9 == slo.target_e9) continue;
    const std::string said = slo::decimal_text(slo.target_e9), name = config::shown(slo.journey + "/" + slo.objective);
    std::string counts = "the one that counts is that of " + name + " in the configuration";
    std::string fix = "write `target: " + said + "` there unless it has it; --config PATH compares the two";
    if (objective) {
      const bool has_one = objective->target_e9 != 0;
      const std::string own = has_one ? slo::decimal_text(objective->target_e9) : "none";
      counts = name + " has " + own + " in the configuration";
      fix = "write `target: " + said + "` there" + (has_one ? ", or " + own + " here" : "");
    }
    report.warning(config::Code::kTargetNotTaken, {at.file, {at.line, at.column}, at.key},
                   "the target " + said + " is not taken over: " + counts, fix);
  }
  for (const auto& one : report.take()) err << config::to_line(one) << '\n';
}

}  // namespace

int run_slo_import(const std::string& file, std::ostream& out, std::ostream& err,
                   const std::vector<std::string>& config) {
  const auto text = read_text(file);
  if (!text) {
    std::error_code error;
    const bool directory = std::filesystem::is_directory(file, error);
    err << "bellrock: cannot read " << config::shown(file) << (directory ? ": it is a directory" : "") << '\n';
    return kUnusable;
  }
  const openslo::Documents documents = openslo::read(file, *text);
  for (const auto& one : documents.diagnostics) err << config::to_line(one) << '\n';
  if (!documents.ok()) return kInvalidConfiguration;
  const config::Loaded configuration = config.empty() ? config::Loaded{} : config::load(config);
  if (!configuration.ok()) {
    for (const auto& one : configuration.diagnostics) err << config::to_line(one) << '\n';
    return kInvalidConfiguration;
  }
  warn_of_targets(documents, configuration, err);
  openslo::Labels names;
  for (const auto& slo : documents.slos) write_policy(slo, names.label(slo.journey + "-" + slo.objective), out);
  return kDone;
}

void add_slo_import(CLI::App& app, int& exit_code) {
  CLI::App* const command =
      app.get_subcommand("slo")->add_subcommand("import", "OpenSLO v1 documents as policies, offline");
  struct ImportOptions {
    std::string file;
    std::vector<std::string> config;
  };
  auto options = std::make_shared<ImportOptions>();
  command->add_option("file", options->file, "YAML with documents of apiVersion openslo/v1")->required();
  command
      ->add_option("--config", options->config,
                   "A file or directory with the journeys, to compare the targets; repeatable")
      ->allow_extra_args(false);
  command->footer(
      "Every field is taken or refused by its name. Targets are those of the journeys and are shown as comments;\n"
      "those of documents are warned of (BR1912), with --config only where the journey has another.\n"
      "An SLO without alertPolicies becomes a policy with `alerts: []`: it alerts nobody.\n\n"
      "Example:\n  bellrock slo import slos.yaml --config journeys > config/policies.yaml && bellrock validate config");
  command->callback(
      [options, &exit_code] { exit_code = run_slo_import(options->file, std::cout, std::cerr, options->config); });
}

}  // namespace bellrock::cli
