#include "dataplane/responder/inbound.h"

#include <algorithm>

#include "dataplane/flow/segment.h"
#include "dataplane/responder/link_tags.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::responder {

namespace {

constexpr FrameVerdict kFine = FrameVerdict::kCount;
constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolIcmp6 = 58;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

FrameVerdict verdict_of(Drop drop) {
  switch (drop) {
    case Drop::kTruncated:
      return FrameVerdict::kCut;
    case Drop::kBadChecksum:
      return FrameVerdict::kBadSum;
    case Drop::kIpFragment:
      return FrameVerdict::kFragment;
    default:
      return FrameVerdict::kBadIpHeader;
  }
}

void map(const std::uint8_t* ipv4, std::uint8_t* to) {
  std::memcpy(to, kMappedPrefix.data(), kMappedPrefix.size());
  std::memcpy(to + 12, ipv4, 4);
}

// RFC 1122 3.2.1.3: never a source that could be answered.
bool ipv4_source_is_good(const std::uint8_t* at) { return at[0] != 0 && at[0] != 127 && at[0] < 224; }

bool ipv6_is_unspecified(const std::uint8_t* at) {
  return std::all_of(at, at + 16, [](std::uint8_t b) { return b == 0; });
}

// RFC 4291 2.5.3, 2.5.5.2: these are for use within a machine, never on a link.
bool ipv6_source_is_internal(const std::uint8_t* at) {
  constexpr std::array<std::uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return std::memcmp(at, kLoopback.data(), kLoopback.size()) == 0 ||
         std::memcmp(at, kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

// What a stack leaves in the field for a device that is to compute the rest: the sum of the pseudo header, as it is.
bool is_partial(std::uint64_t pseudo_sum, Bytes segment) {
  std::uint16_t field;
  std::memcpy(&field, segment.data() + 16, sizeof field);
  return field == static_cast<std::uint16_t>(~wire::checksum_of(pseudo_sum));
}

// Well formed: every option lies within the header (RFC 9293 3.1, MUST-7). Finds the timestamps (RFC 7323 3.2).
bool read_options(Bytes options, Inbound& in) {
  const std::uint8_t* at = options.data();
  if (options.size() == 12 && load_be32(at) == 0x0101080a) {  // how RFC 7323 appendix A lays them out
    in.has_timestamps = true;
    in.ts_value = load_be32(at + 4);
    in.ts_echo = load_be32(at + 8);
    return true;
  }
  for (std::size_t i = 0; i < options.size();) {
    if (at[i] == 0) return true;
    if (at[i] == 1) {
      ++i;
      continue;
    }
    if (i + 1 >= options.size() || at[i + 1] < 2 || i + at[i + 1] > options.size()) return false;
    if (at[i] == 8 && at[i + 1] == 10) {
      in.has_timestamps = true;
      in.ts_value = load_be32(at + i + 2);
      in.ts_echo = load_be32(at + i + 6);
    }
    i += at[i + 1];
  }
  return true;
}

}  // namespace

Reader::Reader(const Config& config) : mac_(config.mac), count_(config.addresses.size()) {
  CHECK(count_ <= kAddressesMax);
  for (std::size_t i = 0; i < count_; ++i) std::memcpy(addresses_[i].data(), config.addresses[i].data(), 16);
  for (const std::uint16_t port : config.ports) ports_.set(port);
}

void Reader::read(const Packet& packet, Inbound& in) const {
  in = {};
  const Bytes frame = packet.data;
  std::size_t at = 0;
  in.verdict = FrameVerdict::kOtherLink;
  if (packet.link != LinkType::kEthernet) return;
  in.verdict = FrameVerdict::kCut;
  if (frame.size() < wire::kEthernetBytes || packet.wire_bytes > frame.size()) return;
  in.verdict = FrameVerdict::kOtherLink;
  if (!read_tags(frame, at, in.tags)) return;
  const bool to_us = std::memcmp(frame.data(), mac_.data(), mac_.size()) == 0;
  if (!to_us && (frame[0] & 1) == 0) {
    in.verdict = FrameVerdict::kOtherHost;
    return;
  }
  in.mac = frame.data() + 6;
  const Bytes rest = frame.subspan(at + 2);
  switch (load_be16(frame.data() + at)) {
    case wire::kEtherTypeIpv4:
      // RFC 1122 3.3.6: what came to a link-layer group is not for a connection.
      in.verdict = to_us ? read_ipv4(rest, in) : FrameVerdict::kOtherHost;
      break;
    case wire::kEtherTypeIpv6:
      in.ipv6 = true;
      in.verdict = read_ipv6(rest, in, to_us);
      break;
    case kEtherTypeArp:
      in.kind = Kind::kArp;
      in.payload = rest;
      break;
    default:
      break;
  }
  if (in.kind != Kind::kArp && in.verdict != kFine) in.kind = Kind::kRefused;
}

FrameVerdict Reader::read_ipv4(Bytes packet, Inbound& in) const {
  const auto ip = wire::parse_ipv4(packet, true);
  if (!ip.ok()) return verdict_of(ip.error());
  std::uint8_t address[16];
  map(ip->destination.data(), address);
  const std::size_t index = ours(address);
  if (index == kAddressesMax) return FrameVerdict::kOtherHost;
  if ((packet[0] & 0x0f) != 5) return FrameVerdict::kIpOptions;
  map(ip->source.data(), address);
  if (!ipv4_source_is_good(ip->source.data()) || ours(address) != kAddressesMax) return FrameVerdict::kBadSource;
  in.address = static_cast<std::uint8_t>(index);
  in.network = packet.data();
  std::memcpy(in.peer.data(), address, 16);
  in.payload = ip->payload;
  if (ip->protocol == kProtocolIcmp) {
    in.kind = Kind::kIcmp4;
    return kFine;
  }
  if (ip->protocol != wire::kProtocolTcp) return FrameVerdict::kOtherProtocol;
  const std::uint64_t addresses = wire::sum_of<8>(ip->source.data());  // and the destination's
  return read_tcp(ip->payload, addresses + wire::sum_of_protocol(ip->protocol, ip->payload.size()), in);
}

FrameVerdict Reader::read_ipv6(Bytes packet, Inbound& in, bool to_us) const {
  const auto ip = wire::parse_ipv6(packet);
  if (!ip.ok()) return ip.error() == Drop::kIpv6Chain ? FrameVerdict::kIpOptions : verdict_of(ip.error());
  in.network = packet.data();
  in.payload = ip->payload;
  std::memcpy(in.peer.data(), ip->source.data(), 16);
  const std::size_t index = ours(ip->destination.data());
  in.address = static_cast<std::uint8_t>(index);
  const bool plain = packet[6] == ip->protocol;
  const bool internal = ipv6_source_is_internal(ip->source.data());
  if (internal && (index != kAddressesMax || ip->destination[0] == 0xff)) return FrameVerdict::kBadSource;
  if (plain && ip->protocol == kProtocolIcmp6 && (index != kAddressesMax || ip->destination[0] == 0xff)) {
    in.kind = Kind::kIcmp6;  // neighbour solicitations come to a group
    return kFine;
  }
  if (index == kAddressesMax || !to_us) return FrameVerdict::kOtherHost;
  if (!plain) return FrameVerdict::kIpOptions;
  if (ip->source[0] == 0xff || ipv6_is_unspecified(ip->source.data()) || ours(ip->source.data()) != kAddressesMax)
    return FrameVerdict::kBadSource;
  if (ip->protocol != wire::kProtocolTcp) return FrameVerdict::kOtherProtocol;
  const std::uint64_t addresses = wire::sum_of<32>(ip->source.data());  // and the destination's
  return read_tcp(ip->payload, addresses + wire::sum_of_protocol(ip->protocol, ip->payload.size()), in);
}

FrameVerdict Reader::read_tcp(Bytes segment, std::uint64_t pseudo_sum, Inbound& in) const {
  const auto tcp = wire::parse_tcp(segment);
  if (!tcp.ok()) return FrameVerdict::kBadTcpHeader;
  if (!wire::sum_is_valid(wire::add_to_sum(pseudo_sum, segment))) {
    return is_partial(pseudo_sum, segment) ? FrameVerdict::kPartialSum : FrameVerdict::kBadSum;
  }
  in.kind = Kind::kSegment;
  in.peer_port = tcp->source_port;
  in.local_port = tcp->destination_port;
  in.sequence = tcp->sequence;
  in.acknowledgement = tcp->acknowledgement;
  in.flags = tcp->flags;
  in.window = load_be16(segment.data() + 14);
  in.payload = tcp->payload;
  in.options = segment.subspan(wire::kTcpBytes, segment.size() - wire::kTcpBytes - tcp->payload.size());
  if (!in.options.empty() && !read_options(in.options, in)) return FrameVerdict::kBadTcpHeader;
  return kFine;
}

Offer Reader::offer(const Inbound& syn) {
  Offer offer;
  offer.mss = syn.ipv6 ? 1'220 : 536;
  const std::uint8_t* at = syn.options.data();
  for (std::size_t i = 0; i < syn.options.size();) {
    if (at[i] == 0) break;
    if (at[i] == 1) {
      ++i;
      continue;
    }
    if (at[i] == 2 && at[i + 1] == 4 && load_be16(at + i + 2) != 0) offer.mss = load_be16(at + i + 2);
    if (at[i] == 3 && at[i + 1] == 3) offer.window_scale = std::min<std::uint8_t>(at[i + 2], 14);  // RFC 7323 2.3
    if (at[i] == 4 && at[i + 1] == 2) offer.sack = true;
    i += at[i + 1];
  }
  return offer;
}

}  // namespace bellrock::responder
