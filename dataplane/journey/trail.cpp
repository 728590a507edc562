#include "dataplane/journey/trail.h"

#include <algorithm>

namespace bellrock::journey {
namespace {

// Ticks from one to the other; what lies before counts as the same moment. Both are low bits.
std::uint32_t since(std::uint32_t then, std::uint32_t now) {
  const std::uint32_t gap = now - then;
  return gap > 1u << 31 ? 0 : gap;
}

void keep_at_most(TrailCounts& counts, unsigned views) {
  counts.known = std::min<unsigned>(counts.known, views) & 15u;
  counts.loop = std::min<unsigned>(counts.loop, views) & 15u;
  counts.thrash = std::min<unsigned>(counts.thrash, views) & 15u;
}

}  // namespace

ViewAdded add_view(const Trail& trail, const ViewedPage& page, std::uint32_t tick) {
  const bool known = page.id != 0 && (page.id == trail.ids[0] || page.id == trail.ids[1]);
  const bool late = page.may_be_late && trail.used() && since(trail.newest, tick) == 0;
  if (!page.may_begin || late || (trail.used() && known)) return {false, trail};
  Trail next = trail;
  const std::uint32_t gap = trail.used() ? since(trail.newest, tick) : 0;
  if (gap > trail_ticks(kTrailKept)) next.counts = {};
  std::copy_backward(next.pages.begin(), next.pages.end() - 1, next.pages.end());
  std::copy_backward(next.ticks.begin(), next.ticks.end() - 1, next.ticks.end());
  next.ticks[0] = static_cast<std::uint16_t>(trail.newest);
  next.newest = trail.used() ? trail.newest + gap : tick;
  next.pages[0] = static_cast<std::uint8_t>(page.number - 1);
  next.ids = {page.id, trail.ids[0]};
  // From 8 of 8 on: 9 is a number of four bits too, until it is kept at most.
  next.counts.known = (next.counts.known + 1u) & 15u;
  next.counts.loop = (next.counts.loop + 1u) & 15u;
  next.counts.thrash = (next.counts.thrash + 1u) & 15u;
  next.counts.device = page.device & 15u;
  unsigned kept = 1;
  while (kept < kTrailViews && kept < next.counts.known && next.age(kept) <= trail_ticks(kTrailKept)) ++kept;
  keep_at_most(next.counts, kept);
  return {true, next};
}

BackFrom back_from(const Trail& trail, const Frustration& rules) {
  const unsigned known = trail.counts.known;
  if (known < 3 || trail.pages[1] == trail.pages[0]) return {};
  const std::uint8_t left = trail.pages[1];
  unsigned before = 2;
  while (before < known && trail.pages[before] == left) ++before;
  if (before == known || trail.pages[before] != trail.pages[0]) return {};
  const Duration back = rules.of(left).back;
  return {back != 0 && trail.age(before - 1) <= trail_ticks(back), left};
}

bool is_loop(const Trail& trail, const FrustrationRules& rules) {
  const unsigned known = trail.counts.loop;
  if (rules.loop == 0 || known < 3 || trail.pages[1] == trail.pages[0]) return false;
  unsigned visits = 0;
  for (unsigned at = 0; at < known && trail.age(at) <= trail_ticks(rules.loop); ++at) {
    const bool arrives = at + 1 == known || trail.pages[at + 1] != trail.pages[at];
    if (trail.pages[at] == trail.pages[0] && arrives) ++visits;
  }
  return visits > rules.loop_returns;
}

bool is_thrash(const Trail& trail, const FrustrationRules& rules) {
  if (rules.thrash == 0 || trail.counts.thrash < rules.thrash_views) return false;
  return trail.age(rules.thrash_views - 1u) <= trail_ticks(rules.thrash);
}

// The high bits of a product: the low bits of the hash have chosen the core.
std::span<Trail> TrailTable::set_of(std::uint32_t hash) const {
  const std::size_t sets = trails_.size() / kTrailWays;
  const auto mixed = static_cast<std::uint32_t>(hash * 0x9e37'79b1u);
  return trails_.subspan((std::size_t{mixed} * sets >> 32) * kTrailWays, kTrailWays);
}

Trail* TrailTable::find(const Visitor& visitor) const {
  for (const SessionKey& key : {visitor.key, visitor.previous}) {
    if (key.none()) continue;
    for (Trail& trail : set_of(visitor.hash)) {
      if (trail.used() && trail.tag == tag_of(key)) return &trail;
    }
  }
  return nullptr;
}

TrailTable::Room TrailTable::room_in(std::uint32_t hash, std::uint32_t tick) const {
  Trail* oldest = nullptr;
  for (Trail& trail : set_of(hash)) {
    if (!trail.used()) return {&trail, false};
    if (oldest == nullptr || since(trail.newest, tick) > since(oldest->newest, tick)) oldest = &trail;
  }
  return {oldest, since(oldest->newest, tick) <= trail_ticks(kTrailKept)};
}

bool TrailTable::add(const Trail& trail, std::uint32_t now) {
  if (since(trail.newest, now) > trail_ticks(kTrailKept)) return true;
  const Room room = room_in(trail.hash, now);
  const bool is_older = room.evicts && since(trail.newest, now) > since(room.trail->newest, now);
  if (!is_older) journal_.set_record(*room.trail, trail);
  return !room.evicts;
}

}  // namespace bellrock::journey
