// What is planted: how much traffic each journey has, and what goes wrong where and when. Made from a seed and the
// centre's own configuration; the same again for the same of both. Plain values; times are Unix seconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/loader.h"

namespace bellrock::fleet {

enum class Kind : std::uint8_t {
  kOutage,     // most attempts of a journey fail
  kSlowBurn,   // a few times more fail than the budget allows
  kBlindness,  // attempts of a journey whose end nobody sees
  kPartition,  // a node does not reach the centre
  kClockJump,  // a node's clock is wrong
  kRestart,    // a node starts again: its board is gone, and it sends again what it sent last
};
inline constexpr std::array<std::string_view, 6> kKindNames{"outage",    "slow_burn",  "blindness",
                                                            "partition", "clock_jump", "restart"};

struct Planted {
  Kind kind = Kind::kOutage;
  std::size_t journey = 0;        // of the definition, for the first three kinds
  std::size_t node = 0;           // for the others
  std::int64_t from = 0, to = 0;  // whole minutes
  double share = 0;               // of the attempts that fail, or whose end is unknown
  std::int64_t jump_s = 0;        // a multiple of 10
  [[nodiscard]] bool of_journey() const { return kind <= Kind::kBlindness; }
  [[nodiscard]] bool holds(std::int64_t at) const { return from <= at && at < to; }
};

struct JourneyTraffic {
  double attempts_per_minute = 0;  // of the whole fleet, on average over a day
  double background = 0;           // share that fails on a quiet day: a third of the smallest budget
};

struct PlanOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 10;
  std::int64_t from = 0, to = 0;
  double attempts_per_minute = 300;  // of a busy journey; each third one has a tenth, each fourth one next to nothing
  std::size_t pages = 0;             // whose vitals and clicks each node counts
  std::array<int, kKindNames.size()> planted{1, 1, 1, 1, 1, 1};  // of each kind, in the order of Kind
};

struct Plan {
  PlanOptions options;
  std::vector<JourneyTraffic> journeys;
  std::vector<Planted> planted;  // by kind, then by time
};

// `definition` has at least one journey with an objective.
Plan make_plan(const PlanOptions& options, const journey::Definition& definition);

// What a journey's attempts meet at this moment.
struct Weather {
  double attempts_per_minute = 0, failing = 0, unknown = 0;
};
Weather weather(const Plan& plan, std::size_t journey, std::int64_t at);

// Seconds after which the journey's first objective that pages does so, by the arithmetic of its policy for even
// traffic; none when none ever does.
std::optional<std::int64_t> pages_within(const config::Loaded& loaded, std::size_t journey, double failing);

}  // namespace bellrock::fleet
