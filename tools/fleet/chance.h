// Counts by chance, the same for the same seed on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "tools/traffic/random.h"

namespace bellrock::fleet {

using traffic::derive;
using traffic::Random;

// A seed for one of many things that are told apart by several numbers.
template <typename... Numbers>
std::uint64_t derive_all(std::uint64_t seed, Numbers... numbers) {
  ((seed = derive(seed, static_cast<std::uint64_t>(numbers))), ...);
  return seed;
}

inline double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(2 * std::numbers::pi * random.unit());
}

// Few by Knuth's product, many by the normal distribution.
inline std::uint64_t poisson(Random& random, double mean) {
  constexpr double kMany = 60;
  if (mean > kMany)
    return static_cast<std::uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal(random))));
  const double end = std::exp(-mean);
  std::uint64_t n = 0;
  for (double product = random.unit(); product > end; product *= random.unit()) ++n;
  return n;
}

// How many of `n` have something that each has with `chance`.
inline std::uint64_t binomial(Random& random, std::uint64_t n, double chance) {
  constexpr std::uint64_t kFew = 64;
  const double mean = static_cast<double>(n) * chance;
  if (n <= kFew) {
    std::uint64_t k = 0;
    for (std::uint64_t i = 0; i < n; ++i) k += random.chance(chance);
    return k;
  }
  if (chance > 0.5) return n - binomial(random, n, 1 - chance);
  if (mean < 20) return std::min(n, poisson(random, mean));
  const double drawn = std::round(mean + std::sqrt(mean * (1 - chance)) * normal(random));
  return static_cast<std::uint64_t>(std::clamp(drawn, 0.0, static_cast<double>(n)));
}

}  // namespace bellrock::fleet
