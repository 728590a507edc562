#include "control/cli/commands/incident.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <ostream>

#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"
#include "control/slo/explain.h"

namespace bellrock::cli {
namespace {

std::string count(const Json& number) { return grouped(number.get<std::uint64_t>()); }
std::string share(const Json& ratio) { return ratio.is_null() ? "-" : slo::percent_text(ratio.get<double>()); }

std::string lasting(const Json& seconds) {
  return seconds.is_null() ? "-" : slo::duration_text(static_cast<double>(seconds.get<std::int64_t>()) * 1e9);
}

std::string name_of(const Json& incident) {
  return incident.at("journey").get<std::string>() + "/" + incident.at("objective").get<std::string>();
}

std::string state_of(const Json& incident) {
  return incident.value("withdrawn", false) ? "withdrawn" : incident.at("state").get<std::string>();
}

void list_table(const Json& document, bool colours, std::ostream& out, std::ostream& err) {
  Table table({{"ID", Align::kRight},
               {"OBJECTIVE"},
               {"SEVERITY"},
               {"STATE"},
               {"ONSET"},
               {"DETECTED AFTER", Align::kRight},
               {"RECOVERED AFTER", Align::kRight},
               {"BAD", Align::kRight}});
  for (const auto& one : document.at("incidents")) {
    const bool open = one.at("state") == "open";
    table.add({std::to_string(one.at("id").get<std::int64_t>()),
               name_of(one),
               one.at("severity").get<std::string>(),
               {state_of(one), open ? Colour::kRed : Colour::kNone},
               time_text(one.at("onset_unix_s").get<std::int64_t>()),
               lasting(one.at("seconds_to_detect")),
               lasting(one.at("seconds_to_recover")),
               count(one.at("counts").at("bad"))});
  }
  table.write(out, colours);
  if (table.empty()) err << "bellrock: there is no incident\n";
  const auto older = document.value("older", std::uint64_t{0});  // an older centre does not say
  if (older != 0) err << "bellrock: " << grouped(older) << " older incidents are not shown\n";
}

// Names are of visitors' making where dimensions are: nothing of them is markup, nor an address or a name that some
// readers of Markdown make links of by themselves (GitHub Flavored Markdown 6.9), nor a formula.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    const bool address = (c == '/' && out.ends_with(':')) || (c == '.' && out.ends_with("www"));
    const bool markup = std::string_view("\\`*_{}[]<>()#+-!|~&$").find(c) != std::string_view::npos;
    if (address || markup) out.push_back('\\');
    out.push_back(c);
    if (c == '@') out += "<!-- -->";
  }
  return out;
}

void timeline(const Json& incident, const Json& changes, std::ostream& out) {
  const auto row = [&](const char* key, const char* what) {
    if (!incident.at(key).is_null()) {
      out << "| " << utc_text(incident.at(key).get<std::int64_t>()) << " | " << what << " |\n";
    }
  };
  out << "## Timeline\n\n| UTC | What |\n|---|---|\n";
  for (const auto& change : changes) {
    out << "| " << utc_text(change.at("at_unix_s").get<std::int64_t>())
        << " | change: " << plain(change.at("what").get<std::string>() + " " + change.at("version").get<std::string>())
        << " |\n";
  }
  row("onset_unix_s", "first sign in the counts");
  row("detected_unix_s", "first alert");
  row("paged_unix_s", "page");
  row("recovered_unix_s", "back within budget, and it stayed so");
  row("closed_unix_s", "over");
  out << "\nTo detect: " << lasting(incident.at("seconds_to_detect"))
      << ". To recover: " << lasting(incident.at("seconds_to_recover")) << ".\n\n";
}

// An older centre says nothing of corrections.
Json corrected_of(const Json& document) { return document.value("corrected", Json(nullptr)); }

