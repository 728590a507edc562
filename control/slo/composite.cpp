#include "control/slo/composite.h"

namespace bellrock::slo {

std::optional<std::size_t> least_healthy(std::span<const Member> members) {
  std::optional<std::size_t> worst;
  const auto burned = [&](std::size_t i) { return budget_of(members[i].events, members[i].target_e9).known; };
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].events.all() == 0) continue;
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

}  // namespace bellrock::slo
