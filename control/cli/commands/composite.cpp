#include "control/cli/commands/composite.h"

#include <fmt/format.h>

#include <ostream>

#include "control/cli/commands/slo_time.h"
#include "control/slo/explain.h"

namespace bellrock::cli {
namespace {

Cell state_cell(const Json& one) {
  if (one.at("state").is_null()) return {"no target", Colour::kDim};
  const auto state = one.at("state").get<std::string>();
  const Colour colour = state == "met"        ? Colour::kGreen
                        : state == "missed"   ? Colour::kRed
                        : state == "unproven" ? Colour::kYellow
                                              : Colour::kDim;
  return {(state == "no_data"     ? "no data"
           : state == "no_target" ? "no target"
                                  : state) +
              (one.value("partial", false) ? ", partial" : ""),
          colour};
}

std::string text_or_dash(const Json& text) { return text.is_null() ? "-" : text.get<std::string>(); }
std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }
std::string ratio(const Json& counts) {
  return counts.at("ratio").is_null() ? "-" : slo::percent_text(counts.at("ratio").get<double>());
}
std::string left(const Json& one) {
  return one.at("left").is_null() ? "-" : fmt::format("{:.1f} %", one.at("left").get<double>() * 100);
}

std::string kind_text(const Json& composite) {
  const auto kind = composite.at("kind").get<std::string>();
  if (kind != "least_healthy") return kind == "weighted" ? "weighted attempts" : "attempts";
  return composite.at("worst").is_null() ? "least healthy"
                                         : "least healthy: " + composite.at("worst").get<std::string>();
}

}  // namespace

void composites_table(const Json& slos, bool colours, std::ostream& out) {
  const Json none = Json::array();
  Table table({{"COMPOSITE"},
               {"OF"},
               {"TARGET", Align::kRight},
               {"GOOD", Align::kRight},
               {"BAD", Align::kRight},
               {"UNKNOWN", Align::kRight},
               {"RATIO", Align::kRight},
               {"STATE"},
               {"BUDGET LEFT", Align::kRight}});
  for (const auto& one : slos.value("composites", none)) {
    const auto& counts = one.at("counts");
    table.add({one.at("name").get<std::string>(), kind_text(one), text_or_dash(one.at("target_text")),
               count(counts.at("good")), count(counts.at("bad")), count(counts.at("unknown")), ratio(counts),
               state_cell(one), left(one)});
  }
  if (!table.empty()) out << '\n';
  table.write(out, colours);
}

void composite_text(const Json& document, bool colours, std::ostream& out) {
  const auto& one = document.at("composite");
  const Cell state = state_cell(one);
  out << coloured(printable(one.at("name").get<std::string>()), Colour::kBold, colours) << "  "
      << coloured(state.text, state.colour, colours) << '\n';
  out << "  " << printable(kind_text(one)) << "; target " << printable(text_or_dash(one.at("target_text"))) << '\n';
  const auto& window = document.at("window");
  out << fmt::format("  {} to {}, {} days\n\n", time_text(window.at("from_unix_s").get<std::int64_t>()),
                     time_text(window.at("to_unix_s").get<std::int64_t>()),
                     window.at("seconds").get<std::int64_t>() / 86'400);
  for (const auto& line : document.at("explanation")) out << "  " << printable(line.get<std::string>()) << '\n';
  out << '\n';
  Table table({{"PART"},
               {"WEIGHT", Align::kRight},
               {"TARGET", Align::kRight},
               {"GOOD", Align::kRight},
               {"BAD", Align::kRight},
               {"UNKNOWN", Align::kRight},
               {"RATIO", Align::kRight},
               {"STATE"},
               {"BUDGET LEFT", Align::kRight}});
  for (const auto& part : one.at("parts")) {
    const auto& counts = part.at("counts");
    table.add({part.at("journey").get<std::string>() + "/" + part.at("objective").get<std::string>(),
               count(part.at("weight")), text_or_dash(part.at("target_text")), count(counts.at("good")),
               count(counts.at("bad")), count(counts.at("unknown")), ratio(counts), state_cell(part), left(part)});
  }
  table.write(out, colours);
}

}  // namespace bellrock::cli
