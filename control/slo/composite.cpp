#include "control/slo/composite.h"

#include <algorithm>

namespace bellrock::slo {
namespace {

using control::SloState;

std::optional<double> left_of(const Burned& burned) {
  const auto share = burned.share();
  return share ? std::optional(1 - *share) : std::nullopt;
}

// The smaller of what is there.
void take_smaller(std::optional<double>& least, const std::optional<double>& other) {
  if (other && (!least || *other < *least)) least = other;
}

double share_of(control::Uint128 part, control::Uint128 whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// As one objective with these counts.
void judge_sum(const Composite& composite, CompositeStatus& status) {
  status.state = state_of(status.events, composite.target_e9, composite.strict);
  if (status.events.all() == 0) return;
  const Budget budget = budget_of(status.events, composite.target_e9);
  status.left = left_of(budget.known);
  status.left_lower = left_of(budget.upper);
  status.left_upper = left_of(budget.lower);
}

void judge_members(std::span<const Member> members, CompositeStatus& status) {
  bool missed = false, unproven = false, any = false;
  for (const auto& member : members) {
    const SloState state = state_of(member.events, member.target_e9, member.strict);
    if (state == SloState::kNoData || state == SloState::kNoTarget) continue;
    any = true;
    missed |= state == SloState::kMissed;
    unproven |= state == SloState::kUnproven;
    const Budget budget = budget_of(member.events, member.target_e9);
    take_smaller(status.left_lower, left_of(budget.upper));
    take_smaller(status.left_upper, left_of(budget.lower));
  }
  if (any) status.state = missed ? SloState::kMissed : unproven ? SloState::kUnproven : SloState::kMet;
  if (!status.worst) return;
  const Member& worst = members[*status.worst];
  status.left = left_of(budget_of(worst.events, worst.target_e9).known);
}

// As one objective's data are; and where only some members have any.
bool is_partial(const Composite& composite, std::span<const Member> members, const Events& sum,
                const control::Coverage& coverage) {
  const auto doubtful = [&](const Events& events) {
    return data_state(events, coverage, composite.max_unknown_e9) == control::DataState::kPartial;
  };
  if (doubtful(sum)) return true;
  const bool each = composite.kind == CompositeKind::kLeastHealthy;
  return std::any_of(members.begin(), members.end(), [&](const Member& member) {
    return (sum.all() != 0 && member.events.all() == 0) || (each && doubtful(member.events));
  });
}

}  // namespace

std::optional<std::size_t> least_healthy(std::span<const Member> members) {
  std::optional<std::size_t> worst;
  const auto burned = [&](std::size_t i) { return budget_of(members[i].events, members[i].target_e9).known; };
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].events.all() == 0 || members[i].target_e9 == 0) continue;
    if (!worst || burned_more(burned(i), burned(*worst))) worst = i;
  }
  return worst;
}

Events composite_events(CompositeKind kind, std::span<const Member> members) {
  if (kind == CompositeKind::kLeastHealthy) {
    const auto worst = least_healthy(members);
    return worst ? members[*worst].events : Events{};
  }
  Events all;
  for (const auto& member : members) {
    Events events = member.events;
    if (kind == CompositeKind::kWeighted) {
      for (auto* count : {&events.good, &events.bad, &events.unknown, &events.excluded}) *count *= member.weight;
    }
    all += events;
  }
  return all;
}

CompositeStatus evaluate(const Composite& composite, std::span<const Member> members,
                         const control::Coverage& coverage) {
  CompositeStatus status;
  status.events = composite_events(composite.kind, members);
  if (composite.kind == CompositeKind::kLeastHealthy) {
    status.worst = least_healthy(members);
    judge_members(members, status);
  } else {
    judge_sum(composite, status);
  }
  const auto all = status.events.all();
  status.partial = is_partial(composite, members, status.events, coverage);
  if (all == 0) return status;
  status.lower = share_of(status.events.good, all);
  status.upper = share_of(status.events.good + status.events.unknown, all);
  return status;
}

}  // namespace bellrock::slo
