#include "dataplane/tcp/segment_parser.h"

#include <emmintrin.h>

#include <cstring>

#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/link_layers.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::tcp {
namespace {

Result<wire::LinkPayload, Drop> parse_other_link(const Packet& packet) {
  switch (packet.link) {
    case LinkType::kEthernet:
      return wire::parse_ethernet(packet.data);
    case LinkType::kLinuxCooked:
      return wire::parse_cooked(packet.data);
    case LinkType::kLinuxCooked2:
      return wire::parse_cooked2(packet.data);
    case LinkType::kRawIp:
      return wire::parse_raw_ip(packet.data);
    case LinkType::kNflog:
      return wire::parse_nflog(packet.data);
    case LinkType::kNull:
      return wire::parse_null(packet.data);
    case LinkType::kOther:
      break;
  }
  return Failure{Drop::kUnknownLinkType};
}

bool checksum_is_valid(const wire::Ip& ip) {
  if (ip.rerouted) return true;  // cannot be known
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolTcp, ip.payload.size());
  return wire::sum_is_valid(wire::add_to_sum(pseudo, ip.payload));
}

// An address is written as one word of 16 bytes, as its readers load it: a processor waits for a load that spans two
// fresh stores.
void set(Endpoint& endpoint, Bytes address, std::uint16_t port) {
  if (address.size() == 4) {
    std::uint32_t ipv4;
    std::memcpy(&ipv4, address.data(), sizeof ipv4);
    const __m128i mapped = _mm_set_epi64x(static_cast<std::int64_t>(std::uint64_t{ipv4} << 32 | 0xffff0000), 0);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(endpoint.address.data()), mapped);  // ::ffff:a.b.c.d
  } else {
    std::memcpy(endpoint.address.data(), address.data(), 16);
  }
  endpoint.port = port;
}

void fill(Segment& segment, Instant time, std::uint32_t vlans, const wire::Ip& ip, const wire::TcpHeader& tcp) {
  set(segment.flow.source, ip.source, tcp.source_port);
  set(segment.flow.destination, ip.destination, tcp.destination_port);
  segment.flow.vlans = vlans;
  segment.sequence = tcp.sequence;
  segment.acknowledgement = tcp.acknowledgement;
  segment.flags = tcp.flags;
  segment.payload = tcp.payload;
  segment.time = time;
}

// The stages call each other instead of returning to one place: a Result that comes from one function only stays in
// registers, and the common path (Ethernet, IPv4) costs half.
[[gnu::always_inline]] inline Status<Drop> parse_from_ip(const Packet& packet, std::uint32_t vlans, const wire::Ip& ip,
                                                         bool verify, Segment& segment) {
  if (ip.protocol != wire::kProtocolTcp) return Failure{Drop::kNotTcp};
  wire::TcpHeader tcp;
  TRY(wire::parse_tcp(ip.payload, tcp));
  if (verify && !checksum_is_valid(ip)) return Failure{Drop::kBadChecksum};
  fill(segment, packet.time, vlans, ip, tcp);
  return Done{};
}

[[gnu::always_inline]] inline Status<Drop> parse_from_link(const Packet& packet,
                                                           const Result<wire::LinkPayload, Drop>& link, bool verify,
                                                           Segment& segment) {
  if (!link.ok()) return Failure{link.error()};
  const wire::LinkPayload& carried = link.value();
  if (carried.ether_type == wire::kEtherTypeIpv4) {
    wire::Ip ip;
    TRY(wire::parse_ipv4(carried.data, verify, ip));
    return parse_from_ip(packet, carried.vlans, ip, verify, segment);
  }
  if (carried.ether_type == wire::kEtherTypeIpv6) {
    TRY_ASSIGN(const wire::Ip ip, wire::parse_ipv6(carried.data));
    return parse_from_ip(packet, carried.vlans, ip, verify, segment);
  }
  return Failure{Drop::kNotIp};
}

}  // namespace

Status<Drop> parse_segment(const Packet& packet, bool verify_checksums, Segment& segment) {
  if (packet.link == LinkType::kEthernet) {
    return parse_from_link(packet, wire::parse_ethernet(packet.data), verify_checksums, segment);
  }
  return parse_from_link(packet, parse_other_link(packet), verify_checksums, segment);
}

}  // namespace bellrock::tcp
