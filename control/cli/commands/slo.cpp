#include "control/cli/commands/slo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/commands/composite.h"
#include "control/cli/commands/slo_gate.h"
#include "control/cli/commands/slo_name.h"
#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"
#include "control/slo/explain.h"
#include "control/slo/prometheus.h"

namespace bellrock::cli {
namespace {

using slo::duration_text;
using slo::percent_text;

Colour colour_of(const std::string& state) {
  if (state == "met") return Colour::kGreen;
  if (state == "missed") return Colour::kRed;
  return state == "unproven" ? Colour::kYellow : Colour::kDim;
}

std::string percent_or_dash(const Json& ratio) { return ratio.is_null() ? "-" : percent_text(ratio.get<double>()); }

std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }

std::string bounds(const Json& slo) {
  if (slo.at("lower").is_null()) return "-";
  const std::string lower = percent_or_dash(slo.at("lower")), upper = percent_or_dash(slo.at("upper"));
  return lower == upper ? lower : lower.substr(0, lower.size() - 2) + " .. " + upper;
}

std::string state(const Json& slo) {
  std::string text = slo.at("state").get<std::string>();
  std::replace(text.begin(), text.end(), '_', ' ');
  if (slo.at("partial").get<bool>()) text += ", partial";
  if (!slo.at("alert").is_null()) text += ", " + slo.at("alert").at("severity").get<std::string>();
  return text;
}

std::string budget_left(const Json& slo) {
  if (slo.at("budget").is_null() || slo.at("budget").at("left_ratio").is_null()) return "-";
  return fmt::format("{:.1f} %", slo.at("budget").at("left_ratio").get<double>() * 100);
}

std::string p95(const Json& slo) {
  return slo.at("latency_ns").is_null() ? "-" : duration_text(slo.at("latency_ns").at("p95").get<double>());
}

void list_table(const Json& document, bool colours, std::ostream& out, std::ostream& err) {
  Table table({{"JOURNEY"},
               {"OBJECTIVE"},
               {"TARGET", Align::kRight},
               {"GOOD", Align::kRight},
               {"BAD", Align::kRight},
               {"UNKNOWN", Align::kRight},
               {"RATIO", Align::kRight},
               {"BOUNDS", Align::kRight},
               {"STATE"},
               {"BUDGET LEFT", Align::kRight},
               {"P95", Align::kRight}});
  for (const auto& slo : document.at("slos")) {
    const auto& counts = slo.at("counts");
    table.add({slo.at("journey").get<std::string>(),
               slo.at("objective").get<std::string>(),
               slo.at("target_text").get<std::string>(),
               count(counts.at("good")),
               count(counts.at("bad")),
               count(counts.at("unknown")),
               percent_or_dash(slo.at("ratio")),
               bounds(slo),
               {state(slo), colour_of(slo.at("state").get<std::string>())},
               budget_left(slo),
               p95(slo)});
  }
  table.write(out, colours);
  if (table.empty()) err << "bellrock: the centre's configuration has no objective\n";
  composites_table(document, colours, out);
}

void shares(const Json& values, const char* title, bool times, bool colours, std::ostream& out) {
  Table table(
      {{title}, {"GOOD", Align::kRight}, {"BAD", Align::kRight}, {"UNKNOWN", Align::kRight}, {"RATIO", Align::kRight}});
  for (const auto& one : values) {
    const std::string label =
        times ? time_text(one.at("start_unix_s").get<std::int64_t>()) : one.at("value").get<std::string>();
    table.add({label, count(one.at("good")), count(one.at("bad")), count(one.at("unknown")),
               percent_or_dash(one.at("ratio"))});
  }
  table.write(out, colours);
}

// The slices with the most bad attempts, in the order of time.
Json worst_slices(const Json& course) {
  constexpr std::size_t kShown = 5;
  std::vector<Json> slices;
  for (const auto& slice : course.at("slices")) {
    if (slice.at("bad").get<std::uint64_t>() > 0) slices.push_back(slice);
  }
  const auto bad = [](const Json& slice) { return slice.at("bad").get<std::uint64_t>(); };
  std::stable_sort(slices.begin(), slices.end(), [&](const Json& a, const Json& b) { return bad(a) > bad(b); });
  if (slices.size() > kShown) slices.resize(kShown);
  std::sort(slices.begin(), slices.end(),
            [](const Json& a, const Json& b) { return a.at("start_unix_s") < b.at("start_unix_s"); });
  return slices;
}

// "judged since 2026-05-01 12:30: 0.02", where an incident that is over takes part of the long window away. An older
// centre says nothing of it.
std::string judged_text(const Json& pair) {
  const Json judged = pair.value("judged_long", Json(nullptr));
  if (judged.is_null()) return "";
  const Json& rate = judged.at("burn_rate");
  return "judged since " + time_text(judged.at("from_unix_s").get<std::int64_t>()) + ": " +
         (rate.is_null() ? "-" : fmt::format("{:.2f}", rate.get<double>()));
}

// "14.4 x 0.8 % = 11.52 % in 1 h and 5 min".
void burn_rates(const Json& slo, bool colours, std::ostream& out) {
  Table table({{"ALERT"},
               {"WINDOWS", Align::kRight},
               {"FACTOR", Align::kRight},
               {"BAD SHARE ABOVE", Align::kRight},
               {"NOW", Align::kRight},
               {"FULL OUTAGE AFTER", Align::kRight},
               {""}});
  const auto seconds = [](const Json& value) {
    return value.is_null() ? std::string("never") : duration_text(static_cast<double>(value.get<std::int64_t>()) * 1e9);
  };
  const auto length = [](const Json& value) { return slo::window_name(value.get<std::int64_t>()); };
  for (const auto& pair : slo.at("burn_rates")) {
    const auto rate = [&](const char* window) {
      const Json& reading = pair.at(window);
      const bool none = reading.is_null() || reading.at("burn_rate").is_null();
      return none ? std::string("-") : fmt::format("{:.2f}", reading.at("burn_rate").get<double>());
    };
    const bool holds = !pair.at("holds").is_null() && pair.at("holds").get<bool>();
    const std::string judged = judged_text(pair);
    table.add({pair.at("severity").get<std::string>(), length(pair.at("long_s")) + " + " + length(pair.at("short_s")),
               fmt::format("{:.4g}", pair.at("factor").get<double>()),
               percent_text(pair.at("error_ratio").get<double>()), rate("long") + " + " + rate("short"),
               seconds(pair.at("full_outage_s")),
               holds ? Cell{judged.empty() ? "firing" : "firing, " + judged, Colour::kRed} : Cell{judged}});
  }
  if (!table.empty()) out << '\n';
  table.write(out, colours);
}

void explain_text(const Json& document, bool colours, std::ostream& out) {
  const auto& slo = document.at("slo");
  const auto& counts = slo.at("counts");
  const auto text = [](const Json& value) { return printable(value.get<std::string>()); };
  out << coloured(text(slo.at("journey")) + " / " + text(slo.at("objective")), Colour::kBold, colours) << "  "
      << coloured(printable(state(slo)), colour_of(slo.at("state").get<std::string>()), colours) << '\n';
  out << "  " << text(slo.at("rule")) << "; target " << text(slo.at("target_text")) << '\n';
  const auto& window = document.at("window");
  out << fmt::format("  {} to {}, {} days\n\n", time_text(window.at("from_unix_s").get<std::int64_t>()),
                     time_text(window.at("to_unix_s").get<std::int64_t>()),
                     window.at("seconds").get<std::int64_t>() / 86'400);
  for (const auto& line : document.at("explanation")) out << "  " << text(line) << '\n';
  out << fmt::format("  excluded {}, censored {}, funnel only {}, lost with a board {}", count(counts.at("excluded")),
                     count(counts.at("censored")), count(counts.at("funnel")), count(counts.at("board_lost")));
  if (slo.at("other_versions").get<std::uint64_t>() > 0) {
    out << fmt::format(", under other versions {} (not mixed in)", count(slo.at("other_versions")));
  }
  out << '\n';
  if (const auto& latency = slo.at("latency_ns"); !latency.is_null()) {
    const auto at = [&](const char* name) { return duration_text(latency.at(name).get<double>()); };
    out << fmt::format("  latency of {} measured attempts: p50 {}, p75 {}, p95 {}, p99 {}, max {}\n",
                       count(latency.at("measured")), at("p50"), at("p75"), at("p95"), at("p99"), at("max"));
  }
  Table outcomes({{"OUTCOME"}, {"ATTEMPTS", Align::kRight}});
  for (const auto& [name, n] : document.at("outcomes").items()) {
    if (n.get<std::uint64_t>() > 0) outcomes.add({name, count(n)});
  }
  if (!outcomes.empty()) out << '\n';
  outcomes.write(out, colours);
  const Json change = document.value("nearest_change", Json());  // an older centre says none
  if (!change.is_null()) {
    const std::string version = change.at("version").get<std::string>();
    out << fmt::format("\n  nearest change, {} before {}: {}{}\n",
                       duration_text(change.at("before_s").get<double>() * 1e9),
                       slo.at("alert").is_null() ? "now" : "the alert", text(change.at("what")),
                       version.empty() ? "" : " (" + printable(version) + ")");
  }
  const Json strays = document.value("stray_successes", Json::object());  // an older centre has none
  if (strays.value("orphan", 0) + strays.value("late", 0) + strays.value("duplicate", 0) > 0) {
    out << fmt::format(
        "\n  successes that no attempt waited for: orphan {}, late {}, duplicate {}; seen by two nodes: at most {} of "
        "unknown\n",
        count(strays.at("orphan")), count(strays.at("late")), count(strays.at("duplicate")),
        count(strays.at("split_bound")));
  }
  for (const auto& dimension : document.at("dimensions")) {
    std::string title = dimension.at("name").get<std::string>();
    std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) {
      return c < 0x80 ? static_cast<char>(std::toupper(c)) : static_cast<char>(c);
    });
    out << '\n';
    shares(dimension.at("values"), printable(title).c_str(), false, colours, out);
  }
  burn_rates(slo, colours, out);
  const auto& course = document.at("course");
  const Json worst = worst_slices(course);
  if (worst.empty()) return;
  out << fmt::format("\nMost bad attempts in the last {}, slices of {} min:\n", text(course.at("range")),
                     course.at("step_s").get<std::int64_t>() / 60);
  shares(worst, "FROM", true, colours, out);
}

}  // namespace

