// What a message says of a page, whoever's it is: web vitals, clicks and errors. The Tracker's counts for them. Include
// tracker.h.
#pragma once

#include <bit>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

template <class Cells>
void Tracker<Cells>::count_page(const Event& event) {
  const bool counts = event.filter == Filter::kNone;
  if (const VitalValues* view = event.extras.vitals(); view != nullptr && counts) count_vitals(*view);
  if (const auto click = event.extras.click()) {
    counts ? count_click(*click) : counters_.add(EventCount::kClicksDropped);
  }
  if (const PageError* error = event.extras.error(); error != nullptr) {
    counts ? count_error(*error, event.time) : counters_.add(EventCount::kPageErrorsDropped);
  }
}

template <class Cells>
void Tracker<Cells>::count_click(const Click& click) {
  recorder_.click(click);
  if (click_map_ != nullptr) click_map_->count(click);
}

template <class Cells>
void Tracker<Cells>::count_error(const PageError& error, Instant time) {
  TopValues& codes = tops_[error_codes_];
  recorder_.error(error.page, codes.counted(codes.see(error.code(), time)));
}

template <class Cells>
void Tracker<Cells>::count_vitals(const VitalValues& view) {
  for (unsigned left = view.said; left != 0; left &= left - 1) {
    recorder_.vital(view, static_cast<Vital>(std::countr_zero(left)));
    counters_.add(EventCount::kVitals);
  }
}

// Of a message that is as if it had not come: its answer, its click and its error are counted apart all the same.
template <class Cells>
void Tracker<Cells>::refuse_signals(const Event& event, EventCount answer) {
  if (answer_of(event) != nullptr) counters_.add(answer);
  if (event.extras.click()) counters_.add(EventCount::kClicksDropped);
  if (event.extras.error() != nullptr) counters_.add(EventCount::kPageErrorsDropped);
}

}  // namespace bellrock::journey
