// What a configuration costs before anything runs: the series that its journeys can make, the board that has room for
// them, and the most bytes that an agent can send for them, whatever the traffic is. Every number follows from what
// counts at run time: the recorder's reserved cells, the board's layout, the harvester's names and the frame's encoder.
// Pure, any thread; what a bound leaves out is said beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/journey/definition.h"

namespace bellrock::harvest {

// What a step's latency does to how attempts end: counted in total, by strata, and where there is no room.
struct EffectFootprint {
  std::string name;
  std::vector<std::pair<std::string, std::uint64_t>> strata;  // and how many values
  std::uint64_t combinations = 0;                             // the product of those; 0 without strata
  std::uint64_t items = 0;                                    // counted for each: waits by how the attempt ended
  std::uint64_t by_strata = 0;                                // series
};

// What visitors answer: counted in total, by the band of a latency where the journey asks for it, and where there is no
// room.
struct FeedbackFootprint {
  std::uint64_t items = 0;       // counted for each band: answers by how the attempt ended
  std::uint64_t bands = 0;       // 0: no latency is asked for
  std::uint64_t by_latency = 0;  // series
};

struct JourneyFootprint {
  std::string name;
  std::size_t steps = 0, outcomes = 0, objectives = 0;
  std::size_t verdicts = 0;                                       // of each objective
  std::vector<std::pair<std::string, std::uint64_t>> dimensions;  // and how many values, __other__ included
  std::uint64_t combinations = 0;                                 // the product of those; 0 without dimensions
  std::uint64_t items = 0;                                        // counted for each combination
  std::uint64_t measured_items = 0, summed_items = 0;             // of these: with a histogram; with a sum of money
  std::uint64_t total = 0, overflow = 0, by_dimension = 0;        // series
  std::uint64_t measured_reserved = 0, summed_reserved = 0;       // of total and overflow
  std::vector<EffectFootprint> effects;                           // their series are in those of the journey
  FeedbackFootprint feedback;                                     // so are these
  [[nodiscard]] std::uint64_t series() const;                     // all three
};

// Where clicks are on pages: two tables of a core on the board, one of which travels at the end of each period.
struct ClickGridFootprint {
  std::uint64_t places = 0;       // of a core that are told apart; 0: no grid is asked for
  std::uint64_t table_bytes = 0;  // of a core: both
  std::uint64_t series = 0;       // in a frame, of one core
  std::uint64_t bytes = 0;        // of one core in a frame, at most, before compression
  std::uint64_t a_day = 0;        // tables of a core
};

// Attempts that failed, step by step: a trail for each attempt on the board, and of each window those that are kept.
struct StoryFootprint {
  std::uint64_t kept = 0;         // of a core and window, over all journeys and ways to fail; 0: no journey asks
  std::uint64_t board_bytes = 0;  // of a core: trails, and what is kept in both banks
  std::uint64_t bytes = 0;        // of one core's bank in a frame, at most, before compression
};

// What the memory of one core holds; only what the configuration asks for.
struct MemoryPart {
  std::string name;
  std::uint64_t room = 0;   // how many of them
  std::uint64_t bytes = 0;  // of all
  [[nodiscard]] std::uint64_t each() const { return room == 0 ? 0 : (bytes + room - 1) / room; }
};

struct BoardFootprint {
  std::uint32_t workers = 0;
  std::uint64_t bytes = 0;                                        // of the shared memory
  std::uint64_t sketch_bytes = 0, session_bytes = 0;              // of one core: keys and both banks; sessions
  std::uint64_t trail_bytes = 0;                                  // of one core: which pages visitors viewed of late
  std::vector<MemoryPart> memory;                                 // of one core, all of it but other_bytes
  std::uint64_t other_bytes = 0;                                  // of all: snapshots, journals, counters, rings
  std::uint64_t visitor_bytes = 0;                                // of one with one attempt, its deadline's in the heap
  std::uint64_t cells = 0, reserved_cells = 0, free_cells = 0;    // of one core
  std::uint64_t pages = 0, reserved_pages = 0, pooled_pages = 0;  // of one bank
  std::uint64_t by_dimension = 0;                                 // series that may ask for a free cell
  [[nodiscard]] bool fits() const { return by_dimension <= free_cells; }
};

// Of a live agent. A frame is counted once, though one that the centre did not confirm is sent again; heads of HTTP,
// and what a full spool declares lost (proto::lost_bytes_max in a frame at most), come on top.
struct WireFootprint {
  Duration harvest_interval = 0;
  std::uint64_t banks_per_window = 0;        // of one core: harvests, and the window's end
  std::uint64_t series = 0, buckets = 0;     // in one frame, at most
  std::uint64_t frame_bytes = 0;             // of one, before compression, at most
  std::uint64_t window_bytes = 0;            // on the wire, at most
  std::uint64_t day_bytes = 0;               // as many windows as a day has
  bool centre_takes_it = true;               // the largest frame is within the bounds of the centre's intake
  std::uint64_t flat_day_bytes = 0;          // of day_bytes: all but the buckets of histograms
  std::uint64_t bucket_bytes_per_event = 0;  // in the long run: every count in a bucket of its own
};

struct Footprint {
  std::vector<JourneyFootprint> journeys;
  std::vector<JourneyFootprint> pages;             // with web vitals: no steps, outcomes and objectives
  std::vector<JourneyFootprint> clicks;            // pages with clicks: the same
  std::vector<JourneyFootprint> frustration;       // pages with signs of frustration: the same
  std::vector<JourneyFootprint> errors;            // pages with errors by code: the same
  std::vector<JourneyFootprint> coverage, splits;  // pages whose beacons are waited for, of splits calls too: the same
  std::uint64_t waiting_page_bytes = 0;            // of a core, for those that wait
  ClickGridFootprint click_grid;
  StoryFootprint storyboards;
  BoardFootprint board;
  WireFootprint wire;
};

// `snapshot_bytes` is the size of journey::encode(definition).
Footprint footprint(const journey::Definition& definition, std::size_t snapshot_bytes, Duration harvest_interval);

// The most that a day brings at so many events a second in the long run; never more than `day_bytes`.
std::uint64_t day_bytes_at(const WireFootprint& wire, std::uint64_t events_per_second);

}  // namespace bellrock::harvest
