// The connections of one core: a chained hash table of fixed capacity, and two lists by age (live, finished), so that
// the longest idle connection is known without a scan. Used by the reassembler of that core only.
// All memory is taken at construction: 128 B hot state, 4 to 8 B of buckets and 8 B of links a connection.
#pragma once

#include <cstdint>

#include "dataplane/base/huge_array.h"
#include "dataplane/tcp/connection.h"

namespace bellrock::tcp {

class ConnectionTable {
 public:
  ConnectionTable(std::uint32_t capacity, SipKey secret);

  [[nodiscard]] ConnectionIndex find(const ConnectionKey& key) const {
    ConnectionIndex c = buckets_[hash_(key) & bucket_mask_];
    while (c != kNoConnection && !(connections_[c].key == key)) c = connections_[c].next_in_bucket;
    return c;
  }
  // The first of the bucket, most often the right one. Its bucket is read at once: those fit a cache better, and the
  // processor does not wait for it.
  void prefetch(const ConnectionKey& key) const {
    const ConnectionIndex c = buckets_[hash_(key) & bucket_mask_];
    if (c == kNoConnection) return;
    const char* connection = reinterpret_cast<const char*>(&connections_[c]);
    __builtin_prefetch(connection, 1);
    __builtin_prefetch(connection + 64, 1);
    __builtin_prefetch(&links_[c], 1);
  }

  [[nodiscard]] bool full() const { return free_ == kNoConnection; }
  // A cleared connection under this key, the youngest of the live. Not when full, not twice for one key.
  ConnectionIndex acquire(const ConnectionKey& key);
  void release(ConnectionIndex c);
  // Live and just heard.
  void touch(ConnectionIndex c) {
    if (c == live_.newest) return;
    unlink(live_, c);
    append(live_, c);
  }
  // From live to finished.
  void finish(ConnectionIndex c);

  [[nodiscard]] ConnectionIndex oldest_live() const { return live_.oldest; }
  [[nodiscard]] ConnectionIndex oldest_finished() const { return finished_.oldest; }
  [[nodiscard]] std::uint32_t live() const { return live_.count; }
  [[nodiscard]] std::uint32_t capacity() const { return static_cast<std::uint32_t>(connections_.size()); }

  Connection& operator[](ConnectionIndex c) { return connections_[c]; }
  const Connection& operator[](ConnectionIndex c) const { return connections_[c]; }

 private:
  struct Links {
    ConnectionIndex older;
    ConnectionIndex newer;
  };
  struct List {
    ConnectionIndex oldest = kNoConnection;
    ConnectionIndex newest = kNoConnection;
    std::uint32_t count = 0;
  };
  void append(List& list, ConnectionIndex c);
  void unlink(List& list, ConnectionIndex c);

  KeyedHash hash_;
  HugeArray<Connection> connections_;
  HugeArray<Links> links_;  // apart from the connections: a touch writes two neighbours, which stay in the L2 cache
  HugeArray<ConnectionIndex> buckets_;
  std::uint32_t bucket_mask_;
  ConnectionIndex free_ = kNoConnection;
  List live_;
  List finished_;
};

}  // namespace bellrock::tcp
