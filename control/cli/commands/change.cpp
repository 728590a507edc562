#include "control/cli/commands/change.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"

namespace bellrock::cli {
namespace {

Colour colour_of(const std::string& verdict) {
  return verdict == "good" ? Colour::kGreen : verdict == "bad" ? Colour::kRed : Colour::kDim;
}

std::string bad_of(const Json& counts) {
  const auto bad = counts.at("bad").get<std::uint64_t>(), good = counts.at("good").get<std::uint64_t>();
  return grouped(bad) + " of " + grouped(bad + good);
}

void list_table(const Json& document, bool colours, std::ostream& out, std::ostream& err) {
  Table table({{"AT"},
               {"VERSION"},
               {"WHAT"},
               {"OBJECTIVE"},
               {"BAD BEFORE", Align::kRight},
               {"BAD AFTER", Align::kRight},
               {"VERDICT"},
               {"NEEDED", Align::kRight}});
  for (const auto& change : document.at("changes")) {
    for (const auto& one : change.at("objectives")) {
      const auto verdict = one.at("verdict").get<std::string>();
      const auto needed = one.at("attempts_needed").get<std::uint64_t>();
      table.add({time_text(change.at("at_unix_s").get<std::int64_t>()),
                 change.at("version").get<std::string>(),
                 change.at("what").get<std::string>(),
                 one.at("journey").get<std::string>() + "/" + one.at("objective").get<std::string>(),
                 bad_of(one.at("before")),
                 bad_of(one.at("after")),
                 {verdict, colour_of(verdict)},
                 needed == 0 ? "" : grouped(needed)});
    }
  }
  table.write(out, colours);
  if (table.empty()) err << "bellrock: no change has been marked\n";
  const auto older = document.value("older", std::uint64_t{0});  // an older centre does not say
  if (older != 0) err << "bellrock: " << grouped(older) << " older changes are not shown\n";
}

void add_mark(CLI::App& change, int& exit_code) {
  CLI::App* const mark = change.add_subcommand("mark", "Remember that something was changed, now or at a given time");
  struct MarkOptions : CentreOptions {
    ChangeMark mark;
    std::string at;
    CLI::Option* at_option = nullptr;
  };
  auto options = std::make_shared<MarkOptions>();
  mark->add_option("what", options->mark.what, "What was changed, in a few words")->required();
  mark->add_option("--journey", options->mark.journey, "Only this journey can feel it; without, all of them");
  mark->add_option("--release", options->mark.version, "Of what was deployed");
  mark->add_option("--who", options->mark.who, "Who changed it");
  options->at_option =
      mark->add_option("--at", options->at, "When: Unix seconds above 0 or 2026-05-01T12:30:00Z; without, now");
  add_centre_options(*mark, *options);
  mark->footer("Example:\n  bellrock change mark \"deploy of the payment form\" --journey checkout --release 2.4.1");
  mark->callback([options, &exit_code] {
    if (options->at_option->count() > 0) options->mark.at = options->at;
    exit_code = run_change_mark(*options, options->mark, std::cout, std::cerr);
  });
}

}  // namespace

int run_change_mark(const CentreOptions& options, const ChangeMark& mark, std::ostream& out, std::ostream& err) {
  Json body{{"what", mark.what}, {"journey", mark.journey}, {"version", mark.version}, {"who", mark.who}};
  if (mark.at) {
    const auto at = time_of_change("--at", *mark.at, err);
    if (!at) return kUsage;
    body["at_unix_s"] = *at;
  }
  const Answer answer = tell(options, "/api/v1/changes", body, err);
  return show(options, answer, "", out, err, [&](const Json& document) {
    out << "marked as change " << document.at("id").get<std::int64_t>() << '\n';
  });
}

int run_change_list(const CentreOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  const Answer answer = ask(options, "/api/v1/changes", err);
  return show(options, answer, "changes", out, err,
              [&](const Json& document) { list_table(document, colours, out, err); });
}

void add_change(CLI::App& app, int& exit_code) {
  CLI::App* const change = app.add_subcommand("change", "What was changed when, and what became of it");
  change->require_subcommand(1);
  add_mark(*change, exit_code);
  CLI::App* const list = change->add_subcommand("list", "Marked changes and their verdicts");
  auto options = std::make_shared<CentreOptions>();
  add_centre_options(*list, *options);
  list->footer(
      "An hour before the change is held against the hour since. NEEDED is how many attempts each side must have for "
      "a\n"
      "verdict.\n\n"
      "Example:\n  bellrock change list -o jsonl | jq 'select(.objectives[].verdict == \"bad\")'");
  list->callback([options, &exit_code] {
    exit_code = run_change_list(*options, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
}

}  // namespace bellrock::cli
