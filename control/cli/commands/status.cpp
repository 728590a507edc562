#include "control/cli/commands/status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/exit_code.h"

namespace bellrock::cli {
namespace {

std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }
std::string text(const Json& value) { return printable(value.get<std::string>()); }

std::string age_text(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7'200) return fmt::format("{} min", seconds / 60);
  return seconds < 172'800 ? fmt::format("{} h", seconds / 3'600) : fmt::format("{} d", seconds / 86'400);
}

// What its agent says of the edge; "–": it does not say, or has not been heard of for long.
Cell edge_cell(const Json& node, std::int64_t now_unix_s) {
  const Json edge = node.value("edge", Json(nullptr));  // an older centre has none
  if (edge.is_null() || node.at("stale").get<bool>()) return {"–"};
  if (edge.at("running").get<bool>()) return {"running"};
  const std::int64_t seconds = now_unix_s - edge.at("since_unix_ms").get<std::int64_t>() / 1'000;
  return {"down for " + age_text(std::max<std::int64_t>(0, seconds)), Colour::kYellow};
}

// By how much its clock is off, as its agent has measured it; "–": not known, or not heard of for long.
Cell clock_cell(const Json& node) {
  const Json offset = node.value("clock_offset_ms", Json(nullptr));  // an older centre has none
  if (offset.is_null() || node.at("stale").get<bool>()) return {"–"};
  const auto ms = offset.get<std::int64_t>(), uncertain_ms = node.at("clock_uncertain_ms").get<std::int64_t>();
  const bool wrong = node.at("clock_wrong").get<bool>();
  // Within what can be told it is right.
  if (!wrong && (ms < 0 ? ms >= -uncertain_ms : ms <= uncertain_ms)) return {"right"};
  const double off_s = (ms < 0 ? -1 : 1) * static_cast<double>(ms) / 1e3;
  return {fmt::format("{:.{}f} s {}", off_s, off_s < 10 ? 3 : 1, ms < 0 ? "ahead" : "behind"),
          wrong ? Colour::kYellow : Colour::kNone};
}

void nodes_table(const Json& nodes, std::int64_t now_unix_s, bool colours, std::ostream& out) {
  Table table({{"NODE"},
               {"EDGE"},
               {"CLOCK"},
               {"LAST FRAME", Align::kRight},
               {"SEQUENCE", Align::kRight},
               {"APPLIED", Align::kRight},
               {"REPEATED", Align::kRight},
               {"LOST", Align::kRight},
               {"MISSING", Align::kRight},
               {"RECORDED", Align::kRight},
               {"CONFIGURATION"}});
  for (const auto& node : nodes) {
    const auto& frames = node.at("frames");
    const bool stale = node.at("stale").get<bool>();
    table.add({node.at("node").get<std::string>(),
               edge_cell(node, now_unix_s),
               clock_cell(node),
               {age_text(node.at("age_s").get<std::int64_t>()) + " ago", stale ? Colour::kYellow : Colour::kNone},
               count(node.at("newest_seq")),
               count(frames.at("applied")),
               count(frames.at("repeated")),
               count(frames.at("lost")),
               count(frames.at("unexplained")),
               count(node.at("recorded")),
               node.at("snapshot").get<std::string>().substr(0, 12)});
  }
  table.write(out, colours);
  if (table.empty()) out << "No node has sent a frame yet.\n";
}

void journeys_table(const Json& journeys, bool colours, std::ostream& out) {
  Table table({{"JOURNEY"},
               {"STARTS", Align::kRight},
               {"ENDED", Align::kRight},
               {"OPEN", Align::kRight},
               {"LOST", Align::kRight},
               {"BALANCED"}});
  for (const auto& journey : journeys) {
    const bool balanced = journey.at("balanced").get<bool>();
    table.add({journey.at("name").get<std::string>(),
               count(journey.at("starts")),
               count(journey.at("ended")),
               count(journey.at("open")),
               count(journey.at("board_lost")),
               {balanced ? "yes" : "no", balanced ? Colour::kNone : Colour::kYellow}});
  }
  table.write(out, colours);
}

void show(const Json& status, const Json& nodes, bool colours, std::ostream& out) {
  const bool healthy = status.at("healthy").get<bool>();
  const auto& frames = status.at("frames");
  out << coloured(text(status.at("title")), Colour::kBold, colours) << "  "
      << coloured(healthy ? "healthy" : "needs a look", healthy ? Colour::kGreen : Colour::kYellow, colours) << '\n';
  out << fmt::format(
      "  centre {}, wire schema {}, up for {}\n", text(status.at("version")), count(status.at("wire_schema")),
      age_text(status.at("now_unix_s").get<std::int64_t>() - status.at("started_unix_s").get<std::int64_t>()));
  out << fmt::format("  frames: {} applied, {} repeated, {} in conflict, {} refused, {} lost, {} missing\n",
                     count(frames.at("applied")), count(frames.at("repeated")), count(frames.at("conflicts")),
                     count(frames.at("refused")), count(frames.at("lost")), count(frames.at("unexplained")));
  const auto& recorded = status.at("recorded");
  out << fmt::format("  recorded {} {} kept {} + deleted for age {}\n", count(recorded.at("recorded")),
                     recorded.at("balanced").get<bool>() ? "=" : "is not", count(recorded.at("kept")),
                     count(recorded.at("trimmed")));
  for (const auto& problem : status.at("problems")) {
    out << "  " << coloured("! " + text(problem), Colour::kYellow, colours) << '\n';
  }
  out << '\n';
  nodes_table(nodes, status.at("now_unix_s").get<std::int64_t>(), colours, out);
  out << '\n';
  journeys_table(status.at("journeys"), colours, out);
}

}  // namespace

int run_status(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  Answer status = ask(options, "/api/v1/status", err);
  if (status.exit_code != kDone) return status.exit_code;
  const Answer nodes = ask(options, "/api/v1/nodes", err);
  if (nodes.exit_code != kDone) return nodes.exit_code;
  const Format format = format_of(options.output);
  try {
    const bool healthy = status.document.at("healthy").get<bool>();
    if (format == Format::kTable) {
      show(status.document, nodes.document.at("nodes"), colours, out);
    } else {
      status.document["node_list"] = nodes.document.at("nodes");
      write_document(out, format, status.document, "");
    }
    return healthy ? kDone : kDifferent;
  } catch (const Json::exception& error) {
    err << "bellrock: the centre's answer is not understood: " << printable(error.what()) << '\n';
    return kUnreachable;
  }
}

void add_status(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("status", "The centre, its nodes, and what needs a look");
  auto options = std::make_shared<CentreOptions>();
  add_centre_options(*command, *options);
  command->footer(
      "Ends with 0 when all is well, 1 when something needs a look, 6 when the centre does not answer.\n\n"
      "Examples\n"
      "  bellrock status\n"
      "  bellrock status -o json | jq .problems");
  command->callback(
      [options, &exit_code] { exit_code = run_status(*options, wants_colours(STDOUT_FILENO), std::cout, std::cerr); });
}

}  // namespace bellrock::cli
