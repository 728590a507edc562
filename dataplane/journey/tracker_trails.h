// What page views and steps tell of a visitor's frustration (trail.h): the Tracker's counts of
// CellKind::kFrustration. A page view is looked at for back and loop when it comes, and for thrash when its message's
// steps have counted. Include tracker.h.
//
// A retry is a start or commit step that its visitor's newest attempt at the journey has seen already, at most `retry`
// after that attempt's last step or its end, unless it ended in success or was cancelled: the same thing again, after
// it failed or before it had an answer. Counted at the page that the visitor is on, once for each message and journey.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

template <class Cells>
void Tracker<Cells>::count_sign(const Trail& trail, std::size_t page, FrustrationKind kind) {
  const auto number = static_cast<std::uint8_t>(page);
  recorder_.frustration({number, static_cast<std::uint8_t>(trail.counts.device), kind});
}

// A board that another configuration wrote may have pages that are none here.
template <class Cells>
bool Tracker<Cells>::has_page(const Trail& trail) const {
  return std::all_of(trail.pages.begin(), trail.pages.end(),
                     [this](std::size_t page) { return page <= frustration_->pages.size(); });
}

// Who has no key has no trail. What is not whole is begun anew.
template <class Cells>
void Tracker<Cells>::view_page(Now& now, const ViewedPage& page) {
  if (now.who.key.none() || now.event.filter != Filter::kNone) return;
  const Instant began = std::max(Instant{}, now.mark - Duration{page.age_ms} * kMillisecond);
  const std::uint32_t tick = trail_tick(began);
  now.trail = trails_->find(now.who);
  const bool whole = now.trail != nullptr && has_page(*now.trail);
  const ViewAdded added = add_view(whole ? *now.trail : Trail{}, page, tick);
  if (!added.is_new) return;
  if (now.trail == nullptr) {
    const TrailTable::Room room = trails_->room_for(now.who, tick);
    if (room.evicts) counters_.add(EventCount::kTrailsEvicted);
    now.trail = room.trail;
  }
  Trail trail = added.trail;
  now.viewed = true;
  count_sign(trail, trail.pages[0], FrustrationKind::kView);
  if (const BackFrom back = back_from(trail, *frustration_); back.is_back) {
    count_sign(trail, back.page, FrustrationKind::kBack);
  }
  if (is_loop(trail, frustration_->of(trail.pages[0]))) {
    count_sign(trail, trail.pages[0], FrustrationKind::kLoop);
    trail.counts.loop = 1;
  }
  trails_->write(*now.trail, trail, now.who, now.event.identity);
}

template <class Cells>
void Tracker<Cells>::find_trail(Now& now) {
  if (now.trail == nullptr && !now.who.key.none()) now.trail = trails_->find(now.who);
}

// After the message's steps: one that counted is progress.
template <class Cells>
void Tracker<Cells>::judge_views(Now& now) {
  if (now.stepped) find_trail(now);
  if (now.trail == nullptr || !(now.stepped || now.viewed)) return;
  Trail trail = *now.trail;
  const bool thrash = !now.stepped && is_thrash(trail, frustration_->of(trail.pages[0]));
  if (thrash) count_sign(trail, trail.pages[0], FrustrationKind::kThrash);
  if (thrash || now.stepped) trail.counts.thrash = 0;
  trails_->write(*now.trail, trail, now.who, now.event.identity);
}

template <class Cells>
bool Tracker<Cells>::is_retry(const Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches,
                              Duration within) const {
  const Slot newest = Attempts(table_, now.visitor, plan.id).newest();
  if (newest == 0 || within == 0) return false;
  const Attempt& attempt = table_.attempt(newest);
  if (attempt.ended() && (attempt.outcome == Outcome::kSuccess || attempt.outcome == Outcome::kCancelled)) return false;
  const Instant last = attempt.ended() ? attempt.ending.at : attempt.last_step;
  if (now.mark - last > within) return false;
  return std::any_of(matches.begin(), matches.end(), [&](const StepMatch& match) {
    const StepKind kind = plan.step(match.step).kind;
    return (kind == StepKind::kStart || kind == StepKind::kCommit) && attempt.saw(match.step);
  });
}

// Before the message is applied, which may end the attempt that it repeats.
template <class Cells>
void Tracker<Cells>::note_retry(Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches) {
  if (now.visitor == 0 || now.event.filter != Filter::kNone) return;
  find_trail(now);
  const Trail trail = now.trail != nullptr && has_page(*now.trail) ? *now.trail : Trail{};
  const std::size_t page = trail.used() ? trail.pages[0] : 0;
  if (is_retry(now, plan, matches, frustration_->of(page).retry)) count_sign(trail, page, FrustrationKind::kRetry);
}

}  // namespace bellrock::journey
