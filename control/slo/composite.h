// Several objectives as one. Pure, any thread. Sums of counts only: an average of ratios would let ten attempts weigh
// as much as ten thousand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "control/slo/budget.h"

namespace bellrock::slo {

enum class CompositeKind : std::uint8_t {
  kAttempt,       // every attempt counts once, whichever objective it was for
  kWeighted,      // an attempt of an objective counts `weight` times
  kLeastHealthy,  // as the member that has used the largest share of its own budget
};
inline constexpr std::array<std::string_view, 3> kCompositeKindNames{"attempt", "weighted", "least_healthy"};

struct Member {
  Events events;
  std::uint64_t target_e9 = 0;  // of its own; decides for kLeastHealthy only
  std::uint32_t weight = 1;     // for kWeighted only
};

// The counts that the composite's own target is judged by; for kLeastHealthy those of the worst member.
Events composite_events(CompositeKind kind, std::span<const Member> members);

// Which member has used the largest share of its budget, the first of several; none without attempts.
std::optional<std::size_t> least_healthy(std::span<const Member> members);

}  // namespace bellrock::slo
