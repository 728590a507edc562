#include "control/harvest/footprint.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "control/flow/click_map_name.h"
#include "control/flow/feedback_name.h"
#include "control/harvest/footprint_memory.h"
#include "control/harvest/footprint_pages.h"
#include "control/harvest/series_names.h"
#include "control/proto/frame_bound.h"
#include "control/proto/frame_codec.h"
#include "control/proto/storyboard_codec.h"
#include "dataplane/board/layout.h"
#include "dataplane/flow/effect_cell.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/flow/vital.h"
#include "dataplane/journey/recorder.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::harvest {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kPageCountMax = std::numeric_limits<std::uint32_t>::max();  // of a bucket in a page
constexpr std::uint64_t kDaySeconds = 86'400;
constexpr std::uint64_t kWindowsOfADay = kDaySeconds / (kWindow / kSecond);

constexpr std::uint64_t add(std::uint64_t a, std::uint64_t b) { return a > kMax - b ? kMax : a + b; }
constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kMax / a ? kMax : a * b; }

// Stands in for the shard: takes down what the recorder reserves.
class ReservedCells {
 public:
  std::uint32_t reserve(const CellKey& key) {
    keys.push_back(key);
    return static_cast<std::uint32_t>(keys.size() - 1);
  }
  std::vector<CellKey> keys;
};

std::vector<CellKey> reserved_cells(const journey::Definition& definition) {
  ReservedCells cells;
  const journey::Recorder<ReservedCells> recorder(definition, cells);
  return std::move(cells.keys);
}

// Of a dimension on one core in one bank, __other__ included.
std::uint64_t values_of(const journey::Dimension& dimension) {
  return 1 + (dimension.top != 0 ? std::uint64_t{dimension.top} : dimension.values.size());
}

EffectFootprint shape_of(const journey::Definition& definition, const journey::Journey& journey,
                         const journey::Effect& effect) {
  EffectFootprint shape;
  shape.name = effect.name;
  shape.items = kOutcomeNames.size() * kWaitSlots;
  for (const std::uint8_t stratum : effect.strata) {
    if (stratum == journey::Effect::kReturning) {
      shape.strata.emplace_back("returning", 2);
    } else {
      const journey::Dimension& dimension = definition.dimensions[journey.dimensions[stratum].index()];
      shape.strata.emplace_back(dimension.name, values_of(dimension));
    }
    shape.combinations = times(std::max<std::uint64_t>(shape.combinations, 1), shape.strata.back().second);
  }
  shape.by_strata = times(shape.items, shape.combinations);
  return shape;
}

JourneyFootprint shape_of(const journey::Definition& definition, const journey::Journey& journey) {
  JourneyFootprint shape;
  shape.name = journey.name;
  shape.steps = journey.steps.size();
  shape.outcomes = kOutcomeNames.size();
  shape.objectives = journey.objectives.size();
  shape.verdicts = kVerdictNames.size();
  for (const DimensionId id : journey.dimensions) {
    const journey::Dimension& dimension = definition.dimensions[id.index()];
    shape.dimensions.emplace_back(dimension.name, values_of(dimension));
    shape.combinations = times(std::max<std::uint64_t>(shape.combinations, 1), values_of(dimension));
  }
  for (const journey::Effect& effect : journey.effects) shape.effects.push_back(shape_of(definition, journey, effect));
  shape.feedback.items = answers_of(journey.feedback.questions) * kOutcomeNames.size();
  if (journey.feedback.has_latency) shape.feedback.bands = kAnswerBands;
  shape.feedback.by_latency = shape.feedback.items * shape.feedback.bands;
  return shape;
}

template <typename Call>
void for_each(const Footprint& all, Call&& call) {
  for (const auto* const shapes :
       {&all.journeys, &all.pages, &all.clicks, &all.frustration, &all.errors, &all.coverage, &all.splits}) {
    for (const JourneyFootprint& one : *shapes) call(one);
  }
}

