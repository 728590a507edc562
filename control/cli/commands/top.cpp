#include "control/cli/commands/top.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"
#include "control/slo/prometheus.h"

namespace bellrock::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Everything that one screen is made of, asked for in one go.
struct Look {
  Clock::time_point at;
  Json status, nodes, slos, journeys;
};

int ask_all(const CentreOptions& options, Look& into, std::ostream& err) {
  into.at = Clock::now();
  const std::pair<const char*, Json*> questions[] = {{"/api/v1/status", &into.status},
                                                     {"/api/v1/nodes", &into.nodes},
                                                     {"/api/v1/slos", &into.slos},
                                                     {"/api/v1/journeys?range=1h", &into.journeys}};
  for (const auto& [path, document] : questions) {
    Answer answer = ask(options, path, err);
    if (answer.exit_code != kDone) return answer.exit_code;
    *document = std::move(answer.document);
  }
  return kDone;
}

// How much a number that only grows grew each second; none where it went back (another centre, another board).
Json rate(std::uint64_t before, std::uint64_t after, double seconds) {
  return after < before || seconds <= 0 ? Json(nullptr) : Json(static_cast<double>(after - before) / seconds);
}

std::uint64_t number(const Json& value) { return value.get<std::uint64_t>(); }

std::uint64_t starts_of(const Json& status) {
  std::uint64_t starts = 0;
  for (const auto& journey : status.at("journeys")) starts += number(journey.at("starts"));
  return starts;
}

Json fleet(const Look& before, const Look& now, double seconds) {
  const auto& nodes = now.status.at("nodes");
  return {{"nodes", nodes.at("total")},
          {"stale", nodes.at("stale")},
          {"edges_down", nodes.at("edges_down")},
          {"frames_per_s", rate(number(before.status.at("frames").at("applied")),
                                number(now.status.at("frames").at("applied")), seconds)},
          {"starts_per_s", rate(starts_of(before.status), starts_of(now.status), seconds)}};
}

// By node: what it recorded. A node that began anew has several sources.
std::map<std::string, std::uint64_t> recorded(const Json& nodes) {
  std::map<std::string, std::uint64_t> all;
  for (const auto& node : nodes.at("nodes")) all[node.at("node").get<std::string>()] += number(node.at("recorded"));
  return all;
}

// The first `rows` of a list, in this order.
template <typename Less>
Json first_of(std::vector<Json> list, std::size_t rows, Less&& less) {
  std::stable_sort(list.begin(), list.end(), less);
  if (list.size() > rows) list.resize(rows);
  return list;
}

double or_less(const Json& value) { return value.is_null() ? -1 : value.get<double>(); }

Json busiest(const Look& before, const Look& now, double seconds, std::size_t rows) {
  const auto then = recorded(before.nodes);
  std::map<std::string, std::int64_t> age;
  for (const auto& node : now.nodes.at("nodes")) {
    const auto [found, fresh] = age.emplace(node.at("node").get<std::string>(), node.at("age_s").get<std::int64_t>());
    if (!fresh) found->second = std::min(found->second, node.at("age_s").get<std::int64_t>());
  }
  std::vector<Json> list;
  for (const auto& [node, n] : recorded(now.nodes)) {
    const auto found = then.find(node);
    list.push_back({{"node", node},
                    {"counts_per_s", rate(found == then.end() ? 0 : found->second, n, seconds)},
                    {"age_s", age[node]}});
  }
  return first_of(std::move(list), rows, [](const Json& a, const Json& b) {
    return or_less(a.at("counts_per_s")) > or_less(b.at("counts_per_s"));
  });
}

// Burn rates over all windows of the policy, the shortest first: [[seconds, rate or null]].
Json windows_of(const Json& slo) {
  std::map<std::int64_t, Json> windows;
  for (const auto& pair : slo.at("burn_rates")) {
    for (const auto& [window, seconds] : {std::pair{"short", "short_s"}, {"long", "long_s"}}) {
      const Json& reading = pair.at(window);
      windows[pair.at(seconds).get<std::int64_t>()] = reading.is_null() ? Json(nullptr) : reading.at("burn_rate");
    }
  }
  Json json = Json::array();
  for (const auto& [seconds, burn] : windows) json.push_back({seconds, burn});
  return json;
}

