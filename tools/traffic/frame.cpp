#include "tools/traffic/frame.h"

#include <array>
#include <cstring>

#include "dataplane/base/bytes.h"

namespace bellrock::traffic {
namespace {

constexpr std::array<std::uint8_t, 6> kServerMac{0x02, 0x00, 0x5e, 0x00, 0x00, 0x10};
constexpr std::array<std::uint8_t, 6> kRouterMac{0x02, 0x00, 0x5e, 0x00, 0x00, 0x01};

// Sum of 16-bit words in host order; the carry is folded at the end (RFC 1071 section 2 B: byte order does not matter).
std::uint64_t sum_words(const std::uint8_t* at, std::size_t bytes, std::uint64_t sum) {
  for (; bytes >= 4; at += 4, bytes -= 4) {
    std::uint32_t word;
    std::memcpy(&word, at, 4);
    sum += word;
  }
  std::uint32_t tail = 0;
  std::memcpy(&tail, at, bytes);
  return sum + tail;
}
void store_checksum(std::uint8_t* at, std::uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  const auto folded = static_cast<std::uint16_t>(~sum);
  std::memcpy(at, &folded, 2);
}

std::uint8_t* put_link(std::uint8_t* at, Link link, bool from_server, std::uint16_t ether_type,
                       const std::array<std::uint16_t, 2>& vlans) {
  if (link == Link::kRaw) return at;
  if (link == Link::kEthernet) {
    std::memcpy(at, from_server ? kRouterMac.data() : kServerMac.data(), 6);
    std::memcpy(at + 6, from_server ? kServerMac.data() : kRouterMac.data(), 6);
    at += 12;
  } else {  // Linux cooked v1: direction, ARPHRD_ETHER, address
    store_be16(at, from_server ? 4 : 0);
    store_be16(at + 2, 1);
    store_be16(at + 4, 6);
    std::memcpy(at + 6, from_server ? kServerMac.data() : kRouterMac.data(), 6);
    std::memset(at + 12, 0, 2);
    at += 14;
  }
  for (std::size_t tag = 0; tag < 2 && vlans[tag] != 0; ++tag) {
    const bool outer_of_two = tag == 0 && vlans[1] != 0;
    store_be16(at, outer_of_two ? 0x88a8 : 0x8100);
    store_be16(at + 2, vlans[tag]);
    at += 4;
  }
  store_be16(at, ether_type);
  return at + 2;
}

void put_ipv4(std::uint8_t* at, std::size_t total, std::uint8_t protocol, std::uint16_t id, std::uint16_t fragment,
              const std::uint8_t* source, const std::uint8_t* destination) {
  const std::array<std::uint8_t, 2> version_and_tos{0x45, 0};
  std::memcpy(at, version_and_tos.data(), 2);
  store_be16(at + 2, static_cast<std::uint16_t>(total));
  store_be16(at + 4, id);
  store_be16(at + 6, fragment);
  at[8] = 58;
  at[9] = protocol;
  store_be16(at + 10, 0);
  std::memcpy(at + 12, source, 4);
  std::memcpy(at + 16, destination, 4);
  store_checksum(at + 10, sum_words(at, 20, 0));
}

void put_ipv6(std::uint8_t* at, std::size_t payload, const Address& source, const Address& destination) {
  store_be32(at, 0x60000000);
  store_be16(at + 4, static_cast<std::uint16_t>(payload));
  at[6] = 6;
  at[7] = 58;
  std::memcpy(at + 8, source.bytes.data(), 16);
  std::memcpy(at + 24, destination.bytes.data(), 16);
}

// The timestamp clock ticks in ms from another start on each side (RFC 7323 5.4).
std::uint32_t tick(const ConnectionSpec& c, Direction side, std::int64_t time_us) {
  return c.first_sequence[static_cast<std::size_t>(side)] / 3 + static_cast<std::uint32_t>(time_us / 1'000);
}

std::uint8_t* put_options(std::uint8_t* at, const ConnectionSpec& c, const PlannedPacket& p) {
  const bool syn = (p.flags & tcp_flag::kSyn) != 0;
  if (syn) {
    const std::uint8_t mss_low = c.client.ipv6 ? 0xa0 : 0xb4;  // 1,440 or 1,460
    const std::array<std::uint8_t, 4> mss{2, 4, 0x05, mss_low};
    const std::array<std::uint8_t, 8> scale_and_sack{1, 3, 3, 7, 1, 1, 4, 2};
    std::memcpy(at, mss.data(), 4);
    std::memcpy(at + 4, scale_and_sack.data(), 8);
    at += 12;
  }
  if (c.timestamps) {
    const std::array<std::uint8_t, 4> head{1, 1, 8, 10};
    std::memcpy(at, head.data(), 4);
    store_be32(at + 4, tick(c, p.direction, p.time_us));
    const bool first = syn && (p.flags & tcp_flag::kAck) == 0;
    store_be32(at + 8, first ? 0 : tick(c, opposite(p.direction), p.time_us - c.rtt_us));
    at += 12;
  }
  return at;
}

}  // namespace

std::size_t build_frame(std::uint8_t* out, const ConnectionSpec& c, const PlannedPacket& p, std::string_view payload,
                        Link link) {
  const bool from_server = p.direction == Direction::kToClient;
  const Address& source = from_server ? c.server : c.client;
  const Address& destination = from_server ? c.client : c.server;
  std::uint8_t* const ip = put_link(out, link, from_server, c.client.ipv6 ? 0x86dd : 0x0800, c.vlans);
  std::uint8_t* const tcp = ip + (c.client.ipv6 ? 40 : 20);
  const auto d = static_cast<std::size_t>(p.direction);
  store_be16(tcp, source.port);
  store_be16(tcp + 2, destination.port);
  store_be32(tcp + 4, c.first_sequence[d] + p.sequence);
  const bool has_ack = (p.flags & tcp_flag::kAck) != 0;
  store_be32(tcp + 8, has_ack ? c.first_sequence[1 - d] + p.acknowledgement : 0);
  tcp[13] = p.flags;
  store_be16(tcp + 14, (p.flags & tcp_flag::kSyn) != 0 ? 64'240 : 8'192);
  std::memset(tcp + 16, 0, 4);
  std::uint8_t* const data = put_options(tcp + 20, c, p);
  tcp[12] = static_cast<std::uint8_t>((data - tcp) / 4 << 4);
  if (!payload.empty()) std::memcpy(data, payload.data(), payload.size());
  if (p.kind == PacketKind::kConflict) {
    for (std::size_t i = 0; i < payload.size(); ++i) data[i] ^= 0x01;
  }
  const auto length = static_cast<std::size_t>(data - tcp) + payload.size();
  std::uint64_t sum = sum_words(tcp, length, 0) + __builtin_bswap16(static_cast<std::uint16_t>(length)) +
                      __builtin_bswap16(std::uint16_t{6});
  const std::size_t address_bytes = c.client.ipv6 ? 16 : 4;
  sum = sum_words(source.bytes.data(), address_bytes, sum);
  sum = sum_words(destination.bytes.data(), address_bytes, sum);
  store_checksum(tcp + 16, sum);
  if (c.client.ipv6)
    put_ipv6(ip, length, source, destination);
  else
    put_ipv4(ip, length + 20, 6, static_cast<std::uint16_t>(p.order + p.sequence), 0x4000, source.bytes.data(),
             destination.bytes.data());
  return static_cast<std::size_t>(tcp - out) + length;
}

std::size_t build_noise(std::uint8_t* out, Noise noise, Link link, std::uint16_t id, std::string_view& reason) {
  const std::array<std::uint8_t, 4> here{203, 0, 113, 10}, there{198, 51, 100, 53};
  if (noise == Noise::kArp && link != Link::kRaw) {
    reason = "not_ip";
    std::uint8_t* const arp = put_link(out, link, true, 0x0806, {});
    const std::array<std::uint8_t, 8> head{0, 1, 8, 0, 6, 4, 0, 1};
    std::memset(arp, 0, 28);
    std::memcpy(arp, head.data(), head.size());
    std::memcpy(arp + 8, kServerMac.data(), 6);
    std::memcpy(arp + 14, here.data(), 4);
    std::memcpy(arp + 24, there.data(), 4);
    return static_cast<std::size_t>(arp - out) + 28;
  }
  constexpr std::size_t kBody = 64;
  std::uint8_t* const ip = put_link(out, link, true, 0x0800, {});
  const bool fragment = noise == Noise::kFragment;
  reason = fragment ? "ip_fragment" : "not_tcp";
  const std::uint8_t protocol = fragment ? 6 : noise == Noise::kIcmp ? 1 : 17;
  put_ipv4(ip, 20 + kBody, protocol, id, fragment ? 0x2000 : 0x4000, here.data(), there.data());
  std::uint8_t* const body = ip + 20;
  std::memset(body, 0, kBody);
  if (noise == Noise::kIcmp) {
    body[0] = 8;
    store_checksum(body + 2, sum_words(body, kBody, 0));
  } else {  // UDP without a checksum; for a fragment, bytes that begin like TCP ports
    store_be16(body, 40'000);
    store_be16(body + 2, fragment ? 80 : 514);
    store_be16(body + 4, kBody);
  }
  return static_cast<std::size_t>(body - out) + kBody;
}

}  // namespace bellrock::traffic
