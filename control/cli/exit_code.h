// What the programs' exit codes mean: the same for all of them, and documented, so that scripts can rely on them.
#pragma once

namespace bellrock::cli {

inline constexpr int kDone = 0;       // or: no difference
inline constexpr int kDifferent = 1;  // differences, a failed gate, a degraded system
inline constexpr int kUsage = 2;      // the command line makes no sense
inline constexpr int kInvalidConfiguration = 3;
inline constexpr int kAppliedInPart = 4;
inline constexpr int kRolledBack = 5;     // halted and rolled back
inline constexpr int kUnreachable = 6;    // or timed out
inline constexpr int kNotAuthorised = 7;  // or without the rights
inline constexpr int kConflict = 8;       // or the board is in use
inline constexpr int kInconclusive = 9;
inline constexpr int kUnusable = 10;  // an input, an output or a device

}  // namespace bellrock::cli