double worst_burn(const Json& objective) {
  double worst = -1;
  for (const auto& window : objective.at("burn_rates")) worst = std::max(worst, or_less(window.at(1)));
  return worst;
}

Json burning(const Look& now, std::size_t rows) {
  std::vector<Json> list;
  for (const auto& slo : now.slos.at("slos")) {
    Json one{{"journey", slo.at("journey")}, {"objective", slo.at("objective")}, {"state", slo.at("state")}};
    one["alert"] = slo.at("alert").is_null() ? Json(nullptr) : slo.at("alert").at("severity");
    one["left"] = slo.at("budget").is_null() ? Json(nullptr) : slo.at("budget").at("left_ratio");
    one["burn_rates"] = windows_of(slo);
    list.push_back(std::move(one));
  }
  return first_of(std::move(list), rows, [](const Json& a, const Json& b) { return worst_burn(a) > worst_burn(b); });
}

// How attempts of the last hour failed, the most frequent first.
Json failures(const Look& now, std::size_t rows) {
  std::vector<Json> list;
  for (const auto& journey : now.journeys.at("journeys")) {
    std::uint64_t all = 0;
    for (const auto& [outcome, n] : journey.at("outcomes").items()) all += number(n);
    for (const auto& [outcome, n] : journey.at("outcomes").items()) {
      const bool failed =
          outcome.starts_with("failed") || outcome == "silent_failure" || outcome == "abandoned.waiting";
      if (failed && number(n) != 0) {
        list.push_back({{"journey", journey.at("name")}, {"outcome", outcome}, {"attempts", n}, {"of", all}});
      }
    }
  }
  return first_of(std::move(list), rows,
                  [](const Json& a, const Json& b) { return number(a.at("attempts")) > number(b.at("attempts")); });
}

Json screen(const Look& before, const Look& now, std::size_t rows) {
  const double seconds = std::chrono::duration<double>(now.at - before.at).count();
  Json json{{"now_unix_s", now.status.at("now_unix_s")}, {"healthy", now.status.at("healthy")}};
  json["fleet"] = fleet(before, now, seconds);
  json["objectives"] = burning(now, rows);
  json["failures"] = failures(now, rows);
  json["nodes"] = busiest(before, now, seconds, rows);
  return json;
}

// --- for people

std::string rate_text(const Json& value) { return value.is_null() ? "-" : fmt::format("{:.1f}", value.get<double>()); }

void objectives_table(const Json& json, bool colours, std::ostream& out) {
  Table table({{"OBJECTIVE"}, {"STATE"}, {"ALERT"}, {"BUDGET LEFT", Align::kRight}, {"BURN RATES"}});
  for (const auto& one : json.at("objectives")) {
    std::string rates;
    for (const auto& window : one.at("burn_rates")) {
      const Json& burn = window.at(1);
      rates += (rates.empty() ? "" : ", ") + slo::window_name(window.at(0).get<std::int64_t>()) + " " +
               (burn.is_null() ? "-" : fmt::format("{:.2f}", burn.get<double>()));
    }
    const bool alert = !one.at("alert").is_null();
    table.add({one.at("journey").get<std::string>() + "/" + one.at("objective").get<std::string>(),
               one.at("state").get<std::string>(),
               {alert ? one.at("alert").get<std::string>() : "", alert ? Colour::kRed : Colour::kNone},
               one.at("left").is_null() ? "-" : fmt::format("{:.1f} %", one.at("left").get<double>() * 100),
               rates});
  }
  table.write(out, colours);
}

