// 128-bit integers for sums and exact comparisons of ratios. Sums of nanoseconds fill 64 bits within hours of busy
// traffic; a ratio compared by cross-multiplication needs count * 10^9, and one against a burn rate more than 128 bits.
// Pure, any thread.
#pragma once

#include <compare>
#include <cstdint>

namespace bellrock::control {

__extension__ using Uint128 = unsigned __int128;
__extension__ using Int128 = __int128;

// A product of 128 and 64 bits, exact: high * 2^64 + low.
struct Wide {
  Uint128 high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Wide&, const Wide&) = default;
  friend bool operator==(const Wide&, const Wide&) = default;
};

constexpr Wide product(Uint128 a, std::uint64_t b) {
  const Uint128 low = Uint128{static_cast<std::uint64_t>(a)} * b;
  return {(a >> 64) * b + (low >> 64), static_cast<std::uint64_t>(low)};
}

}  // namespace bellrock::control
