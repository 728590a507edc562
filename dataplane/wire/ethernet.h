// Ethernet II and IEEE 802.1Q/802.1ad tags. Pure functions over borrowed bytes, any thread.
// Bounds: kVlanTagsMax tags. 802.3 frames with a length instead of an EtherType are not IP to us.
#pragma once

#include <bit>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/result.h"

namespace bellrock::wire {

inline constexpr std::size_t kEthernetBytes = 14;
inline constexpr std::size_t kVlanTagBytes = 4;

// A port mirror's own tag on top of a provider's and a customer's makes three; one is to spare.
inline constexpr std::size_t kVlanTagsMax = 4;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

// What a link layer carries.
struct LinkPayload {
  std::uint16_t ether_type = 0;
  std::uint32_t vlans = 0;
  Bytes data;
};

constexpr bool is_vlan_tag(std::uint16_t ether_type) {
  return ether_type == 0x8100 || ether_type == 0x88a8 || ether_type == 0x9100 || ether_type == 0x9200;
}

// Takes the tags off. `vlans` becomes outer << 12 | inner; deeper tags are rotated in, so that none is ignored. A
// priority tag (VLAN id 0) leaves the flow what it was without it (IEEE 802.1Q 6.9).
inline Result<LinkPayload, Drop> parse_vlan_tags(std::uint16_t ether_type, Bytes data) {
  LinkPayload payload{ether_type, 0, data};
  for (std::size_t tags = 0; is_vlan_tag(payload.ether_type); ++tags) {
    if (tags == kVlanTagsMax) return Failure{Drop::kUnknownLinkType};
    if (payload.data.size() < kVlanTagBytes) return Failure{Drop::kTruncated};
    payload.vlans = std::rotl(payload.vlans, 12) ^ (load_be16(payload.data.data()) & 0x0fffU);
    payload.ether_type = load_be16(payload.data.data() + 2);
    payload.data = payload.data.subspan(kVlanTagBytes);
  }
  return payload;
}

inline Result<LinkPayload, Drop> parse_ethernet(Bytes frame) {
  if (frame.size() < kEthernetBytes) return Failure{Drop::kTruncated};
  return parse_vlan_tags(load_be16(frame.data() + 12), frame.subspan(kEthernetBytes));
}

}  // namespace bellrock::wire
