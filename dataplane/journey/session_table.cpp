#include "dataplane/journey/session_table.h"

#include <cstddef>
#include <numeric>

#include "dataplane/base/check.h"

namespace bellrock::journey {

bool JourneyTotals::conserved() const { return starts == std::accumulate(outcomes.begin(), outcomes.end(), open); }

SessionTable::SessionTable(std::span<std::byte> memory, std::uint32_t sessions, std::uint32_t attempts,
                           Journal& journal)
    : journal_(journal) {
  CHECK(memory.size() >= bytes_needed(sessions, attempts));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  std::byte* at = memory.data();
  header_ = reinterpret_cast<Header*>(at);
  at += sizeof(Header);
  attempts_ = {reinterpret_cast<Attempt*>(at), attempts};  // two lines of the cache each
  at += attempts_.size_bytes();
  sessions_ = {reinterpret_cast<Session*>(at), sessions};
  at += sessions_.size_bytes();
  buckets_ = {reinterpret_cast<Slot*>(at), bucket_count(sessions)};
}

// The hash is a keyed one, but its remainder has picked this core: multiplying spreads what is left of it (Knuth, The
// Art of Computer Programming, volume 3, 6.4).
Slot& SessionTable::bucket(std::uint32_t hash) const {
  const std::uint64_t spread = std::uint64_t{hash} * 0x9e37'79b9'7f4a'7c15;
  return buckets_[(spread >> 32) & (buckets_.size() - 1)];
}

Slot SessionTable::find(const Visitor& visitor) const {
  Slot slot = bucket(visitor.hash);
  while (slot != 0 && !session(slot).is(visitor)) slot = session(slot).next;
  return slot;
}

void SessionTable::rekey(Slot slot, const Visitor& visitor) {
  Session& known = session(slot);
  if (known.key == visitor.key || known.key != visitor.previous) return;  // an answer from before moves nothing back
  Session changed = known;
  changed.previous = known.key;
  changed.key = visitor.key;
  journal_.set_record(known, changed);
}

void SessionTable::leave_bucket(Slot slot) {
  Slot* link = &bucket(session(slot).hash);
  while (*link != slot) link = &session(*link).next;
  journal_.set(*link, session(slot).next);
}

void SessionTable::rename(Slot slot, const Visitor& visitor) {
  leave_bucket(slot);
  Session changed = session(slot);
  changed.key = visitor.key;
  changed.previous = visitor.previous;
  changed.hash = visitor.hash;
  Slot& head = bucket(visitor.hash);
  changed.next = head;
  journal_.set_record(session(slot), changed);
  journal_.set(head, slot);
}

void SessionTable::join(Slot into, Slot from, const Leads& leads) {
  const Slot first = session(into).newest;
  Slot last = first;
  while (attempt(last).older != 0) last = attempt(last).older;
  Slot* front = &session(into).newest;
  Slot* back = &attempt(last).older;
  for (Slot slot = session(from).newest, next = 0; slot != 0; slot = next) {
    Attempt& moved = attempt(slot);
    next = moved.older;
    journal_.set(moved.session, into);
    Slot*& end = leads[moved.journey.index()] ? front : back;
    journal_.set(*end, slot);
    end = &moved.older;
  }
  journal_.set(*front, first);
  journal_.set(*back, Slot{0});
  journal_.set(session(from).newest, Slot{0});
  remove_session(from);
}

bool SessionTable::sessions_full() const {
  return header_->free_session == 0 && header_->sessions_used == sessions_.size();
}

bool SessionTable::has_room_for(std::size_t attempts) const {
  std::size_t room = attempts_.size() - header_->attempts_used;
  for (Slot free = header_->free_attempt; free != 0 && room < attempts; free = attempt(free).older) ++room;
  return room >= attempts;
}

Slot SessionTable::add_session(const Visitor& visitor, IdentityId identity, Instant now) {
  DCHECK(!sessions_full());
  Slot slot = header_->free_session;
  if (slot != 0) {
    journal_.set(header_->free_session, session(slot).next);
  } else {
    slot = header_->sessions_used + 1;
    journal_.set(header_->sessions_used, slot);
  }
  Slot& head = bucket(visitor.hash);
  journal_.set_record(session(slot), Session{.key = visitor.key,
                                             .previous = visitor.previous,
                                             .last_activity = now,
                                             .next = head,
                                             .hash = visitor.hash,
                                             .identity = identity});
  journal_.set(head, slot);
  return slot;
}

void SessionTable::set_page_views(Slot slot, const PageViews& views) {
  Session changed = session(slot);
  changed.views = views.latest;
  changed.views_linked = views.linked;
  journal_.set_record(session(slot), changed, offsetof(Session, views) / sizeof(std::uint64_t));
}

Slot SessionTable::add_attempt(Slot session_slot, Attempt attempt_record) {
  DCHECK(has_room_for(1));
  Slot slot = header_->free_attempt;
  if (slot != 0) {
    journal_.set(header_->free_attempt, attempt(slot).older);
  } else {
    slot = header_->attempts_used + 1;
    journal_.set(header_->attempts_used, slot);
  }
  attempt_record.session = session_slot;
  attempt_record.older = session(session_slot).newest;
  journal_.set_record(attempt(slot), attempt_record);
  journal_.set(session(session_slot).newest, slot);
  if (attempt_record.is_visit()) journal_.add(header_->visits, 1);
  if (attempt_record.error_open()) count_open_errors(1);  // it comes from another board
  return slot;
}

void SessionTable::remove_attempt(Slot slot) {
  Attempt& gone = attempt(slot);
  if (gone.ended()) unlink_ended(slot);
  const Slot owner = gone.session;
  Slot* link = &session(owner).newest;
  while (*link != slot) link = &attempt(*link).older;
  journal_.set(*link, gone.older);
  if (gone.is_visit()) journal_.add(header_->visits, std::uint64_t(-1));
  journal_.set(gone.state, AttemptState::kFree);
  journal_.set(gone.correlate, std::uint32_t{0});
  journal_.set(gone.older, header_->free_attempt);
  journal_.set(header_->free_attempt, slot);
  if (session(owner).newest == 0) remove_session(owner);
}

// A free record keeps nothing of its visitor.
void SessionTable::remove_session(Slot slot) {
  Session& gone = session(slot);
  leave_bucket(slot);
  Session free{};
  free.next = header_->free_session;
  journal_.set_record(gone, free);
  journal_.set(header_->free_session, slot);
}

void SessionTable::append_ended(Slot slot) {
  Attempt& ended = attempt(slot);
  const Slot before = header_->newest_ended;
  journal_.set(ended.ending.before, before);
  journal_.set(ended.ending.after, Slot{0});
  journal_.set(before != 0 ? attempt(before).ending.after : header_->oldest_ended, slot);
  journal_.set(header_->newest_ended, slot);
}

void SessionTable::unlink_ended(Slot slot) {
  const Attempt& ended = attempt(slot);
  const Slot before = ended.ending.before;
  const Slot after = ended.ending.after;
  journal_.set(before != 0 ? attempt(before).ending.after : header_->oldest_ended, after);
  journal_.set(after != 0 ? attempt(after).ending.before : header_->newest_ended, before);
}

}  // namespace bellrock::journey
