// Link layers of captures that are not Ethernet: Linux cooked v1 and v2, raw IP, NFLOG, BSD loopback (NULL).
// Pure functions over borrowed bytes, any thread. Bounds: kNflogTlvsMax attributes.
// Source: https://www.tcpdump.org/linktypes.html and the pages it links (LINKTYPE_LINUX_SLL, _LINUX_SLL2, _NFLOG,
// _NULL).
#pragma once

#include "dataplane/wire/ethernet.h"

namespace bellrock::wire {

inline constexpr std::size_t kCookedBytes = 16;
inline constexpr std::size_t kCooked2Bytes = 20;
inline constexpr std::size_t kNflogHeaderBytes = 4;
inline constexpr std::size_t kNflogTlvBytes = 4;

// The kernel writes about a dozen attributes; a packet with more than this was not written by it.
inline constexpr std::size_t kNflogTlvsMax = 64;
inline constexpr std::uint16_t kNflogPayload = 9;  // NFULA_PAYLOAD

inline Result<LinkPayload, Drop> parse_cooked(Bytes packet) {
  if (packet.size() < kCookedBytes) return Failure{Drop::kTruncated};
  return parse_vlan_tags(load_be16(packet.data() + 14), packet.subspan(kCookedBytes));
}

inline Result<LinkPayload, Drop> parse_cooked2(Bytes packet) {
  if (packet.size() < kCooked2Bytes) return Failure{Drop::kTruncated};
  return parse_vlan_tags(load_be16(packet.data()), packet.subspan(kCooked2Bytes));
}

// The version nibble tells IPv4 from IPv6.
inline Result<LinkPayload, Drop> parse_raw_ip(Bytes packet) {
  if (packet.empty()) return Failure{Drop::kTruncated};
  const unsigned version = packet[0] >> 4;
  if (version != 4 && version != 6) return Failure{Drop::kBadIp};
  return LinkPayload{version == 4 ? kEtherTypeIpv4 : kEtherTypeIpv6, 0, packet};
}

// Attributes are in the byte order of the host that captured; their types are small, which tells the order.
inline Result<LinkPayload, Drop> parse_nflog(Bytes packet) {
  if (packet.size() < kNflogHeaderBytes) return Failure{Drop::kTruncated};
  if (packet[1] != 0) return Failure{Drop::kUnknownLinkType};  // version
  Bytes rest = packet.subspan(kNflogHeaderBytes);
  for (std::size_t count = 0; count < kNflogTlvsMax && rest.size() >= kNflogTlvBytes; ++count) {
    std::uint16_t length = load_be16(rest.data());
    std::uint16_t type = load_be16(rest.data() + 2);
    if (type > 0xff) {
      length = __builtin_bswap16(length);
      type = __builtin_bswap16(type);
    }
    if (length < kNflogTlvBytes) return Failure{Drop::kUnknownLinkType};
    if (length > rest.size()) return Failure{Drop::kTruncated};
    if (type == kNflogPayload) return parse_raw_ip(rest.subspan(kNflogTlvBytes, length - kNflogTlvBytes));
    const std::size_t padded = (std::size_t{length} + 3) & ~std::size_t{3};
    rest = rest.subspan(padded < rest.size() ? padded : rest.size());
  }
  return Failure{Drop::kNotIp};  // no packet in it
}

// Four bytes of address family in the capturing host's order (NULL) or the network's (LOOP). IPv6 has another number
// on every system.
inline Result<LinkPayload, Drop> parse_null(Bytes packet) {
  if (packet.size() < 4) return Failure{Drop::kTruncated};
  std::uint32_t family = load_be32(packet.data());
  if (family > 0xffff) family = __builtin_bswap32(family);
  const bool ipv6 = family == 10 || family == 24 || family == 28 || family == 30;
  if (family != 2 && !ipv6) return Failure{Drop::kNotIp};
  return LinkPayload{ipv6 ? kEtherTypeIpv6 : kEtherTypeIpv4, 0, packet.subspan(4)};
}

}  // namespace bellrock::wire
