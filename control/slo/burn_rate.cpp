#include "control/slo/burn_rate.h"

namespace bellrock::slo {
namespace {

using control::product;
using control::Uint128;

// factor * (1 - target) = rate / base. With periods up to 2^22 seconds rate is below 2^82 and base below 2^82.
struct Threshold {
  Uint128 rate, base;
};
Threshold threshold(const BurnPair& pair, std::uint64_t target_e9) {
  return {Uint128{pair.share_e9} * static_cast<std::uint64_t>(pair.period_s) * (kOne - target_e9),
          Uint128{kOne} * kOne * static_cast<std::uint64_t>(pair.long_s)};
}

// x * y, exact for both below 2^96: high * 2^64 + low.
control::Wide times(Uint128 x, Uint128 y) {
  const auto low = product(x, static_cast<std::uint64_t>(y));
  const auto high = product(x, static_cast<std::uint64_t>(y >> 64));
  return {low.high + (high.high << 64) + high.low, low.low};
}

}  // namespace

double BurnPair::factor() const {
  return static_cast<double>(share_e9) / kOne * static_cast<double>(period_s) / static_cast<double>(long_s);
}

std::vector<BurnPair> default_pairs(std::int64_t period_s) {
  constexpr std::uint64_t kPercent = kOne / 100;
  const BurnPair all[] = {
      {Severity::kPage, kHourSeconds, 5 * kMinuteSeconds, 2 * kPercent, period_s},
      {Severity::kPage, 6 * kHourSeconds, 30 * kMinuteSeconds, 5 * kPercent, period_s},
      {Severity::kTicket, kDaySeconds, 2 * kHourSeconds, 10 * kPercent, period_s},
      {Severity::kTicket, 3 * kDaySeconds, 6 * kHourSeconds, 10 * kPercent, period_s},
  };
  std::vector<BurnPair> pairs;
  for (const auto& pair : all) {
    const std::uint64_t tenths = pair.severity == Severity::kPage ? 10 : 9;  // of the factor
    const bool fast = Uint128{pair.share_e9} * static_cast<std::uint64_t>(period_s) * 10 >=
                      Uint128{tenths * kOne} * static_cast<std::uint64_t>(pair.long_s);
    if (fast && pair.long_s * 9 <= period_s) pairs.push_back(pair);
  }
  return pairs;
}

bool can_fire(const BurnPair& pair, std::uint64_t target_e9) {
  const Threshold at = threshold(pair, target_e9);
  return at.rate < at.base;
}

std::optional<std::int64_t> seconds_to_hold(const BurnPair& pair, std::uint64_t target_e9, std::uint64_t error_e9) {
  // After t seconds the long window holds error * t / long: it burns once that is above rate / base.
  const Threshold at = threshold(pair, target_e9);
  if (times(at.base, error_e9) <= times(at.rate, kOne)) return std::nullopt;
  const double share = static_cast<double>(at.rate) / static_cast<double>(at.base);
  const double exact = static_cast<double>(pair.long_s) * share * kOne / static_cast<double>(error_e9);
  return static_cast<std::int64_t>(exact) + 1;
}

bool burns(const Events& events, const BurnPair& pair, std::uint64_t target_e9) {
  const Threshold at = threshold(pair, target_e9);
  return times(events.bad, at.base) > times(events.all(), at.rate);
}

namespace {

// The lower Wilson bound of bad / n is above p exactly when bad > n p and (bad - n p)^2 > z^2 n p (1 - p), the upper
// one below p when bad < n p and the same: the score test, turned round. A judgement about chance, so doubles do.
struct Score {
  double over;  // bad - n p
  bool beyond_chance;
};
Score score(const LowTrafficGate& gate, const Events& events, const BurnPair& pair, std::uint64_t target_e9) {
  const Threshold at = threshold(pair, target_e9);
  const double p = static_cast<double>(at.rate) / static_cast<double>(at.base);
  const double n = static_cast<double>(events.all()), over = static_cast<double>(events.bad) - n * p;
  return {over, over * over > gate.z * gate.z * n * p * (1 - p)};
}

}  // namespace

bool passes(const LowTrafficGate& gate, const Events& events, const BurnPair& pair, std::uint64_t target_e9) {
  if (events.bad < gate.failures_min) return false;
  const Score at = score(gate, events, pair, target_e9);
  return at.over > 0 && at.beyond_chance;
}

bool clears(const LowTrafficGate& gate, const Events& events, const BurnPair& pair, std::uint64_t target_e9) {
  const Score at = score(gate, events, pair, target_e9);
  return at.over < 0 && at.beyond_chance;
}

}  // namespace bellrock::slo