void corrections(const Json& corrected, std::ostream& out) {
  if (corrected.is_null()) return;
  out << "\nThese figures are what corrections leave";
  if (const Json& counted = corrected.at("counted"); !counted.is_null()) {
    out << "; without them " << count(counted.at("bad")) << " attempts were bad, " << count(counted.at("good"))
        << " good and " << count(counted.at("unknown")) << " unknown. Tables below are of all that was counted";
  }
  out << ".\n\n| Taken out, UTC | Who | Why |\n|---|---|---|\n";
  for (const auto& one : corrected.at("corrections")) {
    out << "| " << utc_text(one.at("from_unix_s").get<std::int64_t>()) << " to "
        << utc_text(one.at("to_unix_s").get<std::int64_t>()) << " | " << plain(one.at("who").get<std::string>())
        << " | " << plain(one.at("why").get<std::string>()) << " |\n";
  }
}

// An older centre says nothing of them, nor does one that no longer has minutes.
void user_minutes(const Json& minutes, std::ostream& out) {
  if (minutes.is_null()) return;
  out << "\nUser-minutes lost: ";
  if (const Json& estimate = minutes.at("estimate"); !estimate.is_null()) out << "about " << count(estimate) << ", ";
  out << "at most " << count(minutes.at("at_most")) << ".\n";
}

void effect(const Json& document, std::ostream& out) {
  const Json corrected = corrected_of(document);
  const Json& counts = corrected.is_null() ? document.at("incident").at("counts") : corrected.at("counts");
  out << "## What visitors had of it\n\n"
      << count(counts.at("bad")) << " bad attempts, " << count(counts.at("good")) << " good, "
      << count(counts.at("unknown")) << " unknown: " << share(counts.at("ratio")) << " good.";
  if (!document.contains("budget_share")) {
    out << " The objective is no longer configured.\n";
    return;
  }
  out << " Target " << document.at("target_text").get<std::string>() << "; the incident took "
      << share(document.at("budget_share")) << " of the error budget";
  out << (document.at("postmortem").get<bool>() ? ", which asks for a postmortem.\n" : ".\n");
  corrections(corrected, out);
  user_minutes(document.value("user_minutes", Json(nullptr)), out);
  if (!document.value("minutes_kept", true)) {
    out << "\nMinutes of that time are no longer kept: the tables have its whole hours only, or nothing.\n";
  }
  out << "\n| Outcome | Attempts |\n|---|---:|\n";
  for (const auto& [name, n] : document.at("outcomes").items()) {
    if (n.get<std::uint64_t>() > 0) out << "| " << plain(name) << " | " << count(n) << " |\n";
  }
  for (const auto& lost : document.value("value_lost", Json::array())) {  // an older centre has none
    out << "\nLost: " << count(lost.at("minor_units")) << " minor units of "
        << plain(lost.at("currency").get<std::string>()) << " in " << count(lost.at("attempts")) << " attempts";
    if (lost.at("unknown_attempts").get<std::uint64_t>() > 0) {
      out << ", and up to " << count(lost.at("unknown_minor_units")) << " in " << count(lost.at("unknown_attempts"))
          << " whose end is unknown";
    }
    out << ".\n";
  }
  for (const auto& dimension : document.at("dimensions")) {
    out << "\n| " << plain(dimension.at("name").get<std::string>())
        << " | Bad | Good | Good share |\n|---|---:|---:|---:|\n";
    for (const auto& value : dimension.at("values")) {
      out << "| " << plain(value.at("value").get<std::string>()) << " | " << count(value.at("bad")) << " | "
          << count(value.at("good")) << " | " << share(value.at("ratio")) << " |\n";
    }
  }
  out << '\n';
}

std::string milliseconds(const Json& number) { return slo::duration_text(number.get<double>() * 1e6); }

// "0ns open, 5.1s pay, 6.2s broken (503 after 1.1s)".
std::string told(const Json& story) {
  std::string text;
  const auto& steps = story.at("steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Json& step = steps[i];
    if (i != 0) text += ", ";
    if (i + 1 == steps.size() && story.at("steps_left_out") != 0) {
      text += count(story.at("steps_left_out")) + " more steps, ";
    }
    text += milliseconds(step.at("offset_ms")) + ' ' + plain(step.at("step").get<std::string>());
    std::string more = step.at("status").is_null() ? "" : std::to_string(step.at("status").get<int>());
    if (!step.at("took_ms").is_null()) more += (more.empty() ? "after " : " after ") + milliseconds(step.at("took_ms"));
    if (!more.empty()) text += " (" + more + ')';
  }
  const Json replay = story.value("replay", Json());  // an older centre says none
  if (!replay.is_null()) text += ", [replay](" + plain(replay.get<std::string>()) + ')';
  return text;
}

