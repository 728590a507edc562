#include "control/cli/commands/plan.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "control/config/loader.h"
#include "control/config/units.h"
#include "control/harvest/footprint.h"
#include "dataplane/journey/deadlines.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::cli {
namespace {

using harvest::BoardFootprint;
using harvest::Footprint;
using harvest::JourneyFootprint;
using harvest::WireFootprint;

constexpr const char* kFooter =
    "Example\n"
    "  bellrock plan config/shop config/edge.yaml config/agent.yaml\n\n"
    "A journey's series are counted in total, by each combination of its dimensions' values, and once more for\n"
    "combinations that find no room. The bytes are bounds: no traffic, however much, makes an agent send more, "
    "because\n"
    "what is sent are these series and not the events. The largest is reached when every series has a value in every\n"
    "bucket of its histogram in every harvest. --events says what traffic of that size can make of it. Not in it: "
    "heads\n"
    "of HTTP, frames that are sent again, and what an agent declares lost after its spool was full.\n"
    "Exit codes: 0 all fits, 1 it does not, 2 usage, 3 invalid configuration.";

// 1234567 -> "1.2 MB"
std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 999.5 && unit + 1 < std::size(kUnits); ++unit) amount /= 1'000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", amount, kUnits[unit]);
}

Json effects_json(const JourneyFootprint& journey) {
  Json effects = Json::array();
  for (const harvest::EffectFootprint& effect : journey.effects) {
    Json strata = Json::array();
    for (const auto& [name, values] : effect.strata) strata.push_back({{"name", name}, {"values", values}});
    effects.push_back({{"effect", effect.name},
                       {"strata", strata},
                       {"combinations", effect.combinations},
                       {"total", effect.items},
                       {"by_strata", effect.by_strata}});
  }
  return effects;
}

Json feedback_json(const JourneyFootprint& journey) {
  return {{"total", journey.feedback.items},
          {"bands", journey.feedback.bands},
          {"by_latency", journey.feedback.by_latency}};
}

Json journey_json(const JourneyFootprint& journey) {
  Json dimensions = Json::array();
  for (const auto& [name, values] : journey.dimensions) dimensions.push_back({{"name", name}, {"values", values}});
  return {{"journey", journey.name},
          {"steps", journey.steps},
          {"outcomes", journey.outcomes},
          {"objectives", journey.objectives},
          {"verdicts", journey.verdicts},
          {"dimensions", dimensions},
          {"combinations", journey.combinations},
          {"effects", effects_json(journey)},
          {"feedback", feedback_json(journey)},
          {"series",
           {{"total", journey.total},
            {"by_dimension", journey.by_dimension},
            {"overflow", journey.overflow},
            {"all", journey.series()}}}};
}

// With web vitals, clicks, frustration, errors or coverage.
Json page_json(const JourneyFootprint& page) {
  return {{"page", page.name},
          {"combinations", page.combinations},
          {"series",
           {{"total", page.total},
            {"by_dimension", page.by_dimension},
            {"overflow", page.overflow},
            {"all", page.series()}}}};
}

Json memory_json(const BoardFootprint& board) {
  Json parts = Json::array();
  for (const harvest::MemoryPart& part : board.memory) {
    parts.push_back({{"name", part.name}, {"room", part.room}, {"each", part.each()}, {"bytes", part.bytes}});
  }
  return parts;
}

Json board_json(const BoardFootprint& board) {
  return {{"bytes", board.bytes},
          {"workers", board.workers},
          {"sketch_bytes_per_core", board.sketch_bytes},
          {"session_bytes_per_core", board.session_bytes},
          {"trail_bytes_per_core", board.trail_bytes},
          {"memory_per_core", memory_json(board)},
          {"other_bytes", board.other_bytes},
          {"visitor_bytes", board.visitor_bytes},
          {"cells_per_core", board.cells},
          {"reserved_cells", board.reserved_cells},
          {"free_cells", board.free_cells},
          {"series_by_dimension", board.by_dimension},
          {"fits", board.fits()},
          {"pages_per_bank", board.pages},
          {"reserved_pages", board.reserved_pages},
          {"pooled_pages", board.pooled_pages}};
}

