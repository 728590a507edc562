// What is valid and yet worth a look: rules about a whole configuration that `validate` does not have, because they
// are matters of judgement, need the policies' defaults, or need what a centre has counted. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/loader.h"

namespace bellrock::cli {

struct LintCode {
  std::string_view code, meaning, fix;
  bool note = false;  // else a warning
};
// BR20xx: only lint finds them; what `validate` finds is not found again.
enum class LintRule : std::uint8_t {
  kStrictlyBelow,
  kStrictlyAbove,
  kShortWindow,
  kDefaultNeverFires,
  kNeverCounts,
  kOnlyTimeEnds,
  kNeverSeen,
  kOnePage,
  kTooFast,
  kRetryForgotten,
  kLoopIsBack,
  kCount
};
inline constexpr std::array<LintCode, static_cast<std::size_t>(LintRule::kCount)> kLintCodes{{
    {"BR2001", "with `lt` a duration of exactly the threshold is bad", "write op: lte if exactly the threshold is good",
     true},
    {"BR2002", "a strict target is missed by a ratio that is exactly the target",
     "leave `strict` out if exactly the target meets it", true},
    {"BR2003", "a silent failure's window is shorter than the success often takes",
     "make `within` longer than the 99th percentile from the ack to the success"},
    {"BR2004", "an alert of the defaults can never fire for an objective",
     "write `alerts` in a Policy for it: burned * window / in * (1 - target) must stay below 1"},
    {"BR2005", "a step that never counts, because an earlier one takes all its messages",
     "list the more particular step first, or make the earlier one ask for less"},
    {"BR2006", "a journey that only time ends, because none of its ending steps ever counts",
     "make at least one of its success, failure and cancel steps reachable"},
    {"BR2007", "a journey whose start, commit or end an edge that serves can never see",
     "match it by a beacon's event, or count this journey on an edge that observes"},
    {"BR2008", "a sign of frustration between pages, where there is only one",
     "list the pages to tell apart under `pages`, or write `off`"},
    {"BR2009", "a sign of frustration that asks for more page views than anybody makes",
     "make its `within` longer, or ask for fewer"},
    {"BR2010", "a retry that comes after its attempt is forgotten",
     "make `retry` at most the journey's attempt.idle, or that longer"},
    {"BR2011", "a loop that is a quick back already",
     "ask for two returns, or for a `within` that is longer than `back`", true},
}};

// What a centre has seen of a journey whose silent failures are watched.
struct ObservedWait {
  std::uint64_t attempts = 0;  // that the figures are of
  double p99_ns = 0;           // from the ack to the success; or a time that it certainly is longer than
  bool exact = false;          // measured by an objective between the two steps
};
using ObservedWaits = std::map<std::string, ObservedWait>;  // by journey

// Fewer attempts have no 99th percentile worth the name.
inline constexpr std::uint64_t kObservedAttemptsMin = 1'000;

// By file and line. `loaded` is valid.
std::vector<config::Diagnostic> lint(const config::Loaded& loaded, const ObservedWaits& observed);

}  // namespace bellrock::cli
