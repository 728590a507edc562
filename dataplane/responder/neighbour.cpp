#include "dataplane/responder/neighbour.h"

#include <cstring>

#include "dataplane/wire/checksum.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"

namespace bellrock::responder {

namespace {

constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::size_t kArpBytes = 28;
constexpr std::uint8_t kProtocolIcmp6 = 58;
constexpr std::size_t kSolicitationBytes = 24;
constexpr std::size_t kAdvertisementBytes = 32;
constexpr std::uint8_t kSolicited = 0x40, kOverride = 0x20;

void store_sum(std::uint8_t* at, std::uint64_t sum) {
  const std::uint16_t field = wire::checksum_of(sum);
  std::memcpy(at, &field, sizeof field);
}

bool is_unspecified(const std::array<std::uint64_t, 2>& address) { return (address[0] | address[1]) == 0; }

const std::uint8_t* octets(const std::array<std::uint64_t, 2>& address) {
  return reinterpret_cast<const std::uint8_t*>(address.data());
}

void write_ipv6(std::uint8_t* at, std::size_t payload, const std::uint8_t* from, const std::uint8_t* to) {
  std::memset(at, 0, 8);
  at[0] = 0x60;
  store_be16(at + 4, static_cast<std::uint16_t>(payload));
  at[6] = kProtocolIcmp6;
  at[7] = 255;  // RFC 4861 7.1.2; as good as any for echo
  std::memcpy(at + 8, from, 16);
  std::memcpy(at + 24, to, 16);
}

void sum_icmp6(std::uint8_t* ipv6, std::size_t payload) {
  std::uint8_t* icmp = ipv6 + wire::kIpv6Bytes;
  store_be16(icmp + 2, 0);
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(Bytes(ipv6 + 8, 16), Bytes(ipv6 + 24, 16), kProtocolIcmp6, payload);
  store_sum(icmp + 2, wire::add_to_sum(pseudo, Bytes(icmp, payload)));
}

// RFC 4861 4.3: every option has a length, and none is 0.
bool options_are_good(Bytes options) {
  while (!options.empty()) {
    if (options.size() < 2 || options[1] == 0 || options.size() < std::size_t{options[1]} * 8) return false;
    options = options.subspan(std::size_t{options[1]} * 8);
  }
  return true;
}

}  // namespace

FrameVerdict Neighbour::answer(const Inbound& in, std::uint32_t now_ms) {
  if (in.kind == Kind::kArp) return answer_arp(in);
  return in.kind == Kind::kIcmp4 ? answer_icmp4(in, now_ms) : answer_icmp6(in, now_ms);
}

FrameVerdict Neighbour::answer_arp(const Inbound& in) {
  constexpr std::uint64_t kEthernetIpv4Request = 0x0001080006040001;
  const std::uint8_t* arp = in.payload.data();
  if (in.payload.size() < kArpBytes) return FrameVerdict::kCut;
  if (__builtin_bswap64(load_le64(arp)) != kEthernetIpv4Request) return FrameVerdict::kNeighbourIgnored;
  std::uint8_t address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::memcpy(address + 12, arp + 24, 4);
  if (reader_.ours(address) == kAddressesMax || (arp[8] & 1) != 0) return FrameVerdict::kNeighbourIgnored;
  std::uint8_t* to = writer_.begin_frame(in.mac, in.tags, kEtherTypeArp);
  if (to == nullptr) return FrameVerdict::kNeighbourIgnored;
  std::memcpy(to, arp, 6);
  store_be16(to + 6, 2);
  std::memcpy(to + 8, writer_.mac().data(), 6);
  std::memcpy(to + 14, arp + 24, 4);
  std::memcpy(to + 18, arp + 8, 10);
  writer_.finish_frame(kArpBytes);
  return FrameVerdict::kNeighbourAnswered;
}

FrameVerdict Neighbour::answer_icmp4(const Inbound& in, std::uint32_t now_ms) {
  const Bytes icmp = in.payload;
  if (icmp.size() < 8) return FrameVerdict::kCut;
  if (!wire::sum_is_valid(wire::add_to_sum(0, icmp))) return FrameVerdict::kBadSum;
  const std::uint8_t type = icmp[0];
  if (type == 3 || type == 4 || type == 11 || type == 12) return FrameVerdict::kIcmpErrorTaken;
  if (type != 8 || icmp[1] != 0) return FrameVerdict::kOtherProtocol;
  if (wire::kIpv4Bytes + icmp.size() > mtu_ || !echoes_.take(now_ms)) return FrameVerdict::kEchoLimited;
  std::uint8_t* to = writer_.begin_frame(in.mac, in.tags, wire::kEtherTypeIpv4);
  if (to == nullptr) return FrameVerdict::kEchoLimited;
  std::memcpy(to, in.network, wire::kIpv4Bytes);
  std::memcpy(to + 12, in.network + 16, 4);
  std::memcpy(to + 16, in.network + 12, 4);
  to[8] = 64;
  store_be16(to + 10, 0);
  store_sum(to + 10, wire::add_to_sum(0, Bytes(to, wire::kIpv4Bytes)));
  std::uint8_t* reply = to + wire::kIpv4Bytes;
  std::memcpy(reply, icmp.data(), icmp.size());
  std::memset(reply, 0, 4);
  store_sum(reply + 2, wire::add_to_sum(0, Bytes(reply, icmp.size())));
  writer_.finish_frame(wire::kIpv4Bytes + icmp.size());
  return FrameVerdict::kEchoAnswered;
}

FrameVerdict Neighbour::answer_icmp6(const Inbound& in, std::uint32_t now_ms) {
  const Bytes icmp = in.payload;
  if (icmp.size() < 8) return FrameVerdict::kCut;
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(Bytes(in.network + 8, 16), Bytes(in.network + 24, 16), kProtocolIcmp6, icmp.size());
  if (!wire::sum_is_valid(wire::add_to_sum(pseudo, icmp))) return FrameVerdict::kBadSum;
  if (icmp[0] == 135) return answer_solicitation(in);
  if (in.address == kAddressesMax) return FrameVerdict::kOtherHost;  // to a group
  if (icmp[0] >= 1 && icmp[0] <= 4) return FrameVerdict::kIcmpErrorTaken;
  if (icmp[0] == 128 && icmp[1] == 0) return answer_echo6(in, now_ms);
  return icmp[0] == 136 ? FrameVerdict::kNeighbourIgnored : FrameVerdict::kOtherProtocol;
}

// RFC 4861 7.1.1 for what is valid, 7.2.4 for the answer.
FrameVerdict Neighbour::answer_solicitation(const Inbound& in) {
  const Bytes icmp = in.payload;
  const std::uint8_t* target = icmp.data() + 8;
  if (icmp.size() < kSolicitationBytes) return FrameVerdict::kCut;
  const std::size_t index = reader_.ours(target);
  if (in.network[7] != 255 || icmp[1] != 0 || index == kAddressesMax || (target[0] == 0 && target[11] == 0xff))
    return FrameVerdict::kNeighbourIgnored;
  const Bytes options = icmp.subspan(kSolicitationBytes);
  const bool probe = is_unspecified(in.peer);  // duplicate address detection: the answer goes to all nodes
  const bool has_source = !options.empty() && options[0] == 1;
  constexpr std::array<std::uint8_t, 13> kSolicitedNodes{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  const bool to_group = std::memcmp(in.network + 24, kSolicitedNodes.data(), kSolicitedNodes.size()) == 0;
  if (!options_are_good(options) || octets(in.peer)[0] == 0xff || (probe && (has_source || !to_group)))
    return FrameVerdict::kNeighbourIgnored;
  constexpr std::array<std::uint8_t, 6> kAllNodesMac{0x33, 0x33, 0, 0, 0, 1};
  constexpr std::array<std::uint8_t, 16> kAllNodes{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  std::uint8_t* to = writer_.begin_frame(probe ? kAllNodesMac.data() : in.mac, in.tags, wire::kEtherTypeIpv6);
  if (to == nullptr) return FrameVerdict::kNeighbourIgnored;
  write_ipv6(to, kAdvertisementBytes, target, probe ? kAllNodes.data() : octets(in.peer));
  std::uint8_t* reply = to + wire::kIpv6Bytes;
  std::memset(reply, 0, 8);
  reply[0] = 136;
  reply[4] = static_cast<std::uint8_t>(probe ? kOverride : kOverride | kSolicited);
  std::memcpy(reply + 8, target, 16);
  reply[24] = 2;
  reply[25] = 1;
  std::memcpy(reply + 26, writer_.mac().data(), 6);
  sum_icmp6(to, kAdvertisementBytes);
  writer_.finish_frame(wire::kIpv6Bytes + kAdvertisementBytes);
  return FrameVerdict::kNeighbourAnswered;
}

FrameVerdict Neighbour::answer_echo6(const Inbound& in, std::uint32_t now_ms) {
  const Bytes icmp = in.payload;
  if (is_unspecified(in.peer) || octets(in.peer)[0] == 0xff) return FrameVerdict::kBadSource;
  if (wire::kIpv6Bytes + icmp.size() > mtu_ || !echoes_.take(now_ms)) return FrameVerdict::kEchoLimited;
  std::uint8_t* to = writer_.begin_frame(in.mac, in.tags, wire::kEtherTypeIpv6);
  if (to == nullptr) return FrameVerdict::kEchoLimited;
  write_ipv6(to, icmp.size(), in.network + 24, in.network + 8);
  std::memcpy(to + wire::kIpv6Bytes, icmp.data(), icmp.size());
  to[wire::kIpv6Bytes] = 129;
  sum_icmp6(to, icmp.size());
  writer_.finish_frame(wire::kIpv6Bytes + icmp.size());
  return FrameVerdict::kEchoAnswered;
}

std::optional<Quoted> quoted_segment(const Inbound& error, const Reader& reader) {
  const Bytes packet = error.payload.subspan(8);
  const std::size_t header_bytes = error.ipv6 ? wire::kIpv6Bytes : wire::kIpv4Bytes;
  if (packet.size() < header_bytes + 8) return std::nullopt;
  const std::uint8_t* at = packet.data();
  const bool whole_header = error.ipv6 ? at[0] >> 4 == 6 : at[0] == 0x45;  // we send neither options nor extensions
  if (!whole_header || at[error.ipv6 ? 6 : 9] != wire::kProtocolTcp) return std::nullopt;
  Address ours{}, peer{};
  if (error.ipv6) {
    std::memcpy(ours.data(), at + 8, 16);
    std::memcpy(peer.data(), at + 24, 16);
  } else {
    ours[10] = ours[11] = peer[10] = peer[11] = 0xff;
    std::memcpy(ours.data() + 12, at + 12, 4);
    std::memcpy(peer.data() + 12, at + 16, 4);
  }
  const std::size_t index = reader.ours(ours.data());
  if (index == kAddressesMax) return std::nullopt;
  Quoted quoted;
  const std::uint8_t type = error.payload[0];
  quoted.too_big = error.ipv6 ? type == 2 : type == 3 && error.payload[1] == 4;
  if (quoted.too_big)
    quoted.mtu = error.ipv6 ? load_be32(error.payload.data() + 4) : load_be16(error.payload.data() + 6);
  quoted.sequence = load_be32(at + header_bytes + 4);
  quoted.flow.address = static_cast<std::uint8_t>(index);
  quoted.flow.ipv6 = error.ipv6;
  quoted.flow.tags = error.tags;
  std::memcpy(quoted.flow.peer.data(), peer.data(), 16);
  quoted.flow.local_port = load_be16(at + header_bytes);
  quoted.flow.peer_port = load_be16(at + header_bytes + 2);
  return quoted;
}

}  // namespace bellrock::responder