Json wire_json(const WireFootprint& wire, const PlanOptions& options) {
  Json json{{"harvest_interval_ns", wire.harvest_interval}, {"window_s", kWindow / kSecond},
            {"harvests_per_window", wire.banks_per_window}, {"series_per_frame_max", wire.series},
            {"buckets_per_frame_max", wire.buckets},        {"frame_bytes_max", wire.frame_bytes},
            {"window_bytes_max", wire.window_bytes},        {"day_bytes_max", wire.day_bytes},
            {"centre_takes_it", wire.centre_takes_it}};
  if (!options.events_per_second) return json;
  json["events_per_second"] = *options.events_per_second;
  json["day_bytes_max_at_events"] = harvest::day_bytes_at(wire, *options.events_per_second);
  return json;
}

Json document_of(const Footprint& plan, const std::string& visitor_rules, const PlanOptions& options) {
  Json journeys = Json::array();
  for (const JourneyFootprint& journey : plan.journeys) journeys.push_back(journey_json(journey));
  Json pages = Json::array();
  for (const JourneyFootprint& page : plan.pages) pages.push_back(page_json(page));
  Json clicks = Json::array();
  for (const JourneyFootprint& page : plan.clicks) clicks.push_back(page_json(page));
  Json frustration = Json::array();
  for (const JourneyFootprint& page : plan.frustration) frustration.push_back(page_json(page));
  Json coverage = Json::array();
  for (const JourneyFootprint& page : plan.coverage) coverage.push_back(page_json(page));
  Json splits = Json::array();
  for (const JourneyFootprint& page : plan.splits) splits.push_back(page_json(page));
  Json errors = Json::array();
  for (const JourneyFootprint& page : plan.errors) errors.push_back(page_json(page));
  return {{"journeys", journeys},
          {"pages", pages},
          {"clicks", clicks},
          {"frustration", frustration},
          {"coverage", coverage},
          {"splits", splits},
          {"errors", errors},
          {"waiting_page_bytes_per_core", plan.waiting_page_bytes},
          {"click_grid",
           {{"places_per_core", plan.click_grid.places},
            {"bytes_per_core", plan.click_grid.table_bytes},
            {"series_per_frame_max", plan.click_grid.series},
            {"frame_bytes_max", plan.click_grid.bytes},
            {"tables_a_day", plan.click_grid.a_day}}},
          {"storyboards",
           {{"kept_per_core", plan.storyboards.kept},
            {"bytes_per_core", plan.storyboards.board_bytes},
            {"frame_bytes_max", plan.storyboards.bytes}}},
          {"board", board_json(plan.board)},
          {"wire", wire_json(plan.wire, options)},
          {"visitor_rules", visitor_rules}};
}

std::string product_text(const std::vector<std::pair<std::string, std::uint64_t>>& factors, std::uint64_t product) {
  std::string text;
  for (const auto& [name, values] : factors) {
    text += (text.empty() ? "" : " x ") + name + ' ' + std::to_string(values);
  }
  return text.empty() ? "-" : text + " = " + grouped(product);
}

void write_journeys(const Footprint& plan, bool colours, std::ostream& out) {
  Table table({{"JOURNEY"},
               {"STEPS", Align::kRight},
               {"OUTCOMES", Align::kRight},
               {"OBJECTIVES", Align::kRight},
               {"COMBINATIONS"},
               {"TOTAL", Align::kRight},
               {"BY DIMENSION", Align::kRight},
               {"OVERFLOW", Align::kRight},
               {"SERIES", Align::kRight}});
  for (const JourneyFootprint& journey : plan.journeys) {
    table.add({journey.name, std::to_string(journey.steps), std::to_string(journey.outcomes),
               fmt::format("{} x {}", journey.objectives, journey.verdicts),
               product_text(journey.dimensions, journey.combinations), grouped(journey.total),
               grouped(journey.by_dimension), grouped(journey.overflow), grouped(journey.series())});
  }
  table.write(out, colours);
}

