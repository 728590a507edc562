// What the nodes counted, added up where they counted it: what a centre must hold when every frame has arrived, however
// often and in whatever order. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "control/config/loader.h"
#include "control/flow/histogram.h"
#include "tools/fleet/plan.h"

namespace bellrock::fleet {

struct SourceTruth {
  std::uint64_t frames = 0, recorded = 0, newest_seq = 0;
  std::map<std::string, std::uint64_t> open;  // of the newest frame
};

struct JourneyTruth {
  std::uint64_t starts = 0, ended = 0, open = 0, board_lost = 0;
};

struct Truth {
  using Span = std::pair<std::int64_t, control::SeriesKey>;  // start and series
  std::map<Span, control::Distribution> hours;
  std::map<Span, std::uint64_t> minutes;
  std::map<std::pair<std::string, control::Id128>, SourceTruth> sources;  // by node and boot
  std::uint64_t frames = 0, deltas = 0, recorded = 0;
  std::map<std::string, std::uint64_t> board_lost;  // by journey

  void add(const control::DeltaFrame& frame);
  // Over all time; starts = ended + open + board_lost.
  [[nodiscard]] std::map<std::string, JourneyTruth> journeys() const;
};

// The truth as JSON: what was planted, where and with what consequence, and all totals (README.md).
std::string truth_json(const Truth& truth, const Plan& plan, const config::Loaded& loaded);

}  // namespace bellrock::fleet
