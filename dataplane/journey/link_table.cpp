#include "dataplane/journey/link_table.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace bellrock::journey {

LinkTable::LinkTable(std::span<std::byte> memory, std::uint32_t records, Journal& journal) : journal_(journal) {
  if (records == 0) return;
  CHECK(memory.size() >= bytes_needed(records));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  std::byte* at = memory.data();
  header_ = reinterpret_cast<Header*>(at);
  at += sizeof(Header);
  links_ = {reinterpret_cast<Link*>(at), records};
  at += links_.size_bytes();
  buckets_ = {reinterpret_cast<std::uint32_t*>(at), bucket_count(records)};
}

// As SessionTable's: a keyed hash, whose remainder has picked the core.
std::uint32_t& LinkTable::bucket(std::uint32_t hash) const {
  const std::uint64_t spread = std::uint64_t{hash} * 0x9e37'79b9'7f4a'7c15;
  return buckets_[(spread >> 32) & (buckets_.size() - 1)];
}

LinkTable::Place LinkTable::find(const VisitorKey& asked) const {
  for (std::uint32_t index = bucket(asked.hash); index != 0; index = key_at(place_of(index)).next) {
    const Key& known = key_at(place_of(index));
    if (known.key == asked.key || (!asked.previous.none() && known.key == asked.previous) ||
        (!known.previous.none() && known.previous == asked.key)) {
      return place_of(index);
    }
  }
  return {};
}

// Numbers are given once on a board. That a hash of 128 bits is one of them is as unlikely as any collision of keys.
VisitorKey LinkTable::visitor_of(const Link& of) {
  constexpr std::uint64_t kLinked = 0x6c69'6e6b'6564'0000;  // "linked"
  return {.key = {{of.number, kLinked | of.identity.value}}, .hash = static_cast<std::uint32_t>(of.number)};
}

std::size_t LinkTable::key_count(Record record) const {
  return static_cast<std::size_t>(std::count_if(link(record).keys.begin(), link(record).keys.end(),
                                                [](const Key& key) { return !key.key.none(); }));
}

// An answer from before a rotation moves nothing back: only one that asks for its previous key is known anew.
void LinkTable::see(Place place, const VisitorKey& key, Instant now) {
  Key changed = key_at(place);
  changed.seen = std::max(changed.seen, now);
  if (!key.previous.none() && changed.key == key.previous) {
    changed.previous = changed.key;
    changed.key = key.key;
  }
  journal_.set_record(key_at(place), changed);
}

LinkTable::Record LinkTable::take_free() {
  const Record record = header_->free != 0 ? header_->free : header_->used + 1;
  if (header_->free != 0) {
    journal_.set(header_->free, links_[record - 1].next_free);
  } else {
    journal_.set(header_->used, record);
  }
  return record;
}

void LinkTable::put(Place place, Key key) {
  std::uint32_t& head = bucket(key.hash);
  key.next = head;
  journal_.set_record(key_at(place), key);
  journal_.set(head, index_of(place));
}

bool LinkTable::join(Record record, const VisitorKey& key, Instant now) {
  const auto& keys = link(record).keys;
  const auto free = std::find_if(keys.begin(), keys.end(), [](const Key& other) { return other.key.none(); });
  if (free == keys.end()) return false;
  put({record, static_cast<std::size_t>(free - keys.begin())},
      {.key = key.key, .previous = {}, .seen = now, .hash = key.hash});
  return true;
}

std::size_t LinkTable::make_room(Record record, Instant before) {
  if (has_room(record)) return 0;
  const auto& keys = link(record).keys;
  const auto oldest =
      std::min_element(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.seen < b.seen; });
  if (oldest->seen >= before) return 0;
  take_out({record, static_cast<std::size_t>(oldest - keys.begin())});
  return 1;
}

void LinkTable::take_out(Place place) {
  const std::uint32_t gone = index_of(place);
  std::uint32_t* at = &bucket(key_at(place).hash);
  while (*at != gone) at = &key_at(place_of(*at)).next;
  journal_.set(*at, key_at(place).next);
  journal_.set_record(key_at(place), Key{});
}

void LinkTable::leave(Place place) {
  take_out(place);
  if (key_count(place.record) == 0) release(place.record);
}

// A free record keeps nothing of its visitor.
void LinkTable::release(Record record) {
  for (std::size_t at = 0; at < kLinkedKeysMax; ++at) {
    if (!link(record).keys[at].key.none()) take_out({record, at});
  }
  Link free{};
  free.next_free = header_->free;
  journal_.set_record(links_[record - 1], free);
  journal_.set(header_->free, record);
}

bool LinkTable::copy(const Link& from) {
  if (!on() || !has_free()) return false;
  const Record record = take_free();
  Link fresh{};
  fresh.number = from.number;
  fresh.identity = from.identity;
  journal_.set_record(links_[record - 1], fresh);
  for (std::size_t at = 0; at < kLinkedKeysMax; ++at) {
    if (!from.keys[at].key.none()) put({record, at}, from.keys[at]);
  }
  if (header_->last_number < from.number) journal_.set(header_->last_number, from.number);
  return true;
}

}  // namespace bellrock::journey
