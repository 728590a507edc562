// Replies that name an origin, rendered once and then found by it. A fixed number of places, in sets of eight; a place
// is given to another reply only while nobody uses the one in it (ReplyTable::in_use), the longest unused first. All
// memory is taken at construction. One thread.
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
  // Of a key that is not here. render(out) writes the reply to `out`, at most reply_bytes_max bytes, and returns how
  // many. kNoReply: every place that it could have is in use.
  template <class Render>
  responder::ReplyId add(const Key& key, Render&& render) {
    Entry* const entry = make_room(key);
    if (entry == nullptr) return responder::kNoReply;
    std::uint8_t* const bytes = memory_of(*entry) + key_bytes_max_;
    entry->id = replies_.add({bytes, render(bytes)});
    if (entry->id == responder::kNoReply) return responder::kNoReply;
    return use(*entry);
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

  Entry* make_room(const Key& key);
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
