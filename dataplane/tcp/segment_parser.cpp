#include "dataplane/tcp/segment_parser.h"

#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/link_layers.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::tcp {
namespace {

Result<wire::LinkPayload, Drop> parse_link(const Packet& packet) {
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

Result<wire::Ip, Drop> parse_ip(const wire::LinkPayload& link, bool verify_checksums) {
  if (link.ether_type == wire::kEtherTypeIpv4) return wire::parse_ipv4(link.data, verify_checksums);
  if (link.ether_type == wire::kEtherTypeIpv6) return wire::parse_ipv6(link.data);
  return Failure{Drop::kNotIp};
}

bool checksum_is_valid(const wire::Ip& ip) {
  if (ip.rerouted) return true;  // cannot be known
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolTcp, ip.payload.size());
  return wire::sum_is_valid(wire::add_to_sum(pseudo, ip.payload));
}

void set_address(Endpoint& endpoint, Bytes address) {
  if (address.size() == 4) {
    endpoint.address[10] = 0xff;  // IPv4-mapped
    endpoint.address[11] = 0xff;
    std::memcpy(endpoint.address.data() + 12, address.data(), 4);
  } else {
    std::memcpy(endpoint.address.data(), address.data(), 16);
  }
}

}  // namespace

Result<Segment, Drop> parse_segment(const Packet& packet, bool verify_checksums) {
  TRY_ASSIGN(const wire::LinkPayload link, parse_link(packet));
  TRY_ASSIGN(const wire::Ip ip, parse_ip(link, verify_checksums));
  if (ip.protocol != wire::kProtocolTcp) return Failure{Drop::kNotTcp};
  TRY_ASSIGN(const wire::TcpHeader tcp, wire::parse_tcp(ip.payload));
  if (verify_checksums && !checksum_is_valid(ip)) return Failure{Drop::kBadChecksum};

  Segment segment;
  set_address(segment.flow.source, ip.source);
  set_address(segment.flow.destination, ip.destination);
  segment.flow.source.port = tcp.source_port;
  segment.flow.destination.port = tcp.destination_port;
  segment.flow.vlans = link.vlans;
  segment.sequence = tcp.sequence;
  segment.acknowledgement = tcp.acknowledgement;
  segment.flags = tcp.flags;
  segment.payload = tcp.payload;
  segment.time = packet.time;
  return segment;
}

}  // namespace bellrock::tcp
