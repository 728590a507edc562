#include "dataplane/app/core.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace bellrock::app {

namespace {

// How long after a rotation a record can still be under the key before: an attempt's longest life, and as long again as
// it stays when it has ended.
Duration record_life_max(const journey::Definition& definition) {
  Duration longest = definition.coverage.on ? definition.coverage.within : 0;
  for (const journey::Journey& journey : definition.journeys) {
    const Duration life = std::min(definition.identities[journey.identity.index()].max, journey::kKeyLife);
    longest = std::max(longest, life + std::min(journey.idle, journey::kKeyLife));
  }
  return longest;
}

unsigned linking_of(const journey::Definition& definition) {
  unsigned linking = 0;
  for (std::size_t i = 0; i < definition.identities.size(); ++i) {
    linking |= static_cast<unsigned>(definition.identities[i].link) << i;
  }
  return linking;
}

}  // namespace

Core::Core(const journey::Definition& definition, board::Board& board, std::uint32_t index, Pace pace, void (*wait)())
    : view_(board.core(index)),
      keys_(board.keys()),
      previous_key_keep_(record_life_max(definition)),
      linking_(linking_of(definition)),
      pace_(pace),
      wait_(wait),
      journey_count_(definition.journeys.size()),
      journal_(board.journal(index)),
      banks_(view_, journal_),
      shard_(view_.shard, board.sizes().cells, board.sizes().pages, journal_, event_counters_),
      tracker_(definition, view_.sessions, shard_, journal_, event_counters_, view_.seen_pages),
      click_period_(definition.click_grid.every / kWindow),
      clicks_(view_.clicks, board.sizes().click_places, journal_),
      trails_(view_.trails, board.sizes().trails, journal_),
      stories_(view_.stories, board.sizes().attempts, board.sizes().stories, journey::rank_key_of(keys_.owner),
               journal_),
      seen_beacons_(view_.seen_beacons, journal_),
      held_(definition, view_.held, board.sizes().held, journal_) {
  shard_.set_active(banks_.active());
  packet_counters_.add(StreamCount::kConnectionsLost, view_.control.connections);
  if (pace_ == Pace::kLive) {
    tracker_.set_timers_max(kTimersPerPollMax);
    tracker_.doubt_pages();
  }
  tracker_.set_commit({[](void* core) { static_cast<Core*>(core)->commit(); }, this});
  tracker_.enter_bank(view_.control.sealed.load() + 1);
  clicks_.enter(banks_.click_table());
  tracker_.set_click_map(clicks_);
  if (definition.frustration.on) tracker_.set_trails(trails_, definition.frustration);
  stories_.enter(banks_.active());
  tracker_.set_storyboards(stories_);
  if (seen_beacons_.on()) tracker_.set_seen_beacons(seen_beacons_);
  commit();
}

void Core::on_event(const Event& event, std::uint32_t from) {
  if (held_.on()) return hold(event);
  reach(event.time);
  track(event, from);
}

// Of two workers' messages the events may come in turn, and a restart may come between two of one message.
void Core::track(const Event& event, std::uint32_t from) {
  board::CoreControl& control = view_.control;
  const std::uint64_t bit = std::uint64_t{1} << from;
  if (event.continued) tracker_.resume({(control.dropping & bit) != 0, (control.filtering & bit) != 0});
  tracker_.on_event(event);
  const auto keep = [&](std::uint64_t& bits, bool on) {
    if (((bits & bit) != 0) != on) journal_.set(bits, bits ^ bit);
  };
  keep(control.dropping, tracker_.message().dropping);
  keep(control.filtering, tracker_.message().filtering);
}

void Core::hold(const Event& event) {
  release(event.time);
  if (held_.full()) {
    event_counters_.add(EventCount::kReleasedEarly);
    release_first();
  }
  const bool of_a_message = event.extras.sight() == nullptr;  // else beside the event that counts for it
  if (held_.put(event) && of_a_message) event_counters_.add(EventCount::kReordered);
}

void Core::release(Instant now) {
  reached_ = std::max(reached_, now);
  while (due(reached_)) release_first();
}

// Deadlines and windows before it commit by themselves, so that it leaves the hold with its own changes only.
void Core::release_first() {
  const Event& event = held_.first();
  reach(event.time);
  track(event, 0);  // in their order, whoever saw them
  held_.pop();
  commit();
}

void Core::release_all() {
  while (held_.on() && !held_.empty()) release_first();
}

void Core::catch_up(Instant now) {
  release_all();
  reach(now);
  fire(now);
}

void Core::advance(Instant now) {
  if (!held_.on()) return reach(now);
  release(now);
  reach(opened() ? now - held_.wait() : now);
}

