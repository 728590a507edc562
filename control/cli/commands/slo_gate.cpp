#include "control/cli/commands/slo_gate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/commands/slo_name.h"
#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"
#include "control/slo/explain.h"

namespace bellrock::cli {
namespace {

std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }
std::string text(const Json& value) { return printable(value.get<std::string>()); }
std::string share(const Json& ratio) { return ratio.is_null() ? "-" : slo::percent_text(ratio.get<double>()); }

int exit_code_of(const Json& gate) {
  const Json& verdict = gate.at("verdict");
  return verdict == "pass" ? kDone : verdict == "fail" ? kDifferent : kInconclusive;
}

void gate_text(const Json& gate, std::ostream& out) {
  out << text(gate.at("verdict")) << "  " << text(gate.at("journey")) << '/' << text(gate.at("objective")) << '\n';
  for (const auto& reason : gate.at("reasons")) out << "  " << text(reason) << '\n';
  out << "  budget burned: " << share(gate.at("burned")) << '\n';
  const Json& comparison = gate.at("comparison");
  if (comparison.is_null()) return;
  const auto group = [&](const char* name) {
    const Json& counts = comparison.at(name);
    return fmt::format("{} of {} bad", count(counts.at("bad")),
                       grouped(counts.at("bad").get<std::uint64_t>() + counts.at("good").get<std::uint64_t>()));
  };
  out << "  before " << group("before") << ", after " << group("after");
  if (comparison.at("attempts_needed").get<std::uint64_t>() > 0) {
    out << "; " << count(comparison.at("attempts_needed")) << " attempts on each side would tell";
  }
  out << '\n';
}

void history_table(const Json& document, bool colours, std::ostream& out) {
  Table table({{"FROM"},
               {"GOOD", Align::kRight},
               {"BAD", Align::kRight},
               {"UNKNOWN", Align::kRight},
               {"RATIO", Align::kRight},
               {"OF THE BUDGET", Align::kRight}});
  for (const auto& slice : document.at("slices")) {
    table.add({time_text(slice.at("start_unix_s").get<std::int64_t>()), count(slice.at("good")), count(slice.at("bad")),
               count(slice.at("unknown")), share(slice.at("ratio")), share(slice.at("burned"))});
  }
  table.write(out, colours);
}

}  // namespace

int run_slo_gate(const CentreOptions& options, const std::string& name, const std::optional<std::string>& since,
                 std::ostream& out, std::ostream& err) {
  const auto at = since ? time_of_change("--since", *since, err) : std::nullopt;
  if (since && !at) return kUsage;
  std::string path;
  if (const int code = find_slo(options, name, path, err); code != kDone) return code;
  const Answer answer = ask(options, path + "/gate" + (at ? "?since=" + std::to_string(*at) : ""), err);
  if (answer.exit_code != kDone) return answer.exit_code;
  try {
    const Format format = format_of(options.output);
    if (format == Format::kTable) {
      gate_text(answer.document, out);
    } else {
      write_document(out, format, answer.document, "");
    }
    return exit_code_of(answer.document);
  } catch (const Json::exception& error) {
    return not_understood(error, err);
  }
}

int run_slo_history(const CentreOptions& options, const std::string& name, const std::string& range, bool colours,
                    std::ostream& out, std::ostream& err) {
  std::string path;
  if (const int code = find_slo(options, name, path, err); code != kDone) return code;
  const Answer answer = ask(options, path + "/history?range=" + encode_percent(range), err);
  return show(options, answer, "slices", out, err,
              [&](const Json& document) { history_table(document, colours, out); });
}

int run_slo_export(const CentreOptions& options, const std::string& what, std::ostream& out, std::ostream& err) {
  const Answer answer = ask(options, "/api/v1/export/" + encode_percent(what), err);
  return show(options, answer, "", out, err,
              [&](const Json& document) { out << document.at("text").get<std::string>(); });
}

void add_slo_gate(CLI::App& slo, int& exit_code) {
  CLI::App* const gate = slo.add_subcommand("gate", "May a pipeline deploy, or go on after a change?");
  struct GateOptions : CentreOptions {
    std::string name, since;
    CLI::Option* since_option = nullptr;  // CLI11 makes no difference between an empty optional and an empty text
  };
  auto options = std::make_shared<GateOptions>();
  gate->add_option("name", options->name, "JOURNEY/OBJECTIVE, or one of them if that is enough")->required();
  options->since_option = gate->add_option("--since", options->since,
                                           "When the change was made: Unix seconds above 0 or 2026-05-01T12:30:00Z");
  add_centre_options(*gate, *options);
  gate->footer(
      "Fails when the error budget's policy says gate or freeze, when an alert is firing, or when the attempts since "
      "the\n"
      "change are worse than those of the hour before it by more than chance. Inconclusive without data to tell, and\n"
      "while most nodes are not heard of. Ends with 0 pass, 1 fail, 9 inconclusive.\n\n"
      "Examples\n"
      "  bellrock slo gate checkout/success && ./deploy\n"
      "  bellrock slo gate checkout/success --since 2026-05-01T12:30:00Z");
  gate->callback([options, &exit_code] {
    const auto since = options->since_option->count() > 0 ? std::optional(options->since) : std::nullopt;
    exit_code = run_slo_gate(*options, options->name, since, std::cout, std::cerr);
  });
}

void add_slo_history(CLI::App& slo, int& exit_code) {
  CLI::App* const history = slo.add_subcommand("history", "The course of an objective and of its error budget");
  struct HistoryOptions : CentreOptions {
    std::string name, range = "24h";
  };
  auto options = std::make_shared<HistoryOptions>();
  history->add_option("name", options->name, "JOURNEY/OBJECTIVE, or one of them if that is enough")->required();
  history->add_option("--range", options->range, "How far back: 1h, 6h, 24h, 7d or 28d")->capture_default_str();
  add_centre_options(*history, *options);
  history->footer("Example:\n  bellrock slo history checkout/success --range 7d -o jsonl");
  history->callback([options, &exit_code] {
    exit_code =
        run_slo_history(*options, options->name, options->range, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
}

void add_slo_export(CLI::App& slo, int& exit_code) {
  CLI::App* const command =
      slo.add_subcommand("export", "The objectives as Prometheus rules, a Grafana dashboard or OpenSLO documents");
  struct ExportOptions : CentreOptions {
    std::string what;
  };
  auto options = std::make_shared<ExportOptions>();
  command->add_option("what", options->what, "prometheus, grafana or openslo")
      ->required()
      ->check(CLI::IsMember({"prometheus", "grafana", "openslo"}));
  add_centre_options(*command, *options);
  command->footer(
      "The rules are for a Prometheus that scrapes the centre's /metrics; their series slo:... have the names of "
      "Sloth.\n"
      "The dashboard reads the same Prometheus, and for latencies and outcomes what the centre sends it by remote "
      "write.\n"
      "The documents are OpenSLO v1; `bellrock slo import` reads them back.\n\n"
      "Examples\n"
      "  bellrock slo export prometheus > bellrock.rules.yaml && promtool check rules bellrock.rules.yaml\n"
      "  bellrock slo export grafana > /var/lib/grafana/dashboards/bellrock.json\n"
      "  bellrock slo export openslo > slos.yaml");
  command->callback(
      [options, &exit_code] { exit_code = run_slo_export(*options, options->what, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
