// Reads sealed banks of all cores into delta frames with names resolved, then clears and drains them. Called by the
// agent, or by replay, on one thread; the workers go on meanwhile in their other banks. Banks are never trusted: what
// does not make sense is left out and counted as damaged. Identity (node, boot, seq …) is filled by the caller.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/harvest/click_maps.h"
#include "control/harvest/series_names.h"
#include "control/harvest/storyboards.h"
#include "dataplane/board/banks.h"
#include "dataplane/board/board.h"
#include "dataplane/journey/definition.h"
#include "dataplane/sketch/bank_reader.h"

namespace bellrock::harvest {

// A bank that went into a frame.
struct Part {
  std::uint32_t core = 0;
  std::uint64_t epoch = 0;
  std::int64_t window = 0;
};

class Harvester {
 public:
  enum class Mode : std::uint8_t {
    kLive,  // a frame is whatever is sealed
    // A frame is one window, as soon as every core has sealed it: the same frames for any number of cores. Without
    // counters, since a worker that reads ahead has counted packets of later windows: take them at the end.
    kReplay,
  };

  Harvester(board::Board& board, const journey::Definition& definition, Mode mode = Mode::kLive);

  void ask();  // every core to seal its active bank

  // Reads what is ready. No value: nothing is. Until `mark_drained` the same banks are read again.
  std::optional<control::DeltaFrame> collect();
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }  // of the last frame
  // Clears the banks of the last frame and gives them back.
  void mark_drained();
  // Clears and gives back a bank that went into a frame before a restart.
  void mark_drained(std::uint32_t core, std::uint64_t epoch);

  // Replay: every frame that is ready, in the order of windows. `finish`: all that is left, when no worker runs any
  // more and each has sealed its last bank.
  using OnFrame = std::function<void(control::DeltaFrame&&)>;
  void drain(const OnFrame& on_frame);
  void finish(const OnFrame& on_frame);

  // For an edge that died; needs its lock, after Board::roll_back. Seals active banks that hold counts.
  // `last`: nobody will count on this board again, so that clicks go with the banks before their period is over.
  void seal_for_dead_edge(bool last = false);

  // Lifetime counters by name, and open attempts by journey, over all cores, as of the last bank of each that went into
  // a frame: they match the counts of the frames so far exactly.
  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> open() const;
  // What was left out because it made no sense. A core whose epochs contradict each other is not harvested at all.
  [[nodiscard]] std::uint64_t damaged_cells() const { return damaged_cells_; }
  [[nodiscard]] std::uint64_t damaged_banks() const { return damaged_banks_; }

 private:
  struct Core {
    board::CoreView view;
    board::BankDrain drain;
    sketch::BankReader reader;
    std::uint64_t harvested = 0;  // the last epoch that went into a frame
  };
  std::optional<control::DeltaFrame> collect(bool finishing);
  bool find_parts(bool finishing);
  void read_bank(const Core& core, const Part& part, control::DeltaFrame& frame);
  void read_stories(const Core& core, const Part& part, std::int64_t start_s);
  void read_clicks(const Core& core, const Part& part, std::int64_t start_s);
  [[nodiscard]] std::uint32_t click_places() const { return board_.sizes().click_places; }
  void add_cell(const sketch::CellCounts& counts, std::map<control::SeriesKey, control::Histogram>& window);
  void seal_core(std::uint32_t core, bool last);
  [[nodiscard]] bool has_clicks(std::uint32_t core);
  [[nodiscard]] std::vector<std::uint64_t> levels_with(const Core& core, unsigned bank) const;
  [[nodiscard]] static const board::BankHeader* header_of(const Core& core, std::uint64_t epoch);
  [[nodiscard]] bool counted_since_seal(const Core& core) const;

  board::Board& board_;
  const journey::Definition& definition_;
  SeriesNames names_;
  Mode mode_;
  std::vector<Core> cores_;
  std::vector<Part> parts_;
  sketch::CellCounts scratch_;
  ClickMaps clicks_;
  StoryCollector stories_;
  std::uint64_t damaged_cells_ = 0, damaged_banks_ = 0;
};

}  // namespace bellrock::harvest
