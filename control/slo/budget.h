// The error budget of an objective over a window, in integers: of the attempts that were good, bad or unknown, how many
// may be bad, how many were, and what the unknown ones can change. Pure, any thread. Counts below 2^96 are exact.
#pragma once

#include <cstdint>
#include <optional>

#include "control/flow/slo_status.h"
#include "control/slo/history.h"
#include "control/slo/objective.h"

namespace bellrock::slo {

// How an exact share `part / whole` relates to a decimal in parts per 10^9: < 0, 0 or > 0. `whole` is not 0.
int compare_share(control::Uint128 part, control::Uint128 whole, std::uint64_t share_e9);

// Met, missed, unproven or no data: the rules of evaluate() on sums of any length.
control::SloState state_of(const Events& events, std::uint64_t target_e9, bool strict);

// More attempts are unknown than is allowed. Never where nothing is set, or there is no attempt.
bool too_many_unknown(const Events& events, std::optional<std::uint64_t> max_unknown_e9);

control::DataState data_state(const Events& events, const control::Coverage& coverage,
                              std::optional<std::uint64_t> max_unknown_e9);

// burned = bad / ((1 - target) * attempts), kept as a fraction: `part` of `whole` is the budget's share. With a target
// of 1 nothing is allowed: any bad attempt is more than any share.
struct Burned {
  control::Uint128 bad = 0;       // attempts
  control::Uint128 attempts = 0;  // of which the target allows 1 - target to be bad
  std::uint64_t target_e9 = 0;

  // True when at least `share_e9` of the budget is gone.
  [[nodiscard]] bool at_least(std::uint64_t share_e9) const;
  // For showing; none where nothing is allowed.
  [[nodiscard]] std::optional<double> share() const;
};

struct Budget {
  Burned known;         // of the attempts whose end is known
  Burned lower, upper;  // unknown attempts all good, all bad
};
Budget budget_of(const Events& events, std::uint64_t target_e9);

// The larger share of its own budget is gone in `a`; also where the targets differ.
bool burned_more(const Burned& a, const Burned& b);

}  // namespace bellrock::slo
