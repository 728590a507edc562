#include "dataplane/tcp/connection_table.h"

#include <bit>

namespace bellrock::tcp {

ConnectionTable::ConnectionTable(std::uint32_t capacity, SipKey secret)
    : hash_(secret),
      connections_(capacity),
      links_(capacity),
      buckets_(std::bit_ceil(std::size_t{capacity} + 1), kNoConnection),
      bucket_mask_(static_cast<std::uint32_t>(buckets_.size() - 1)) {
  for (std::uint32_t i = capacity; i-- > 0;) {
    connections_[i].next_in_bucket = free_;
    free_ = i;
  }
}

ConnectionIndex ConnectionTable::acquire(const SidedKey& sided) {
  const ConnectionIndex c = free_;
  Connection& connection = connections_[c];
  free_ = connection.next_in_bucket;
  connection = Connection{};
  connection.key = sided.key;
  connection.hash = sided.hash;
  ConnectionIndex& bucket = buckets_[connection.hash & bucket_mask_];
  connection.next_in_bucket = bucket;
  bucket = c;
  append(live_, c);
  return c;
}

void ConnectionTable::release(ConnectionIndex c) {
  Connection& connection = connections_[c];
  unlink(connection.phase == Phase::kFinished ? finished_ : live_, c);
  ConnectionIndex* place = &buckets_[connection.hash & bucket_mask_];
  while (*place != c) place = &connections_[*place].next_in_bucket;
  *place = connection.next_in_bucket;
  connection.phase = Phase::kFree;
  connection.next_in_bucket = free_;
  free_ = c;
}

void ConnectionTable::finish(ConnectionIndex c) {
  unlink(live_, c);
  append(finished_, c);
  connections_[c].phase = Phase::kFinished;
}

void ConnectionTable::append(List& list, ConnectionIndex c) {
  links_[c] = {list.newest, kNoConnection};
  (list.newest == kNoConnection ? list.oldest : links_[list.newest].newer) = c;
  list.newest = c;
  ++list.count;
}

void ConnectionTable::unlink(List& list, ConnectionIndex c) {
  const Links links = links_[c];
  (links.older == kNoConnection ? list.oldest : links_[links.older].newer) = links.newer;
  (links.newer == kNoConnection ? list.newest : links_[links.newer].older) = links.older;
  --list.count;
}

}  // namespace bellrock::tcp
