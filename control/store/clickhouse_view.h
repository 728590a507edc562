// What is visible at one moment, as plain values, and the conditions that select it. Rows of `cells` are visible when
// `frames` has their (intake, ordinal) and no run has rolled them up; as the ordinals of an intake rise, an upper and
// a lower bound for each intake say that. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/store/clickhouse_client.h"

namespace bellrock::store {

using Intakes = std::map<std::uint64_t, std::uint64_t>;  // intake to an ordinal
using FrameIds = std::set<std::pair<std::uint64_t, std::uint64_t>>;

struct View {
  // Of the newest run.
  std::uint64_t number = 0, lifetime_run = 0;
  std::uint32_t first_day = 0;  // frames of before are all rolled up
  std::int64_t before = 0, minutes_before = 0;
  std::uint64_t trimmed = 0;
  Intakes covered;  // up to here rolled up
  std::vector<std::uint64_t> runs;
  // Frames that two centres, or one that had no answer, wrote twice: all but one of each.
  FrameIds twins;
  Intakes newest;  // of the frames since first_day

  [[nodiscard]] std::string cells_condition() const { return raw_condition(newest); }
  // Those of them that are not above `until`.
  [[nodiscard]] std::string raw_condition(const Intakes& until) const;
  [[nodiscard]] std::string frames_condition() const;  // of all frames, rolled up or not
  [[nodiscard]] std::string runs_condition() const;
};

View load_view(const ClickHouseClient& client);

}  // namespace bellrock::store
