#include "control/slo/budget.h"

#include <array>

namespace bellrock::slo {

using control::Coverage;
using control::DataState;
using control::product;
using control::SloState;
using control::Uint128;

int compare_share(Uint128 part, Uint128 whole, std::uint64_t share_e9) {
  const auto order = product(part, kOne) <=> product(whole, share_e9);
  return order < 0 ? -1 : order > 0;
}

SloState state_of(const Events& events, std::uint64_t target_e9, bool strict) {
  if (target_e9 == 0) return SloState::kNoTarget;
  if (events.all() == 0) return SloState::kNoData;
  const int lower = compare_share(events.good, events.all(), target_e9);
  const int upper = compare_share(events.good + events.unknown, events.all(), target_e9);
  if (strict) return lower > 0 ? SloState::kMet : upper <= 0 ? SloState::kMissed : SloState::kUnproven;
  return lower >= 0 ? SloState::kMet : upper < 0 ? SloState::kMissed : SloState::kUnproven;
}

bool too_many_unknown(const Events& events, std::optional<std::uint64_t> max_unknown_e9) {
  return max_unknown_e9 && events.all() != 0 && compare_share(events.unknown, events.all(), *max_unknown_e9) > 0;
}

DataState data_state(const Events& events, const Coverage& coverage, std::optional<std::uint64_t> max_unknown_e9) {
  if (events.all() == 0 && coverage.reported_minutes == 0) return DataState::kNone;
  if (!coverage.is_whole()) return DataState::kPartial;
  if (events.all() == 0) return DataState::kQuiet;
  return too_many_unknown(events, max_unknown_e9) ? DataState::kPartial : DataState::kFull;
}

// bad / (attempts * (1 - target)) >= share, both sides times 10^18.
bool Burned::at_least(std::uint64_t share_e9) const {
  if (bad == 0) return share_e9 == 0;
  const std::uint64_t allowed_e18 = (kOne - target_e9) * share_e9;
  return product(bad, kOne * kOne) >= product(attempts, allowed_e18);
}

std::optional<double> Burned::share() const {
  if (attempts == 0 || target_e9 == 0 || target_e9 >= kOne) return std::nullopt;
  const double allowed = static_cast<double>(attempts) * (static_cast<double>(kOne - target_e9) / kOne);
  return static_cast<double>(bad) / allowed;
}

Budget budget_of(const Events& events, std::uint64_t target_e9) {
  return {{events.bad, events.known(), target_e9},
          {events.bad, events.all(), target_e9},
          {events.bad + events.unknown, events.all(), target_e9}};
}

// bad_a / (n_a * e_a) > bad_b / (n_b * e_b). Attempts are below 2^96, so that n * e still has 128 bits; the products of
// two such numbers are compared by their halves.
bool burned_more(const Burned& a, const Burned& b) {
  const Uint128 allowed_a = a.attempts * (kOne - a.target_e9), allowed_b = b.attempts * (kOne - b.target_e9);
  if (allowed_a == 0 || allowed_b == 0) return allowed_a == 0 && a.bad != 0 && (allowed_b != 0 || b.bad == 0);
  // bad * allowed = bad * (high * 2^64 + low), as three limbs of 64 bits over one of 128.
  const auto wide = [](Uint128 x, Uint128 y) {
    const auto low = product(x, static_cast<std::uint64_t>(y));
    auto high = product(x, static_cast<std::uint64_t>(y >> 64));
    const Uint128 middle = Uint128{high.low} + static_cast<std::uint64_t>(low.high);
    high.high += (low.high >> 64) + (middle >> 64);
    return std::array<Uint128, 3>{high.high, static_cast<std::uint64_t>(middle), low.low};
  };
  return wide(a.bad, allowed_b) > wide(b.bad, allowed_a);
}

}  // namespace bellrock::slo