void storyboards(const Json& document, std::ostream& out) {
  for (const auto& outcome : document.value("storyboards", Json::array())) {  // an older centre has none
    out << "\n## " << plain(outcome.at("outcome").get<std::string>()) << ": " << outcome.at("storyboards").size()
        << " of " << count(outcome.at("attempts")) << " attempts, by chance\n\n"
        << "| UTC | Lasted | Steps |\n|---|---:|---|\n";
    for (const auto& story : outcome.at("storyboards")) {
      out << "| " << utc_text(story.at("window_unix_s").get<std::int64_t>()) << " | "
          << milliseconds(story.at("lasted_ms")) << " | " << told(story) << " |\n";
    }
  }
}

// An older centre says nothing of either.
void known(const Json& incident, std::ostream& out) {
  if (incident.value("withdrawn", false)) {
    out << "Counts that came late say that it never was. What follows is what was known before.\n\n";
  } else if (incident.contains("known_unix_s") && incident.at("known_unix_s").is_null()) {
    out << "It was over when it became known, by counts that came late: nobody was told.\n\n";
  } else if (incident.value("retired", false)) {
    out << "It was closed by a change of the configuration, not by counts: whether it recovered is not known.\n\n";
  }
}

void markdown(const Json& document, std::ostream& out) {
  const auto& incident = document.at("incident");
  out << "# Incident " << incident.at("id").get<std::int64_t>() << ": " << plain(name_of(incident)) << "\n\n"
      << "Severity " << incident.at("severity").get<std::string>() << ", " << state_of(incident) << ".\n\n";
  known(incident, out);
  timeline(incident, document.at("changes"), out);
  effect(document, out);
  storyboards(document, out);
  out << "\n## Cause\n\n\n## What helped, what did not\n\n\n## What changes now\n\n";
}

}  // namespace

int run_incident_list(const CentreOptions& options, bool open_only, bool colours, std::ostream& out,
                      std::ostream& err) {
  const Answer answer = ask(options, open_only ? "/api/v1/incidents?open=true" : "/api/v1/incidents", err);
  return show(options, answer, "incidents", out, err,
              [&](const Json& document) { list_table(document, colours, out, err); });
}

int run_incident_export(const CentreOptions& options, std::uint64_t id, std::ostream& out, std::ostream& err) {
  const Answer answer = ask(options, "/api/v1/incidents/" + std::to_string(id), err);
  return show(options, answer, "", out, err, [&](const Json& document) { markdown(document, out); });
}

void add_incident(CLI::App& app, int& exit_code) {
  CLI::App* const incident = app.add_subcommand("incident", "What went wrong, from the first sign to the recovery");
  incident->require_subcommand(1);
  CLI::App* const list = incident->add_subcommand("list", "Incidents, the newest first");
  struct ListOptions : CentreOptions {
    bool open = false;
  };
  auto list_options = std::make_shared<ListOptions>();
  list->add_flag("--open", list_options->open, "Only those that go on");
  add_centre_options(*list, *list_options);
  list->footer("Example:\n  bellrock incident list --open");
  list->callback([list_options, &exit_code] {
    exit_code =
        run_incident_list(*list_options, list_options->open, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });

  CLI::App* const one = incident->add_subcommand("export", "One incident as a document to review it with");
  struct ExportOptions : CentreOptions {
    std::uint64_t id = 0;
  };
  auto options = std::make_shared<ExportOptions>();
  one->add_option("id", options->id, "Its number in `incident list`")->required();
  add_centre_options(*one, *options);
  one->footer(
      "Markdown with the timeline, the counts, the dimensions and the changes before it; JSON or YAML with -o.\n\n"
      "Examples\n"
      "  bellrock incident export 12 > incident-12.md\n"
      "  bellrock incident export 12 -o json");
  one->callback(
      [options, &exit_code] { exit_code = run_incident_export(*options, options->id, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