void Core::reach(Instant now) {
  const std::int64_t target = window_of(now);
  if (!opened()) banks_.start(target);
  while (banks_.window() < target) {
    const bool all = tracker_.expire(window_start(banks_.window() + 1));
    commit();
    if (!all) return;
    if (!seal(next_window(target))) return;
  }
}

// With nobody under way no deadline can fall into the windows in between: they are empty and need no seal. But for the
// last one of a period with clicks, whose table goes with that window's bank on every core.
std::int64_t Core::next_window(std::int64_t target) const {
  const std::int64_t window = banks_.window();
  if (!tracker_.idle()) return window + 1;
  if (clicks_.empty()) return target;
  const std::int64_t last_of_period = (window / click_period_ + 1) * click_period_ - 1;
  return window == last_of_period ? target : std::min(target, last_of_period);
}

void Core::expire(Instant now) { fire(now - held_.wait()); }

void Core::fire(Instant before) {
  if (opened() && banks_.window() == window_of(before)) tracker_.expire(before);
}

// `last`: of a capture. Clicks that go with the bank are recorded then.
bool Core::seal(std::int64_t next_window, bool last) {
  if (!banks_.may_seal()) {
    if (pace_ == Pace::kLive) {
      if (next_window != late_window_) event_counters_.add(EventCount::kLateRoll);
      late_window_ = next_window;
      return false;
    }
    while (!banks_.may_seal()) wait_();
  }
  std::array<std::uint64_t, kJourneysMax> open{};
  for (std::size_t j = 0; j < journey_count_; ++j) open[j] = tracker_.open(JourneyId{j});
  const bool period_ends = banks_.window() / click_period_ != next_window / click_period_;
  const bool hand_clicks = (last || period_ends) && !clicks_.empty();
  if (hand_clicks) {
    event_counters_.add(EventCount::kRecorded, clicks_.take_unrecorded());
    commit();
  }
  banks_.seal(next_window, std::span(open).first(journey_count_), hand_clicks);
  clicks_.enter(banks_.click_table());
  shard_.set_active(banks_.active());
  stories_.enter(banks_.active());
  tracker_.enter_bank(view_.control.sealed.load() + 1);
  tracker_.refresh_values(window_start(next_window));
  commit();
  return true;
}

void Core::seal_if_asked() {
  if (banks_.asked() && opened() && banks_.may_seal()) seal(banks_.window());
}

void Core::seal_if_possible() {
  if (opened() && banks_.may_seal()) seal(banks_.window());
}

void Core::seal_last() {
  if (opened()) seal(banks_.window() + 1, true);
}

void Core::move(Counters& counters) {
  counters.take_each([this](CounterId id, std::uint64_t by) { journal_.add(view_.counters[id], by); });
}

void Core::commit() {
  move(event_counters_);
  journal_.commit();
}

void Core::commit_position(std::uint64_t next_ordinal) { commit_at(next_ordinal, 0); }

void Core::commit_ends(std::uint64_t next_ordinal, std::uint64_t events_done) {
  if (view_.control.part_end != next_ordinal) journal_.set(view_.control.part_end, next_ordinal);
  commit_at(next_ordinal, events_done);
}

void Core::commit_at(std::uint64_t next_ordinal, std::uint64_t events_done) {
  move(packet_counters_);
  if (view_.control.position != next_ordinal) journal_.set(view_.control.position, next_ordinal);
  if (view_.control.connections != connections_) journal_.set(view_.control.connections, connections_);
  if (view_.control.events_done != events_done) journal_.set(view_.control.events_done, events_done);
  commit();
}

// The position stays: what the packets since then counted of themselves is counted when they are read again.
void Core::commit_part(std::uint64_t ordinal, std::uint64_t events_done) {
  if (view_.control.part_end != ordinal + 1) journal_.set(view_.control.part_end, ordinal + 1);
  journal_.set(view_.control.events_done, events_done);
  commit();
}

// The first day is the board's, so that workers which start on both sides of a midnight mean the same key.
journey::SessionKeys Core::session_keys(Instant now) {
  journey::KeyChain& chain = view_.control.session_keys;
  const std::int64_t day = journey::key_day_of(now);
  if (now.seen() && day > chain.day) {
    commit();
    std::int64_t first = 0;
    if (chain.day == 0 && !std::atomic_ref(keys_.first_day).compare_exchange_strong(first, day)) {
      journey::rotate_to(chain, first, journal_);
    }
    journey::rotate_to(chain, day, journal_);
  }
  return journey::keys_at(chain, now, previous_key_keep_);
}

std::uint64_t Core::position() const { return view_.control.position; }

std::uint64_t Core::events_done() const { return view_.control.events_done; }

}  // namespace bellrock::app
