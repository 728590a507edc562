#include "control/slo/backlog.h"

#include <algorithm>
#include <numeric>

namespace bellrock::slo {
namespace {

using control::Uint128;

struct Score {
  bool measured = false;  // what is ranked by
  std::uint64_t sure = 0, least = 0;
  Uint128 most = 0;
  std::uint64_t effort = 1;
};

Score score_of(const BacklogItem& item, BacklogBy by) {
  const std::optional<Loss> wanted = by == BacklogBy::kValue   ? item.value
                                     : by == BacklogBy::kUsers ? item.users
                                                               : std::optional(item.attempts);
  const Loss loss = wanted.value_or(item.attempts);
  return {wanted.has_value(), loss.sure, loss.sure - std::min(loss.sure, loss.less), Uint128{loss.sure} + loss.perhaps,
          std::max<std::uint64_t>(1, item.effort_thousandths)};
}

// a / its effort against b / its effort, exactly.
int compare(Uint128 a, std::uint64_t effort_a, Uint128 b, std::uint64_t effort_b) {
  const auto order = control::product(a, effort_b) <=> control::product(b, effort_a);
  return order < 0 ? -1 : order > 0;
}

bool comes_before(const Score& a, const Score& b) {
  if (a.measured != b.measured) return a.measured;
  return compare(a.sure, a.effort, b.sure, b.effort) > 0;
}

// Their bounds overlap, or are the same.
bool ties(const Score& a, const Score& b) {
  return a.measured && b.measured && compare(a.most, a.effort, b.least, b.effort) >= 0 &&
         compare(b.most, b.effort, a.least, a.effort) >= 0;
}

}  // namespace

std::vector<Ranked> rank_backlog(std::span<const BacklogItem> items, BacklogBy by) {
  std::vector<Score> scores;
  for (const auto& item : items) scores.push_back(score_of(item, by));
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return comes_before(scores[a], scores[b]); });
  std::vector<Ranked> ranked;
  for (const std::size_t item : order) {
    const bool same = !ranked.empty() && !comes_before(scores[ranked.back().item], scores[item]);
    Ranked one{item, same ? ranked.back().rank : ranked.size() + 1, {}};
    for (const std::size_t other : order) {
      if (other != item && ties(scores[item], scores[other])) one.ties.push_back(other);
    }
    ranked.push_back(std::move(one));
  }
  return ranked;
}

}  // namespace bellrock::slo
