// What a visitor's messages say about channels that could have carried an expected success, and what follows when it
// stays away: the Tracker's silent failures. Include tracker.h.
//
// A channel is alive once it has carried something from after the ack: for HTTP any request; for beacons one whose
// number is not below the first after the ack or, where numbers cannot be compared, one that came at least
// kAliveAfter after it. Is every channel alive, nothing is waited for but the window's end, which is then a deadline
// like others: in the past, when a message after it was the first to show that a channel was alive, so that what this
// message itself does comes first.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

// False: the beacon has been here before.
template <class Cells>
bool Tracker<Cells>::see_number(const Now& now) {
  const Session& session = table_.session(now.visitor);
  PageViews views{session.views, session.views_linked};
  const PageViews::Place place = views.place(now.event.page_view, now.event.number);
  if (place.what == PageViews::What::kDuplicate) {
    counters_.add(EventCount::kDuplicateBeacon);
    return false;
  }
  if (place.what == PageViews::What::kTooOld) return true;
  for (Slot slot = session.newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.acked() && attempt.is(Attempt::kNumbered)) follow_number(slot, views, place, now.event.number);
  }
  views.put(place, now.event.page_view, now.event.number);
  table_.set_page_views(now.visitor, views);
  return true;
}

// The number is about to be put into `views`. What the attempt misses there, and then could no longer see, is lost.
template <class Cells>
void Tracker<Cells>::follow_number(Slot slot, const PageViews& views, PageViews::Place place, std::uint32_t number) {
  using What = PageViews::What;
  Attempt& attempt = table_.attempt(slot);
  auto from = attempt.waits.numbers_from;
  const PageView& view = views.latest[place.view];
  bool lost = place.what == What::kBegins ? number > kNumbersKept
                                          : gives_up(view, number, marked_number(view, from[place.view]));
  if (place.what != What::kNumber) {
    const PageView& leaves = views.latest[1];
    lost = lost || (!views.linked && misses(leaves, marked_number(leaves, from[1])));
    from = {place.what == What::kContinues ? from[0] : std::uint16_t{0}, from[0]};
    journal_.set(attempt.waits.numbers_from, from);
  }
  if (lost) set_flag(attempt, Attempt::kBeaconLost);
}

// The answer that promises the success.
template <class Cells>
void Tracker<Cells>::begin_window(const Now& now, Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  const Session& session = table_.session(now.visitor);
  std::array<std::uint16_t, 2> from{};
  for (std::size_t k = 0; k < from.size(); ++k) {
    if (session.views[k].used()) from[k] = number_mark(session.views[k].highest + 1);
  }
  journal_.set(attempt.waits.acked_at, now.mark);
  journal_.set(attempt.waits.numbers_from, from);
  if (session.views[0].used()) set_flag(attempt, Attempt::kNumbered);
}

template <class Cells>
void Tracker<Cells>::listen(const Now& now, Slot slot) {
  Attempt& attempt = table_.attempt(slot);
  const bool asked = follow_expected_request(now, attempt);
  const std::uint8_t alive = attempt.acked() ? heard_on(now, attempt) : std::uint8_t{0};
  if (alive != 0 && !attempt.is(alive)) {
    set_flag(attempt, alive);
  } else if (!asked) {
    return;
  }
  if (silence_is_certain(plan(attempt), attempt)) deadlines_.set(slot, deadline(attempt));
}

// The expected page may be on its way: the last request for it, sent before the window's end, holds the verdict until
// it is answered or dies. An answer that was not captured may have been it. True: one no longer does.
template <class Cells>
bool Tracker<Cells>::follow_expected_request(const Now& now, Attempt& attempt) {
  std::uint32_t& expected = attempt.waits.expected_request;
  if (now.event.channel == Channel::kHttpResponse || now.event.channel == Channel::kHttpEnd) {
    if (expected == 0 || !now.event.request_time.seen() || request_mark(now.event.request_time) != expected)
      return false;
    journal_.set(expected, std::uint32_t{0});
    if (now.event.missed) {
      journal_.set(attempt.traits, static_cast<std::uint8_t>(attempt.traits | Attempt::kAnswerLost));
    }
    return true;
  }
  for (std::size_t i = 0; i < now.event.match_count; ++i) {
    const StepMatch& match = now.event.matches[i];
    if (!match.expected || match.journey != attempt.journey) continue;
    if (attempt.acked() && now.mark > window_end(plan(attempt), attempt)) continue;
    journal_.set(expected, request_mark(now.mark));
  }
  return false;
}

// The flag of the channel that the event shows to be alive; 0: none.
template <class Cells>
std::uint8_t Tracker<Cells>::heard_on(const Now& now, const Attempt& attempt) const {
  const Event& event = now.event;
  const Instant acked_at = attempt.waits.acked_at;
  if (event.channel == Channel::kHttpRequest) return event.time > acked_at ? Attempt::kHttpAlive : std::uint8_t{0};
  if (event.channel != Channel::kBeacon) return 0;
  bool alive = event.time - acked_at >= kAliveAfter;
  const Session& session = table_.session(now.visitor);
  for (std::size_t k = 0; k < session.views.size() && event.numbered; ++k) {
    const PageView& view = session.views[k];
    const std::uint16_t from = attempt.waits.numbers_from[k];
    if (!view.used() || view.id != event.page_view || from == 0) continue;
    alive = event.time > acked_at && event.number >= marked_number(view, from);
    break;
  }
  return alive ? Attempt::kBeaconsAlive : std::uint8_t{0};
}

template <class Cells>
void Tracker<Cells>::set_flag(Attempt& attempt, std::uint8_t flag) {
  if (!attempt.is(flag)) journal_.set(attempt.flags, static_cast<std::uint8_t>(attempt.flags | flag));
}

}  // namespace bellrock::journey
