#include "dataplane/server/reply_cache.h"

#include <bit>

#include "dataplane/base/check.h"

namespace bellrock::server {

using responder::kNoReply;
using responder::ReplyId;

ReplyCache::ReplyCache(responder::ReplyTable& replies, std::uint32_t entries, std::size_t key_bytes_max,
                       std::size_t reply_bytes_max, SipKey secret)
    : replies_(replies),
      secret_(secret),
      count_(entries),
      key_bytes_max_(key_bytes_max),
      entry_bytes_(key_bytes_max + reply_bytes_max),
      entries_(std::make_unique<Entry[]>(entries)),
      memory_(std::make_unique<std::uint8_t[]>(entries * entry_bytes_)) {
  CHECK(entries >= kWays && std::has_single_bit(entries));
}

// Keyed: whoever chooses origins does not choose their sets.
std::uint64_t ReplyCache::hash_of(const Key& key) const {
  std::uint64_t hash = siphash64(secret_, bytes(key.origin)) + key.kind * 0x9e3779b97f4a7c15ULL;
  if (!key.headers.empty()) hash ^= siphash64({secret_.k1, secret_.k0}, bytes(key.headers));
  return hash;
}

ReplyId ReplyCache::find(const Key& key) {
  const std::uint64_t hash = hash_of(key);
  Entry* const set = &entries_[hash & (count_ - 1) & ~(kWays - 1)];
  for (Entry* entry = set; entry < set + kWays; ++entry) {
    if (entry->id != kNoReply && entry->hash == hash && holds(*entry, key)) return use(*entry);
  }
  return kNoReply;
}

ReplyCache::Room ReplyCache::make_room(const Key& key) {
  CHECK(key.origin.size() + key.headers.size() <= key_bytes_max_ && key.kind < kKindsMax);
  const std::uint64_t hash = hash_of(key);
  Entry* const set = &entries_[hash & (count_ - 1) & ~(kWays - 1)];
  Entry* oldest = set;
  bool taken = in_use(*set);
  for (Entry* entry = set + 1; entry < set + kWays; ++entry) {
    const bool used = in_use(*entry);
    if (used > taken || (used == taken && entry->used_at >= oldest->used_at)) continue;
    oldest = entry;
    taken = used;
  }
  if (taken && replies_.full()) return {};  // it would keep its number
  if (oldest->id != kNoReply) replies_.revoke(oldest->id);
  *oldest = {hash,
             0,
             kNoReply,
             static_cast<std::uint16_t>(key.origin.size()),
             static_cast<std::uint16_t>(key.headers.size()),
             key.kind};
  std::memcpy(memory_of(*oldest), key.origin.data(), key.origin.size());
  if (!key.headers.empty()) {
    std::memcpy(memory_of(*oldest) + key.origin.size(), key.headers.data(), key.headers.size());
  }
  return {oldest, taken};
}

}  // namespace bellrock::server
