#include "control/cli/commands/effect.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/exit_code.h"
#include "control/slo/explain.h"

namespace bellrock::cli {
namespace {

using slo::duration_text;

constexpr const char* kMethods[] = {"table", "hazard"};

std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }

// Percentage points, since a percentage of a percentage would be read as either.
std::string points(const Json& share) {
  return share.is_null() ? "-" : fmt::format("{:+.3f} pp", share.get<double>() * 100);
}
std::string interval(const Json& estimate) {
  if (estimate.at("low").is_null()) return "-";
  return fmt::format("{:+.3f} .. {:+.3f}", estimate.at("low").get<double>() * 100,
                     estimate.at("high").get<double>() * 100);
}
std::string percent(const Json& share) {
  return share.is_null() ? "-" : fmt::format("{:.2f} %", share.get<double>() * 100);
}

Cell verdict(const Json& estimate) {
  const std::string name = estimate.at("verdict").get<std::string>();
  if (name == "raises") return {"raises", Colour::kRed};
  if (name == "lowers") return {"lowers", Colour::kYellow};
  if (name == "none_seen") return {"none seen", Colour::kNone};
  return {"not enough data", Colour::kDim};
}

void list_table(const Json& document, bool colours, std::ostream& out, std::ostream& err) {
  Table table({{"JOURNEY"},
               {"EFFECT OF"},
               {"METHOD"},
               {"+100 MS", Align::kRight},
               {"95 % (PP)", Align::kRight},
               {"CRUDE", Align::kRight},
               {"ATTEMPTS", Align::kRight},
               {"ENDED SO", Align::kRight},
               {"VERDICT"}});
  for (const auto& effect : document.at("effects")) {
    for (const char* method : kMethods) {
      if (effect.at(method).is_null()) continue;
      const auto& estimate = effect.at(method).at("estimate");
      table.add({effect.at("journey").get<std::string>(), effect.at("effect").get<std::string>(), method,
                 points(estimate.at("per_100ms")), interval(estimate),
                 points(effect.at(method).at("crude").at("per_100ms")), count(estimate.at("n")),
                 count(estimate.at("events")), verdict(estimate)});
    }
  }
  table.write(out, colours);
  if (table.empty()) err << "bellrock: no journey of the centre's configuration has correlate_with\n";
}

std::string band_text(const Json& band) {
  const std::string from = duration_text(band.at("from_ns").get<double>());
  return band.at("to_ns").is_null() ? "from " + from : from + " .. " + duration_text(band.at("to_ns").get<double>());
}

void table_bands(const Json& bands, bool colours, std::ostream& out) {
  Table table({{"LATENCY"},
               {"ATTEMPTS", Align::kRight},
               {"ENDED SO", Align::kRight},
               {"SHARE", Align::kRight},
               {"95 %", Align::kRight},
               {"UNKNOWN", Align::kRight}});
  for (const auto& band : bands) {
    const bool known = !band.at("low").is_null();
    table.add({band_text(band), count(band.at("n")), count(band.at("events")), percent(band.at("share")),
               known ? percent(band.at("low")) + " .. " + percent(band.at("high")) : "-", count(band.at("unknown"))});
  }
  table.write(out, colours);
}

void hazard_bands(const Json& bands, bool colours, std::ostream& out) {
  Table table({{"WAITED"},
               {"STILL WAITING", Align::kRight},
               {"LEFT", Align::kRight},
               {"ANSWERED", Align::kRight},
               {"LEAVE IN 100 MS", Align::kRight},
               {"95 %", Align::kRight}});
  for (const auto& band : bands) {
    const bool known = !band.at("low").is_null();
    table.add({band_text(band), count(band.at("at_risk")), count(band.at("left")), count(band.at("answered")),
               percent(band.at("per_100ms")),
               known ? percent(band.at("low")) + " .. " + percent(band.at("high")) : "-"});
  }
  table.write(out, colours);
}

void strata_table(const Json& method, bool colours, std::ostream& out) {
  Table table({{"STRATUM"},
               {"+100 MS", Align::kRight},
               {"95 % (PP)", Align::kRight},
               {"ATTEMPTS", Align::kRight},
               {"ENDED SO", Align::kRight},
               {"VERDICT"}});
  for (const auto& stratum : method.at("strata")) {
    std::string name;
    for (const auto& [dimension, value] : stratum.at("values").items()) {
      name += (name.empty() ? "" : ", ") + dimension + ' ' + value.get<std::string>();
    }
    const auto& estimate = stratum.at("estimate");
    table.add({name, points(estimate.at("per_100ms")), interval(estimate), count(estimate.at("n")),
               count(estimate.at("events")), verdict(estimate)});
  }
  if (!table.empty()) out << '\n';
  table.write(out, colours);
}

std::string joined(const Json& words, const char* none) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return printable(text.empty() ? none : text);
}