void write_pages(const char* of, const std::vector<JourneyFootprint>& pages, bool colours, std::ostream& out) {
  if (pages.empty()) return;
  Table table({{of},
               {"COMBINATIONS"},
               {"TOTAL", Align::kRight},
               {"BY DIMENSION", Align::kRight},
               {"OVERFLOW", Align::kRight},
               {"SERIES", Align::kRight}});
  for (const JourneyFootprint& page : pages) {
    table.add({page.name, product_text(page.dimensions, page.combinations), grouped(page.total),
               grouped(page.by_dimension), grouped(page.overflow), grouped(page.series())});
  }
  out << '\n';
  table.write(out, colours);
}

void write_click_grid(const harvest::ClickGridFootprint& grid, std::ostream& out) {
  if (grid.places == 0) return;
  fmt::print(out, "\ngrid     {} places a core, {} on the board; {} tables a day of at most {} and {} series\n",
             grouped(grid.places), bytes_text(grid.table_bytes), grid.a_day, bytes_text(grid.bytes),
             grouped(grid.series));
}

void write_storyboards(const harvest::StoryFootprint& stories, std::ostream& out) {
  if (stories.kept == 0) return;
  fmt::print(out, "\nstories  {} a core and window, {} on the board; at most {} in a frame of a core\n",
             grouped(stories.kept), bytes_text(stories.board_bytes), bytes_text(stories.bytes));
}

void write_waiting(const Footprint& plan, std::ostream& out) {
  if (plan.waiting_page_bytes == 0) return;
  fmt::print(out, "\nwaiting  {} of a core for pages that wait for their beacons\n",
             bytes_text(plan.waiting_page_bytes));
}

void write_effects(const Footprint& plan, bool colours, std::ostream& out) {
  Table table({{"CORRELATED"}, {"STRATA"}, {"TOTAL", Align::kRight}, {"BY STRATA", Align::kRight}});
  for (const JourneyFootprint& journey : plan.journeys) {
    for (const harvest::EffectFootprint& effect : journey.effects) {
      table.add({journey.name + '/' + effect.name, product_text(effect.strata, effect.combinations),
                 grouped(effect.items), grouped(effect.by_strata)});
    }
  }
  if (!table.empty()) out << '\n';
  table.write(out, colours);
}

void write_feedback(const Footprint& plan, bool colours, std::ostream& out) {
  Table table({{"ANSWERS AT"}, {"BANDS", Align::kRight}, {"TOTAL", Align::kRight}, {"BY LATENCY", Align::kRight}});
  for (const JourneyFootprint& journey : plan.journeys) {
    const harvest::FeedbackFootprint& feedback = journey.feedback;
    if (feedback.items == 0) continue;
    table.add({journey.name, std::to_string(feedback.bands), grouped(feedback.items), grouped(feedback.by_latency)});
  }
  if (!table.empty()) out << '\n';
  table.write(out, colours);
}

// All that the total has.
void write_memory(const BoardFootprint& board, bool colours, std::ostream& out) {
  Table table({{"MEMORY OF A WORKER"}, {"ROOM", Align::kRight}, {"EACH", Align::kRight}, {"ALL", Align::kRight}});
  for (const harvest::MemoryPart& part : board.memory) {
    table.add({part.name, grouped(part.room), bytes_text(part.each()), bytes_text(part.bytes)});
  }
  out << '\n';
  table.write(out, colours);
}

