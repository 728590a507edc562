// The hash that spreads flows over workers: flow_hash(flow) % workers. Both directions of a connection give the same
// value. It is the same in every run and on every machine, so that a capture is always cut the same way; whoever floods
// one worker on purpose meets that worker's connection limit, and the table's own buckets are keyed (connection_key.h).
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/flow/segment.h"

namespace bellrock::tcp {

namespace internal {

// Folded 64×64→128 multiplication: every input bit reaches every output bit.
inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t endpoint_hash(const Endpoint& endpoint) {
  const std::uint64_t high = load_le64(endpoint.address.data());
  const std::uint64_t low = load_le64(endpoint.address.data() + 8);
  return fold_multiply(high ^ 0x9e3779b97f4a7c15 ^ (std::uint64_t{endpoint.port} << 48), low ^ 0xd6e8feb86659fd93);
}

}  // namespace internal

inline std::uint64_t flow_hash(const Flow& flow) {
  const std::uint64_t both = internal::endpoint_hash(flow.source) + internal::endpoint_hash(flow.destination);
  return internal::fold_multiply(both ^ flow.vlans, 0xa0761d6478bd642f);
}

}  // namespace bellrock::tcp
