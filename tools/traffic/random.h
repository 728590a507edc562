// Chance for the generator: a small seeded stream whose values do not depend on the standard library's distributions.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace bellrock::traffic {

// SplitMix64: every seed, neighbours too, gives an unrelated stream.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  std::int64_t log_normal(double median, double sigma) {
    const double normal = std::sqrt(-2 * std::log(1 - unit())) * std::cos(2 * std::numbers::pi * unit());
    return static_cast<std::int64_t>(std::llround(median * std::exp(sigma * normal)));
  }
  std::int64_t exponential(double mean) {
    return static_cast<std::int64_t>(std::llround(-mean * std::log(1 - unit())));
  }

  template <typename T, std::size_t N>
  const T& pick(const std::array<T, N>& from) {
    return from[below(N)];
  }
  // Index of one of the weights, drawn in proportion.
  template <std::size_t N>
  std::size_t weighted(const std::array<double, N>& weights) {
    double sum = 0;
    for (const double w : weights) sum += w;
    double left = unit() * sum;
    for (std::size_t i = 0; i < N; ++i) {
      if ((left -= weights[i]) < 0) return i;
    }
    return N - 1;
  }

 private:
  std::uint64_t state_;
};

// A seed of its own for part `n` of something seeded with `seed`.
inline std::uint64_t derive(std::uint64_t seed, std::uint64_t n) {
  return Random(seed ^ (n * 0xd1342543de82ef95)).next();
}

}  // namespace bellrock::traffic
