#include "tools/impair/too_big.h"

#include <algorithm>

#include "dataplane/wire/checksum.h"

namespace bellrock::impair {
namespace {

constexpr std::size_t kIcmpBytes = 8;
constexpr std::size_t kIpv4ErrorBytesMax = 576;    // RFC 1812 4.3.2.3
constexpr std::size_t kIpv6ErrorBytesMax = 1'280;  // RFC 4443 2.4 (c)
constexpr std::uint8_t kHopLimit = 64, kIcmp = 1, kIcmpv6 = 58;

bool may_be_answered(Bytes frame, const IpPlace& ip) {
  if ((frame[0] & 1) != 0) return false;  // multicast or broadcast
  const std::uint8_t* at = frame.data() + ip.at;
  if (ip.v6) return at[6] != kIcmpv6 || (ip.end - ip.at > 40 && at[40] >= 128);
  if ((load_be16(at + 6) & 0x1fff) != 0) return false;
  const std::size_t header = std::size_t{at[0] & 15U} * 4;
  if (at[9] != kIcmp || ip.end - ip.at <= header) return true;
  const std::uint8_t type = at[header];
  return type == 0 || type == 8;  // echo is no error
}

// Link header of the answer, and its IP header without length and checksum.
Frame answer_headers(Bytes frame, const IpPlace& ip) {
  Frame answer(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(ip.at));
  std::swap_ranges(answer.begin(), answer.begin() + 6, answer.begin() + 6);
  const std::uint8_t* at = frame.data() + ip.at;
  const std::size_t address_bytes = ip.v6 ? 16 : 4, addresses = ip.v6 ? 8 : 12;
  if (ip.v6) {
    answer.insert(answer.end(), {0x60, 0, 0, 0, 0, 0, kIcmpv6, kHopLimit});
  } else {
    answer.insert(answer.end(), {0x45, 0, 0, 0, 0, 0, 0, 0, kHopLimit, kIcmp, 0, 0});
  }
  answer.insert(answer.end(), at + addresses + address_bytes, at + addresses + 2 * address_bytes);
  answer.insert(answer.end(), at + addresses, at + addresses + address_bytes);
  return answer;
}

void finish_ipv4(Frame& answer, std::size_t at) {
  store_be16(&answer[at + 2], static_cast<std::uint16_t>(answer.size() - at));
  write_ipv4_checksum(answer, at);
  const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(0, Bytes(answer).subspan(at + 20)));
  std::memcpy(&answer[at + 22], &sum, 2);
}

void finish_ipv6(Frame& answer, std::size_t at) {
  const std::size_t length = answer.size() - at - 40;
  store_be16(&answer[at + 4], static_cast<std::uint16_t>(length));
  const Bytes all(answer);
  const std::uint64_t pseudo =
      wire::pseudo_header_sum(all.subspan(at + 8, 16), all.subspan(at + 24, 16), kIcmpv6, length);
  const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(pseudo, all.subspan(at + 40)));
  std::memcpy(&answer[at + 42], &sum, 2);
}

}  // namespace

bool is_too_big(Bytes frame, std::uint32_t mtu) {
  if (mtu == 0) return false;
  const auto ip = find_ip(frame);
  return ip && ip->end - ip->at > mtu;
}

std::optional<Frame> too_big(Bytes frame, std::uint32_t mtu) {
  const auto ip = find_ip(frame);
  if (!ip || !may_be_answered(frame, *ip)) return std::nullopt;
  Frame answer = answer_headers(frame, *ip);
  std::uint8_t icmp[kIcmpBytes] = {};
  icmp[0] = ip->v6 ? 2 : 3;
  icmp[1] = ip->v6 ? 0 : 4;
  store_be32(icmp + 4, ip->v6 ? mtu : mtu & 0xffff);
  answer.insert(answer.end(), icmp, icmp + kIcmpBytes);
  const std::size_t room = (ip->v6 ? kIpv6ErrorBytesMax : kIpv4ErrorBytesMax) - (answer.size() - ip->at);
  const Bytes quoted = frame.subspan(ip->at, std::min(room, ip->end - ip->at));
  answer.insert(answer.end(), quoted.begin(), quoted.end());
  ip->v6 ? finish_ipv6(answer, ip->at) : finish_ipv4(answer, ip->at);
  return answer;
}

}  // namespace bellrock::impair