// What a combination of dimension values is counted under has an overflow cell: that is how it is found at run time.
void count_cell(const CellKey& key, JourneyFootprint& shape) {
  const bool measured = sketch::may_measure(key), summed = adds_up(key.kind);
  ++(key.scope == CellScope::kTotal ? shape.total : shape.overflow);
  shape.measured_reserved += measured ? 1 : 0;
  shape.summed_reserved += summed ? 1 : 0;
  if (key.scope != CellScope::kOverflow || key.kind == CellKind::kEffect || key.kind == CellKind::kFeedback) return;
  ++shape.items;
  shape.measured_items += measured ? 1 : 0;
  shape.summed_items += summed ? 1 : 0;
}

BoardFootprint board_of(const journey::Definition& definition, std::size_t snapshot_bytes, const Footprint& all) {
  const board::Sizes sizes = board::sizes_for(definition, snapshot_bytes);
  BoardFootprint board;
  board.workers = sizes.workers;
  board.cells = sizes.cells;
  board.pages = sizes.pages;
  for_each(all, [&board](const JourneyFootprint& journey) {
    board.reserved_cells += journey.total + journey.overflow;
    board.reserved_pages += journey.measured_reserved * sketch::kOctaves;
    board.by_dimension = add(board.by_dimension, journey.by_dimension);
  });
  board.free_cells = board.cells - board.reserved_cells;
  board.pooled_pages = std::min<std::uint64_t>(board.pages - board.reserved_pages, sketch::kPooledPagesMax);
  board.sketch_bytes = sketch::keys_bytes(sizes.cells) + 2 * sketch::bank_bytes(sizes.cells, sizes.pages);
  board.session_bytes = board::session_bytes(sizes);
  board.trail_bytes = journey::TrailTable::bytes_needed(sizes.trails);
  const auto layout = board::Layout::make(sizes);
  board.bytes = layout.ok() ? layout->bytes() : 0;
  add_memory(sizes, board);
  return board;
}

// Names that every frame may have, and what goes with them: levels and counters.
struct NameTable {
  std::uint64_t names = 0, bytes = 0;
};

NameTable names_of(const journey::Definition& definition, const std::vector<CellKey>& cells) {
  const SeriesNames names(definition);
  std::set<std::string> table{kOther, "returning", "yes", "no"};
  std::uint64_t bytes = 0;
  for (const CellKey& key : cells) {
    if (const auto series = names.series(key)) table.insert({series->journey, series->item, series->detail});
  }
  for (const journey::Dimension& dimension : definition.dimensions) {
    table.insert(dimension.name);
    table.insert(dimension.values.begin(), dimension.values.end());
  }
  if (std::any_of(definition.journeys.begin(), definition.journeys.end(),
                  [](const journey::Journey& journey) { return journey.feedback.has_latency; })) {
    table.insert(control::kAnswerDimension);
    table.insert(kAnswerBandNames.begin(), kAnswerBandNames.end());
  }
  if (!definition.vital_pages.empty() || !definition.click_pages.empty() || definition.frustration.on) {
    table.insert("device");
    table.insert(kDeviceNames.begin(), kDeviceNames.end());
  }
  if (definition.coverage.on) {
    table.insert({"browser", "unknown", "device"});
    table.insert(definition.visitors.browsers.begin(), definition.visitors.browsers.end());
    table.insert(kDeviceNames.begin(), kDeviceNames.end());
  }
  if (definition.error_top != 0) table.insert("code");
  if (definition.click_grid.on) {
    for (const auto part :
         {control::ClickPart::kSuppressed, control::ClickPart::kUnplaced, control::ClickPart::kNoRoom})
      table.insert(control::click_detail({part, definition.click_grid.suppress_below, 0}));
    for (std::uint16_t band = 0; band < control::kClickBands; ++band) {
      table.insert(control::click_detail({control::ClickPart::kPlaces, definition.click_grid.suppress_below, band}));
    }
  }
  if (!definition.vital_pages.empty()) {
    table.insert("connection");
    table.insert(kConnectionNames.begin(), kConnectionNames.end());
  }
  for (std::size_t id = 0; id < counter::kCount; ++id) {
    std::string name = names.counter(static_cast<CounterId>(id));
    if (name.empty()) continue;
    bytes += proto::counter_bytes_max();
    table.insert(std::move(name));
  }
  for (const std::string& name : table) bytes += proto::name_bytes(name);
  return {table.size(), bytes + 2 * definition.journeys.size() * proto::level_bytes_max()};
}