void method_text(const Json& effect, const char* method, bool colours, std::ostream& out) {
  const auto& found = effect.at(method);
  if (found.is_null()) return;
  const bool table = std::string_view(method) == "table";
  const auto& estimate = found.at("estimate");
  out << '\n'
      << coloured(table ? "table: of those that were answered" : "hazard: of those that waited", Colour::kBold, colours)
      << '\n';
  if (estimate.at("per_100ms").is_null()) {
    out << "  not enough data: " << printable(estimate.at("reason").get<std::string>()) << '\n';
  } else {
    fmt::print(out, "  100 ms more: {} of attempts end so, 95 % interval {}; without strata {}\n",
               points(estimate.at("per_100ms")), interval(estimate), points(found.at("crude").at("per_100ms")));
  }
  out << '\n';
  table ? table_bands(found.at("bands"), colours, out) : hazard_bands(found.at("bands"), colours, out);
  strata_table(found, colours, out);
}

void effect_text(const Json& effect, bool colours, std::ostream& out) {
  const auto text = [](const Json& value) { return printable(value.get<std::string>()); };
  out << coloured(text(effect.at("journey")) + " / " + text(effect.at("effect")), Colour::kBold, colours) << '\n';
  fmt::print(out, "  latency from {} to {}; ends: {}; strata: {}\n", text(effect.at("from")), text(effect.at("step")),
             joined(effect.at("outcomes"), "-"), joined(effect.at("strata"), "none"));
  fmt::print(out, "  {} attempts, {} of unknown end, {} whose wait nothing dates, {} without room in their stratum\n",
             count(effect.at("attempts")), count(effect.at("unknown")), count(effect.at("undated")),
             count(effect.at("unplaced")));
  out << "  Observational: what goes along with slowness and is no stratum is in the figure.\n";
  for (const char* method : kMethods) method_text(effect, method, colours, out);
  out << '\n';
}

}  // namespace

int run_journey_effect(const CentreOptions& options, const std::string& journey, const std::string& range, bool colours,
                       std::ostream& out, std::ostream& err) {
  std::string path = "/api/v1/effects?range=" + encode_percent(range);
  if (!journey.empty()) path += "&journey=" + encode_percent(journey);
  return show(options, ask(options, path, err), "effects", out, err, [&](const Json& document) {
    if (journey.empty() || document.at("effects").empty()) return list_table(document, colours, out, err);
    for (const auto& effect : document.at("effects")) effect_text(effect, colours, out);
  });
}

void add_journey_effect(CLI::App& journey, int& exit_code) {
  CLI::App* const command = journey.add_subcommand("effect", "What 100 ms more of a step do to how attempts end");
  struct EffectOptions : CentreOptions {
    std::string journey, range = "7d";
  };
  auto options = std::make_shared<EffectOptions>();
  command->add_option("journey", options->journey, "Only this journey, with its bands and strata");
  command->add_option("--range", options->range, "How far back: 1h, 6h, 24h, 7d or 28d")->capture_default_str();
  add_centre_options(*command, *options);
  command->footer(
      "A journey's `correlate_with` says of which latency, on which ends, and by which strata. Figures are percentage\n"
      "points of attempts with an interval of 95 %, strata compared with themselves only. `table` is about those that\n"
      "were answered, `hazard` about those that waited. CRUDE is what comes out without strata. It is an observation\n"
      "and no experiment; without 30 attempts that ended so, and 30 that did not, or where strata contradict each\n"
      "other, there is no figure.\n\n"
      "Examples\n"
      "  bellrock journey effect\n"
      "  bellrock journey effect checkout --range 28d -o json");
  command->callback([options, &exit_code] {
    exit_code = run_journey_effect(*options, options->journey, options->range, wants_colours(STDOUT_FILENO), std::cout,
                                   std::cerr);
  });
}

}  // namespace bellrock::cli