void show_screen(const Json& json, bool colours, std::ostream& out) {
  const auto& fleet = json.at("fleet");
  const bool healthy = json.at("healthy").get<bool>();
  out << time_text(json.at("now_unix_s").get<std::int64_t>()) << "  "
      << coloured(healthy ? "healthy" : "needs a look", healthy ? Colour::kGreen : Colour::kYellow, colours)
      << fmt::format("  {} nodes, {} stale, {} without edge; {} frames/s, {} starts/s\n\n", number(fleet.at("nodes")),
                     number(fleet.at("stale")), number(fleet.at("edges_down")), rate_text(fleet.at("frames_per_s")),
                     rate_text(fleet.at("starts_per_s")));
  objectives_table(json, colours, out);
  Table failed({{"FAILED IN THE LAST HOUR"}, {"OUTCOME"}, {"ATTEMPTS", Align::kRight}, {"OF", Align::kRight}});
  for (const auto& one : json.at("failures")) {
    failed.add({one.at("journey").get<std::string>(), one.at("outcome").get<std::string>(),
                grouped(number(one.at("attempts"))), grouped(number(one.at("of")))});
  }
  if (!failed.empty()) out << '\n';
  failed.write(out, colours);
  Table nodes({{"NODE"}, {"COUNTS/S", Align::kRight}, {"LAST FRAME", Align::kRight}});
  for (const auto& one : json.at("nodes")) {
    nodes.add({one.at("node").get<std::string>(), rate_text(one.at("counts_per_s")),
               std::to_string(one.at("age_s").get<std::int64_t>()) + " s ago"});
  }
  if (!nodes.empty()) out << '\n';
  nodes.write(out, colours);
}

}  // namespace

int run_top(const CentreOptions& options, const TopQuestion& question, bool colours, std::ostream& out,
            std::ostream& err, const std::function<bool(double)>& wait) {
  const Format format = format_of(options.output);
  const bool one_document = format == Format::kJson || format == Format::kYaml;
  const std::uint64_t looks = one_document ? 1 : question.looks;
  Look before;
  if (const int code = ask_all(options, before, err); code != kDone) return code;
  try {
    for (std::uint64_t n = 0; (looks == 0 || n < looks) && wait(question.interval_s); ++n) {
      Look now;
      if (const int code = ask_all(options, now, err); code != kDone) return code;
      const Json json = screen(before, now, question.rows);
      if (format != Format::kTable) {
        write_document(out, format, json, "");
      } else {
        out << (question.clears ? "\033[H\033[2J" : n == 0 ? "" : "\n");
        show_screen(json, colours, out);
      }
      out.flush();
      if (!out) return kDone;  // whoever read it has gone; the caller says so where it matters
      before = std::move(now);
    }
  } catch (const Json::exception& error) {
    return not_understood(error, err);
  }
  return kDone;
}

void add_top(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("top", "What burns and what the fleet does, again every few seconds");
  struct TopOptions : CentreOptions {
    TopQuestion question;
    bool once = false;
  };
  auto options = std::make_shared<TopOptions>();
  command->add_option("--interval", options->question.interval_s, "Seconds between two looks")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str();
  command->add_option("--rows", options->question.rows, "Rows of each table")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command->add_flag("--once", options->once, "One screen, after one interval, and end; json and yaml always do");
  add_centre_options(*command, *options);
  command->footer(
      "Objectives with the highest burn rate first: at 1 the error budget lasts exactly its period. Rates of the\n"
      "fleet are of the time between two looks. Ctrl-C ends it.\n\n"
      "Examples\n"
      "  bellrock top\n"
      "  bellrock top --once --interval 1 -o json\n"
      "  bellrock top -o jsonl | jq -c '.fleet'");
  command->callback([options, &exit_code] {
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    options->question.looks = options->once ? 1 : 0;
    options->question.clears = terminal && !options->once;
    exit_code = run_top(*options, options->question, wants_colours(STDOUT_FILENO), std::cout, std::cerr, [](double s) {
      std::this_thread::sleep_for(std::chrono::duration<double>(s));
      return true;
    });
  });
}

}  // namespace bellrock::cli
