// In which order failures are worth mending: what they cost, by what mending them costs. Pure, any thread. Scores are
// compared exactly, by cross-multiplication.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/flow/wide.h"

namespace bellrock::slo {

// What was lost, and what may have been besides: with attempts whose end nobody knows. An estimate may also be too
// high.
struct Loss {
  std::uint64_t sure = 0, perhaps = 0;
  std::uint64_t less = 0;  // by which `sure` may be too high; no more than it
};

struct BacklogItem {
  std::string name;                          // JOURNEY/OBJECTIVE
  std::optional<Loss> value;                 // minor units of one currency; none where values are not measured
  std::optional<Loss> users;                 // visits; none where they are not counted
  Loss attempts;                             // or visits, as the objective counts
  std::uint64_t effort_thousandths = 1'000;  // in whatever unit; not 0
};

enum class BacklogBy : std::uint8_t { kValue, kUsers, kAttempts };

struct Ranked {
  std::size_t item = 0;
  std::size_t rank = 0;           // from 1; the same for the same score, after which as many ranks are left out
  std::vector<std::size_t> ties;  // items whose score may be the same or on the other side, as unknown attempts decide
};

// The largest sure loss for each effort first. By value or users, items without them come last, by their attempts; they
// tie with nobody.
std::vector<Ranked> rank_backlog(std::span<const BacklogItem> items, BacklogBy by);

}  // namespace bellrock::slo