int run_slo_list(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  const Answer answer = ask(options, "/api/v1/slos", err);
  return show(options, answer, "slos", out, err,
              [&](const Json& document) { list_table(document, colours, out, err); });
}

int run_slo_explain(const CentreOptions& options, const std::string& name, const std::string& range, bool colours,
                    std::ostream& out, std::ostream& err) {
  std::string path;
  bool composite = false;
  if (const int code = find_slo(options, name, path, err, &composite); code != kDone) return code;
  const Answer answer = ask(options, composite ? path : path + "?range=" + encode_percent(range), err);
  return show(options, answer, "", out, err, [&](const Json& document) {
    composite ? composite_text(document, colours, out) : explain_text(document, colours, out);
  });
}

void add_slo(CLI::App& app, int& exit_code) {
  CLI::App* const slo = app.add_subcommand("slo", "How the objectives stand");
  slo->require_subcommand(1);

  CLI::App* const list =
      slo->add_subcommand("list", "All objectives and composites with their counts, bounds, state and error budget");
  auto list_options = std::make_shared<CentreOptions>();
  add_centre_options(*list, *list_options);
  list->footer(
      "RATIO is good / (good + bad). BOUNDS is where the true ratio lies, whatever the UNKNOWN attempts were.\n"
      "An objective is met when even the lower bound reaches the target, missed when even the upper one does not,\n"
      "and unproven in between. No data is never a success.\n\n"
      "Examples\n"
      "  bellrock slo list\n"
      "  bellrock slo list -o jsonl | jq -r 'select(.state != \"met\") | .journey + \"/\" + .objective'");
  list->callback([list_options, &exit_code] {
    exit_code = run_slo_list(*list_options, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });

  CLI::App* const explain =
      slo->add_subcommand("explain", "One objective: its sums in words, outcomes, dimensions, worst hours");
  struct ExplainOptions : CentreOptions {
    std::string name, range = "24h";
  };
  auto options = std::make_shared<ExplainOptions>();
  explain->add_option("name", options->name, "JOURNEY/OBJECTIVE, or one of them if that is enough; or a composite")
      ->required();
  explain->add_option("--range", options->range, "How far back the worst slices are looked for: 1h, 6h, 24h, 7d or 28d")
      ->capture_default_str();
  add_centre_options(*explain, *options);
  explain->footer(
      "Examples\n"
      "  bellrock slo explain checkout/success\n"
      "  bellrock slo explain fast --range 7d -o json");
  explain->callback([options, &exit_code] {
    exit_code =
        run_slo_explain(*options, options->name, options->range, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
  add_slo_gate(*slo, exit_code);
  add_slo_history(*slo, exit_code);
  add_slo_export(*slo, exit_code);
}

}  // namespace bellrock::cli
