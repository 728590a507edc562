#include "dataplane/journey/held_events.h"

#include <new>
#include <utility>

#include "dataplane/base/check.h"

namespace bellrock::journey {

Duration longest_reorder_wait(const Definition& definition) {
  Duration longest = 0;
  for (const Identity& identity : definition.identities) longest = std::max(longest, identity.reorder_wait);
  return longest;
}

std::uint32_t HeldEvents::count_in(std::span<const std::byte> memory) {
  if (memory.size() < sizeof(Header)) return 0;
  auto& count = const_cast<std::uint32_t&>(reinterpret_cast<const Header*>(memory.data())->count);
  return std::atomic_ref(count).load(std::memory_order_relaxed);
}

HeldEvents::HeldEvents(const Definition& definition, std::span<std::byte> memory, std::uint32_t events,
                       Journal& journal)
    : journal_(journal), wait_(events == 0 ? 0 : longest_reorder_wait(definition)) {
  for (std::size_t i = 0; i < definition.identities.size(); ++i) waits_[i] = definition.identities[i].reorder_wait;
  if (!on()) return;
  CHECK(memory.size() >= bytes_needed(events));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  std::byte* at = memory.data();
  header_ = reinterpret_cast<Header*>(at);
  at += sizeof(Header);
  slots_ = {reinterpret_cast<Slot*>(at), events};
  at += slots_.size_bytes();
  places_ = {reinterpret_cast<Place*>(at), events};
  at += places_.size_bytes();
  buckets_ = {reinterpret_cast<Index*>(at), bucket_count(events)};
}

bool HeldEvents::put(const Event& event) {
  DCHECK(!full());
  const bool continues = continues_latest(event);
  const Index latest = header_->latest;
  const Index mine = take_slot(event);
  journal_.set(header_->latest, mine);
  journal_.add(header_->count, 1);
  if (continues) {
    journal_.set(slot(latest).more, mine);
    return false;
  }
  const Index at = take_place({.time = event.time,
                               .edge_time = event.edge_time,
                               .slot = mine,
                               .number = event.number,
                               .owner_hash = event.owner_hash,
                               .page_view = event.page_view,
                               .identity = event.identity});
  link(at);
  if (!event.numbered || event.continued || event.key.none() || waits_[event.identity.index()] == 0) return false;
  link_in_bucket(at);
  return sort(at);
}

const Event& HeldEvents::first() {
  const Place& earliest = place(header_->first);
  Event& event = slot(earliest.slot).event;
  // The place knows its times best, so that these need no journal.
  event.time = earliest.time;
  event.edge_time = earliest.edge_time;
  return event;
}

// What is left of a message is next, and nothing may come between.
void HeldEvents::pop() {
  const Index at = header_->first, gone = place(at).slot;
  const Index more = slot(gone).more;
  if (place(at).in_bucket) leave_bucket(at);
  if (more != 0) {
    journal_.set(place(at).slot, more);
  } else {
    release_place(at);
  }
  if (header_->latest == gone) journal_.set(header_->latest, Index{0});
  journal_.set(slot(gone).more, header_->free_slot);
  journal_.set(header_->free_slot, gone);
  journal_.add(header_->count, std::uint32_t(-1));
}

void HeldEvents::release_place(Index at) {
  const Index next = place(at).after;
  journal_.set(header_->first, next);
  journal_.set(next != 0 ? place(next).before : header_->last, Index{0});
  journal_.set(place(at).after, header_->free_place);
  journal_.set(header_->free_place, at);
}

// The event itself is written without the journal: until the slot is linked, it is nobody's.
HeldEvents::Index HeldEvents::take_slot(const Event& event) {
  Index taken = header_->free_slot;
  if (taken != 0) {
    journal_.set(header_->free_slot, slot(taken).more);
    journal_.set(slot(taken).more, Index{0});
  } else {
    taken = header_->slots_used + 1;
    journal_.set(header_->slots_used, taken);
  }
  new (&slot(taken).event) Event(event);
  return taken;
}

HeldEvents::Index HeldEvents::take_place(const Place& content) {
  Index taken = header_->free_place;
  if (taken != 0) {
    journal_.set(header_->free_place, place(taken).after);
  } else {
    taken = header_->places_used + 1;
    journal_.set(header_->places_used, taken);
  }
  journal_.set_record(place(taken), content);
  return taken;
}

// More of what the message put last matches. The head may have left in the meantime, when there was no room for both.
bool HeldEvents::continues_latest(const Event& event) {
  if (!event.continued || header_->latest == 0) return false;
  const Event& latest = slot(header_->latest).event;
  return latest.ordinal == event.ordinal && latest.identity == event.identity && latest.key == event.key;
}

void HeldEvents::link(Index at) {
  Index before = header_->last;
  for (std::size_t steps = 0; by_time_ && before != 0 && steps < kReorderWalkMax; ++steps) {
    if (place(before).time <= place(at).time) break;
    before = place(before).before;
  }
  const Index after = before != 0 ? place(before).after : header_->first;
  journal_.set(place(at).before, before);
  journal_.set(place(at).after, after);
  journal_.set(before != 0 ? place(before).after : header_->first, at);
  journal_.set(after != 0 ? place(after).before : header_->last, at);
}

HeldEvents::Index& HeldEvents::bucket_of(const Place& of) {
  const std::uint64_t mixed = (std::uint64_t{of.owner_hash} << 32 | of.page_view) * 0x9e37'79b9'7f4a'7c15;
  return buckets_[(mixed >> 32) & (buckets_.size() - 1)];
}

void HeldEvents::link_in_bucket(Index at) {
  Index& head = bucket_of(place(at));
  Index newer = 0, older = head;
  for (std::size_t steps = 0; by_time_ && older != 0 && steps < kReorderStepsMax; ++steps) {
    if (place(older).time <= place(at).time) break;
    newer = older;
    older = place(older).older;
  }
  journal_.set(place(at).older, older);
  journal_.set(place(at).newer, newer);
  journal_.set(place(at).in_bucket, true);
  journal_.set(newer != 0 ? place(newer).older : head, at);
  if (older != 0) journal_.set(place(older).newer, at);
}

void HeldEvents::leave_bucket(Index at) {
  const Index older = place(at).older, newer = place(at).newer;
  journal_.set(newer != 0 ? place(newer).older : bucket_of(place(at)), older);
  if (older != 0) journal_.set(place(older).newer, newer);
  journal_.set(place(at).in_bucket, false);
}

bool HeldEvents::same_page_view(Index a, Index b) const {
  const Place &one = place(a), &other = place(b);
  return one.owner_hash == other.owner_hash && one.page_view == other.page_view && one.identity == other.identity;
}

// What stands at `a`, by its number and, of equal ones, by its arrival, which the event itself says until it leaves.
bool HeldEvents::comes_after(Index a, Index b) {
  const Place &one = place(a), &other = place(b);
  if (one.number != other.number) return one.number > other.number;
  return slot(one.slot).event.time > slot(other.slot).event.time;
}

void HeldEvents::exchange(Index a, Index b) {
  const Index slot = place(a).slot;
  const std::uint32_t number = place(a).number;
  journal_.set(place(a).slot, place(b).slot);
  journal_.set(place(a).number, place(b).number);
  journal_.set(place(b).slot, slot);
  journal_.set(place(b).number, number);
}

// Those before it are in order: it goes down from place to place, as far as its wait reaches, while they hold later
// numbers. Up only where it was handed over late, and its place is before others'.
bool HeldEvents::sort(Index arrived) {
  const Duration wait = waits_[place(arrived).identity.index()];
  const Instant came = place(arrived).time;
  Index at = arrived;
  std::size_t steps = 0;
  for (Index other = place(at).older; other != 0 && steps < kReorderStepsMax; other = place(other).older, ++steps) {
    if (!same_page_view(other, arrived)) continue;
    if (!comes_after(other, at) || came - place(other).time > wait) break;
    exchange(other, at);
    at = other;
  }
  const bool moved = at != arrived;
  at = arrived;
  steps = 0;
  for (Index other = place(at).newer; other != 0 && steps < kReorderStepsMax; other = place(other).newer, ++steps) {
    if (!same_page_view(other, arrived)) continue;
    if (!comes_after(at, other) || place(other).time - came > wait) break;
    exchange(other, at);
    at = other;
  }
  return moved;
}

}  // namespace bellrock::journey