// Values of open-ended dimensions, and error codes: each core tells apart its own.
NameTable top_names_of(const journey::Definition& definition) {
  const std::string longest(kTopTextBytesMax, 'a');
  NameTable table{.names = definition.error_top};
  for (const journey::Dimension& dimension : definition.dimensions) table.names += dimension.top;
  table.bytes = table.names * proto::name_bytes(longest);
  return table;
}

// Without buckets.
std::uint64_t series_bytes(std::uint64_t all, std::uint64_t measured, std::uint64_t summed, std::size_t dimensions) {
  const auto each = [dimensions](proto::SeriesHas has) { return proto::series_bytes_max(dimensions, has); };
  return measured * each(proto::SeriesHas::kHistogram) + summed * each(proto::SeriesHas::kSum) +
         (all - measured - summed) * each(proto::SeriesHas::kNothing);
}

// One core's bank, full.
struct FullBank {
  std::uint64_t series = 0, buckets = 0;
  std::uint64_t series_bytes = 0;  // without buckets, but with the names that are this core's own
};

// Series by dimension, as many as there is room for; where there is not room for all, the largest ones.
void add_dimensioned(const Footprint& all, FullBank& bank) {
  std::uint64_t bytes = 0, measured = 0, largest = 0;
  for (const JourneyFootprint& journey : all.journeys) {
    for (const EffectFootprint& effect : journey.effects) {
      const std::uint64_t each = series_bytes(1, 0, 1, effect.strata.size());
      if (effect.by_strata != 0) largest = std::max(largest, each);
      bytes = add(bytes, times(effect.by_strata, each));
    }
    const std::uint64_t answer = series_bytes(1, 0, 0, 1);
    if (journey.feedback.by_latency != 0) largest = std::max(largest, answer);
    bytes = add(bytes, times(journey.feedback.by_latency, answer));
  }
  for_each(all, [&](const JourneyFootprint& journey) {
    if (journey.combinations == 0) return;
    const std::size_t dimensions = journey.dimensions.size();
    largest = std::max<std::uint64_t>(largest, series_bytes(1, 1, 0, dimensions));
    measured = add(measured, times(journey.measured_items, journey.combinations));
    bytes = add(bytes, times(journey.combinations,
                             series_bytes(journey.items, journey.measured_items, journey.summed_items, dimensions)));
  });
  const BoardFootprint& board = all.board;
  const std::uint64_t cells = std::min(board.by_dimension, board.free_cells);
  measured = std::min(measured, cells);
  bank.series += cells;
  bank.series_bytes += board.fits() ? bytes : cells * largest;
  const std::uint64_t room = board.pooled_pages * sketch::kBucketsPerOctave + measured * sketch::kInlineMax;
  bank.buckets += std::min(room, times(measured, sketch::kSlots));
}

FullBank full_bank(const Footprint& all, const NameTable& own_names) {
  FullBank bank{.series_bytes = own_names.bytes};
  for_each(all, [&bank](const JourneyFootprint& journey) {
    const std::uint64_t reserved = journey.total + journey.overflow;
    bank.series += reserved;
    bank.buckets += journey.measured_reserved * sketch::kSlots;
    bank.series_bytes += series_bytes(reserved, journey.measured_reserved, journey.summed_reserved, 0);
  });
  add_dimensioned(all, bank);
  return bank;
}

