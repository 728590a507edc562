#include "dataplane/journey/page_views.h"

#include <algorithm>

namespace bellrock::journey {
namespace {

constexpr std::int64_t lowest_kept(std::int64_t highest) { return highest - kNumbersKept + 1; }

// Numbers [first, last] of the view that are kept and not seen.
bool any_unseen(const PageView& view, std::int64_t first, std::int64_t last) {
  if (view.seen == ~std::uint32_t{0}) return false;
  for (std::int64_t n = std::max(first, lowest_kept(view.highest)); n <= std::min<std::int64_t>(last, view.highest);
       ++n) {
    if ((view.seen >> (view.highest - n) & 1) == 0) return true;
  }
  return false;
}

void see(PageView& view, std::uint32_t number) {
  if (number <= view.highest) {
    view.seen |= std::uint32_t{1} << (view.highest - number);
    return;
  }
  const std::uint32_t by = number - view.highest;
  view.seen = (by < kNumbersKept ? view.seen << by : 0) | 1;
  view.highest = number;
}

}  // namespace

bool misses(const PageView& view, std::int64_t from) { return view.used() && any_unseen(view, from, view.highest); }

bool gives_up(const PageView& view, std::uint32_t number, std::int64_t from) {
  if (number <= view.highest) return false;
  const std::int64_t last = lowest_kept(number) - 1;
  return any_unseen(view, from, last) || last > view.highest;
}

PageViews::Place PageViews::place(std::uint32_t id, std::uint32_t number) const {
  for (unsigned k = 0; k < latest.size(); ++k) {
    const PageView& view = latest[k];
    if (!view.used() || view.id != id) continue;
    if (number > view.highest) return {What::kNumber, k};
    if (view.highest - number >= kNumbersKept) return {What::kTooOld, k};
    const bool seen = (view.seen >> (view.highest - number) & 1) != 0;
    return {seen ? What::kDuplicate : What::kNumber, k};
  }
  return {latest[0].used() && number > latest[0].highest ? What::kContinues : What::kBegins, 0};
}

void PageViews::put(Place place, std::uint32_t id, std::uint32_t number) {
  if (place.what == What::kNumber) {
    see(latest[place.view], number);
    if (linked) see(latest[1 - place.view], number);
    return;
  }
  linked = place.what == What::kContinues;
  if (linked) see(latest[0], number);
  latest[1] = latest[0];
  latest[0] = linked ? PageView{id, number, latest[0].seen} : PageView{id, number, 1};
}

}  // namespace bellrock::journey
