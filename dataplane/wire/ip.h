// IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200). Pure functions over borrowed bytes, any thread.
// Bounds: kIpv6HeadersMax extension headers. Checked once: afterwards addresses and payload are safe to read.
// Fragments are refused (Drop::kIpFragment); an IPv6 fragment that is the whole packet (RFC 6946) is read.
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/result.h"
#include "dataplane/wire/checksum.h"

namespace bellrock::wire {

inline constexpr std::size_t kIpv4Bytes = 20;
inline constexpr std::size_t kIpv6Bytes = 40;

// RFC 8200 4.1 orders seven headers; one is to spare.
inline constexpr std::size_t kIpv6HeadersMax = 8;

inline constexpr std::uint8_t kProtocolTcp = 6;

// Segmentation offload may leave the length field 0 (packets larger than 65,535 bytes, or LSO on Windows). Such a
// packet is larger than any ordinary MTU and has no padding behind it: the rest of the frame is its payload.
inline constexpr std::size_t kOffloadBytesMin = 1'500;

struct Ip {
  Bytes source;  // 4 or 16 bytes
  Bytes destination;
  std::uint8_t protocol = 0;
  bool rerouted = false;  // a routing header names another last hop: the pseudo header's destination is not known here
  Bytes payload;          // exactly what the lengths promise; link-layer padding is cut off
};

// Nearly none has options.
inline std::uint64_t ipv4_header_sum(Bytes header) {
  return header.size() == kIpv4Bytes ? sum_of<kIpv4Bytes>(header.data()) : add_to_sum(0, header);
}

// In place, since a copy of a header just written costs more than reading it.
inline Status<Drop> parse_ipv4(Bytes packet, bool verify_checksum, Ip& ip) {
  if (packet.size() < kIpv4Bytes) return Failure{Drop::kTruncated};
  const std::uint8_t* at = packet.data();
  const std::size_t header_bytes = std::size_t{at[0] & 0x0fU} * 4;
  if (at[0] >> 4 != 4 || header_bytes < kIpv4Bytes) return Failure{Drop::kBadIp};
  std::size_t total = load_be16(at + 2);
  if (total == 0 && packet.size() > kOffloadBytesMin) total = packet.size();
  if (total < header_bytes) return Failure{Drop::kBadIp};
  if (total > packet.size()) return Failure{Drop::kTruncated};
  if (verify_checksum && !sum_is_valid(ipv4_header_sum(packet.first(header_bytes)))) return Failure{Drop::kBadChecksum};
  if ((load_be16(at + 6) & 0x3fff) != 0) return Failure{Drop::kIpFragment};  // more fragments, or an offset
  ip = {packet.subspan(12, 4), packet.subspan(16, 4), at[9], false, packet.subspan(header_bytes, total - header_bytes)};
  return Done{};
}
inline Result<Ip, Drop> parse_ipv4(Bytes packet, bool verify_checksum) {
  Ip ip;
  TRY(parse_ipv4(packet, verify_checksum, ip));
  return ip;
}

namespace ipv6_header {
inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kAuthentication = 51;
inline constexpr std::uint8_t kDestination = 60;
inline constexpr std::uint8_t kMobility = 135;
inline constexpr std::uint8_t kHostIdentity = 139;
inline constexpr std::uint8_t kShim6 = 140;
}  // namespace ipv6_header

constexpr bool is_ipv6_extension(std::uint8_t next) {
  using namespace ipv6_header;
  return next == kHopByHop || next == kRouting || next == kFragment || next == kAuthentication ||
         next == kDestination || next == kMobility || next == kHostIdentity || next == kShim6;
}

// Walks the chain of extension headers in ip.payload, up to the upper-layer header.
inline Result<Ip, Drop> skip_ipv6_extensions(Ip ip) {
  for (std::size_t count = 0; is_ipv6_extension(ip.protocol); ++count) {
    if (count == kIpv6HeadersMax) return Failure{Drop::kIpv6Chain};
    if (ip.protocol == ipv6_header::kHopByHop && count != 0) return Failure{Drop::kIpv6Chain};  // RFC 8200 4.1
    if (ip.payload.size() < 8) return Failure{Drop::kIpv6Chain};
    const std::uint8_t* at = ip.payload.data();
    std::size_t length = 8 + std::size_t{at[1]} * 8;
    if (ip.protocol == ipv6_header::kAuthentication) length = 8 + std::size_t{at[1]} * 4;  // RFC 4302 2.2
    if (ip.protocol == ipv6_header::kFragment) {
      length = 8;
      if ((load_be16(at + 2) & 0xfff9) != 0) return Failure{Drop::kIpFragment};  // an offset, or more fragments
    }
    if (length > ip.payload.size()) return Failure{Drop::kIpv6Chain};
    if (ip.protocol == ipv6_header::kRouting && at[3] != 0) ip.rerouted = true;  // segments left
    ip.protocol = at[0];
    ip.payload = ip.payload.subspan(length);
  }
  return ip;
}

inline Result<Ip, Drop> parse_ipv6(Bytes packet) {
  if (packet.size() < kIpv6Bytes) return Failure{Drop::kTruncated};
  const std::uint8_t* at = packet.data();
  if (at[0] >> 4 != 6) return Failure{Drop::kBadIp};
  const std::size_t captured = packet.size() - kIpv6Bytes;
  std::size_t length = load_be16(at + 4);
  if (length == 0 && captured > kOffloadBytesMin) length = captured;
  if (length > captured) return Failure{Drop::kTruncated};
  return skip_ipv6_extensions(
      Ip{packet.subspan(8, 16), packet.subspan(24, 16), at[6], false, packet.subspan(kIpv6Bytes, length)});
}

}  // namespace bellrock::wire