// An event counts one step at each journey that it matches and may begin an attempt, which ends once: as one outcome,
// and as one verdict of each objective. The last two are counted in total and by dimension, and so are the vitals that
// it may say, and the three parts of a page load's or a call's time.
std::uint64_t buckets_per_event(const journey::Definition& definition) {
  std::uint64_t buckets = definition.vital_pages.empty() ? 0 : 2 * kVitals;
  buckets += definition.coverage.split ? 2 * 3 : 0;
  for (const journey::Journey& journey : definition.journeys) {
    buckets += journey.distinct_sessions ? 1 : 0;
    buckets += 1 + (journey.dimensions.empty() ? 1 : 2) * (1 + journey.objectives.size());
  }
  return buckets;
}

ClickGridFootprint click_grid_of(const journey::Definition& definition) {
  ClickGridFootprint grid;
  if (!definition.click_grid.on || definition.click_pages.empty()) return grid;
  constexpr std::uint64_t kRest = 3;  // suppressed, unplaced, no room
  grid.places = definition.limits.click_places_per_core;
  grid.table_bytes = journey::ClickMap::bytes_needed(definition.limits.click_places_per_core);
  const std::uint64_t groups = definition.click_pages.size() * kDeviceNames.size() * kClickKinds;
  const std::uint64_t bands = groups * control::kClickBands, rest = groups * kRest;
  grid.series = bands + rest;
  grid.bytes = proto::window_bytes_max() + series_bytes(bands, bands, 0, 1) + series_bytes(rest, 0, 0, 1) +
               grid.places * proto::lone_bucket_bytes_max(kPageCountMax);
  const auto every = static_cast<std::uint64_t>(definition.click_grid.every / kSecond);
  grid.a_day = kDaySeconds / every + 1;
  return grid;
}

StoryFootprint storyboards_of(const journey::Definition& definition) {
  constexpr std::uint64_t kFieldBytes = 4;  // its number and length in the frame
  const std::uint32_t kept = journey::stories_needed(definition);
  return {.kept = kept,
          .board_bytes = journey::Storyboards::bytes_needed(definition.limits.attempts_per_core, kept),
          .bytes = kept * (proto::kStoryboardBytesMax + kFieldBytes)};
}

// Every bank of every core may hold as many as are kept.
void add_storyboards(const Footprint& all, WireFootprint& wire) {
  const std::uint64_t workers = all.board.workers;
  const std::uint64_t window = times(workers * wire.banks_per_window, proto::wire_bytes_max(all.storyboards.bytes));
  wire.frame_bytes += workers * all.storyboards.bytes;
  wire.window_bytes = add(wire.window_bytes, window);
  wire.day_bytes = add(wire.day_bytes, times(kWindowsOfADay, window));
  wire.flat_day_bytes = add(wire.flat_day_bytes, times(kWindowsOfADay, window));
}

// A table goes with a bank: it is in the largest frame, and in the fullest window once.
void add_click_grid(const Footprint& all, WireFootprint& wire) {
  const ClickGridFootprint& grid = all.click_grid;
  const std::uint64_t workers = all.board.workers;
  const std::uint64_t bytes = times(workers, proto::wire_bytes_max(grid.bytes));
  wire.series += workers * grid.series;
  wire.buckets += workers * grid.places;
  wire.frame_bytes += workers * grid.bytes;
  wire.window_bytes = add(wire.window_bytes, bytes);
  wire.day_bytes = add(wire.day_bytes, times(grid.a_day, bytes));
  wire.flat_day_bytes = add(wire.flat_day_bytes, times(grid.a_day, bytes));
}

std::vector<JourneyFootprint>& shapes_with(CellKind kind, Footprint& all) {
  return kind == CellKind::kVital         ? all.pages
         : kind == CellKind::kClick       ? all.clicks
         : kind == CellKind::kFrustration ? all.frustration
         : kind == CellKind::kError       ? all.errors
         : kind == CellKind::kCoverage    ? all.coverage
         : kind == CellKind::kSplit       ? all.splits
                                          : all.journeys;
}

