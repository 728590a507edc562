// What the agent remembers of its board between two harvests and over restarts: which banks are in the spool, and the
// sums that have to match. Written with every spool record, so that it is as durable as the counts. Plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/harvest/harvester.h"

namespace bellrock::agent {

struct JourneyTotals {
  std::uint64_t starts = 0, outcomes = 0, open = 0;
  friend bool operator==(const JourneyTotals&, const JourneyTotals&) = default;
};

struct Ledger {
  control::Id128 board_id{};
  std::vector<std::uint64_t> epochs;  // per core: the last one that is in the spool
  bool closed = false;                // the board is gone and its open attempts were reported
  bool seeded = true;                 // false: the board was counted into before this agent knew it
  std::map<std::string, JourneyTotals> journeys;
  std::uint64_t harvested = 0;             // Σ n over all frames of this board
  std::optional<control::EdgeState> edge;  // as the frames so far say

  [[nodiscard]] bool spooled(std::uint32_t core, std::uint64_t epoch) const;
  // Adds what a frame of this board holds. The first frame of a board that was found, not made, only sets the base.
  void add(const control::DeltaFrame& frame, const std::vector<harvest::Part>& parts);
  // Open attempts per journey, those without any left out.
  [[nodiscard]] std::map<std::string, std::uint64_t> open() const;
  friend bool operator==(const Ledger&, const Ledger&) = default;
};

Ledger new_ledger(const control::Id128& board_id, std::uint32_t workers, bool made_here);

}  // namespace bellrock::agent
