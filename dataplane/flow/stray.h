// Successes that no attempt under way waited for: they are in no outcome, and say what an edge did not see. A visitor
// whom several edges see in turn may be `unknown` at one and an orphan at another, whose keys differ, so that the
// smaller of the two is a bound of how many attempts were split. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock {

enum class StraySuccess : std::uint8_t {
  kOrphan,     // of a visitor of whom no attempt at the journey is known that has ended
  kLate,       // after an end without success
  kDuplicate,  // after a success
  kCount
};
inline constexpr std::array<std::string_view, 3> kStrayNames{"orphan", "late", "duplicate"};
inline constexpr std::size_t kStrays = kStrayNames.size();
static_assert(kStrays == static_cast<std::size_t>(StraySuccess::kCount));

}  // namespace bellrock
