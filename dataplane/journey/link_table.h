// Which keys are one visitor's: fixed-size records on the board, each for up to kLinkedKeysMax keys that messages have
// carried together (`link` of an Identity). A key that never came with another one has no record here. The visitor's
// session lies under the record's number instead of under a key, so that a key may come and go. Changed through the
// journal only; all zero is an empty table, and a restarted process goes on with what it finds. Owned by the owner
// core; never allocates; a full table is an answer.
//
// Keys rotate as those of sessions do: one that is found under the key before is from then on known under its new one.
// Nothing here ends by time. When there is no room, a record whose visitor has nothing under way gives way (its finder
// is asked), and in a full record a key that has not been seen for as long as an attempt may last.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/ids.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/event_extras.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

class LinkTable {
 public:
  using Record = std::uint32_t;  // 1 + index of one; 0: none
  // Where a key stands.
  struct Place {
    Record record = 0;  // 0: nowhere, it is linked with none
    std::size_t at = 0;
  };

  // Of 64-byte-aligned memory for so many visitors, all zero at first.
  static constexpr std::size_t bytes_needed(std::uint32_t records) {
    return records == 0 ? 0 : sizeof(Header) + records * sizeof(Link) + bucket_count(records) * sizeof(std::uint32_t);
  }

  LinkTable(std::span<std::byte> memory, std::uint32_t records, Journal& journal);

  [[nodiscard]] bool on() const { return !links_.empty(); }
  [[nodiscard]] Place find(const VisitorKey& key) const;
  // Whose session a record's keys mean. Never one that a key alone could be.
  [[nodiscard]] VisitorKey visitor(Record record) const { return visitor_of(link(record)); }
  [[nodiscard]] std::size_t key_count(Record record) const;

  // The key has come: known under its current value, and seen.
  void see(Place place, const VisitorKey& key, Instant now);
  // A record without keys; 0: there is no room. `in_use(visitor)` says of another record's whether he has anything
  // under way; of at most kLooksMax is it asked. `forgotten`: how many keys gave way.
  template <typename InUse>
  Record add(IdentityId identity, InUse&& in_use, std::size_t& forgotten);
  // One more key, which stands nowhere; false: there is no room for it (make_room).
  bool join(Record record, const VisitorKey& key, Instant now);
  // Room for one more key; if need be by the key that was seen longest ago, if that was before `before`: 1.
  std::size_t make_room(Record record, Instant before);
  [[nodiscard]] bool has_room(Record record) const { return key_count(record) < kLinkedKeysMax; }
  // The key is linked with none. A record that is left without keys is free.
  void leave(Place place);
  void release(Record record);

  // For who moves them to another board (session_mover.h): records that have ever been used are 1..used().
  struct Key {
    SessionKey key;       // none: a free place
    SessionKey previous;  // what `key` was before the last rotation; all zero: none
    Instant seen;
    std::uint32_t hash = 0;
    std::uint32_t next = 0;  // in the same bucket
  };
  static_assert(sizeof(Key) == 48);
  struct Link {
    std::uint64_t number = 0;  // 0: free
    Record next_free = 0;
    IdentityId identity;
    std::array<std::uint8_t, 3> reserved{};
    std::array<Key, kLinkedKeysMax> keys{};
  };
  static_assert(sizeof(Link) == 16 + kLinkedKeysMax * sizeof(Key));
  [[nodiscard]] static VisitorKey visitor_of(const Link& link);
  [[nodiscard]] std::uint32_t used() const { return on() ? header_->used : 0; }
  [[nodiscard]] std::uint64_t last_number() const { return on() ? header_->last_number : 0; }
  [[nodiscard]] const Link& link(Record record) const { return links_[record - 1]; }
  // The same keys under the same number; false: there is no room. Its keys must stand nowhere.
  bool copy(const Link& from);

  static constexpr int kLooksMax = 8;

 private:
  struct Header {
    std::uint32_t used, free, hand;  // records behind `used` have never been; `hand`: who was asked last to give way
    std::uint32_t reserved;
    std::uint64_t last_number;
    std::array<std::uint64_t, 5> reserved_words;
  };
  static_assert(sizeof(Header) == 64);

  static constexpr std::size_t bucket_count(std::uint32_t records) {
    return std::bit_ceil(std::size_t{records} * kLinkedKeysMax);
  }
  [[nodiscard]] std::uint32_t& bucket(std::uint32_t hash) const;
  [[nodiscard]] static std::uint32_t index_of(Place place) {
    return static_cast<std::uint32_t>((place.record - 1) * kLinkedKeysMax + place.at + 1);
  }
  [[nodiscard]] static Place place_of(std::uint32_t index) {
    return {static_cast<Record>((index - 1) / kLinkedKeysMax + 1), (index - 1) % kLinkedKeysMax};
  }
  [[nodiscard]] Key& key_at(Place place) const { return links_[place.record - 1].keys[place.at]; }
  Record take_free();
  void put(Place place, Key key);
  void take_out(Place place);
  [[nodiscard]] bool has_free() const { return header_->free != 0 || header_->used < links_.size(); }

  Header* header_ = nullptr;
  std::span<Link> links_;
  std::span<std::uint32_t> buckets_;
  Journal& journal_;
};

// Of 64-byte-aligned memory for a core's visitors: a session table and, behind it, which keys are one visitor's.
constexpr std::size_t table_bytes(std::uint32_t sessions, std::uint32_t attempts) {
  return (SessionTable::bytes_needed(sessions, attempts) + 63) / 64 * 64;
}
constexpr std::size_t visitor_bytes(std::uint32_t sessions, std::uint32_t attempts, std::uint32_t links) {
  return links == 0 ? SessionTable::bytes_needed(sessions, attempts)
                    : table_bytes(sessions, attempts) + LinkTable::bytes_needed(links);
}
// The second part of such memory.
inline std::span<std::byte> links_behind(std::span<std::byte> memory, std::uint32_t sessions, std::uint32_t attempts,
                                         std::uint32_t links) {
  return links == 0 ? std::span<std::byte>{} : memory.subspan(table_bytes(sessions, attempts));
}

template <typename InUse>
LinkTable::Record LinkTable::add(IdentityId identity, InUse&& in_use, std::size_t& forgotten) {
  for (int looks = 0; !has_free() && looks < kLooksMax; ++looks) {
    const std::uint32_t hand = header_->hand % static_cast<std::uint32_t>(links_.size()) + 1;
    journal_.set(header_->hand, hand);
    if (in_use(visitor(hand))) continue;
    forgotten += key_count(hand);
    release(hand);
  }
  if (!has_free()) return 0;
  const Record record = take_free();
  journal_.add(header_->last_number, 1);
  Link fresh{};
  fresh.number = header_->last_number;
  fresh.identity = identity;
  journal_.set_record(links_[record - 1], fresh);
  return record;
}

}  // namespace bellrock::journey
