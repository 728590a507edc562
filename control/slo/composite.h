// Several objectives as one. Pure, any thread. Sums of counts only: an average of ratios would let ten attempts weigh
// as much as ten thousand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/slo/budget.h"

namespace bellrock::slo {

enum class CompositeKind : std::uint8_t {
  kAttempt,       // every attempt counts once, whichever objective it was for
  kWeighted,      // an attempt of an objective counts `weight` times
  kLeastHealthy,  // as the member that has used the largest share of its own budget
};
inline constexpr std::array<std::string_view, 3> kCompositeKindNames{"attempt", "weighted", "least_healthy"};

struct CompositePart {
  std::string journey, objective;
  std::uint32_t weight = 1;  // for kWeighted only
};

// As the configuration has it.
struct Composite {
  std::string name;
  CompositeKind kind = CompositeKind::kAttempt;
  std::vector<CompositePart> parts;
  std::uint64_t target_e9 = 0;  // not for kLeastHealthy
  bool strict = false;
  std::optional<std::uint64_t> max_unknown_e9;
  std::int64_t period_s = 0;
};

// A part, counted over the composite's period.
struct Member {
  Events events;
  std::uint64_t target_e9 = 0;  // of its own; decides for kLeastHealthy only, as `strict`
  std::uint32_t weight = 1;     // for kWeighted only
  bool strict = false;
};

// The counts that the composite's own target is judged by; for kLeastHealthy those of the worst member.
Events composite_events(CompositeKind kind, std::span<const Member> members);

// Which member has used the largest share of its budget, the first of several; none without attempts.
std::optional<std::size_t> least_healthy(std::span<const Member> members);

struct CompositeStatus {
  Events events;  // weighted where weights count
  control::SloState state = control::SloState::kNoData;
  bool partial = false;                // as DataState::kPartial, or a member alone has no data
  std::optional<double> lower, upper;  // bounds of the ratio of `events`
  // Share of the budget that is left, negative when overdrawn; bounds: all unknown attempts bad, or all good.
  std::optional<double> left, left_lower, left_upper;
  std::optional<std::size_t> worst;  // for kLeastHealthy
};

// kAttempt and kWeighted: as one objective with these counts. kLeastHealthy: missed when a member surely is, met when
// all that have data surely are; its budget and its bounds are the smallest of theirs. `coverage` is of its window.
CompositeStatus evaluate(const Composite& composite, std::span<const Member> members,
                         const control::Coverage& coverage);

}  // namespace bellrock::slo
