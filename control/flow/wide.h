// 128-bit integers for sums and exact comparisons of ratios. Sums of nanoseconds fill 64 bits within hours of busy
// traffic; a ratio compared by cross-multiplication needs count * 10^9.
#pragma once

namespace bellrock::control {

__extension__ using Uint128 = unsigned __int128;
__extension__ using Int128 = __int128;

}  // namespace bellrock::control