void write_board(const BoardFootprint& board, std::ostream& out) {
  const bool one = board.workers == 1;
  fmt::print(out, "\nboard    {} of shared memory: {} worker{}, and {} of snapshots, journals and rings\n",
             bytes_text(board.bytes), board.workers, one ? "" : "s", bytes_text(board.other_bytes));
  fmt::print(out, "visitor  {} with one attempt, of which {} are in the heap\n", bytes_text(board.visitor_bytes),
             bytes_text(journey::Deadlines::bytes_needed(1)));
  fmt::print(out, "cells    {} reserved, {} free for {} series by dimension{}\n", grouped(board.reserved_cells),
             grouped(board.free_cells), grouped(board.by_dimension),
             board.fits() ? "" : ": what finds none is counted as overflow");
  fmt::print(out, "pages    {} reserved, {} pooled\n", grouped(board.reserved_pages), grouped(board.pooled_pages));
}

void write_wire(const WireFootprint& wire, const PlanOptions& options, std::ostream& out) {
  fmt::print(out, "frame    at most {} before compression: {} series, {} buckets{}\n", bytes_text(wire.frame_bytes),
             grouped(wire.series), grouped(wire.buckets),
             wire.centre_takes_it ? "" : "; a centre takes no frame as large as that");
  fmt::print(out, "wire     at most {} in a window of 10 s ({} harvests a core), {} a day\n",
             bytes_text(wire.window_bytes), wire.banks_per_window, bytes_text(wire.day_bytes));
  if (!options.events_per_second) return;
  fmt::print(out, "         at {} events a second at most {} a day\n", grouped(*options.events_per_second),
             bytes_text(harvest::day_bytes_at(wire, *options.events_per_second)));
}

}  // namespace

int run_plan(const PlanOptions& options, bool colours, std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = config::load(options.files);
  if (!loaded.ok()) {
    for (const auto& diagnostic : loaded.diagnostics) err << config::to_line(diagnostic) << '\n';
    return kInvalidConfiguration;
  }
  const std::size_t snapshot_bytes = journey::encode(loaded.definition).size();
  const Footprint plan = harvest::footprint(loaded.definition, snapshot_bytes, loaded.agent.harvest_interval);
  if (format_of(options.output) == Format::kTable) {
    write_journeys(plan, colours, out);
    write_pages("WEB VITALS OF", plan.pages, colours, out);
    write_pages("CLICKS ON", plan.clicks, colours, out);
    write_pages("FRUSTRATION ON", plan.frustration, colours, out);
    write_click_grid(plan.click_grid, out);
    write_storyboards(plan.storyboards, out);
    write_pages("COVERAGE OF", plan.coverage, colours, out);
    write_pages("SPLIT OF", plan.splits, colours, out);
    write_pages("ERRORS ON", plan.errors, colours, out);
    write_waiting(plan, out);
    write_effects(plan, colours, out);
    write_feedback(plan, colours, out);
    write_memory(plan.board, colours, out);
    write_board(plan.board, out);
    write_wire(plan.wire, options, out);
    fmt::print(out, "visitors by rules {}\n", loaded.definition.visitors.version);
  } else {
    write_document(out, format_of(options.output), document_of(plan, loaded.definition.visitors.version, options),
                   "journeys");
  }
  return plan.board.fits() && plan.wire.centre_takes_it ? kDone : kDifferent;
}

void add_plan(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<PlanOptions>();
  CLI::App* const command =
      app.add_subcommand("plan", "What a configuration costs: series, the board's memory, bytes on the wire");
  command->add_option("files", options->files, "YAML files, or directories of them")->required();
  const CLI::Validator whole(
      [](std::string& text) { return config::parse_unsigned(text) ? "" : text + " is not a whole number"; }, "");
  command->add_option("--events", options->events_per_second, "Events a second: the bound for that much traffic too")
      ->check(whole);
  command->add_option("-o,--output", options->output, "table, json, yaml or jsonl: a line for each journey")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  command->footer(kFooter);
  command->callback(
      [options, &exit_code] { exit_code = run_plan(*options, wants_colours(STDOUT_FILENO), std::cout, std::cerr); });
}

}  // namespace bellrock::cli
