// The key of a connection: its two endpoints in a fixed order and its VLANs, and the keyed hash that picks its bucket.
// The hash is multilinear over 32-bit words, h = (k0 + Σ k[i]·x[i] mod 2^64) >> 32, which is strongly universal
// (Wegman and Carter 1981; Lemire and Kaser, "Strongly universal string hashing is fast", 2014): for any two different
// keys that somebody picks without knowing k, the chance of one bucket is 1/buckets. That is all a chained table needs
// for O(1), whatever is thrown at it, and it costs ten multiplications, a third of SipHash. A PRF would only add
// something against who can see the table's answers; a collector that only listens gives none.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/siphash.h"
#include "dataplane/flow/segment.h"

namespace bellrock::tcp {

struct ConnectionKey {
  std::array<std::uint64_t, 2> low_address;
  std::array<std::uint64_t, 2> high_address;
  std::uint16_t low_port;
  std::uint16_t high_port;
  std::uint32_t vlans;

  friend bool operator==(const ConnectionKey& a, const ConnectionKey& b) {
    return ((a.low_address[0] ^ b.low_address[0]) | (a.low_address[1] ^ b.low_address[1]) |
            (a.high_address[0] ^ b.high_address[0]) | (a.high_address[1] ^ b.high_address[1]) |
            std::uint64_t(a.low_port ^ b.low_port) | std::uint64_t(a.high_port ^ b.high_port) |
            std::uint64_t(a.vlans ^ b.vlans)) == 0;
  }
};

// A flow's connection, and which of its two sides sent: 0 is the low endpoint. The order has no meaning; it only has to
// be the same for both directions.
struct SidedKey {
  ConnectionKey key;
  unsigned side;
  std::uint32_t hash = 0;  // of the key, in the table that is asked
};

inline SidedKey key_of(const Flow& flow) {
  const std::array<std::uint64_t, 2> source{load_le64(flow.source.address.data()),
                                            load_le64(flow.source.address.data() + 8)};
  const std::array<std::uint64_t, 2> destination{load_le64(flow.destination.address.data()),
                                                 load_le64(flow.destination.address.data() + 8)};
  bool source_is_low = flow.source.port <= flow.destination.port;
  if (source[1] != destination[1]) {
    source_is_low = source[1] < destination[1];
  } else if (source[0] != destination[0]) {
    source_is_low = source[0] < destination[0];
  }
  if (source_is_low) {
    return {{source, destination, flow.source.port, flow.destination.port, flow.vlans}, 0, 0};
  }
  return {{destination, source, flow.destination.port, flow.source.port, flow.vlans}, 1, 0};
}

inline Endpoint endpoint_of(const ConnectionKey& key, unsigned side) {
  Endpoint endpoint;
  std::memcpy(endpoint.address.data(), side == 0 ? key.low_address.data() : key.high_address.data(), 16);
  endpoint.port = side == 0 ? key.low_port : key.high_port;
  return endpoint;
}

class KeyedHash {
 public:
  explicit KeyedHash(SipKey secret) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const std::array<std::uint8_t, 1> number{static_cast<std::uint8_t>(i)};
      keys_[i] = siphash64(secret, number);
    }
  }

  [[nodiscard]] std::uint32_t operator()(const ConnectionKey& key) const {
    std::uint64_t sum = keys_[0];
    sum += pair(1, key.low_address[0]) + pair(3, key.low_address[1]);
    sum += pair(5, key.high_address[0]) + pair(7, key.high_address[1]);
    sum += keys_[9] * ((std::uint32_t{key.low_port} << 16) | key.high_port) + keys_[10] * key.vlans;
    return static_cast<std::uint32_t>(sum >> 32);
  }

 private:
  [[nodiscard]] std::uint64_t pair(std::size_t i, std::uint64_t words) const {
    return keys_[i] * (words & 0xffffffff) + keys_[i + 1] * (words >> 32);
  }

  std::array<std::uint64_t, 11> keys_;
};

}  // namespace bellrock::tcp
