// The connections of one core: a chained hash table of fixed capacity. Used by the stack of that core only. All memory
// is taken at construction: 128 B a connection and 4 to 8 B of buckets.
// The hash is multilinear under a secret key, as that of the passive side (tcp/connection_key.h): whoever does not know
// the key cannot make keys that meet in one bucket.
#pragma once

#include "dataplane/base/huge_array.h"
#include "dataplane/base/siphash.h"
#include "dataplane/responder/connection.h"
#include "dataplane/responder/inbound.h"

namespace bellrock::responder {

// The two ends of a connection as its peer's frames name them.
struct FlowKey {
  std::array<std::uint64_t, 2> peer;
  std::uint32_t ports;  // peer's << 16 | ours
  std::uint32_t tags;
  std::uint8_t address;
};

inline FlowKey key_of(const Inbound& in) {
  return {in.peer, std::uint32_t{in.peer_port} << 16 | in.local_port, in.tags, in.address};
}
inline FlowKey key_of(const Connection& c) {
  return {c.peer, std::uint32_t{c.peer_port} << 16 | c.local_port, c.tags, c.address};
}
inline bool is_of(const Connection& c, const FlowKey& key) {
  return ((c.peer[0] ^ key.peer[0]) | (c.peer[1] ^ key.peer[1]) |
          std::uint64_t((std::uint32_t{c.peer_port} << 16 | c.local_port) ^ key.ports) | (c.tags ^ key.tags) |
          std::uint64_t(c.address ^ key.address)) == 0;
}

class FlowHash {
 public:
  explicit FlowHash(SipKey secret);
  [[nodiscard]] std::uint32_t bucket(const FlowKey& key) const { return static_cast<std::uint32_t>(sum(key, 0) >> 32); }
  // Two keys meet in it once in 2^64: it may stand for the key.
  [[nodiscard]] std::uint64_t fingerprint(const FlowKey& key) const {
    return (sum(key, 8) >> 32) | (sum(key, 16) & 0xffffffff00000000);
  }

 private:
  [[nodiscard]] std::uint64_t sum(const FlowKey& key, std::size_t at) const {
    const std::uint64_t* k = keys_.data() + at;
    return k[0] + k[1] * (key.peer[0] & 0xffffffff) + k[2] * (key.peer[0] >> 32) + k[3] * (key.peer[1] & 0xffffffff) +
           k[4] * (key.peer[1] >> 32) + k[5] * key.ports + k[6] * key.tags + k[7] * key.address;
  }
  std::array<std::uint64_t, 24> keys_;
};

class Table {
 public:
  Table(std::uint32_t capacity, SipKey secret);

  [[nodiscard]] std::uint32_t bucket(const FlowKey& key) const { return hash_.bucket(key) & bucket_mask_; }
  // `bucket` is the key's.
  [[nodiscard]] ConnectionIndex find(const FlowKey& key, std::uint32_t bucket) const {
    ConnectionIndex c = buckets_[bucket];
    while (c != kNoConnection && !is_of(connections_[c], key)) c = connections_[c].next_in_bucket;
    return c;
  }
  void prefetch_bucket(std::uint32_t bucket) const { __builtin_prefetch(&buckets_[bucket]); }
  // The first of the bucket, most often the right one.
  [[nodiscard]] ConnectionIndex likely(std::uint32_t bucket) const { return buckets_[bucket]; }
  void prefetch(ConnectionIndex c) const {
    const char* connection = reinterpret_cast<const char*>(&connections_[c]);
    __builtin_prefetch(connection, 1);
    __builtin_prefetch(connection + 64, 1);
  }

  [[nodiscard]] bool full() const { return free_ == kNoConnection; }
  // A cleared connection under this key. Not when full, not twice for one key.
  ConnectionIndex acquire(const FlowKey& key);
  void release(ConnectionIndex c);

  [[nodiscard]] std::uint32_t live() const { return live_; }
  [[nodiscard]] std::uint32_t capacity() const { return static_cast<std::uint32_t>(connections_.size()); }
  [[nodiscard]] const FlowHash& hash() const { return hash_; }
  Connection& operator[](ConnectionIndex c) { return connections_[c]; }
  const Connection& operator[](ConnectionIndex c) const { return connections_[c]; }

 private:
  FlowHash hash_;
  HugeArray<Connection> connections_;
  HugeArray<ConnectionIndex> buckets_;
  std::uint32_t bucket_mask_;
  std::uint32_t live_ = 0;
  ConnectionIndex free_ = kNoConnection;
};

}  // namespace bellrock::responder
