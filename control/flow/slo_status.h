// How an objective stands over a window: made by slo::evaluate, shown by API, CLI and page. All of it follows from the
// integers in `counts`; no ratio is ever averaged. Owned, copyable.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bellrock::control {

enum class SloState : std::uint8_t {
  kMet,       // even if every unknown attempt was bad
  kMissed,    // even if every unknown attempt was good
  kUnproven,  // the unknown attempts decide
  kNoData,    // no attempt was good, bad or unknown
  kNoTarget,  // there is nothing to hold them against: they are counted, and that is all
};
inline constexpr std::array<std::string_view, 5> kSloStateNames{"met", "missed", "unproven", "no_data", "no_target"};

// What is known of a window, whatever the counts say.
enum class DataState : std::uint8_t {
  kNone,     // nobody reported: nothing is known
  kQuiet,    // nodes reported, and there was no attempt
  kPartial,  // some or all were silent for a part of the window, or more attempts are unknown than the objective allows
  kFull,
};
inline constexpr std::array<std::string_view, 4> kDataStateNames{"none", "quiet", "partial", "full"};

struct Coverage {
  std::int64_t reported_minutes = 0;  // of the window, in which a node reported
  std::int64_t expected_minutes = 0;  // of the window, since the centre first heard of a node
  // Nodes that should be heard of now and are not, in words; empty: none, or the window ends before now. Of the past it
  // is known only whether any node reported.
  std::string silent_nodes{};

  [[nodiscard]] bool has_gap() const { return reported_minutes < expected_minutes; }
  [[nodiscard]] bool is_whole() const { return !has_gap() && silent_nodes.empty(); }
};

struct SloCounts {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;         // bad_failed and bad_ended included
  std::uint64_t bad_failed = 0;  // bad without a latency, because the attempt failed
  std::uint64_t bad_ended = 0;   // bad without a latency: ended otherwise, past the threshold
  std::uint64_t unknown = 0;     // board_lost included
  std::uint64_t board_lost = 0;  // open attempts of a board that vanished
  std::uint64_t excluded = 0;
  std::uint64_t censored = 0;  // ended before they could miss the threshold
  std::uint64_t funnel = 0;    // never reached the step that counts

  friend bool operator==(const SloCounts&, const SloCounts&) = default;
};

// In attempts; fractions of an attempt are real here. Of the attempts in the window, (1 - target) may be bad.
struct ErrorBudget {
  double allowed = 0;  // of the attempts whose end is known
  double left = 0;     // negative: overdrawn
  // Share of the budget that is left; none when nothing is allowed. Bounds: all unknown attempts bad, or all good.
  std::optional<double> left_ratio, left_ratio_lower, left_ratio_upper;
};

struct LatencySummary {
  std::uint64_t measured = 0;
  double p50_ns = 0, p75_ns = 0, p95_ns = 0, p99_ns = 0;
  double mean_ns = 0;
  std::uint64_t min_ns = 0, max_ns = 0;
};

struct SloStatus {
  SloState state = SloState::kNoData;
  DataState data = DataState::kNone;
  Coverage coverage;
  SloCounts counts;
  std::optional<double> ratio;         // good / (good + bad); none without either
  std::optional<double> lower, upper;  // hard bounds of the true ratio; none without data
  std::optional<ErrorBudget> budget;   // none without data, and without a target
  std::optional<LatencySummary> latency;
};

}  // namespace bellrock::control
