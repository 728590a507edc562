// What an attempt that failed did, step by step (storyboards.h). The Tracker's part, where a journey asks for it.
// Include tracker.h.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

inline std::uint32_t trail_ms(Duration since) {
  return static_cast<std::uint32_t>(std::clamp<Duration>(since / kMillisecond, 0, kTookUnknown - 1));
}

template <class Cells>
void Tracker<Cells>::tell_step(const Now& now, StepId step, Slot slot) {
  const Event& event = now.event;
  const bool answers = event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd;
  const bool timed = answers && event.request_time.seen();
  stories_->step(slot, {.offset_ms = trail_ms(now.mark - table_.attempt(slot).start),
                        .took_ms = timed ? trail_ms(now.mark - event.request_time) : kTookUnknown,
                        .page = event.page,
                        .status = event.status,
                        .step = step,
                        .channel = event.channel});
}

// A click is of every attempt that its visitor has open.
template <class Cells>
void Tracker<Cells>::tell_click(const Now& now, const Click& click) {
  if (now.visitor == 0) return;
  for (Slot slot = table_.session(now.visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (!attempt.open() || !tells(plan(attempt)) || !fits(now, plan(attempt))) continue;
    stories_->click(slot, {.offset_ms = trail_ms(now.mark - attempt.start),
                           .place = click.place,
                           .page = click.page,
                           .kind = click.kind});
  }
}

// The same; of an attempt that the beacon begins it is said then.
template <class Cells>
void Tracker<Cells>::tell_replay(const Now& now, const ReplayPointer& replay) {
  if (now.visitor == 0) return;
  for (Slot slot = table_.session(now.visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.open() && tells(plan(attempt)) && fits(now, plan(attempt))) stories_->point_to(slot, replay);
  }
}

template <class Cells>
void Tracker<Cells>::begin_story(const Now& now, Slot slot) {
  stories_->begin(slot);
  if (const ReplayPointer* replay = now.event.extras.replay()) stories_->point_to(slot, *replay);
}

template <class Cells>
void Tracker<Cells>::tell_end(const JourneyPlan& plan, Slot slot, const Ending& ending, Duration lasted,
                              const Values& values) {
  const Attempt& attempt = table_.attempt(slot);
  stories_->end(slot, plan.first_story, plan.journey->stories_kept,
                {.visitor = table_.session(attempt.session).key,
                 .start = attempt.start,
                 .end = ending.when,
                 .journey = plan.id,
                 .outcome = ending.outcome,
                 .lasted = lasted,
                 .waited = ending.waited,
                 .dimensions = values});
}

}  // namespace bellrock::journey
