// Replies that name an origin, rendered once and then found by it. A fixed number of places, in sets of eight. A new
// reply gets the place of one that nobody uses (ReplyTable::in_use), the longest unused first; where all eight are in
// use, of the one that was wanted last the longest ago, which is revoked: those who still hold it have not acknowledged
// it since then. So peers that acknowledge nothing keep nobody from an answer. A look at eight places, whatever they
// do. All memory is taken at construction. One thread.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/siphash.h"
#include "dataplane/responder/reply_table.h"

namespace bellrock::server {

class ReplyCache {
 public:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kKindsMax = 64;

  // entries: a power of two, at least kWays. key_bytes_max: of origin and headers together.
  ReplyCache(responder::ReplyTable& replies, std::uint32_t entries, std::size_t key_bytes_max,
             std::size_t reply_bytes_max, SipKey secret);
  ReplyCache(const ReplyCache&) = delete;
  ReplyCache& operator=(const ReplyCache&) = delete;

  // What a reply depends on. kind is below kKindsMax.
  struct Key {
    std::uint8_t kind = 0;
    std::string_view origin;
    std::string_view headers;
  };
  // kNoReply: it is not here.
  responder::ReplyId find(const Key& key);
  // The same, but only what this kind was found or added for last: a site has few origins.
  responder::ReplyId find_last(const Key& key) {
    Entry& last = entries_[last_[key.kind]];
    return last.id != responder::kNoReply && holds(last, key) ? use(last) : responder::kNoReply;
  }
  struct Added {
    responder::ReplyId id = responder::kNoReply;  // kNoReply: the table of replies is full
    bool revoked = false;                         // another one, which was in use
  };
  // Of a key that is not here. render(out) writes the reply to `out`, at most reply_bytes_max bytes, and returns how
  // many.
  template <class Render>
  Added add(const Key& key, Render&& render) {
    const Room room = make_room(key);
    if (room.entry == nullptr) return {};
    std::uint8_t* const bytes = memory_of(*room.entry) + key_bytes_max_;
    room.entry->id = replies_.add({bytes, render(bytes)});
    if (room.entry->id == responder::kNoReply) return {};
    return {use(*room.entry), room.revoked};
  }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t used_at = 0;
    responder::ReplyId id = responder::kNoReply;
    std::uint16_t origin_bytes = 0;
    std::uint16_t headers_bytes = 0;
    std::uint8_t kind = 0;
  };

  struct Room {
    Entry* entry = nullptr;
    bool revoked = false;
  };
  Room make_room(const Key& key);
  [[nodiscard]] bool in_use(const Entry& entry) const {
    return entry.id != responder::kNoReply && replies_.in_use(entry.id) > 0;
  }
  [[nodiscard]] std::uint64_t hash_of(const Key& key) const;
  [[nodiscard]] std::size_t index_of(const Entry& entry) const {
    return static_cast<std::size_t>(&entry - entries_.get());
  }
  [[nodiscard]] std::uint8_t* memory_of(const Entry& entry) const {
    return memory_.get() + index_of(entry) * entry_bytes_;
  }
  [[nodiscard]] bool holds(const Entry& entry, const Key& key) const {
    return entry.kind == key.kind && entry.origin_bytes == key.origin.size() &&
           entry.headers_bytes == key.headers.size() &&
           std::memcmp(memory_of(entry), key.origin.data(), key.origin.size()) == 0 &&
           (key.headers.empty() ||
            std::memcmp(memory_of(entry) + key.origin.size(), key.headers.data(), key.headers.size()) == 0);
  }
  responder::ReplyId use(Entry& entry) {
    entry.used_at = ++clock_;
    last_[entry.kind] = static_cast<std::uint32_t>(index_of(entry));
    return entry.id;
  }

  responder::ReplyTable& replies_;
  SipKey secret_;
  std::size_t count_;
  std::size_t key_bytes_max_;
  std::size_t entry_bytes_;
  std::uint64_t clock_ = 0;
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<std::uint8_t[]> memory_;
  std::array<std::uint32_t, kKindsMax> last_{};
};

}  // namespace bellrock::server
