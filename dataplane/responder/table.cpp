#include "dataplane/responder/table.h"

#include <bit>

namespace bellrock::responder {

FlowHash::FlowHash(SipKey secret) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::array<std::uint8_t, 2> number{'h', static_cast<std::uint8_t>(i)};
    keys_[i] = siphash64(secret, number);
  }
}

Table::Table(std::uint32_t capacity, SipKey secret)
    : hash_(secret),
      connections_(capacity, Connection{}),
      buckets_(std::bit_ceil(std::size_t{capacity}), kNoConnection),
      bucket_mask_(static_cast<std::uint32_t>(buckets_.size() - 1)) {
  for (std::uint32_t i = capacity; i-- > 0;) {
    connections_[i].next_in_bucket = free_;
    free_ = i;
  }
}

ConnectionIndex Table::acquire(const FlowKey& key) {
  CHECK(!full());
  const ConnectionIndex index = free_;
  Connection& c = connections_[index];
  free_ = c.next_in_bucket;
  ++live_;
  c = Connection{};
  c.peer = key.peer;
  c.peer_port = static_cast<std::uint16_t>(key.ports >> 16);
  c.local_port = static_cast<std::uint16_t>(key.ports);
  c.tags = key.tags;
  c.address = key.address;
  c.held = kNoBlock;
  ConnectionIndex& first = buckets_[bucket(key)];
  c.next_in_bucket = first;
  first = index;
  return index;
}

void Table::release(ConnectionIndex index) {
  Connection& c = connections_[index];
  ConnectionIndex* link = &buckets_[bucket(key_of(c))];
  while (*link != index) link = &connections_[*link].next_in_bucket;
  *link = c.next_in_bucket;
  c.state = State::kFree;
  c.next_in_bucket = free_;
  free_ = index;
  --live_;
}

}  // namespace bellrock::responder
