// What became of errors: attempts that ended at a failure step, and whether their visitor succeeded after all. Plain
// values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock {

// errors = recovered + not recovered + unknown + those that are still open.
enum class RecoveryKind : std::uint8_t {
  kErrors,        // attempts that ended at the step
  kRecovered,     // followed by a success of the same visitor at the journey, in time
  kNotRecovered,  // the time is over
  kUnknown,       // given up before either, to make room
  kCount
};
inline constexpr std::array<std::string_view, 4> kRecoveryNames{"errors", "recovered", "not_recovered", "unknown"};
inline constexpr std::size_t kRecoveryKinds = kRecoveryNames.size();

}  // namespace bellrock
