// Which answered pages are heard of by beacons, and where their time and that of calls went: the Tracker's counts for
// them (flow/page_sight.h). A page is counted where it is seen, what became of it where that is decided: when its first
// beacon comes, or when it has waited for as long as it may. Include tracker.h.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

// Nobody who is filtered has one.
template <class Cells>
void Tracker<Cells>::on_sight(const Event& event, const PageSight& sight) {
  if (!pages_.on()) return;
  Visitor who = visitor_of(event);
  if (links_keys(event)) who = session_of(who);
  switch (sight.what) {
    case PageSight::What::kNothing:
      return;
    case PageSight::What::kPage:
      return see_page(who, sight, event.time);
    case PageSight::What::kBeacon:
      return hear_of_page(who, sight, event.time);
    case PageSight::What::kCall:
      return see_call(who, sight, event.time);
    case PageSight::What::kCallBeacon:
      return hear_of_call(who, sight, event.time);
  }
}

template <class Cells>
void Tracker<Cells>::see_page(const Visitor& who, const PageSight& sight, Instant time) {
  recorder_.coverage(sight.page, CoverageItem::kSeen, sight.browser, sight.place);
  const bool no_key = who.key.none();
  if (no_key || pages_.crowded(who, sight.path)) {
    const CoverageItem why = no_key ? CoverageItem::kUnknownNoKey : CoverageItem::kUnknownCrowded;
    recorder_.coverage(sight.page, why, sight.browser, sight.place);
    return recorder_.split(sight.page, SplitItem::kNotFollowed, sight.device);
  }
  wait_for(who, sight, time);
}

template <class Cells>
void Tracker<Cells>::see_call(const Visitor& who, const PageSight& sight, Instant time) {
  if (who.key.none() || pages_.crowded(who, sight.path)) {
    return recorder_.split(sight.page, SplitItem::kNotFollowed, sight.device);
  }
  wait_for(who, sight, time);
}

// There is a key, and the visitor's pages and calls are not too many.
template <class Cells>
void Tracker<Cells>::wait_for(const Visitor& who, const PageSight& sight, Instant time) {
  if (pages_.full()) end_page(CoverageItem::kUnknownForgotten, SplitItem::kForgotten);
  SeenPage page;
  page.seen = time;
  page.server_us = sight.first_us;
  page.path = sight.path;
  page.page = sight.page;
  page.device = sight.device;
  page.browser = sight.browser;
  page.place = sight.place;
  page.state = sight.what == PageSight::What::kCall ? SeenPage::kCall : std::uint8_t{0};
  pages_.add(who, page);
}

template <class Cells>
void Tracker<Cells>::hear_of_page(const Visitor& who, const PageSight& sight, Instant time) {
  const SeenPages::Place place = who.key.none() ? 0 : pages_.find(who, sight, time);
  if (place == 0) {
    const CoverageItem what = who.key.none() ? CoverageItem::kBeaconNoKey
                              : sight.first  ? CoverageItem::kBeaconUnseen
                                             : CoverageItem::kBeaconFurther;
    recorder_.coverage(sight.page, what, sight.browser, sight.place);
  } else {
    const SeenPage& page = pages_.at(place);
    const bool covers = !page.covered();
    recorder_.coverage(page.page, covers ? CoverageItem::kCovered : CoverageItem::kBeaconFurther, page.browser,
                       page.place);
    if (covers) pages_.cover(place, sight.view);
  }
  if (sight.first_us == kNoPageTime) return;
  const bool dated = sight.age_ms != kNoPageTime && !who.key.none();
  time_page(dated ? pages_.find_load(who, sight, time) : place, sight);
}

// Which page a beacon covers makes no difference to the sums; whose times it tells does, so it is not always the same.
template <class Cells>
void Tracker<Cells>::time_page(SeenPages::Place place, const PageSight& sight) {
  if (place == 0) return recorder_.split(sight.page, SplitItem::kNoPage, sight.device);
  if (pages_.at(place).timed()) return;
  count_split(pages_.at(place), sight);
  pages_.set_timed(place);
}

template <class Cells>
void Tracker<Cells>::hear_of_call(const Visitor& who, const PageSight& sight, Instant time) {
  const SeenPages::Place place = who.key.none() ? 0 : pages_.find_call(who, sight, time);
  if (place == 0) return recorder_.split(sight.page, SplitItem::kNoPage, sight.device);
  count_split(pages_.at(place), sight);
  pages_.set_timed(place);
}

// Of the browser's time to first byte what was not the server's, and what came after it.
template <class Cells>
void Tracker<Cells>::count_split(const SeenPage& page, const PageSight& sight) {
  const auto count = [&](SplitItem all, SplitItem clamped, std::uint32_t until, std::uint32_t from) {
    const Duration took = until < from ? 0 : Duration{until - from} * kMicrosecond;
    recorder_.split(page.page, until < from ? clamped : all, page.device, took);
  };
  count(SplitItem::kServer, SplitItem::kServer, page.server_us, 0);
  count(SplitItem::kNetwork, SplitItem::kNetworkClamped, sight.first_us, page.server_us);
  if (sight.load_us == kNoPageTime) return;
  count(SplitItem::kClient, SplitItem::kClientClamped, sight.load_us, sight.first_us);
}

// The oldest page waits no longer.
template <class Cells>
void Tracker<Cells>::end_page(CoverageItem uncovered, SplitItem untimed) {
  count_ended_page(pages_.oldest(), uncovered, untimed, recorder_);
  pages_.forget_oldest();
}

// As Tracker::expire; what it leaves is only counted later.
template <class Cells>
bool Tracker<Cells>::expire_pages(Instant before, std::uint32_t fired) {
  for (; pages_.due(before); ++fired) {
    if (fired >= timers_max_) return counters_.add(EventCount::kLateTimers), false;
    end_page(pages_.oldest_is_doubted() ? CoverageItem::kUnknownRestart : CoverageItem::kUncovered,
             SplitItem::kNoTiming);
    commit_if_full();
  }
  return true;
}

}  // namespace bellrock::journey
