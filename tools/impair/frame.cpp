#include "tools/impair/frame.h"

#include "dataplane/wire/checksum.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::impair {
namespace {

std::size_t offset(Bytes frame, Bytes part) { return static_cast<std::size_t>(part.data() - frame.data()); }

std::uint64_t tcp_sum(Bytes frame, const TcpPlace& tcp) {
  const Bytes addresses = tcp.ip.v6 ? frame.subspan(tcp.ip.at + 8, 32) : frame.subspan(tcp.ip.at + 12, 8);
  const std::size_t half = addresses.size() / 2, length = tcp.ip.end - tcp.at;
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(addresses.first(half), addresses.subspan(half), wire::kProtocolTcp, length);
  return wire::add_to_sum(pseudo, frame.subspan(tcp.at, length));
}

void store(Frame& frame, std::size_t at, std::uint16_t as_summed) { std::memcpy(&frame[at], &as_summed, 2); }

}  // namespace

std::optional<IpPlace> find_ip(Bytes frame) {
  const auto link = wire::parse_ethernet(frame);
  if (!link.ok()) return std::nullopt;
  const bool v6 = link->ether_type == wire::kEtherTypeIpv6;
  if (!v6 && link->ether_type != wire::kEtherTypeIpv4) return std::nullopt;
  const Bytes packet = link->data;
  if (packet.size() < (v6 ? wire::kIpv6Bytes : wire::kIpv4Bytes) || packet[0] >> 4 != (v6 ? 6 : 4)) return std::nullopt;
  const std::size_t length = v6 ? wire::kIpv6Bytes + load_be16(&packet[4]) : load_be16(&packet[2]);
  const std::size_t header = v6 ? wire::kIpv6Bytes : std::size_t{packet[0] & 15U} * 4;
  if (header < wire::kIpv4Bytes || length < header || length > packet.size()) return std::nullopt;
  const std::size_t at = offset(frame, packet);
  return IpPlace{at, at + length, v6};
}

std::optional<TcpPlace> find_tcp(Bytes frame) {
  const auto place = find_ip(frame);
  if (!place) return std::nullopt;
  const Bytes packet = frame.subspan(place->at, place->end - place->at);
  const auto ip = place->v6 ? wire::parse_ipv6(packet) : wire::parse_ipv4(packet, false);
  if (!ip.ok() || ip->protocol != wire::kProtocolTcp || ip->rerouted) return std::nullopt;
  const auto tcp = wire::parse_tcp(ip->payload);
  if (!tcp.ok()) return std::nullopt;
  return TcpPlace{*place, offset(frame, ip->payload), offset(frame, tcp->payload)};
}

bool tcp_checksum_is_right(Bytes frame, const TcpPlace& tcp) { return wire::sum_is_valid(tcp_sum(frame, tcp)); }

void write_ipv4_checksum(Frame& frame, std::size_t at) {
  store(frame, at + 10, 0);
  const Bytes header = Bytes(frame).subspan(at, std::size_t{frame[at] & 15U} * 4);
  store(frame, at + 10, wire::checksum_of(wire::add_to_sum(0, header)));
}

void write_checksums(Frame& frame, const TcpPlace& tcp) {
  if (!tcp.ip.v6) write_ipv4_checksum(frame, tcp.ip.at);
  store(frame, tcp.at + 16, 0);
  store(frame, tcp.at + 16, wire::checksum_of(tcp_sum(frame, tcp)));
}

}  // namespace bellrock::impair
