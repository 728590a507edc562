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

using Intakes = std::map<std::uint64_t, std::uint64_t>;  // intake to an ordinal; those of rows are not 0
using FrameIds = std::set<std::pair<std::uint64_t, std::uint64_t>>;

struct View {
  // Of the newest run.
  std::uint64_t number = 0, run = 0, lifetime_run = 0;
  std::int64_t made = 0;                           // by the server's clock
  std::uint32_t first_hour = 0;                    // frames of before are all rolled up
  std::uint32_t frames_before = 0;                 // and those of before this are folded into `sources`
  std::uint64_t frames_run = 0, last_ordinal = 0;  // their run, and the highest ordinal of them
  std::int64_t before = 0, minutes_before = 0;
  std::uint64_t trimmed = 0;
  Intakes covered;  // up to here rolled up
  std::vector<std::uint64_t> runs;
  // Frames that two centres, or one that had no answer, wrote twice: all but one of each.
  FrameIds twins;
  Intakes newest;  // of the frames since first_hour

  [[nodiscard]] std::string cells_condition() const { return raw_condition(newest); }
  // Those of them that are not above `until`.
  [[nodiscard]] std::string raw_condition(const Intakes& until) const;
  [[nodiscard]] std::string frames_condition() const;  // of all frames that are not folded, rolled up or not
  [[nodiscard]] std::string runs_condition() const;
};

// Of a row's intake, its ordinal in `of`, or 0: looked up once for each row, however often centres have started in an
// hour and so however many intakes there are.
std::string ordinal_of_intake(const Intakes& of);

// With `last`, the view that was loaded before, only frames that came since are looked at for twins.
View load_view(const ClickHouseClient& client, const View* last = nullptr);

// The newest run that was made at `until` or before, by the server's clock, as far as the table `runs` tells.
View load_run_of(const ClickHouseClient& client, std::int64_t until);

}  // namespace bellrock::store
