#include "control/cli/commands/journey.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "control/cli/commands/discover.h"
#include "control/cli/commands/effect.h"
#include "control/cli/exit_code.h"
#include "control/cli/journey/check.h"
#include "control/cli/journey/play.h"
#include "control/cli/output.h"
#include "control/config/loader.h"
#include "control/config/test_expectation.h"

namespace bellrock::cli {
namespace {

using config::DefinitionTest;
using config::seconds_text;

constexpr const char* kTestFooter =
    "A journey's definition holds its tests:\n\n"
    "  tests:\n"
    "    - {events: [\"0 open\", \"5 pay\", \"6 pay_ok\", \"7 confirmed\"], expect: success}\n"
    "    - name: the confirmation stays away\n"
    "      events: [\"0 open\", \"5 pay\", \"6 pay_ok\", \"20 beacon\", \"60 beacon\"]\n"
    "      expect: {outcomes: [{outcome: silent_failure, after: 36}], objectives: {success: bad}}\n\n"
    "An event is a time in seconds and a step, or `beacon` or `http` for any other signal of the visitor, or "
    "`aborted`:\n"
    "he leaves while his last request waits. The long form says more: {at: 7, step: confirmed, id: A, n: 4,\n"
    "attrs: {pay_to_confirmed_ms: 900}}. Messages are made that the steps' matches ask for, and go through the "
    "matcher\n"
    "and the tracker of the edge in virtual time; then time goes on until every attempt has ended. config/README.md "
    "has\n"
    "all keys.\n\n"
    "Example\n  bellrock journey test config/shop\n\n"
    "Exit codes: 0 all pass, 1 one does not, 2 usage, 3 invalid configuration, 9 there is no test.";

struct Result {
  const journey::Journey* journey = nullptr;
  const DefinitionTest* test = nullptr;
  Played played;
  std::optional<Divergence> divergence;
};

std::string event_name(const Happening& happening) {
  if (happening.event == nullptr) return "(time)";
  return happening.event->text.substr(happening.event->text.find(' ') + 1);
}

std::string place_of(const DefinitionTest& test) { return test.written.file + ':' + std::to_string(test.written.line); }

// Where the divergence stands in the file: at the event that showed it, else at the test.
std::string divergence_place(const Result& result) {
  const auto& happenings = result.played.happenings;
  const std::size_t at = result.divergence->happening;
  if (at >= happenings.size() || happenings[at].event == nullptr) return place_of(*result.test);
  const config::Written& written = happenings[at].event->written;
  return written.file + ':' + std::to_string(written.line) + ':' + std::to_string(written.column);
}

std::string divergence_event(const Result& result) {
  const auto& happenings = result.played.happenings;
  const std::size_t at = result.divergence->happening;
  if (at >= happenings.size()) return "at the end";
  const Happening& happening = happenings[at];
  return "at " + seconds_text(happening.at) + " s, " +
         (happening.event == nullptr ? std::string("by time alone") : "`" + event_name(happening) + "`");
}

void write_timeline(const Result& result, std::ostream& out) {
  const auto& happenings = result.played.happenings;
  std::size_t time_width = 1, name_width = 6;
  for (const Happening& one : happenings) {
    time_width = std::max(time_width, seconds_text(one.at).size());
    name_width = std::max(name_width, event_name(one).size());
  }
  for (std::size_t i = 0; i < happenings.size(); ++i) {
    const bool here = result.divergence && result.divergence->happening == i;
    fmt::print(out, "  {} {:>{}} s  {:<{}}  {}\n", here ? '>' : ' ', seconds_text(happenings[i].at), time_width,
               printable(event_name(happenings[i])), name_width, printable(text_of(*result.journey, happenings[i])));
  }
}

void write_table(const std::vector<Result>& results, const JourneyTestOptions& options, bool colours,
                 std::ostream& out) {
  for (const Result& result : results) {
    const bool passed = !result.divergence;
    fmt::print(out, "{} {} {} ({})\n",
               passed ? coloured("pass", Colour::kGreen, colours) : coloured("FAIL", Colour::kRed, colours),
               result.journey->name, printable(result.test->name), printable(place_of(*result.test)));
    if (!passed) {
      fmt::print(out, "  {} ({}): expected {}; happened: {}\n", divergence_event(result),
                 printable(divergence_place(result)), printable(result.divergence->expected),
                 printable(result.divergence->happened));
    }
    if (!passed || options.verbose) write_timeline(result, out);
  }
}

Json timeline_json(const Result& result) {
  Json json = Json::array();
  for (const Happening& happening : result.played.happenings) {
    json.push_back({{"at_ns", happening.at},
                    {"event", happening.event == nullptr ? Json(nullptr) : Json(event_name(happening))},
                    {"what", text_of(*result.journey, happening)}});
  }
  return json;
}

Json to_json(const Result& result) {
  Json json{{"journey", result.journey->name},   {"test", result.test->name},
            {"file", result.test->written.file}, {"line", result.test->written.line},
            {"passed", !result.divergence},      {"outcomes", outcomes_text(result.played)}};
  if (result.divergence) {
    const std::size_t at = result.divergence->happening;
    const bool at_end = at >= result.played.happenings.size();
    json["diverges"] = {{"at_ns", at_end ? Json(nullptr) : Json(result.played.happenings[at].at)},
                        {"event", divergence_event(result)},
                        {"place", divergence_place(result)},
                        {"expected", result.divergence->expected},
                        {"happened", result.divergence->happened}};
  }
  json["timeline"] = timeline_json(result);
  return json;
}

std::vector<Result> play_all(const config::Loaded& loaded, const std::string& only) {
  std::vector<Result> results;
  for (const config::JourneyTests& tests : loaded.tests) {
    const journey::Journey& journey = loaded.definition.journeys[tests.journey.index()];
    if (!only.empty() && journey.name != only) continue;
    for (const DefinitionTest& test : tests.tests) {
      Result result{&journey, &test, play(loaded.definition, tests.journey, test), {}};
      result.divergence = first_divergence(journey, test, result.played);
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace

int run_journey_test(const JourneyTestOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = config::load(options.files);
  if (!loaded.ok()) {
    for (const auto& diagnostic : loaded.diagnostics) err << config::to_line(diagnostic) << '\n';
    return kInvalidConfiguration;
  }
  const std::vector<Result> results = play_all(loaded, options.journey);
  std::size_t failed = 0;
  for (const Result& result : results) failed += std::size_t{result.divergence.has_value()};
  const Format format = format_of(options.output);
  if (format == Format::kTable) {
    write_table(results, options, colours, out);
    err << results.size() << " tests, " << failed << " failed\n";
  } else {
    Json tests = Json::array();
    for (const Result& result : results) tests.push_back(to_json(result));
    write_document(out, format, {{"passed", results.size() - failed}, {"failed", failed}, {"tests", tests}}, "tests");
  }
  if (results.empty()) {
    err << "bellrock: no journey here has tests; `bellrock journey test --help` shows how they are written\n";
    return kInconclusive;
  }
  return failed == 0 ? kDone : kDifferent;
}

void add_journey(CLI::App& app, int& exit_code) {
  CLI::App* const journey =
      app.add_subcommand("journey", "Journeys: their tests, proposals, and what slow steps do to them");
  journey->require_subcommand(1);
  add_discover(*journey, exit_code);
  add_journey_effect(*journey, exit_code);
  auto options = std::make_shared<JourneyTestOptions>();
  CLI::App* const test = journey->add_subcommand("test", "Play the tests that stand in journeys' definitions");
  test->add_option("files", options->files, "YAML files, or directories of them")->required();
  test->add_option("--journey", options->journey, "Only this journey's tests");
  test->add_flag("-v,--verbose", options->verbose, "Show what happened in tests that passed, too");
  test->add_option("-o,--output", options->output, "table, json, yaml or jsonl: a line for each test")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  test->footer(kTestFooter);
  test->callback([options, &exit_code] {
    exit_code = run_journey_test(*options, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
}

}  // namespace bellrock::cli
