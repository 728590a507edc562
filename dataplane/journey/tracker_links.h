// Visitors with several keys: the Tracker's linking (link_table.h). Include tracker.h.
//
// An event is of the visitor of its first key. Keys that come together are his from then on: one that was linked with
// none brings what it has under way along, one that had other partners leaves them and comes alone. He is the one who
// has several keys already, in the order in which the event has its keys; a new one, where none of them has. A filtered
// message links nobody, and neither does an answer, which carries one key only.
//
// Of each journey at which both have attempts under way those of the one who began first go on, and the other's are
// superseded. What is done is done in steps that may be committed one by one: the event, applied again, goes on.
#pragma once

#include <algorithm>

#include "dataplane/journey/tracker.h"

namespace bellrock::journey {

// Whose session a key means as things are.
template <class Cells>
Visitor Tracker<Cells>::session_of(const Visitor& key) const {
  const LinkTable::Place place = links_.find(key);
  return place.record == 0 ? key : links_.visitor(place.record);
}

// What is due before the event happens before anybody is linked.
template <class Cells>
void Tracker<Cells>::expire_visitors_of(const Event& event) {
  const bool links = links_keys(event);
  const Visitor first = visitor_of(event);
  expire_visitor(table_.find(links ? session_of(first) : first), event.time);
  for (const Visitor& key : event.extras.more_keys()) expire_visitor(table_.find(session_of(key)), event.time);
}

template <class Cells>
Visitor Tracker<Cells>::linked(const Event& event) {
  const Visitor first = visitor_of(event);
  const LinkTable::Place place = links_.find(first);
  const bool asks = carries_keys(event.channel);
  if (asks && event.filter == Filter::kNone) {
    if (!event.extras.more_keys().empty()) return link_all(event);
    if (place.record != 0) links_.see(place, first, event.time);
  }
  return place.record == 0 ? first : links_.visitor(place.record);
}

template <class Cells>
Visitor Tracker<Cells>::link_all(const Event& event) {
  const Visitor first = visitor_of(event);
  const LinkTable::Record record = common_record(event);
  if (record == 0) return counters_.add(EventCount::kLinksFull), first;
  if (!link_key(record, first, event)) return counters_.add(EventCount::kLinkFull), session_of(first);
  for (const Visitor& key : event.extras.more_keys()) {
    if (!link_key(record, key, event)) counters_.add(EventCount::kLinkFull);
  }
  return links_.visitor(record);
}

// Of the first key that has partners, else of the first that had some, else a new one.
template <class Cells>
LinkTable::Record Tracker<Cells>::common_record(const Event& event) {
  LinkTable::Record found = 0;
  const auto look = [&](const Visitor& key) {
    const LinkTable::Record record = links_.find(key).record;
    if (record == 0) return;
    if (found == 0 || (links_.key_count(found) < 2 && links_.key_count(record) > 1)) found = record;
  };
  look(visitor_of(event));
  for (const Visitor& key : event.extras.more_keys()) look(key);
  if (found != 0) return found;
  std::size_t forgotten = 0;
  found = links_.add(
      event.identity, [this](const Visitor& visitor) { return table_.find(visitor) != 0; }, forgotten);
  if (forgotten != 0) counters_.add(EventCount::kLinksForgotten, forgotten);
  return found;
}

template <class Cells>
bool Tracker<Cells>::link_key(LinkTable::Record record, const Visitor& key, const Event& event) {
  const LinkTable::Place place = links_.find(key);
  if (place.record == record) return links_.see(place, key, event.time), true;
  const std::size_t forgotten = links_.make_room(record, event.time - links_max_[event.identity.index()]);
  if (forgotten != 0) counters_.add(EventCount::kLinksForgotten, forgotten);
  if (!links_.has_room(record)) return false;
  const bool has_partners = place.record != 0 && links_.key_count(place.record) > 1;
  if (!has_partners) {
    const Visitor from = place.record == 0 ? key : links_.visitor(place.record);
    merge(from, links_.visitor(record), event);
    pages_.rename(from, links_.visitor(record));
  }
  if (place.record != 0) links_.leave(place);
  links_.join(record, key, event.time);
  counters_.add(has_partners ? EventCount::kRelinked : EventCount::kLinked);
  commit_if_full();
  return true;
}

template <class Cells>
void Tracker<Cells>::merge(const Visitor& from, const Visitor& into, const Event& event) {
  const Slot moved = table_.find(from), stays = table_.find(into);
  if (moved == 0) return;
  if (stays == 0) return table_.rename(moved, into);
  SessionTable::Leads leads{};
  for (Slot slot = table_.session(moved).newest; slot != 0; slot = table_.attempt(slot).older) {
    const JourneyId journey = table_.attempt(slot).journey;
    leads[journey.index()] = Attempts(table_, moved, journey).lead(Attempts(table_, stays, journey));
  }
  supersede_where(moved, leads, false, event);
  supersede_where(stays, leads, true, event);
  join_page_views(moved, stays);
  const Instant last = table_.session(moved).last_activity;
  if (table_.session(stays).last_activity < last) journal_.set(table_.session(stays).last_activity, last);
  join_visits(moved, stays);
  // It is gone when nothing but visits were in it.
  if (table_.find(from) == moved) table_.join(stays, moved, leads);
  forget_beyond_kept(stays);
}

// The open attempts of journeys at which the one who is moved leads, or does not.
template <class Cells>
void Tracker<Cells>::supersede_where(Slot visitor, const SessionTable::Leads& leads, bool moved_leads,
                                     const Event& event) {
  const Instant mark = event.edge_time.seen() ? event.edge_time : event.time;
  for (Slot slot = table_.session(visitor).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (!attempt.open() || leads[attempt.journey.index()] != moved_leads) continue;
    end(slot, {Outcome::kSuperseded, event.time, mark, &event});
    commit_if_full();
  }
}

// Page views are kept of the one who was active last. The other's attempts can compare no numbers any more: what they
// have missed is lost, else arrivals decide.
template <class Cells>
void Tracker<Cells>::join_page_views(Slot moved, Slot stays) {
  const Session& theirs = table_.session(moved);
  const Session& ours = table_.session(stays);
  const bool keeps_theirs =
      theirs.views[0].used() && (!ours.views[0].used() || theirs.last_activity > ours.last_activity);
  const Slot loser = keeps_theirs ? stays : moved;
  for (Slot slot = table_.session(loser).newest; slot != 0; slot = table_.attempt(slot).older) {
    Attempt& attempt = table_.attempt(slot);
    if (!attempt.acked() || !attempt.is(Attempt::kNumbered)) continue;
    const bool lost = beacons_are_missing(attempt, table_.session(loser));
    const unsigned flags = lost ? attempt.flags | Attempt::kBeaconLost : attempt.flags & ~unsigned{Attempt::kNumbered};
    journal_.set(attempt.flags, static_cast<std::uint8_t>(flags));
    journal_.set(attempt.waits.numbers_from, {});
  }
  if (keeps_theirs) table_.set_page_views(stays, {theirs.views, theirs.views_linked});
}

// One visit of two at the same journey, which began with the first and is what the attempt was that ended last.
template <class Cells>
void Tracker<Cells>::join_visits(Slot moved, Slot stays) {
  for (Slot slot = table_.session(moved).newest, older = 0; slot != 0; slot = older) {
    const Attempt& gone = table_.attempt(slot);
    older = gone.older;
    const Slot kept = gone.is_visit() ? Attempts(table_, stays, gone.journey).visit() : 0;
    if (kept == 0) continue;
    Attempt changed = table_.attempt(kept);
    const bool later = gone.last_step >= changed.last_step;
    changed.tallies = joined_tallies(*plan(gone).journey, later ? changed.tallies : gone.tallies,
                                     later ? gone.tallies : changed.tallies);
    changed.start = std::min(changed.start, gone.start);
    if (later) {
      changed.dimensions = gone.dimensions;
      changed.last_step = gone.last_step;
    }
    journal_.set_record(table_.attempt(kept), changed);
    remove(slot);
  }
}

// What ended first goes first, as when another attempt begins.
template <class Cells>
void Tracker<Cells>::forget_beyond_kept(Slot visitor) {
  std::array<std::uint8_t, kJourneysMax> ended{};
  for (Slot slot = table_.session(visitor).newest, older = 0; slot != 0; slot = older) {
    const Attempt& attempt = table_.attempt(slot);
    older = attempt.older;
    if (!attempt.ended() || ++ended[attempt.journey.index()] <= kEndedKeptMax) continue;
    remove(slot);
    commit_if_full();
  }
}

}  // namespace bellrock::journey