WireFootprint wire_of(const journey::Definition& definition, const std::vector<CellKey>& cells, const Footprint& all,
                      Duration harvest_interval) {
  const NameTable names = names_of(definition, cells), own_names = top_names_of(definition);
  const FullBank bank = full_bank(all, own_names);
  const std::uint64_t workers = all.board.workers;
  const std::uint64_t harvests = static_cast<std::uint64_t>(kWindow / harvest_interval) + 1;
  const std::uint64_t head = proto::head_bytes_max() + names.bytes;
  const std::uint64_t window = proto::window_bytes_max();
  const std::uint64_t bucket_bytes = bank.buckets * proto::bucket_bytes_max(kPageCountMax);
  WireFootprint wire{.harvest_interval = harvest_interval, .banks_per_window = harvests + 1};
  wire.series = workers * bank.series;
  wire.buckets = workers * bank.buckets;
  wire.frame_bytes = head + workers * (window + bank.series_bytes + bucket_bytes);
  // A bank may travel in a frame of its own; frames that bring no counts come with harvests.
  const std::uint64_t heads = harvests * proto::wire_bytes_max(head);
  const auto day_of = [&](std::uint64_t bytes) { return times(kWindowsOfADay, add(heads, bytes)); };
  const std::uint64_t banks = workers * wire.banks_per_window;
  const std::uint64_t flat = banks * proto::wire_bytes_max(head + window + bank.series_bytes);
  wire.window_bytes = heads + banks * proto::wire_bytes_max(head + window + bank.series_bytes + bucket_bytes);
  wire.day_bytes = day_of(wire.window_bytes - heads);
  wire.flat_day_bytes = day_of(flat);
  if (all.click_grid.places != 0) add_click_grid(all, wire);
  if (all.storyboards.kept != 0) add_storyboards(all, wire);
  wire.bucket_bytes_per_event = buckets_per_event(definition) * proto::lone_bucket_bytes_max(1);
  wire.centre_takes_it = wire.frame_bytes <= proto::kMessageBytesMax && wire.series <= proto::kSeriesMax &&
                         wire.buckets <= proto::kBucketsMax &&
                         names.names + workers * own_names.names <= proto::kStringsMax &&
                         proto::wire_bytes_max(wire.frame_bytes) <= proto::kFrameBytesMax;
  return wire;
}

}  // namespace

std::uint64_t JourneyFootprint::series() const { return add(total + overflow, by_dimension); }

Footprint footprint(const journey::Definition& definition, std::size_t snapshot_bytes, Duration harvest_interval) {
  Footprint all;
  for (const journey::Journey& journey : definition.journeys) all.journeys.push_back(shape_of(definition, journey));
  const std::vector<CellKey> cells = reserved_cells(definition);
  shape_pages(definition, all);
  for (const CellKey& key : cells) count_cell(key, shapes_with(key.kind, all)[key.journey.index()]);
  for (std::vector<JourneyFootprint>* shapes :
       {&all.journeys, &all.pages, &all.clicks, &all.frustration, &all.errors, &all.coverage, &all.splits}) {
    for (JourneyFootprint& shape : *shapes) {
      shape.by_dimension = times(shape.items, shape.combinations);
      for (const EffectFootprint& effect : shape.effects)
        shape.by_dimension = add(shape.by_dimension, effect.by_strata);
      shape.by_dimension = add(shape.by_dimension, shape.feedback.by_latency);
    }
  }
  all.click_grid = click_grid_of(definition);
  all.storyboards = storyboards_of(definition);
  all.board = board_of(definition, snapshot_bytes, all);
  all.wire = wire_of(definition, cells, all, harvest_interval);
  return all;
}

std::uint64_t day_bytes_at(const WireFootprint& wire, std::uint64_t events_per_second) {
  const std::uint64_t bytes = times(times(events_per_second, kDaySeconds), wire.bucket_bytes_per_event);
  if (bytes >= wire.day_bytes) return wire.day_bytes;
  return std::min(wire.day_bytes, add(wire.flat_day_bytes, proto::wire_bytes_max(bytes)));
}

}  // namespace bellrock::harvest
