// 128-bit integers for sums and exact comparisons of ratios. Sums of nanoseconds fill 64 bits within hours of busy
// traffic; a ratio compared by cross-multiplication needs count * 10^9.
#pragma once

namespace bellrock::control {

__extension__ typedef unsigned __int128 Uint128;
__extension__ typedef __int128 Int128;

}  // namespace bellrock::control
